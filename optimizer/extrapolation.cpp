#include "optimizer/extrapolation.hpp"

#include <algorithm>
#include <limits>

namespace nocturne {
namespace {

constexpr double kFar = 1.5;                // times the distance between experiments
constexpr Eigen::Index kEnoughSlopes = 64;  // of experiments, to know how an output answers

}  // namespace

Extrapolation::Extrapolation(const Surrogate& surrogate, int output, Eigen::MatrixXd made)
    : made_{std::move(made)} {
  if (made_.rows() < 2) return;
  const Eigen::Index step = 1 + (made_.rows() - 1) / kEnoughSlopes;
  Eigen::MatrixXd some((made_.rows() + step - 1) / step, made_.cols());
  for (Eigen::Index i = 0; i < some.rows(); ++i) some.row(i) = made_.row(i * step);
  const PosteriorGradient belief = surrogate.marginals(some, {output});
  weights_ = belief.mean_slope[0].array().square().colwise().mean().sqrt().transpose();
  for (Eigen::Index i = 0; i < made_.rows(); ++i)
    between_ = std::max(between_, to_nearest(made_.row(i).transpose(), i));
}

/// Distance to the nearest experiment but number `except`.
double Extrapolation::to_nearest(const Eigen::VectorXd& unit, Eigen::Index except) const {
  double nearest = std::numeric_limits<double>::infinity();
  for (Eigen::Index i = 0; i < made_.rows(); ++i)
    if (i != except)
      nearest = std::min(nearest, ((made_.row(i).transpose() - unit).array() * weights_).matrix().norm());
  return nearest;
}

bool Extrapolation::is_far(const Eigen::VectorXd& unit) const {
  return made_.rows() < 2 || to_nearest(unit, -1) > kFar * between_;
}

}  // namespace nocturne
