#pragma once

#include "optimizer/search_region.hpp"
#include "optimizer/strategy.hpp"

namespace nocturne {

/// Points at random after the shared design, whatever is told: what every method must be better than.
class RandomSearch final : public Strategy {
 public:
  explicit RandomSearch(const AskTell::Options& options) : region_{options} {}
  Suggestion ask(const std::vector<Conditions>& pending) const override;
  /// One at random, from the first on.
  std::size_t ask_from(const std::vector<Conditions>& pool) const override;
  void tell(const Conditions& conditions, const std::map<std::string, Estimate>& measured,
            std::optional<double> hours) override;
  void tell_failure(const Conditions& conditions, double label_standard_error,
                    std::optional<double> hours) override;

 private:
  SearchRegion region_;
};

}  // namespace nocturne
