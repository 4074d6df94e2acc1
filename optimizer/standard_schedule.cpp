#include "optimizer/standard_schedule.hpp"

#include <algorithm>
#include <cmath>

#include "models/series/standard.hpp"

namespace nocturne {

void StandardSchedule::tell(const Conditions& conditions, const Outcome& outcome,
                            std::optional<double> hours) {
  if (!hours) return;
  now_hours_ = *hours;
  const auto* observation = std::get_if<Observation>(&outcome);
  if (!standard_ && observation) standard_ = conditions;
  if (conditions != standard_) return;
  measured_hours_ = *hours;
  wanted_ = false;
  if (!observation) return;
  for (const auto& [name, value] : outputs(*observation))
    if (outputs_.contains(name) && std::isfinite(value.value))
      series_[name].push_back({3600.0 * *hours, value});
}

bool StandardSchedule::due(const std::vector<Conditions>& pending) const {
  if (!standard_ || std::ranges::find(pending, *standard_) != pending.end()) return false;
  if (wanted_ || !every_hours_) return wanted_;
  return now_hours_ - measured_hours_ >= (drifts() ? 0.5 : 1.0) * *every_hours_;
}

bool StandardSchedule::drifts() const {
  return std::ranges::any_of(series_, [](const auto& one) { return changing(one.second).has_value(); });
}

}  // namespace nocturne
