#pragma once

#include <Eigen/Core>
#include <cstdint>

namespace nocturne {

/// The first `count` points of a Sobol sequence on the unit cube, one per row, shifted digit by digit by the
/// seed (Sobol 1967, doi:10.1016/0041-5553(67)90144-9; the shift: Owen 2003). Never 0 or 1.
Eigen::MatrixXd sobol_points(int count, int dimensions, std::uint64_t seed);

/// The same, turned into independent standard normal numbers.
Eigen::MatrixXd sobol_normals(int count, int dimensions, std::uint64_t seed);

/// A seed for one of several uses of the same seed.
std::uint64_t derived_seed(std::uint64_t seed, std::uint64_t use);

}  // namespace nocturne
