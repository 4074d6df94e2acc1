#pragma once

#include <Eigen/Core>
#include <vector>

namespace nocturne {

/// Matérn covariance with nu = 5/2 and one length scale per dimension:
///   k = a² (1 + r + r²/3) exp(-r),  r² = 5 sum_j (x_j - x'_j)²/l_j²
/// (Rasmussen and Williams 2006, eq. 4.17).
struct Matern {
  double amplitude = 1.0;   ///< a, in the unit of the output
  Eigen::VectorXd lengths;  ///< l, on the unit cube

  /// rows of `a` x rows of `b`
  Eigen::MatrixXd operator()(const Eigen::MatrixXd& a, const Eigen::MatrixXd& b) const;
  /// For every row i of `a`: the derivative of sum_k weights(i, k) k(a_i, b_k) with respect to a_i.
  Eigen::MatrixXd slopes(const Eigen::MatrixXd& a, const Eigen::MatrixXd& b,
                         const Eigen::MatrixXd& weights) const;
};

}  // namespace nocturne
