#pragma once

#include <Eigen/Core>
#include <functional>
#include <vector>

namespace nocturne {

/// Prior covariance between the rows of two sets of points.
using Covariance = std::function<Eigen::MatrixXd(const Eigen::MatrixXd&, const Eigen::MatrixXd&)>;

/// What the data say of a zero-mean Gaussian process: with c the prior covariances between a point and the
/// support points, the posterior mean is c alpha and the variance falls by c W c'.
///
/// Exact: support = data, W = K^-1; it takes seconds beyond kExactLimit values. From many: inducing points
/// carry the information (fully independent training conditionals, Snelson and Ghahramani 2006): the support
/// is chosen among the data by pivoted Cholesky, so that what it leaves of the prior variance is least.
class Inference {
 public:
  static constexpr Eigen::Index kExactLimit = 1000;
  static constexpr Eigen::Index kInducing = 320;

  /// Exact. `noise` is what the values have in common beyond the process, n x n; `residuals` are values minus
  /// the prior mean. Throws std::runtime_error if no small lift of the diagonal makes the covariance positive
  /// definite.
  Inference(const Covariance& prior, const Eigen::MatrixXd& points, const Eigen::MatrixXd& noise,
            const Eigen::VectorXd& residuals);
  /// By inducing points, with independent noise of these variances.
  static Inference from_many(const Covariance& prior, const Eigen::MatrixXd& points,
                             const Eigen::VectorXd& variances, const Eigen::VectorXd& residuals);
  /// Which rows of `points` from_many() would have for its support, in their order.
  static std::vector<Eigen::Index> inducing_rows(const Covariance& prior, const Eigen::MatrixXd& points);
  /// The same by those rows, with noise that values have in common besides: `shared` (n x m) times m standard
  /// normal numbers.
  static Inference from_rows(const std::vector<Eigen::Index>& rows, const Covariance& prior,
                             const Eigen::MatrixXd& points, const Eigen::VectorXd& variances,
                             const Eigen::MatrixXd& shared, const Eigen::VectorXd& residuals);

  const Eigen::MatrixXd& support() const { return support_; }
  const Eigen::VectorXd& alpha() const { return alpha_; }
  /// W c' for the rows of `cross` (points x support), one row per point.
  Eigen::MatrixXd weights(const Eigen::MatrixXd& cross) const;
  /// ln of the density of the residuals. Exact inference only.
  double log_evidence() const;
  /// Per value, its distance from what all others say in standard deviations, and that standard deviation.
  /// Exact inference only.
  struct LeaveOneOut {
    Eigen::VectorXd distance, standard_deviation;
  };
  LeaveOneOut leave_one_out() const;
  /// What the data say of a noise that `shared` (n x m) times m numbers would add to theirs: with A the
  /// covariance of the values without it, shared' A^-1 shared and shared' A^-1 residuals.
  struct Sharing {
    Eigen::MatrixXd gram;
    Eigen::VectorXd pull;
  };
  Sharing sharing(const Eigen::MatrixXd& shared) const;
  bool is_exact() const { return inner_.size() == 0; }

 private:
  explicit Inference(const Eigen::VectorXd& residuals) : residuals_{residuals} {}
  void make_sparse(const std::vector<Eigen::Index>& rows, const Covariance& prior,
                   const Eigen::MatrixXd& points, const Eigen::VectorXd& noise,
                   const Eigen::MatrixXd& shared);

  Eigen::MatrixXd support_;
  Eigen::VectorXd residuals_, alpha_;
  Eigen::MatrixXd factor_;  ///< lower Cholesky factor of the support's covariance (exact: with the noise)
  // Sparse only, with Lambda the noise and what the support misses of the process:
  Eigen::MatrixXd inner_;      ///< factor of K_zz + K_zn Lambda^-1 K_nz
  Eigen::MatrixXd cross_;      ///< K_zn
  Eigen::VectorXd precision_;  ///< of what is each value's own in Lambda
};

}  // namespace nocturne
