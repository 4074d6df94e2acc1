#pragma once

#include <memory>
#include <utility>
#include <vector>

#include "optimizer/scalar_loss.hpp"
#include "optimizer/strategy.hpp"

namespace nocturne {

/// Expected improvement of the one loss under a Gaussian process of it, after the shared design: Bayesian
/// optimisation as most programs have it, without the outputs behind the loss.
class ScalarImprovement final : public Strategy {
 public:
  explicit ScalarImprovement(const AskTell::Options& options);
  Suggestion ask(const std::vector<Conditions>& pending) const override;
  std::size_t ask_from(const std::vector<Conditions>& pool) const override;
  void tell(const Conditions& conditions, const std::map<std::string, Estimate>& measured,
            std::optional<double> hours) override;
  void tell_failure(const Conditions& conditions, double label_standard_error,
                    std::optional<double> hours) override;

 private:
  struct Told {
    Conditions conditions;
    double failure_error = 0.0;  ///< standard error of a failure's label; 0 = no failure
  };
  void hand_on(AskTell& engine, std::size_t index, double loss) const;
  void learn();

  AskTell::Options problem_;  ///< of the loss alone
  bool losses_change_;
  ScalarLoss loss_;
  std::vector<Told> told_;
  std::unique_ptr<AskTell> engine_;
};

}  // namespace nocturne
