#pragma once

#include <optional>
#include <vector>

#include "models/series/trend.hpp"

namespace nocturne {

enum class Behaviour { steady, drift, step };
/// "steady", "drift" or "step"
const char* name_of(Behaviour behaviour);

/// What a standard that ought to stay the same did while it was measured again and again.
struct StandardSeries {
  Behaviour behaviour = Behaviour::steady;
  Trend trend;                      ///< the straight line, whatever the behaviour
  double scatter = 0.0;             ///< standard deviation of the values about what the behaviour says
  std::optional<ChangePoint> step;  ///< only if the behaviour is a step
};

/// Tests a series in the order of time for a drift (slope) and for a step (change point), each at half of
/// `false_alarm_rate`. If both are seen, the one with the smaller Bayesian information criterion (Schwarz
/// 1978, 10.1214/aos/1176344136) is told: a ramp also looks like a step, and a step like a ramp. Throws
/// std::invalid_argument like trend_of().
StandardSeries standard_series(const std::vector<TimedValue>& series, double false_alarm_rate = 0.01);

/// The same for a series that drifts or steps; nothing if it is steady, or has too few values or too short a
/// span to tell.
std::optional<StandardSeries> changing(const std::vector<TimedValue>& series, double false_alarm_rate = 0.01);

}  // namespace nocturne
