#pragma once

#include <Eigen/Cholesky>
#include <cmath>
#include <memory>
#include <string>
#include <vector>

#include "models/surrogate.hpp"
#include "tests/optimizer/posterior_draws.hpp"

namespace nocturne::test {

/// A Gaussian process with fixed parameters: squared exponential of length 0.4, the data's mean and spread.
/// It lets everything above the model be tested without the surrogate library.
class FixedGaussianProcess final : public Surrogate {
 public:
  explicit FixedGaussianProcess(const SurrogateOptions& options) : options_{options} {}

  void fit(const TrainingData& data) override {
    ++fits;
    outputs_.clear();
    for (Eigen::Index j = 0; j < static_cast<Eigen::Index>(options_.outputs.size()); ++j)
      outputs_.push_back(train(data, j));
  }

  Posterior posterior(const Eigen::MatrixXd& points, int output) const override {
    const Output& one = at(output);
    const Eigen::MatrixXd cross = kernel(points, one.points, one.amplitude);
    return {(one.level + (cross * one.alpha).array()).matrix(),
            kernel(points, points, one.amplitude) - cross * one.factor.solve(cross.transpose())};
  }

  PosteriorGradient marginals(const Eigen::MatrixXd& points, const std::vector<int>& outputs) const override {
    const auto count = static_cast<Eigen::Index>(outputs.size());
    PosteriorGradient result{
        Eigen::MatrixXd(points.rows(), count), Eigen::MatrixXd(points.rows(), count), {}, {}};
    for (Eigen::Index j = 0; j < count; ++j) {
      result.mean_slope.emplace_back(Eigen::MatrixXd::Zero(points.rows(), points.cols()));
      result.standard_deviation_slope.emplace_back(Eigen::MatrixXd::Zero(points.rows(), points.cols()));
      const Output& one = at(outputs[static_cast<std::size_t>(j)]);
      const Eigen::MatrixXd cross = kernel(points, one.points, one.amplitude);
      const Eigen::MatrixXd weights = one.factor.solve(cross.transpose()).transpose();
      for (Eigen::Index i = 0; i < points.rows(); ++i) {
        const double variance = one.amplitude * one.amplitude - weights.row(i).dot(cross.row(i));
        result.mean(i, j) = one.level + cross.row(i).dot(one.alpha);
        result.standard_deviation(i, j) = std::sqrt(std::max(variance, 1e-12));
        for (Eigen::Index k = 0; k < one.points.rows(); ++k) {
          const Eigen::RowVectorXd slope =
              cross(i, k) * (one.points.row(k) - points.row(i)) / (kLength * kLength);
          result.mean_slope.back().row(i) += one.alpha(k) * slope;
          result.standard_deviation_slope.back().row(i) -=
              weights(i, k) * slope / result.standard_deviation(i, j);
        }
      }
    }
    return result;
  }

  std::unique_ptr<JointDraws> joint_draws(const Eigen::MatrixXd& anchors, const std::vector<int>& outputs,
                                          const std::vector<Eigen::MatrixXd>& normals) const override {
    return posterior_draws(*this, anchors, outputs, normals);
  }
  Eigen::VectorXd scatter(const Eigen::MatrixXd& points, int) const override {
    return Eigen::VectorXd::Constant(points.rows(), kScatter);
  }
  std::vector<std::string> describe() const override { return {"fixed"}; }

  int fits = 0;

 private:
  static constexpr double kLength = 0.4;
  static constexpr double kScatter = 0.05;
  struct Output {
    Eigen::MatrixXd points;
    double level = 0.0, amplitude = 1.0;
    Eigen::LLT<Eigen::MatrixXd> factor;
    Eigen::VectorXd alpha;
  };
  const Output& at(int output) const { return outputs_.at(static_cast<std::size_t>(output)); }

