#pragma once

#include <map>
#include <optional>
#include <string>

#include "models/units.hpp"
#include "recipes/flow_plan.hpp"

namespace nocturne {

constexpr double kHeatingFlow = 0.25;  ///< share of the flow while the reactor heats: nothing may stand in it
/// Behind 95 % of a normal distribution what is still to come falls off by its slope within so many standard
/// deviations (Mills' ratio).
constexpr double kTailSpan = 0.5;
constexpr Seconds kThermalHold{15.0};  ///< at the temperature, before it counts as reached

/// What an experiment takes from the night.
struct ExperimentCost {
  Seconds time;
  Volume reagent;  ///< from all syringes but the diluent's
};

/// Expected of a plan when the heated zone stands at `from` (none = at room temperature): the way to its
/// temperature at a trickle, the flush, and the reads until the product stands still.
ExperimentCost expected_cost(const Recipe& recipe, const ReactorGeometry& reactor, const FlowPlan& plan,
                             std::optional<Temperature> from);

/// The heated zone may be touched and left alone.
constexpr Temperature kCool = Temperature::from_celsius(60.0);

/// Expected from the end of heating at `from` until it is cool.
Seconds time_to_cool(const ReactorGeometry& reactor, Temperature from);

/// From the beginning of one read of the emission to that of the next, at least.
Seconds pace_of_reads(const MeasurementPlan& measurement, const FlowPlan& plan);

/// What the longest form of the experiment takes from each syringe, by stock: it begins at the temperature
/// that is farthest away, and needs all its reads.
std::map<std::string, Volume> most_taken(const Recipe& recipe, const ReactorGeometry& reactor,
                                         const FlowPlan& plan);

}  // namespace nocturne
