#include "models/torch/inference.hpp"

#include <Eigen/Cholesky>
#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <vector>

namespace nocturne {
namespace {

// Lower Cholesky factor, with as little added to the diagonal as it takes.
Eigen::MatrixXd factor_of(const Eigen::MatrixXd& covariance) {
  if (covariance.rows() == 0) return covariance;
  const double level = std::max(covariance.diagonal().mean(), 1e-300);
  for (double jitter = 0.0; jitter <= 1e-2; jitter = std::max(jitter * 10.0, 1e-12)) {
    Eigen::MatrixXd lifted = covariance;
    lifted.diagonal().array() += jitter * level;
    const Eigen::LLT<Eigen::MatrixXd> factor{lifted};
    if (factor.info() == Eigen::Success) return factor.matrixL();
  }
  throw std::runtime_error{"a covariance matrix is not positive definite"};
}

// factor^-1 right, for a lower factor. Eigen must not be asked to solve for no column: it takes an address
// that there is not.
Eigen::MatrixXd whitened(const Eigen::MatrixXd& factor, const Eigen::MatrixXd& right) {
  if (right.size() == 0) return right;
  return factor.triangularView<Eigen::Lower>().solve(right);
}

Eigen::MatrixXd solved(const Eigen::MatrixXd& factor, const Eigen::MatrixXd& right) {
  if (right.size() == 0) return right;
  return factor.transpose().triangularView<Eigen::Upper>().solve(whitened(factor, right));
}

}  // namespace

// Rows of the data that leave least of the prior variance to the others: pivoted Cholesky, largest first.
std::vector<Eigen::Index> Inference::inducing_rows(const Covariance& prior, const Eigen::MatrixXd& points) {
  constexpr Eigen::Index count = kInducing;
  const Eigen::Index n = points.rows();
  Eigen::VectorXd left(n);
  for (Eigen::Index i = 0; i < n; ++i) left(i) = prior(points.row(i), points.row(i))(0, 0);
  const double enough = 1e-9 * left.maxCoeff();
  Eigen::MatrixXd columns(n, count);
  std::vector<Eigen::Index> rows;
  while (static_cast<Eigen::Index>(rows.size()) < count) {
    Eigen::Index next = 0;
    if (left.maxCoeff(&next) <= enough) break;
    const auto k = static_cast<Eigen::Index>(rows.size());
    Eigen::VectorXd column = prior(points, points.row(next));
    column -= columns.leftCols(k) * columns.row(next).head(k).transpose();
    columns.col(k) = column / std::sqrt(left(next));
    left = (left.array() - columns.col(k).array().square()).max(0.0);
    left(next) = 0.0;
    rows.push_back(next);
  }
  return rows;
}

Inference::Inference(const Covariance& prior, const Eigen::MatrixXd& points, const Eigen::MatrixXd& noise,
                     const Eigen::VectorXd& residuals)
    : residuals_{residuals} {
  support_ = points;
  factor_ = factor_of(prior(points, points) + noise);
  alpha_ = solved(factor_, residuals);
}

Inference Inference::from_many(const Covariance& prior, const Eigen::MatrixXd& points,
                               const Eigen::VectorXd& variances, const Eigen::VectorXd& residuals) {
  return from_rows(inducing_rows(prior, points), prior, points, variances, Eigen::MatrixXd(points.rows(), 0),
                   residuals);
}

Inference Inference::from_rows(const std::vector<Eigen::Index>& rows, const Covariance& prior,
                               const Eigen::MatrixXd& points, const Eigen::VectorXd& variances,
                               const Eigen::MatrixXd& shared, const Eigen::VectorXd& residuals) {
  Inference result{residuals};
  result.make_sparse(rows, prior, points, variances, shared);
  return result;
}

void Inference::make_sparse(const std::vector<Eigen::Index>& rows, const Covariance& prior,
                            const Eigen::MatrixXd& points, const Eigen::VectorXd& noise,
                            const Eigen::MatrixXd& shared) {
  support_.resize(static_cast<Eigen::Index>(rows.size()), points.cols());
  for (std::size_t i = 0; i < rows.size(); ++i)
    support_.row(static_cast<Eigen::Index>(i)) = points.row(rows[i]);
  const Eigen::MatrixXd between = prior(support_, support_);
  factor_ = factor_of(between);
  cross_ = prior(support_, points);
  const Eigen::MatrixXd projected = whitened(factor_, cross_);
  Eigen::VectorXd own(points.rows());
  for (Eigen::Index i = 0; i < points.rows(); ++i) own(i) = prior(points.row(i), points.row(i))(0, 0);
  const Eigen::VectorXd missed = (own - projected.colwise().squaredNorm().transpose()).cwiseMax(0.0);
  precision_ = (missed + noise).cwiseMax(1e-12 * own.maxCoeff()).cwiseInverse();
  Eigen::MatrixXd inner = between + cross_ * precision_.asDiagonal() * cross_.transpose();
  Eigen::VectorXd pull = cross_ * precision_.cwiseProduct(residuals_);
  if (shared.cols() > 0) {  // Woodbury's identity for the precision of all noise
    const Eigen::MatrixXd weighed = precision_.asDiagonal() * shared, side = cross_ * weighed;
    const Eigen::MatrixXd common =
        factor_of(Eigen::MatrixXd::Identity(shared.cols(), shared.cols()) + shared.transpose() * weighed);
    inner -= side * solved(common, side.transpose());
    pull -= side * solved(common, weighed.transpose() * residuals_);
  }
  inner_ = factor_of(inner);
  alpha_ = solved(inner_, pull);
}

Eigen::MatrixXd Inference::weights(const Eigen::MatrixXd& cross) const {
  const Eigen::MatrixXd all = solved(factor_, cross.transpose());
  if (is_exact()) return all.transpose();
  return (all - solved(inner_, cross.transpose())).transpose();
}

double Inference::log_evidence() const {
  constexpr double kLogTwoPi = 1.8378770664093453;
  return -0.5 * residuals_.dot(alpha_) - factor_.diagonal().array().log().sum() -
         0.5 * kLogTwoPi * static_cast<double>(residuals_.size());
}

Inference::Sharing Inference::sharing(const Eigen::MatrixXd& shared) const {
  if (is_exact()) {
    const Eigen::MatrixXd weighed = solved(factor_, shared);
    return {shared.transpose() * weighed, weighed.transpose() * residuals_};
  }
  const Eigen::MatrixXd weighed = precision_.asDiagonal() * shared, side = cross_ * weighed;
  const Eigen::VectorXd pull = cross_ * precision_.cwiseProduct(residuals_);
  return {shared.transpose() * weighed - side.transpose() * solved(inner_, side),
          weighed.transpose() * residuals_ - side.transpose() * solved(inner_, pull)};
}

Inference::LeaveOneOut Inference::leave_one_out() const {
  const Eigen::Index n = residuals_.size();
  const Eigen::MatrixXd inverse_factor = whitened(factor_, Eigen::MatrixXd::Identity(n, n));
  const Eigen::VectorXd precision = inverse_factor.colwise().squaredNorm();
  return {alpha_.array() / precision.array().sqrt(), precision.cwiseInverse().cwiseSqrt()};
}

}  // namespace nocturne
