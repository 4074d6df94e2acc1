#pragma once

#include <optional>
#include <utility>
#include <vector>

#include "optimizer/covariance_adaptation.hpp"
#include "optimizer/scalar_loss.hpp"
#include "optimizer/search_region.hpp"
#include "optimizer/strategy.hpp"

namespace nocturne {

/// CMA-ES on the one loss (CovarianceAdaptation), from the best point of the shared design on. Every told
/// point is a member of the generation, asked or not. Samples are mirrored at the bounds and brought to
/// allowed conditions; failed experiments rank last.
class CmaEs final : public Strategy {
 public:
  explicit CmaEs(const AskTell::Options& options) : region_{options}, loss_{options} {}
  Suggestion ask(const std::vector<Conditions>& pending) const override;
  std::size_t ask_from(const std::vector<Conditions>& pool) const override;
  void tell(const Conditions& conditions, const std::map<std::string, Estimate>& measured,
            std::optional<double> hours) override;
  void tell_failure(const Conditions& conditions, double label_standard_error,
                    std::optional<double> hours) override;

 private:
  Eigen::VectorXd sample(std::size_t index, int attempt) const;
  Eigen::VectorXd start() const;
  void learn();

  SearchRegion region_;
  ScalarLoss loss_;
  std::optional<CovarianceAdaptation> distribution_;  ///< once the design is told
  std::size_t generation_begin_ = 0;                  ///< index of its first told point
};

}  // namespace nocturne
