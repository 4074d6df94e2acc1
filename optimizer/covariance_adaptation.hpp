#pragma once

#include <Eigen/Core>
#include <vector>

namespace nocturne {

/// The search distribution of CMA-ES, N(mean, step² C), and how a ranked generation changes it: Hansen 2016,
/// arXiv:1604.00772, with its default parameters and negative weights. Points from elsewhere count as far as
/// they are likely (Hansen 2011, arXiv:1110.4181).
class CovarianceAdaptation {
 public:
  /// `mean` has at least one dimension, `step` > 0.
  CovarianceAdaptation(Eigen::VectorXd mean, double step);

  /// Points per generation.
  int population() const { return population_; }
  const Eigen::VectorXd& mean() const { return mean_; }
  double step() const { return step_; }
  /// What standard normal numbers become.
  Eigen::VectorXd sample(const Eigen::VectorXd& normal) const;
  /// Learns from `population()` points, best first.
  void update(const std::vector<Eigen::VectorXd>& points);

 private:
  void set_weights();
  void decompose();

  Eigen::VectorXd mean_;
  double step_;
  int population_;
  Eigen::VectorXd weights_;  ///< of all ranks; the positive ones add to one
  double effective_ = 0.0;   ///< variance-effective number of parents
  double step_rate_ = 0.0, step_damping_ = 0.0, path_rate_ = 0.0, rank_one_ = 0.0, rank_many_ = 0.0;
  double expected_length_ = 0.0;
  int generation_ = 0;
  Eigen::VectorXd step_path_, path_;
  Eigen::MatrixXd covariance_, axes_;
  Eigen::VectorXd lengths_;  ///< standard deviations along the axes
};

}  // namespace nocturne
