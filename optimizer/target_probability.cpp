#include "optimizer/target_probability.hpp"

#include <cmath>
#include <limits>

#include "optimizer/normal.hpp"

namespace nocturne {

Acquisition::Value TargetProbability::operator()(const Eigen::MatrixXd& points) const {
  const PosteriorGradient belief = surrogate_.marginals(points, objective_.outputs());
  Value result{Eigen::VectorXd(points.rows()), Eigen::MatrixXd::Zero(points.rows(), points.cols())};
  for (Eigen::Index i = 0; i < points.rows(); ++i) {
    const auto one = objective_.log_probability(belief.mean.row(i), belief.standard_deviation.row(i));
    result.value(i) = one.value;
    for (Eigen::Index j = 0; j < belief.mean.cols(); ++j) {
      const auto output = static_cast<std::size_t>(j);
      result.slope.row(i) += one.mean_slope(j) * belief.mean_slope[output].row(i) +
                             one.standard_deviation_slope(j) * belief.standard_deviation_slope[output].row(i);
    }
  }
  return result;
}

Acquisition::Value SuccessProbability::operator()(const Eigen::MatrixXd& points) const {
  const PosteriorGradient belief = surrogate_.marginals(points, {output_});
  const Eigen::VectorXd scatter = surrogate_.scatter(points, output_);
  Value result{Eigen::VectorXd(points.rows()), Eigen::MatrixXd(points.rows(), points.cols())};
  for (Eigen::Index i = 0; i < points.rows(); ++i) {
    const double deviation = belief.standard_deviation(i, 0);
    const double total = std::hypot(deviation, scatter(i));
    const LogInterval one =
        log_probability(belief.mean(i, 0), total, 0.0, std::numeric_limits<double>::infinity());
    result.value(i) = one.value;
    result.slope.row(i) =
        one.mean_slope * belief.mean_slope[0].row(i) +
        one.standard_deviation_slope * deviation / total * belief.standard_deviation_slope[0].row(i);
  }
  return result;
}

Acquisition::Value MeanUtility::operator()(const Eigen::MatrixXd& points) const {
  const PosteriorGradient belief = surrogate_.marginals(points, objective_.outputs());
  Value result{Eigen::VectorXd(points.rows()), Eigen::MatrixXd::Zero(points.rows(), points.cols())};
  for (Eigen::Index i = 0; i < points.rows(); ++i) {
    const Objective::Value one = objective_(belief.mean.row(i));
    result.value(i) = one.utility + one.allowed;
    for (Eigen::Index j = 0; j < belief.mean.cols(); ++j)
      result.slope.row(i) += (one.utility_slope(j) + one.allowed_slope(j)) *
                             belief.mean_slope[static_cast<std::size_t>(j)].row(i);
  }
  return result;
}

Acquisition::Value BothOf::operator()(const Eigen::MatrixXd& points) const {
  Value result = first_(points);
  const Value other = second_(points);
  result.value += other.value;
  result.slope += other.slope;
  return result;
}

}  // namespace nocturne
