#include "optimizer/expected_improvement.hpp"

#include <cmath>
#include <limits>

#include "optimizer/sobol.hpp"

namespace nocturne {
namespace {

constexpr double kSmoothing = 1e-3;  // utility: below it improvements are not told apart
constexpr double kTail = 0.01;       // weight of the heavy tail against the smoothed step
constexpr double kNoIncumbent = -std::numeric_limits<double>::infinity();

struct Improvement {
  double log = 0.0;
  double slope = 0.0;  ///< with respect to the utility
};

Improvement improvement(double utility, double incumbent) {
  if (incumbent == kNoIncumbent) return {};
  const double x = (utility - incumbent) / kSmoothing;
  const double softplus = x > 0.0 ? x + std::log1p(std::exp(-x)) : std::log1p(std::exp(x));
  const double tail = kTail / (1.0 + x * x);
  const double rise = 1.0 / (1.0 + std::exp(-x)) - 2.0 * x * tail / (1.0 + x * x);
  return {std::log(kSmoothing * (softplus + tail)), rise / (softplus + tail) / kSmoothing};
}

// ln of the mean of exponentials.
double log_mean(const Eigen::VectorXd& logs) {
  const double top = logs.maxCoeff();
  return top + std::log((logs.array() - top).exp().mean());
}

// Per output, (anchors + 1) x samples. The other point has the first columns of the sequence, the most even.
std::vector<Eigen::MatrixXd> base_samples(Eigen::Index anchors, Eigen::Index outputs, int samples,
                                          std::uint64_t seed) {
  const Eigen::MatrixXd normals =
      sobol_normals(samples, static_cast<int>((anchors + 1) * outputs), seed).transpose();
  std::vector<Eigen::MatrixXd> result;
  for (Eigen::Index output = 0; output < outputs; ++output) {
    Eigen::MatrixXd own(anchors + 1, samples);
    own << normals.middleRows(outputs + output * anchors, anchors), normals.row(output);
    result.push_back(own);
  }
  return result;
}

}  // namespace

LogExpectedImprovement::LogExpectedImprovement(const Surrogate& surrogate, const Objective& objective,
                                               const Eigen::MatrixXd& anchors,
                                               std::optional<double> reference, int samples,
                                               std::uint64_t seed)
    : objective_{objective}, samples_{samples} {
  const auto outputs = static_cast<Eigen::Index>(objective.outputs().size());
  draws_ = surrogate.joint_draws(anchors, objective.outputs(),
                                 base_samples(anchors.rows(), outputs, samples, seed));
  incumbents_ = Eigen::VectorXd::Constant(samples_, reference.value_or(kNoIncumbent));
  Eigen::VectorXd drawn(outputs);
  for (Eigen::Index s = 0; s < samples_; ++s)
    for (Eigen::Index i = 0; i < anchors.rows(); ++i) {
      for (Eigen::Index j = 0; j < outputs; ++j)
        drawn(j) = draws_->at_anchors(static_cast<std::size_t>(j))(i, s);
      const Objective::Value value = objective_(drawn);
      if (value.allowed > std::log(0.5)) incumbents_(s) = std::max(incumbents_(s), value.utility);
    }
}

Eigen::VectorXd LogExpectedImprovement::evaluate(const Eigen::MatrixXd& points,
                                                 std::vector<Eigen::MatrixXd>& weights) const {
  const std::size_t outputs = objective_.outputs().size();
  std::vector<Eigen::MatrixXd> drawn;
  for (std::size_t j = 0; j < outputs; ++j) drawn.push_back(draws_->at(points, j));
  weights.assign(outputs, Eigen::MatrixXd(points.rows(), samples_));
  Eigen::VectorXd result(points.rows()), logs(samples_), at(static_cast<Eigen::Index>(outputs));
  for (Eigen::Index i = 0; i < points.rows(); ++i) {
    for (Eigen::Index s = 0; s < samples_; ++s) {
      for (std::size_t j = 0; j < outputs; ++j) at(static_cast<Eigen::Index>(j)) = drawn[j](i, s);
      const Objective::Value value = objective_(at);
      const Improvement gain = improvement(value.utility, incumbents_(s));
      logs(s) = gain.log + value.allowed;
      for (std::size_t j = 0; j < outputs; ++j) {
        const auto output = static_cast<Eigen::Index>(j);
        weights[j](i, s) = gain.slope * value.utility_slope(output) + value.allowed_slope(output);
      }
    }
    result(i) = log_mean(logs);
    const Eigen::RowVectorXd shares = (logs.array() - logs.maxCoeff()).exp();
    for (auto& weight : weights) weight.row(i) = weight.row(i).cwiseProduct(shares) / shares.sum();
  }
  return result;
}

Eigen::VectorXd LogExpectedImprovement::values(const Eigen::MatrixXd& points) const {
  std::vector<Eigen::MatrixXd> weights;
  return evaluate(points, weights);
}

Acquisition::Value LogExpectedImprovement::operator()(const Eigen::MatrixXd& points) const {
  std::vector<Eigen::MatrixXd> weights;
  Value result{evaluate(points, weights), Eigen::MatrixXd::Zero(points.rows(), points.cols())};
  for (std::size_t j = 0; j < weights.size(); ++j) result.slope += draws_->slopes(points, weights[j], j);
  return result;
}

Eigen::VectorXd log_measured_improvement(const Surrogate& surrogate, const Objective& objective,
                                         std::optional<double> incumbent, const Eigen::MatrixXd& points,
                                         int samples, std::uint64_t seed) {
  const std::vector<int>& outputs = objective.outputs();
  const auto count = static_cast<Eigen::Index>(outputs.size());
  const PosteriorGradient belief = surrogate.marginals(points, outputs);
  Eigen::MatrixXd deviation(points.rows(), count);
  for (Eigen::Index j = 0; j < count; ++j) {
    const Eigen::VectorXd scatter = surrogate.scatter(points, outputs[static_cast<std::size_t>(j)]);
    deviation.col(j) = (belief.standard_deviation.col(j).array().square() + scatter.array().square()).sqrt();
  }
  const Eigen::MatrixXd base = sobol_normals(samples, static_cast<int>(count), seed);
  Eigen::VectorXd result(points.rows()), logs(samples);
  for (Eigen::Index i = 0; i < points.rows(); ++i) {
    for (Eigen::Index s = 0; s < samples; ++s) {
      const Eigen::VectorXd read = belief.mean.row(i) + deviation.row(i).cwiseProduct(base.row(s));
      const Objective::Value value = objective(read);
      logs(s) = improvement(value.utility, incumbent.value_or(kNoIncumbent)).log + value.allowed;
    }
    result(i) = log_mean(logs);
  }
  return result;
}

}  // namespace nocturne
