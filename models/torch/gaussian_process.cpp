#include "models/torch/gaussian_process.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <stdexcept>
#include <utility>

namespace nocturne {
namespace {

constexpr Eigen::Index kLearningLimit = 300;  // hyper-parameters gain little from more points, and cost n³
constexpr double kPhysicalSpread = 0.02;      // eV: what a size model with learned constants typically misses

OutputData every(const OutputData& data, Eigen::Index step) {
  const Eigen::Index n = (data.values.size() + step - 1) / step;
  OutputData part{Eigen::MatrixXd(n, data.points.cols()), Eigen::VectorXd(n), Eigen::VectorXd(n)};
  for (Eigen::Index i = 0; i < n; ++i) {
    part.points.row(i) = data.points.row(i * step);
    part.values(i) = data.values(i * step);
    part.standard_errors(i) = data.standard_errors(i * step);
  }
  return part;
}

// Cholesky factor, with as little added to the diagonal as it takes.
Eigen::LLT<Eigen::MatrixXd> factor_of(const Eigen::MatrixXd& covariance) {
  if (covariance.rows() == 0) return Eigen::LLT<Eigen::MatrixXd>{covariance};
  const double level = std::max(covariance.diagonal().mean(), 1e-300);
  for (double jitter = 0.0; jitter <= 1e-2; jitter = std::max(jitter * 10.0, 1e-12)) {
    Eigen::MatrixXd lifted = covariance;
    lifted.diagonal().array() += jitter * level;
    Eigen::LLT<Eigen::MatrixXd> factor{lifted};
    if (factor.info() == Eigen::Success) return factor;
  }
  throw std::runtime_error{"a covariance matrix is not positive definite"};
}

std::string line(const std::string& what, double value) {
  char text[64];
  std::snprintf(text, sizeof text, " = %.6g", value);
  return what + text;
}

}  // namespace

GaussianProcess::GaussianProcess(OutputPrior prior, std::vector<InputScale> inputs)
    : prior_{std::move(prior)}, inputs_{std::move(inputs)} {
  fit({Eigen::MatrixXd(0, static_cast<Eigen::Index>(inputs_.size())), Eigen::VectorXd(0),
       Eigen::VectorXd(0)});
}

void GaussianProcess::fit(const OutputData& data) {
  choose_scale(data);
  hyper_ = hyper_prior_.median();
  theta_ = theta_prior_;
  const Eigen::Index step = (data.values.size() + kLearningLimit - 1) / kLearningLimit;
  if (step > 0) learn(step > 1 ? every(data, step) : data);
  factorize(data);
}

void GaussianProcess::condition(const OutputData& data) { factorize(data); }

void GaussianProcess::choose_scale(const OutputData& data) {
  const Eigen::Index n = data.values.size();
  const double center = n > 0 ? data.values.mean() : 0.0;
  const double level = prior_.level.value_or(center);
  const bool physical = prior_.mean == PriorMean::bromide_equilibrium;
  double spread = physical ? kPhysicalSpread : std::max(std::abs(level), 1e-6);
  if (n > 1 && !physical) {
    const double found =
        std::sqrt((data.values.array() - center).square().sum() / static_cast<double>(n - 1));
    if (found > 1e-9 * std::max(std::abs(center), 1e-6)) spread = found;
  }
  if (prior_.spread) spread = *prior_.spread;
  mean_ = make_mean_function(prior_.mean, inputs_, level, spread);
  hyper_prior_.dimensions = static_cast<int>(inputs_.size());
  hyper_prior_.amplitude = (physical ? 1.0 : 0.7) * spread;
  hyper_prior_.scatter = (physical ? 0.25 : 0.1) * spread;
  const auto& parameters = mean_->parameters();
  theta_prior_.resize(static_cast<Eigen::Index>(parameters.size()));
  theta_variance_.resize(theta_prior_.size());
  for (Eigen::Index i = 0; i < theta_prior_.size(); ++i) {
    const auto& parameter = parameters[static_cast<std::size_t>(i)];
    theta_prior_(i) = parameter.mean;
    theta_variance_(i) = parameter.standard_deviation * parameter.standard_deviation;
  }
}

Eigen::MatrixXd GaussianProcess::noise(const OutputData& data) const {
  return (data.standard_errors.array().square() + hyper_.scatter * hyper_.scatter).matrix().asDiagonal();
}

// Constants and kernel in turn: each knows the other's last state.
void GaussianProcess::learn(const OutputData& data) {
  constexpr int kRounds = 2;
  for (int round = 0; round < kRounds; ++round) {
    find_constants(data);
    const MeanValues at = mean_->values(data.points, theta_);
    const Eigen::VectorXd residuals = data.values - at.value - at.jacobian * (theta_prior_ - theta_);
    Eigen::MatrixXd fixed = at.jacobian * theta_variance_.asDiagonal() * at.jacobian.transpose();
    fixed.diagonal() += data.standard_errors.array().square().matrix();
    hyper_ = learn_hyperparameters(hyper_prior_, data.points, residuals, fixed, hyper_);
  }
  find_constants(data);
}

// Gauss-Newton with step halving on the log posterior of the constants.
void GaussianProcess::find_constants(const OutputData& data) {
  const auto factor = factor_of(hyper_.kernel(data.points, data.points) + noise(data));
  const auto cost = [&](const Eigen::VectorXd& theta, const MeanValues& at) {
    const Eigen::VectorXd misfit = factor.matrixL().solve(data.values - at.value);
    return misfit.squaredNorm() + ((theta - theta_prior_).array().square() / theta_variance_.array()).sum();
  };
  constexpr int kSteps = 20;
  MeanValues at = mean_->values(data.points, theta_);
  double current = cost(theta_, at);
  for (int step = 0; step < kSteps; ++step) {
    Eigen::MatrixXd curvature = at.jacobian.transpose() * factor.solve(at.jacobian);
    curvature.diagonal() += theta_variance_.cwiseInverse();
    const Eigen::VectorXd pull = at.jacobian.transpose() * factor.solve(data.values - at.value) -
                                 (theta_ - theta_prior_).cwiseQuotient(theta_variance_);
    const Eigen::VectorXd move = curvature.llt().solve(pull);
    double gain = 0.0;
    for (double share = 1.0; share > 0.01 && gain <= 0.0; share *= 0.5) {
      const Eigen::VectorXd theta = theta_ + share * move;
      const MeanValues there = mean_->values(data.points, theta);
      const double next = cost(theta, there);
      if (!(next < current)) continue;
      gain = current - next;
      theta_ = theta;
      at = there;
      current = next;
    }
    if (gain < 1e-6 * (1.0 + current)) return;
  }
}

void GaussianProcess::factorize(const OutputData& data) {
  points_ = data.points;
  const MeanValues at = mean_->values(points_, theta_);
  jacobian_ = at.jacobian;
  const Eigen::MatrixXd covariance = hyper_.kernel(points_, points_) + noise(data) +
                                     jacobian_ * theta_variance_.asDiagonal() * jacobian_.transpose();
  factor_ = factor_of(covariance);
  alpha_ = factor_.solve(data.values - at.value - jacobian_ * (theta_prior_ - theta_));
}

GaussianProcess::Features GaussianProcess::features(const Eigen::MatrixXd& points) const {
  Features result{mean_->values(points, theta_), hyper_.kernel(points, points_)};
  result.cross += result.mean.jacobian * theta_variance_.asDiagonal() * jacobian_.transpose();
  return result;
}

Eigen::VectorXd GaussianProcess::mean_at(const Features& at) const {
  return at.mean.value + at.mean.jacobian * (theta_prior_ - theta_) + at.cross * alpha_;
}

Posterior GaussianProcess::posterior(const Eigen::MatrixXd& points) const {
  const Features at = features(points);
  Posterior result{mean_at(at), hyper_.kernel(points, points)};
  result.covariance += at.mean.jacobian * theta_variance_.asDiagonal() * at.mean.jacobian.transpose();
  const Eigen::MatrixXd whitened = factor_.matrixL().solve(at.cross.transpose());
  result.covariance -= whitened.transpose() * whitened;
  return result;
}

GaussianProcess::Marginals GaussianProcess::marginals(const Eigen::MatrixXd& points) const {
  const Features at = features(points);
  const Eigen::MatrixXd& jacobian = at.mean.jacobian;
  const Eigen::MatrixXd weights = factor_.solve(at.cross.transpose()).transpose();  // points x data
  const double amplitude = hyper_.kernel.amplitude;
  const Eigen::MatrixXd scaled = jacobian * theta_variance_.asDiagonal();
  const Eigen::VectorXd prior = amplitude * amplitude + (scaled.array() * jacobian.array()).rowwise().sum();
  const Eigen::VectorXd variance =
      (prior.array() - (weights.array() * at.cross.array()).rowwise().sum()).max(1e-12 * prior.array());
  Marginals result{mean_at(at), variance.cwiseSqrt(), {}, {}};

  const Eigen::VectorXd pull =
      theta_prior_ - theta_ + theta_variance_.asDiagonal() * (jacobian_.transpose() * alpha_);
  const Eigen::MatrixXd left = scaled - weights * jacobian_ * theta_variance_.asDiagonal();
  const MeanSlopes slope =
      mean_->slopes(points, theta_, {pull.transpose().replicate(points.rows(), 1), 2.0 * left});
  result.mean_slope = slope.value + slope.weighted[0] +
                      hyper_.kernel.slopes(points, points_, alpha_.transpose().replicate(points.rows(), 1));
  const Eigen::MatrixXd variance_slope =
      slope.weighted[1] + hyper_.kernel.slopes(points, points_, -2.0 * weights);
  result.standard_deviation_slope =
      variance_slope.array().colwise() / (2.0 * result.standard_deviation.array());
  return result;
}

std::vector<std::string> GaussianProcess::describe() const {
  std::vector<std::string> lines;
  const auto& parameters = mean_->parameters();
  const Eigen::VectorXd posterior =
      theta_prior_ + theta_variance_.asDiagonal() * (jacobian_.transpose() * alpha_);
  for (std::size_t i = 0; i < parameters.size(); ++i)
    lines.push_back(line(prior_.name + ": " + parameters[i].name, posterior(static_cast<Eigen::Index>(i))));
  lines.push_back(line(prior_.name + ": amplitude of what the mean misses", hyper_.kernel.amplitude));
  for (std::size_t j = 0; j < inputs_.size(); ++j)
    lines.push_back(line(prior_.name + ": length of " + inputs_[j].name + " (share of its range)",
                         hyper_.kernel.lengths(static_cast<Eigen::Index>(j))));
  lines.push_back(line(prior_.name + ": scatter of repeats", hyper_.scatter));
  return lines;
}

}  // namespace nocturne
