#pragma once

#include <Eigen/Core>

namespace nocturne {

/// The measured values of one output.
struct OutputData {
  Eigen::MatrixXd points;           ///< n x dimensions
  Eigen::VectorXd values;           ///< n
  Eigen::VectorXd standard_errors;  ///< n
  Eigen::VectorXi study;            ///< n; 0 = here
  Eigen::VectorXd hours_ago = {};   ///< n; NaN or empty = unknown, taken as now
  Eigen::VectorXi night = {};       ///< n; which of this bench, each with an offset; 0 or empty = none

  /// The rows for which `keep(i)` holds.
  template <class Keep>
  OutputData rows(const Keep& keep) const;
};

/// How values drift in time a priori: they are right now and were off by so much, the more the older.
struct DriftPrior {
  double rate = 0.0;  ///< standard deviation of a steady change, per hour
  double walk = 0.0;  ///< of what a random walk moves in an hour, for steps and bends
};

/// What measured values share with each other and not with what is asked for: how large it is a priori.
struct NuisancePrior {
  double study_offset = 0.0;     ///< standard deviation of another study's offset
  double study_amplitude = 0.0;  ///< of what else is different there, over the cube
  Eigen::VectorXd study_lengths;
  DriftPrior drift = {};
  bool drifts() const { return drift.rate > 0.0 || drift.walk > 0.0; }
};

/// Its covariance but for the noise of each value: n x n.
Eigen::MatrixXd nuisance_covariance(const NuisancePrior& prior, const OutputData& data);
/// The diagonal of what studies add to it, n.
Eigen::VectorXd study_variance(const NuisancePrior& prior, const OutputData& data);
/// By what nights differ, a level and a slope along each side of the cube: n x nights (1 + dimensions), each
/// value's share of its night's, times the value's `response`. No column without nights.
Eigen::MatrixXd night_shares(const OutputData& data, const Eigen::VectorXd& response);
/// What drift adds to it between two sets of values: with u and v hours ago, (rate² u v + walk² min(u, v)),
/// most of it the same at all conditions and the rest changing with them as smoothly as studies do.
Eigen::MatrixXd drift_covariance(const NuisancePrior& prior, const OutputData& a, const OutputData& b);
Eigen::VectorXd drift_variance(const NuisancePrior& prior, const OutputData& data);

template <class Keep>
OutputData OutputData::rows(const Keep& keep) const {
  Eigen::Index n = 0;
  for (Eigen::Index i = 0; i < values.size(); ++i) n += keep(i) ? 1 : 0;
  OutputData part{Eigen::MatrixXd(n, points.cols()),
                  Eigen::VectorXd(n),
                  Eigen::VectorXd(n),
                  Eigen::VectorXi(n),
                  Eigen::VectorXd(hours_ago.size() > 0 ? n : 0),
                  Eigen::VectorXi(night.size() > 0 ? n : 0)};
  for (Eigen::Index i = 0, to = 0; i < values.size(); ++i) {
    if (!keep(i)) continue;
    part.points.row(to) = points.row(i);
    part.values(to) = values(i);
    part.standard_errors(to) = standard_errors(i);
    if (hours_ago.size() > 0) part.hours_ago(to) = hours_ago(i);
    if (night.size() > 0) part.night(to) = night(i);
    part.study(to++) = study(i);
  }
  return part;
}

}  // namespace nocturne
