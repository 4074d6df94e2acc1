#pragma once

#include <memory>
#include <vector>

#include "models/surrogate.hpp"
#include "optimizer/acquisition.hpp"
#include "optimizer/objective.hpp"

namespace nocturne {

/// ln of the expected improvement of the objective over the best of the anchors, the experiments that were
/// made or are running, weighted with the limits being kept. Their true values are as uncertain as the model
/// has them, so that a place gains nothing by being asked again (noisy expected improvement, Letham et al.
/// 2019, doi:10.1214/18-BA1110), by quasi-Monte-Carlo over the outputs with fixed base samples. The
/// improvement is smoothed and has heavy tails, so that its logarithm has a gradient everywhere (Ament et al.
/// 2023, arXiv:2310.20708).
class LogExpectedImprovement final : public Acquisition {
 public:
  /// `anchors`: one per row. `reference` is a utility that is worth nothing, for draws in which no anchor
  /// keeps the limits; without it and without anchors every allowed outcome is an improvement of one. Both
  /// references must outlive it.
  LogExpectedImprovement(const Surrogate& surrogate, const Objective& objective,
                         const Eigen::MatrixXd& anchors, std::optional<double> reference, int samples,
                         std::uint64_t seed);
  Value operator()(const Eigen::MatrixXd& points) const override;
  Eigen::VectorXd values(const Eigen::MatrixXd& points) const override;
  std::string name() const override { return "log expected improvement"; }

 private:
  /// The values, and per output how they change with each draw (points x draws).
  Eigen::VectorXd evaluate(const Eigen::MatrixXd& points, std::vector<Eigen::MatrixXd>& weights) const;

  const Objective& objective_;
  std::unique_ptr<JointDraws> draws_;
  Eigen::Index samples_;
  Eigen::VectorXd incumbents_;  ///< per draw; -infinity = none
};

/// ln of the expected improvement over `incumbent` by what a measurement at each point would read, scatter
/// and all: the worth of rows of a pool, where what counts is what is read.
Eigen::VectorXd log_measured_improvement(const Surrogate& surrogate, const Objective& objective,
                                         std::optional<double> incumbent, const Eigen::MatrixXd& points,
                                         int samples, std::uint64_t seed);

}  // namespace nocturne
