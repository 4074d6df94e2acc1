#include "models/torch/nuisance.hpp"

#include "models/torch/matern.hpp"

namespace nocturne {

Eigen::MatrixXd nuisance_covariance(const NuisancePrior& prior, const OutputData& data) {
  const Eigen::Index n = data.values.size();
  Eigen::MatrixXd result = Eigen::MatrixXd::Zero(n, n);
  if ((data.study.array() != 0).any()) {
    const Matern own{prior.study_amplitude, prior.study_lengths};
    const Eigen::MatrixXd discrepancy = own(data.points, data.points);
    const double offset = prior.study_offset * prior.study_offset;
    for (Eigen::Index j = 0; j < n; ++j)
      for (Eigen::Index i = 0; i < n; ++i)
        if (data.study(i) != 0 && data.study(i) == data.study(j)) result(i, j) = offset + discrepancy(i, j);
  }
  return result;
}

Eigen::VectorXd nuisance_variance(const NuisancePrior& prior, const OutputData& data) {
  const double variance =
      prior.study_offset * prior.study_offset + prior.study_amplitude * prior.study_amplitude;
  return (data.study.array() != 0).select(variance, Eigen::VectorXd::Zero(data.values.size()));
}

}  // namespace nocturne