  static Eigen::MatrixXd kernel(const Eigen::MatrixXd& a, const Eigen::MatrixXd& b, double amplitude) {
    Eigen::MatrixXd result(a.rows(), b.rows());
    for (Eigen::Index i = 0; i < a.rows(); ++i)
      for (Eigen::Index k = 0; k < b.rows(); ++k)
        result(i, k) = amplitude * amplitude *
                       std::exp(-0.5 * (a.row(i) - b.row(k)).squaredNorm() / (kLength * kLength));
    return result;
  }

  Output train(const TrainingData& data, Eigen::Index column) const {
    std::vector<Eigen::Index> rows;
    for (Eigen::Index i = 0; i < data.points.rows(); ++i)
      if (std::isfinite(data.values(i, column))) rows.push_back(i);
    const auto n = static_cast<Eigen::Index>(rows.size());
    Output one{Eigen::MatrixXd(n, data.points.cols()), 0.0, 1.0, {}, {}};
    Eigen::VectorXd values(n), noise(n);
    for (Eigen::Index i = 0; i < n; ++i) {
      const Eigen::Index row = rows[static_cast<std::size_t>(i)];
      one.points.row(i) = data.points.row(row);
      values(i) = data.values(row, column);
      noise(i) = data.standard_errors(row, column);
    }
    if (n > 0) one.level = values.mean();
    if (n > 1) one.amplitude = std::max(std::sqrt((values.array() - one.level).square().mean()), 1e-3);
    Eigen::MatrixXd covariance = kernel(one.points, one.points, one.amplitude);
    covariance.diagonal().array() += noise.array().square() + std::pow(kScatter * one.amplitude, 2);
    one.factor.compute(covariance);
    one.alpha = one.factor.solve((values.array() - one.level).matrix());
    return one;
  }

  SurrogateOptions options_;
  std::vector<Output> outputs_;
};

inline std::unique_ptr<Surrogate> make_fixed(const SurrogateOptions& options) {
  return std::make_unique<FixedGaussianProcess>(options);
}

/// Always the same belief at every point: what an acquisition must make of it can be worked out by hand.
class CannedSurrogate final : public Surrogate {
 public:
  CannedSurrogate(Eigen::RowVectorXd mean, Eigen::RowVectorXd deviation, double scatter = 0.0)
      : mean_{std::move(mean)}, deviation_{std::move(deviation)}, scatter_{scatter} {}
  void fit(const TrainingData&) override {}
  Posterior posterior(const Eigen::MatrixXd& points, int output) const override {
    return {Eigen::VectorXd::Constant(points.rows(), mean_(output)),
            Eigen::MatrixXd::Constant(points.rows(), points.rows(), deviation_(output) * deviation_(output))};
  }
  PosteriorGradient marginals(const Eigen::MatrixXd& points, const std::vector<int>& outputs) const override {
    const auto count = static_cast<Eigen::Index>(outputs.size());
    PosteriorGradient result{
        Eigen::MatrixXd(points.rows(), count), Eigen::MatrixXd(points.rows(), count), {}, {}};
    for (Eigen::Index j = 0; j < count; ++j) {
      result.mean.col(j).setConstant(mean_(outputs[static_cast<std::size_t>(j)]));
      result.standard_deviation.col(j).setConstant(deviation_(outputs[static_cast<std::size_t>(j)]));
      result.mean_slope.emplace_back(Eigen::MatrixXd::Zero(points.rows(), points.cols()));
      result.standard_deviation_slope.emplace_back(Eigen::MatrixXd::Zero(points.rows(), points.cols()));
    }
    return result;
  }
  std::unique_ptr<JointDraws> joint_draws(const Eigen::MatrixXd& anchors, const std::vector<int>& outputs,
                                          const std::vector<Eigen::MatrixXd>& normals) const override {
    return posterior_draws(*this, anchors, outputs, normals);
  }
  Eigen::VectorXd scatter(const Eigen::MatrixXd& points, int) const override {
    return Eigen::VectorXd::Constant(points.rows(), scatter_);
  }
  std::vector<std::string> describe() const override { return {}; }

 private:
  Eigen::RowVectorXd mean_, deviation_;
  double scatter_;
};

}  // namespace nocturne::test
