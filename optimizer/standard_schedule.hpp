#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "models/observation.hpp"
#include "models/series/trend.hpp"

namespace nocturne {

/// When a bench has to be looked at. Its standard is a product that is made before all others, or without one
/// the first experiment that gave a product; it is done again every so many hours, and twice as often once
/// its results drift or step (changing(), any of `outputs`). The time is that of the last tell.
class StandardSchedule {
 public:
  /// Without `every_hours` only a `standard` is ever due, once at the beginning.
  StandardSchedule(std::optional<double> every_hours, std::set<std::string> outputs,
                   std::optional<Conditions> standard = std::nullopt)
      : every_hours_{every_hours},
        outputs_{std::move(outputs)},
        standard_{std::move(standard)},
        wanted_{standard_.has_value()} {}

  /// A standard that fails was tried all the same: the next one is not due earlier.
  void tell(const Conditions& conditions, const Outcome& outcome, std::optional<double> hours);
  /// It is due at once, if there is one.
  void want() { wanted_ = standard_.has_value(); }
  /// Whether it is time again, or somebody wants it, and the standard is not running.
  bool due(const std::vector<Conditions>& pending) const;
  /// Nothing before there is a product.
  const std::optional<Conditions>& standard() const { return standard_; }
  bool drifts() const;

 private:
  std::optional<double> every_hours_;
  std::set<std::string> outputs_;
  std::optional<Conditions> standard_;
  bool wanted_ = false;
  double measured_hours_ = 0.0, now_hours_ = 0.0;
  std::map<std::string, std::vector<TimedValue>> series_;  ///< by output
};

}  // namespace nocturne
