#pragma once

#include <Eigen/Core>
#include <cstddef>
#include <cstdint>
#include <functional>

#include "optimizer/decision_space.hpp"

namespace nocturne {

/// Number `index` (from 0) of the allowed points of the seed's Sobol sequence, or the first one after it that
/// is not `visited` (empty = none is); all strategies with the same seed begin with the same ones. Where
/// every one of them was visited, the point of that number. Throws std::runtime_error if no conditions are
/// feasible.
Eigen::VectorXd design_point(const DecisionSpace& space, const Feasible& feasible, std::uint64_t seed,
                             std::size_t index,
                             const std::function<bool(const Eigen::VectorXd&)>& visited = {});

}  // namespace nocturne
