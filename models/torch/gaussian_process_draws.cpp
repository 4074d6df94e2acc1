#include <Eigen/Cholesky>
#include <cmath>

#include "models/torch/gaussian_process.hpp"

namespace nocturne {
namespace {

// Lower factor of a covariance that may be singular: anchors may coincide.
Eigen::MatrixXd root_of(const Eigen::MatrixXd& covariance, double level) {
  for (double jitter = 1e-9;; jitter *= 10.0) {
    Eigen::MatrixXd lifted = covariance;
    lifted.diagonal().array() += jitter * level;
    const Eigen::LLT<Eigen::MatrixXd> factor{lifted};
    if (factor.info() == Eigen::Success) return factor.matrixL();
  }
}

}  // namespace

/// The belief at points given the anchors, but for what differs between draws.
struct GaussianProcess::Draws::Spread {
  Eigen::MatrixXd cross;               ///< points x places: prior covariances
  Eigen::MatrixXd reduce;              ///< points x places: half of how the variance changes with `cross`
  Eigen::VectorXd standard_deviation;  ///< points
};

// With Z the support, W what the data take from the prior's covariance, T the anchors and C the belief's
// covariance there, a draw F at the anchors moves the mean at x by c(x, T) C^-1 (F - mean(T)), where c(x, T)
// = k(x, T) - k(x, Z) W k(Z, T) is linear in the prior's covariances with Z and T.
GaussianProcess::Draws::Draws(const GaussianProcess& process, const Eigen::MatrixXd& anchors,
                              const Eigen::MatrixXd& normals)
    : process_{process}, normals_{normals.bottomRows(1)} {
  const Inference& inference = *process.inference_;
  const Eigen::MatrixXd& support = inference.support();
  const Eigen::Index n = support.rows(), m = anchors.rows(), draws = normals.cols();
  places_.resize(n + m, anchors.cols());
  places_ << support, anchors;
  const MeanValues there = process.mean_->values(places_, process.theta_);
  jacobian_ = there.jacobian;
  response_ = process.mean_->response(there);
  const Eigen::MatrixXd cross = process.covariance()(anchors, support);
  anchor_side_.resize(n + m, m);
  anchor_side_ << -inference.weights(cross).transpose(), Eigen::MatrixXd::Identity(m, m);
  const MeanValues at = process.mean_->values(anchors, process.theta_);
  const Eigen::MatrixXd prior = process.covariance()(anchors, anchors);
  const Eigen::MatrixXd belief = prior + cross * anchor_side_.topRows(n);
  const double level = m > 0 ? prior.diagonal().maxCoeff() : 1.0;
  anchor_root_ = root_of(0.5 * (belief + belief.transpose()), level);
  const Eigen::MatrixXd apart = anchor_root_ * normals.topRows(m);
  at_anchors_ = apart.colwise() + process.mean_at(at, cross);
  const Eigen::MatrixXd pulled =
      anchor_root_.transpose().triangularView<Eigen::Upper>().solve(normals.topRows(m));
  alpha_ = anchor_side_ * pulled;
  alpha_.topRows(n) += inference.alpha().replicate(1, draws);
}

GaussianProcess::Draws::Spread GaussianProcess::Draws::spread(const Eigen::MatrixXd& points,
                                                              const MeanValues& at) const {
  const Inference& inference = *process_.inference_;
  const Eigen::Index n = inference.support().rows();
  Spread result;
  result.cross = process_.process_covariance(points, at, places_, response_) +
                 at.jacobian * process_.theta_variance_.asDiagonal() * jacobian_.transpose();
  const Eigen::MatrixXd with_anchors = (result.cross * anchor_side_).transpose();
  const Eigen::MatrixXd whitened = anchor_root_.triangularView<Eigen::Lower>().solve(with_anchors);
  const Eigen::MatrixXd solved = anchor_root_.transpose().triangularView<Eigen::Upper>().solve(whitened);
  result.reduce = -solved.transpose() * anchor_side_.transpose();
  const Eigen::MatrixXd own = result.cross.leftCols(n);
  const Eigen::MatrixXd weights = inference.weights(own);
  result.reduce.leftCols(n) -= weights;
  const Eigen::VectorXd prior = process_.prior_variance(at);
  const Eigen::ArrayXd variance =
      prior.array() + (result.reduce.array() * result.cross.array()).rowwise().sum();
  result.standard_deviation = variance.max(1e-12 * prior.array()).sqrt();
  return result;
}

Eigen::MatrixXd GaussianProcess::Draws::at(const Eigen::MatrixXd& points) const {
  const MeanValues at = process_.mean_->values(points, process_.theta_);
  const Spread around = spread(points, at);
  const Eigen::VectorXd mean = at.value + at.jacobian * (process_.theta_prior_ - process_.theta_);
  Eigen::MatrixXd drawn = around.cross * alpha_ + around.standard_deviation * normals_;
  return drawn.colwise() + mean;
}

Eigen::MatrixXd GaussianProcess::Draws::slopes(const Eigen::MatrixXd& points,
                                               const Eigen::MatrixXd& weights) const {
  const MeanValues at = process_.mean_->values(points, process_.theta_);
  const Spread around = spread(points, at);
  const Eigen::VectorXd total = weights.rowwise().sum();
  // Per unit of variance, for every point.
  const Eigen::VectorXd by_variance =
      (weights * normals_.transpose()).cwiseQuotient(2.0 * around.standard_deviation);
  const Eigen::MatrixXd by_cross =
      weights * alpha_.transpose() + 2.0 * by_variance.asDiagonal() * around.reduce;
  const auto& variance = process_.theta_variance_;
  const Eigen::MatrixXd by_jacobian =
      total * (process_.theta_prior_ - process_.theta_).transpose() +
      (by_cross * jacobian_ + 2.0 * by_variance.asDiagonal() * at.jacobian) * variance.asDiagonal();
  const MeanSlopes slope = process_.mean_->slopes(points, process_.theta_, {by_jacobian});
  const Eigen::MatrixXd turn = process_.mean_->response_slopes(points, process_.theta_);
  const Eigen::VectorXd own = 2.0 * std::pow(process_.hyper_.kernel.amplitude, 2) *
                              by_variance.cwiseProduct(process_.mean_->response(at));
  return total.asDiagonal() * slope.value + slope.weighted[0] + own.asDiagonal() * turn +
         process_.process_slopes(points, at, places_, response_, turn, by_cross);
}

}  // namespace nocturne
