#pragma once

#include <Eigen/Core>
#include <cstdint>
#include <vector>

#include "models/surrogate.hpp"
#include "optimizer/objective.hpp"

namespace nocturne {

/// The rows of `points` (on the unit cube) at which the expected outputs serve the wish best, best first, at
/// most `count`.
std::vector<Eigen::Index> best_points(const Surrogate& surrogate, const Objective& wish,
                                      const Eigen::MatrixXd& points, std::size_t count);

/// Every row of `centres` and 12 points around it, nearer and nearer; some may lie outside the cube.
Eigen::MatrixXd with_neighbours(const Eigen::MatrixXd& centres, std::uint64_t seed);

}  // namespace nocturne
