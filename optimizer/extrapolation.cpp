#include "optimizer/extrapolation.hpp"

#include <algorithm>
#include <limits>

namespace nocturne {
namespace {

constexpr double kFar = 1.5;  // times the distance between experiments

/// Distance to the nearest row of `told` but number `except`.
double to_nearest(const Eigen::MatrixXd& told, const Eigen::VectorXd& unit, const Eigen::ArrayXd& weights,
                  Eigen::Index except) {
  double nearest = std::numeric_limits<double>::infinity();
  for (Eigen::Index i = 0; i < told.rows(); ++i)
    if (i != except)
      nearest = std::min(nearest, ((told.row(i).transpose() - unit).array() * weights).matrix().norm());
  return nearest;
}

}  // namespace

bool is_extrapolated(const Surrogate& surrogate, int output, const Eigen::MatrixXd& told,
                     const Eigen::VectorXd& unit) {
  if (told.rows() < 2) return true;
  const PosteriorGradient belief = surrogate.marginals(told, {output});
  const Eigen::ArrayXd weights = belief.mean_slope[0].array().square().colwise().mean().sqrt().transpose();
  double between = 0.0;
  for (Eigen::Index i = 0; i < told.rows(); ++i)
    between = std::max(between, to_nearest(told, told.row(i).transpose(), weights, i));
  return to_nearest(told, unit, weights, -1) > kFar * between;
}

}  // namespace nocturne
