#include "models/torch/nuisance.hpp"

#include <algorithm>
#include <cmath>
#include <set>

#include "models/torch/matern.hpp"

namespace nocturne {
namespace {

constexpr double kEverywhere = 0.75;  // share of a drift's variance that all conditions have in common

double age(const OutputData& data, Eigen::Index i) {
  const bool known = data.hours_ago.size() > 0 && std::isfinite(data.hours_ago(i));
  return known ? data.hours_ago(i) : 0.0;
}

}  // namespace

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
  if (prior.drifts()) result += drift_covariance(prior, data, data);
  return result;
}

Eigen::VectorXd study_variance(const NuisancePrior& prior, const OutputData& data) {
  const double variance =
      prior.study_offset * prior.study_offset + prior.study_amplitude * prior.study_amplitude;
  return (data.study.array() != 0).select(variance, Eigen::VectorXd::Zero(data.values.size()));
}

Eigen::MatrixXd night_shares(const OutputData& data, const Eigen::VectorXd& response) {
  std::set<int> nights{data.night.begin(), data.night.end()};
  nights.erase(0);
  const Eigen::Index n = data.values.size(), own = 1 + data.points.cols();
  Eigen::MatrixXd terms(n, own);
  terms << Eigen::VectorXd::Ones(n), (data.points.array() - 0.5).matrix();
  terms = response.asDiagonal() * terms;
  Eigen::MatrixXd result = Eigen::MatrixXd::Zero(n, own * static_cast<Eigen::Index>(nights.size()));
  Eigen::Index first = 0;
  for (const int night : nights) {
    for (Eigen::Index i = 0; i < n; ++i)
      if (data.night(i) == night) result.row(i).segment(first, own) = terms.row(i);
    first += own;
  }
  return result;
}

Eigen::MatrixXd drift_covariance(const NuisancePrior& prior, const OutputData& a, const OutputData& b) {
  const Matern alike{1.0, prior.study_lengths};
  Eigen::MatrixXd result = alike(a.points, b.points);
  const double steady = prior.drift.rate * prior.drift.rate, walk = prior.drift.walk * prior.drift.walk;
  for (Eigen::Index j = 0; j < result.cols(); ++j)
    for (Eigen::Index i = 0; i < result.rows(); ++i) {
      const double u = age(a, i), v = age(b, j);
      result(i, j) =
          (steady * u * v + walk * std::min(u, v)) * (kEverywhere + (1.0 - kEverywhere) * result(i, j));
    }
  return result;
}

Eigen::VectorXd drift_variance(const NuisancePrior& prior, const OutputData& data) {
  Eigen::VectorXd result(data.values.size());
  for (Eigen::Index i = 0; i < result.size(); ++i) {
    const double u = age(data, i);
    result(i) = prior.drift.rate * prior.drift.rate * u * u + prior.drift.walk * prior.drift.walk * u;
  }
  return result;
}

}  // namespace nocturne
