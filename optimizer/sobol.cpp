#include "optimizer/sobol.hpp"

#include <boost/math/special_functions/erf.hpp>
#include <boost/random/sobol.hpp>
#include <cmath>
#include <numbers>

namespace nocturne {

// SplitMix64 (Steele, Lea and Flood 2014).
std::uint64_t derived_seed(std::uint64_t seed, std::uint64_t use) {
  std::uint64_t z = seed + (use + 1) * 0x9e3779b97f4a7c15ULL;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
  return z ^ (z >> 31);
}

Eigen::MatrixXd sobol_points(int count, int dimensions, std::uint64_t seed) {
  Eigen::MatrixXd points(count, dimensions);
  if (dimensions == 0) return points;
  boost::random::sobol engine{static_cast<std::size_t>(dimensions)};
  for (Eigen::Index i = 0; i < count; ++i)
    for (Eigen::Index j = 0; j < dimensions; ++j) {
      // Boost leaves out the first point, the origin; only with it are 2^k points a net.
      const std::uint64_t plain = i == 0 ? 0 : engine();
      const std::uint64_t shifted = plain ^ derived_seed(seed, static_cast<std::uint64_t>(j));
      points(i, j) = (static_cast<double>(shifted >> 12) + 0.5) * 0x1.0p-52;
    }
  return points;
}

Eigen::MatrixXd sobol_normals(int count, int dimensions, std::uint64_t seed) {
  return sobol_points(count, dimensions, seed).unaryExpr([](double u) {
    return -std::numbers::sqrt2 * boost::math::erfc_inv(2.0 * u);
  });
}

}  // namespace nocturne
