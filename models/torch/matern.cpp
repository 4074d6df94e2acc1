#include "models/torch/matern.hpp"

#include <cmath>

namespace nocturne {
namespace {

// sqrt(5) |(a_i - b_k)/l| for all pairs.
Eigen::ArrayXXd distances(const Eigen::MatrixXd& a, const Eigen::MatrixXd& b,
                          const Eigen::VectorXd& lengths) {
  const Eigen::RowVectorXd inverse = lengths.cwiseInverse().transpose();
  Eigen::ArrayXXd squares = Eigen::ArrayXXd::Zero(a.rows(), b.rows());
  for (Eigen::Index j = 0; j < a.cols(); ++j) {
    const Eigen::ArrayXd column = a.col(j).array() * inverse(j);
    const Eigen::RowVectorXd other = b.col(j).transpose() * inverse(j);
    for (Eigen::Index k = 0; k < b.rows(); ++k) squares.col(k) += (column - other(k)).square();
  }
  return (5.0 * squares).sqrt();
}

}  // namespace

Eigen::MatrixXd Matern::operator()(const Eigen::MatrixXd& a, const Eigen::MatrixXd& b) const {
  const Eigen::ArrayXXd r = distances(a, b, lengths);
  return amplitude * amplitude * (1.0 + r + r.square() / 3.0) * (-r).exp();
}

Eigen::MatrixXd Matern::slopes(const Eigen::MatrixXd& a, const Eigen::MatrixXd& b,
                               const Eigen::MatrixXd& weights) const {
  const Eigen::ArrayXXd r = distances(a, b, lengths);
  const Eigen::MatrixXd common =
      (-5.0 / 3.0 * amplitude * amplitude * (1.0 + r) * (-r).exp() * weights.array()).matrix();
  const Eigen::VectorXd sums = common.rowwise().sum();
  Eigen::MatrixXd result = a.array().colwise() * sums.array();
  result -= common * b;
  return result * lengths.array().square().inverse().matrix().asDiagonal();
}

}  // namespace nocturne
