#include "optimizer/expected_improvement.hpp"

#include <cmath>

#include "optimizer/sobol.hpp"

namespace nocturne {
namespace {

constexpr double kSmoothing = 1e-3;  // utility: below it improvements are not told apart
constexpr double kTail = 0.01;       // weight of the heavy tail against the smoothed step

}  // namespace

LogExpectedImprovement::LogExpectedImprovement(const Surrogate& surrogate, const Objective& objective,
                                               std::optional<double> incumbent, int samples,
                                               std::uint64_t seed)
    : surrogate_{surrogate},
      objective_{objective},
      incumbent_{incumbent},
      base_{sobol_normals(samples, static_cast<int>(objective.outputs().size()), seed)} {}

LogExpectedImprovement::Improvement LogExpectedImprovement::improvement(double utility) const {
  if (!incumbent_) return {};
  const double x = (utility - *incumbent_) / kSmoothing;
  const double softplus = x > 0.0 ? x + std::log1p(std::exp(-x)) : std::log1p(std::exp(x));
  const double tail = kTail / (1.0 + x * x);
  const double rise = 1.0 / (1.0 + std::exp(-x)) - 2.0 * x * tail / (1.0 + x * x);
  return {std::log(kSmoothing * (softplus + tail)), rise / (softplus + tail) / kSmoothing};
}

Acquisition::Value LogExpectedImprovement::operator()(const Eigen::MatrixXd& points) const {
  const PosteriorGradient belief = surrogate_.marginals(points, objective_.outputs());
  const Eigen::Index outputs = base_.cols(), samples = base_.rows();
  Value result{Eigen::VectorXd(points.rows()), Eigen::MatrixXd::Zero(points.rows(), points.cols())};
  Eigen::VectorXd logs(samples);
  Eigen::MatrixXd slopes(samples, outputs);
  for (Eigen::Index i = 0; i < points.rows(); ++i) {
    for (Eigen::Index s = 0; s < samples; ++s) {
      const Eigen::VectorXd drawn =
          belief.mean.row(i).array() + belief.standard_deviation.row(i).array() * base_.row(s).array();
      const Objective::Value value = objective_(drawn);
      const Improvement gain = improvement(value.utility);
      logs(s) = gain.log + value.allowed;
      slopes.row(s) = gain.slope * value.utility_slope + value.allowed_slope;
    }
    const double top = logs.maxCoeff();
    const Eigen::VectorXd weights = (logs.array() - top).exp();
    result.value(i) = top + std::log(weights.mean());
    const Eigen::MatrixXd weighted = (slopes.array().colwise() * weights.array()) / weights.sum();
    const Eigen::RowVectorXd by_mean = weighted.colwise().sum();
    const Eigen::RowVectorXd by_deviation = (weighted.array() * base_.array()).colwise().sum();
    for (Eigen::Index j = 0; j < outputs; ++j) {
      const auto output = static_cast<std::size_t>(j);
      result.slope.row(i) += by_mean(j) * belief.mean_slope[output].row(i) +
                             by_deviation(j) * belief.standard_deviation_slope[output].row(i);
    }
  }
  return result;
}

}  // namespace nocturne
