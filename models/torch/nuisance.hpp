#pragma once

#include <Eigen/Core>

namespace nocturne {

/// The measured values of one output.
struct OutputData {
  Eigen::MatrixXd points;           ///< n x dimensions
  Eigen::VectorXd values;           ///< n
  Eigen::VectorXd standard_errors;  ///< n
  Eigen::VectorXi study;            ///< n; 0 = here

  /// The rows for which `keep(i)` holds.
  template <class Keep>
  OutputData rows(const Keep& keep) const;
};

/// What measured values share with each other and not with what is asked for: how large it is a priori.
struct NuisancePrior {
  double study_offset = 0.0;     ///< standard deviation of another study's offset
  double study_amplitude = 0.0;  ///< of what else is different there, over the cube
  Eigen::VectorXd study_lengths;
};

/// Its covariance but for the noise of each value: n x n.
Eigen::MatrixXd nuisance_covariance(const NuisancePrior& prior, const OutputData& data);
/// Its diagonal, n.
Eigen::VectorXd nuisance_variance(const NuisancePrior& prior, const OutputData& data);

template <class Keep>
OutputData OutputData::rows(const Keep& keep) const {
  Eigen::Index n = 0;
  for (Eigen::Index i = 0; i < values.size(); ++i) n += keep(i) ? 1 : 0;
  OutputData part{Eigen::MatrixXd(n, points.cols()), Eigen::VectorXd(n), Eigen::VectorXd(n),
                  Eigen::VectorXi(n)};
  for (Eigen::Index i = 0, to = 0; i < values.size(); ++i) {
    if (!keep(i)) continue;
    part.points.row(to) = points.row(i);
    part.values(to) = values(i);
    part.standard_errors(to) = standard_errors(i);
    part.study(to++) = study(i);
  }
  return part;
}

}  // namespace nocturne
