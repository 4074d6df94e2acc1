#include "recipes/experiment_cost.hpp"

#include <algorithm>
#include <cmath>

namespace nocturne {
namespace {

constexpr Seconds kAbsorptionReading{10.0};  // the lamp settles, and a few short exposures
constexpr TemperatureStep kNearRoom = TemperatureStep::from_si(2.0);  // where cooling comes to its end

// Heating by a steady power, cooling towards the room as Newton has it.
Seconds way(const HeatingModel& heating, Temperature from, Temperature to) {
  if (to >= from) return Seconds{(to - from).si() / heating.heating_K_per_s};
  const TemperatureStep end = std::max(to - HeatingModel::kRoom, kNearRoom);
  const TemperatureStep start = std::max(from - HeatingModel::kRoom, end);
  return heating.cooling_time * std::log(start / end);
}

}  // namespace

ExperimentCost expected_cost(const Recipe& recipe, const ReactorGeometry& reactor, const FlowPlan& plan,
                             std::optional<Temperature> from) {
  const MeasurementPlan& measurement = recipe.measurement;
  const HeatingModel model = reactor.heating.value_or(HeatingModel{});
  const Seconds heating = way(model, from.value_or(HeatingModel::kRoom), plan.temperature) + kThermalHold;
  const Seconds reading = std::max(measurement.reads * measurement.scans * measurement.led_exposure,
                                   kTailSpan * plan.arrival_spread);
  const Seconds arriving = std::max(plan.heated_arrival_time, plan.arrival_time - kHeatingFlow * heating);
  const Seconds flowing = arriving + lateness(measurement, plan) + reading;
  return {heating + flowing, plan.reaction_flow * (kHeatingFlow * heating + flowing)};
}

Seconds time_to_cool(const ReactorGeometry& reactor, Temperature from) {
  return from > kCool ? way(reactor.heating.value_or(HeatingModel{}), from, kCool) : Seconds{0.0};
}

Seconds pace_of_reads(const MeasurementPlan& measurement, const FlowPlan& plan) {
  return kTailSpan / (measurement.reads - 1) * plan.arrival_spread;
}

std::map<std::string, Volume> most_taken(const Recipe& recipe, const ReactorGeometry& reactor,
                                         const FlowPlan& plan) {
  const MeasurementPlan& m = recipe.measurement;
  const HeatingModel model = reactor.heating.value_or(HeatingModel{});
  const Seconds heating = std::max(way(model, HeatingModel::kRoom, plan.temperature),
                                   way(model, recipe.safety.max_temperature, plan.temperature)) +
                          kThermalHold;
  const Seconds read = std::max((m.scans + 2) * m.led_exposure, pace_of_reads(m, plan));
  const Seconds reading = m.max_reads * read + kAbsorptionReading;
  const Seconds flowing = kHeatingFlow * heating + plan.arrival_time + lateness(m, plan) + reading;
  return volumes_needed(recipe, plan, flowing, reading);
}

}  // namespace nocturne
