#include "models/series/settling.hpp"

#include <boost/math/distributions/students_t.hpp>
#include <cmath>

namespace nocturne {

void Settling::add(double time_s, Estimate value) {
  reads_.push_back({time_s, value});
  if (reads_.size() > static_cast<std::size_t>(options_.window)) reads_.erase(reads_.begin());
}

std::optional<Estimate> Settling::drift() const {
  if (reads_.size() < static_cast<std::size_t>(options_.window)) return std::nullopt;
  const double span = reads_.back().time_s - reads_.front().time_s;
  if (span <= 0.0) return std::nullopt;
  const Estimate slope = trend_of(reads_).slope_per_s;
  return Estimate{slope.value * span, slope.standard_error * span};
}

bool Settling::steady() const {
  const std::optional<Estimate> moved = drift();
  if (!moved) return false;
  const boost::math::students_t_distribution<double> student{static_cast<double>(options_.window - 2)};
  const double margin = boost::math::quantile(student, 0.95) * moved->standard_error;
  return std::abs(moved->value) + margin <= options_.allowed_drift;
}

}  // namespace nocturne
