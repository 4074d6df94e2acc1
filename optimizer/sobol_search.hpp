#pragma once

#include "optimizer/search_region.hpp"
#include "optimizer/strategy.hpp"

namespace nocturne {

/// The shared design without end: even coverage, whatever is told.
class SobolSearch final : public Strategy {
 public:
  explicit SobolSearch(const AskTell::Options& options) : region_{options} {}
  Suggestion ask(const std::vector<Conditions>& pending) const override;
  std::size_t ask_from(const std::vector<Conditions>& pool) const override;
  void tell(const Conditions& conditions, const std::map<std::string, Estimate>& measured,
            std::optional<double> hours) override;
  void tell_failure(const Conditions& conditions, double label_standard_error,
                    std::optional<double> hours) override;

 private:
  SearchRegion region_;
};

}  // namespace nocturne
