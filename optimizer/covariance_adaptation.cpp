#include "optimizer/covariance_adaptation.hpp"

#include <Eigen/Eigenvalues>
#include <algorithm>
#include <cassert>
#include <cmath>
#include <utility>

namespace nocturne {
namespace {

constexpr double kNarrowest = 1e-20;  // variance, against rounding

}  // namespace

CovarianceAdaptation::CovarianceAdaptation(Eigen::VectorXd mean, double step)
    : mean_{std::move(mean)}, step_{step} {
  const auto n = static_cast<double>(mean_.size());
  assert(n >= 1.0 && step > 0.0);
  population_ = 4 + static_cast<int>(3.0 * std::log(n));
  expected_length_ = std::sqrt(n) * (1.0 - 1.0 / (4.0 * n) + 1.0 / (21.0 * n * n));
  step_path_ = path_ = Eigen::VectorXd::Zero(mean_.size());
  covariance_ = axes_ = Eigen::MatrixXd::Identity(mean_.size(), mean_.size());
  lengths_ = Eigen::VectorXd::Ones(mean_.size());
  set_weights();
}

// Hansen 2016, table 1: the names are mu_eff, c_sigma, d_sigma, c_c, c_1, c_mu there.
void CovarianceAdaptation::set_weights() {
  const auto n = static_cast<double>(mean_.size());
  const int parents = population_ / 2;
  weights_.resize(population_);
  for (int i = 0; i < population_; ++i) weights_(i) = std::log(0.5 * (population_ + 1)) - std::log(i + 1.0);
  const auto effective = [](const auto& some) { return some.sum() * some.sum() / some.squaredNorm(); };
  effective_ = effective(weights_.head(parents));
  const double effective_losers = effective(weights_.tail(population_ - parents));
  step_rate_ = (effective_ + 2.0) / (n + effective_ + 5.0);
  step_damping_ = 1.0 + 2.0 * std::max(0.0, std::sqrt((effective_ - 1.0) / (n + 1.0)) - 1.0) + step_rate_;
  path_rate_ = (4.0 + effective_ / n) / (n + 4.0 + 2.0 * effective_ / n);
  rank_one_ = 2.0 / ((n + 1.3) * (n + 1.3) + effective_);
  rank_many_ = std::min(1.0 - rank_one_, 2.0 * (0.25 + effective_ + 1.0 / effective_ - 2.0) /
                                             ((n + 2.0) * (n + 2.0) + effective_));
  const double positive = weights_.cwiseMax(0.0).sum(), negative = -weights_.cwiseMin(0.0).sum();
  const double most =
      std::min({1.0 + rank_one_ / rank_many_, 1.0 + 2.0 * effective_losers / (effective_ + 2.0),
                (1.0 - rank_one_ - rank_many_) / (n * rank_many_)});
  for (double& weight : weights_) weight *= weight > 0.0 ? 1.0 / positive : most / negative;
}

void CovarianceAdaptation::decompose() {
  covariance_ = 0.5 * (covariance_ + covariance_.transpose()).eval();
  const Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> solver{covariance_};
  axes_ = solver.eigenvectors();
  lengths_ = solver.eigenvalues().cwiseMax(kNarrowest).cwiseSqrt();
}

Eigen::VectorXd CovarianceAdaptation::sample(const Eigen::VectorXd& normal) const {
  return mean_ + step_ * (axes_ * lengths_.cwiseProduct(normal));
}

void CovarianceAdaptation::update(const std::vector<Eigen::VectorXd>& points) {
  assert(static_cast<int>(points.size()) == population_);
  const auto n = static_cast<double>(mean_.size());
  const double longest = std::sqrt(n) + 2.0 * n / (n + 2.0);
  const auto whitened = [&](const Eigen::VectorXd& y) -> Eigen::VectorXd {
    return axes_ * (axes_.transpose() * y).cwiseQuotient(lengths_);
  };
  std::vector<Eigen::VectorXd> moves;
  Eigen::VectorXd forward = Eigen::VectorXd::Zero(mean_.size());
  for (int i = 0; i < population_; ++i) {
    Eigen::VectorXd move = (points[static_cast<std::size_t>(i)] - mean_) / step_;
    move *= std::min(1.0, longest / std::max(whitened(move).norm(), 1e-300));
    if (weights_(i) > 0.0) forward += weights_(i) * move;
    moves.push_back(std::move(move));
  }
  ++generation_;
  mean_ += step_ * forward;
  step_path_ = (1.0 - step_rate_) * step_path_ +
               std::sqrt(step_rate_ * (2.0 - step_rate_) * effective_) * whitened(forward);
  const double length = step_path_.norm();
  const double settled = std::sqrt(1.0 - std::pow(1.0 - step_rate_, 2.0 * generation_));
  const bool moving = length / settled < (1.4 + 2.0 / (n + 1.0)) * expected_length_;
  path_ = (1.0 - path_rate_) * path_;
  if (moving) path_ += std::sqrt(path_rate_ * (2.0 - path_rate_) * effective_) * forward;
  const double lost = moving ? 0.0 : path_rate_ * (2.0 - path_rate_);
  const Eigen::MatrixXd before = covariance_;
  covariance_ = (1.0 + rank_one_ * lost - rank_one_ - rank_many_ * weights_.sum()) * before +
                rank_one_ * path_ * path_.transpose();
  for (int i = 0; i < population_; ++i) {
    const Eigen::VectorXd& move = moves[static_cast<std::size_t>(i)];
    double weight = weights_(i);
    if (weight < 0.0) weight *= n / std::max(whitened(move).squaredNorm(), 1e-300);
    covariance_ += rank_many_ * weight * move * move.transpose();
  }
  step_ *= std::exp(std::min(1.0, step_rate_ / step_damping_ * (length / expected_length_ - 1.0)));
  decompose();
}

}  // namespace nocturne
