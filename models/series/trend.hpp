#pragma once

#include <optional>
#include <vector>

#include "models/observation.hpp"

namespace nocturne {

/// One value of a series, as read at a time.
struct TimedValue {
  double time_s = 0.0;
  Estimate value;
};

/// A straight line through a series: value = level + slope (time - centre).
struct Trend {
  double centre_s = 0.0;
  Estimate level;
  Estimate slope_per_s;

  /// With the error of the line there.
  Estimate at(double time_s) const;
  /// Whether the slope differs from zero at this false-alarm rate (two-sided, Student's t).
  bool significant(double false_alarm_rate) const;
  int points = 0;
};

/// Least squares with equal weights; errors from the residuals' scatter, at least the values' own. For
/// standards measured over a night: their drift. Throws std::invalid_argument with fewer than three points or
/// without a span of time.
Trend trend_of(const std::vector<TimedValue>& series);

/// Where a series jumps from one level to another.
struct ChangePoint {
  std::size_t first_after = 0;    ///< index of the first value of the new level
  Estimate step;                  ///< new level minus old
  double false_alarm_rate = 0.0;  ///< chance that noise alone steps so much anywhere in the series
};

/// The most likely single step in level, if noise alone would show such a step in less than
/// `false_alarm_rate` of all series (two-sample t test at every place, Bonferroni for their number; Hawkins
/// 1977, 10.2307/2286934). Nothing otherwise or with fewer than six values.
std::optional<ChangePoint> change_point(const std::vector<TimedValue>& series,
                                        double false_alarm_rate = 0.01);

/// value = final + amplitude exp(-(time - first time)/time constant).
struct Approach {
  Estimate final;
  Estimate amplitude;
  Estimate time_constant_s;

  double at(double seconds_since_first) const;
  /// How long after the first value the rest falls below `within`, in the value's unit; 0 if it is there
  /// already.
  double settled_after_s(double within) const;
};

/// Fits an exponential approach (Levenberg-Marquardt). Errors from the residuals. Nothing if the series has
/// fewer than five values, or does not bend enough to tell a final value: a time constant beyond three spans
/// of the series, or an amplitude within two standard errors of zero.
std::optional<Approach> exponential_approach(const std::vector<TimedValue>& series);

}  // namespace nocturne
