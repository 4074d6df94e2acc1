#pragma once

#include "models/surrogate.hpp"
#include "optimizer/acquisition.hpp"
#include "optimizer/objective.hpp"

namespace nocturne {

/// ln of the expected improvement of the objective over `incumbent`, weighted with the limits being kept, by
/// quasi-Monte-Carlo over the outputs with fixed base samples. The improvement is smoothed and has heavy
/// tails, so that its logarithm has a gradient everywhere (Ament et al. 2023, arXiv:2310.20708).
class LogExpectedImprovement final : public Acquisition {
 public:
  /// Without an incumbent every allowed outcome is an improvement of one. Both references must outlive it.
  LogExpectedImprovement(const Surrogate& surrogate, const Objective& objective,
                         std::optional<double> incumbent, int samples, std::uint64_t seed);
  Value operator()(const Eigen::MatrixXd& points) const override;
  std::string name() const override { return "log expected improvement"; }

 private:
  struct Improvement {
    double log = 0.0;
    double slope = 0.0;  ///< with respect to the utility
  };
  Improvement improvement(double utility) const;

  const Surrogate& surrogate_;
  const Objective& objective_;
  std::optional<double> incumbent_;
  Eigen::MatrixXd base_;  ///< samples x outputs, standard normal
};

}  // namespace nocturne
