#pragma once

#include <Eigen/Core>

#include "models/surrogate.hpp"

namespace nocturne {

/// Tells which points of the unit cube lie half as far again from every experiment as any of them lies from
/// the others, in variables weighed by how the expected output answers to them among the experiments.
class Extrapolation {
 public:
  /// `made`: the experiments, one per row. With fewer than two every point is far.
  Extrapolation(const Surrogate& surrogate, int output, Eigen::MatrixXd made);

  bool is_far(const Eigen::VectorXd& unit) const;

 private:
  double to_nearest(const Eigen::VectorXd& unit, Eigen::Index except) const;

  Eigen::MatrixXd made_;
  Eigen::ArrayXd weights_;
  double between_ = 0.0;  ///< the farthest that an experiment lies from all others
};

}  // namespace nocturne
