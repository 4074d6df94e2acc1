#include "optimizer/emission_problem.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <stdexcept>

#include "models/sizing.hpp"
#include "optimizer/normal.hpp"

namespace nocturne {
namespace {

// Widths and their spread over published CsPbBr3 ensembles: 70-117 meV.
constexpr double kUsualWidth = 100.0;  // meV
constexpr double kWidthSpread = 30.0;  // meV
// Published quantum yields of such dots.
constexpr double kUsualYield = 0.6;
constexpr double kYieldSpread = 0.25;
// Of the reaction: nothing is known but that it is a share.
constexpr double kUsualConversion = 0.6;
constexpr double kConversionSpread = 0.3;

// Expected of the width: hot and finished dots are narrow (per K, per e-fold). Wide enough that a few
// experiments overrule it.
const std::map<std::string, Estimate> kWidthSlopes{{"temperature_C", {-0.3, 0.25}},
                                                   {"residence_time_s", {-4.0, 5.0}},
                                                   {"br_pb", {0.0, 12.0}},
                                                   {"i_pb", {0.0, 12.0}},
                                                   {"amine_pb", {2.0, 4.0}}};
// What is believed of an emitter whose size follows none of the pictures: dots of 6 nm, give or take.
constexpr double kUsualEdge = 6.0;      // nm
constexpr double kEnergySpread = 0.08;  // eV

bool physics_applies(const std::vector<Variable>& variables) {
  return std::ranges::any_of(variables, [](const Variable& variable) {
    return (variable.name == "br_pb" || variable.name == "i_pb" || variable.name == "temperature_C") &&
           variable.low < variable.high;
  });
}

OutputPrior peak_prior(const std::vector<SizingCurve>& emitters) {
  OutputPrior prior;
  for (const auto& sizing : emitters) {
    OutputPrior physical{.name = "another emitter", .mean = PriorMean::bromide_equilibrium, .sizing = sizing};
    if (&sizing == &emitters.front())
      prior = physical;
    else
      prior.rivals.push_back(physical);
  }
  const SizingCurve& first = emitters.front();
  const double confinement = 1.0 / (kUsualEdge * (first.a * kUsualEdge + first.b));
  prior.rivals.push_back({.name = "no physics",
                          .mean = PriorMean::linear,
                          .level = first.bulk_eV + confinement,
                          .spread = kEnergySpread});
  return prior;
}

// Whether a failure says something about its conditions, or could have happened anywhere.
double label_error(FailureKind kind) {
  switch (kind) {
    case FailureKind::no_emission:
    case FailureKind::nanoplatelets:
    case FailureKind::not_settled:
    case FailureKind::saturated:
    case FailureKind::over_temperature:
    case FailureKind::unreachable:
      return kConditionsAtFault;
    case FailureKind::bubble:
    case FailureKind::over_pressure:
    case FailureKind::leak:
    case FailureKind::interlock:
    case FailureKind::stalled:
    case FailureKind::instrument_lost:
    case FailureKind::interrupted:
      return kAccident;
  }
  return kAccident;
}

}  // namespace

std::vector<SizingCurve> emitters_of(const Material& material) {
  const auto curve = sizing_curve(material);
  return curve ? std::vector{*curve} : std::vector<SizingCurve>{};
}

void tell(Strategy& strategy, const Conditions& conditions, const Outcome& outcome,
          std::optional<double> hours) {
  if (const auto* failure = std::get_if<Failure>(&outcome))
    return strategy.tell_failure(conditions, label_error(failure->kind), hours);
  const auto all = outputs(std::get<Observation>(outcome));
  strategy.tell(conditions, {all.begin(), all.end()}, hours);
}

ModelledOutput known_output(const std::string& name, const std::vector<Variable>& variables,
                            const std::vector<SizingCurve>& emitters) {
  ModelledOutput output{name, OutputScale::plain, {}};
  const bool physics = !emitters.empty() && physics_applies(variables);
  if (name == "peak_nm") {
    output.scale = OutputScale::energy_of_nm;
    if (physics) output.prior = peak_prior(emitters);
  }
  if (name == "fwhm_meV" && physics)
    output.prior = {.name = "",
                    .mean = PriorMean::linear,
                    .level = kUsualWidth,
                    .spread = kWidthSpread,
                    .slopes = kWidthSlopes};
  if (name == "plqy" && physics) output.prior = {.name = "", .level = kUsualYield, .spread = kYieldSpread};
  if (name == "yield" && physics)
    output.prior = {.name = "", .level = kUsualConversion, .spread = kConversionSpread};
  if (name == "intensity") output.scale = OutputScale::logarithmic;
  return output;
}

std::vector<ModelledOutput> emission_outputs(const std::vector<Variable>& variables,
                                             const std::vector<Target>& targets,
                                             const std::vector<SizingCurve>& emitters) {
  std::vector<ModelledOutput> outputs;
  for (const char* name : {"peak_nm", "fwhm_meV", "intensity"})
    outputs.push_back(known_output(name, variables, emitters));
  const auto add = [&](const std::string& name) {
    if (std::ranges::find(outputs, name, &ModelledOutput::name) == outputs.end())
      outputs.push_back(known_output(name, variables, emitters));
  };
  for (const Target& target : targets) {
    static_cast<void>(output(Observation{}, target.output));  // throws if it is no output at all
    add(target.output);
    if (target.plqy_min > 0.0) add("plqy");
    if (target.yield_min > 0.0) add("yield");
  }
  return outputs;
}

std::vector<Goal> emission_goals(const Target& target, const std::vector<ModelledOutput>& outputs) {
  const auto index = [&](const std::string& name) {
    const auto found = std::ranges::find(outputs, name, &ModelledOutput::name);
    if (found == outputs.end()) throw std::invalid_argument{name + " is not modelled in this campaign"};
    return static_cast<int>(found - outputs.begin());
  };
  std::vector<Goal> goals{{.output = index(target.output),
                           .kind = Goal::Kind::target,
                           .target = target.value,
                           .tolerance = target.tolerance}};
  if (target.fwhm_max_meV > 0.0)
    goals.push_back({.output = index("fwhm_meV"), .tolerance = kWidthSpread, .at_most = target.fwhm_max_meV});
  if (target.plqy_min > 0.0)
    goals.push_back({.output = index("plqy"), .tolerance = kYieldSpread, .at_least = target.plqy_min});
  if (target.yield_min > 0.0)
    goals.push_back({.output = index("yield"), .tolerance = kConversionSpread, .at_least = target.yield_min});
  if (target.narrowest)
    goals.push_back(
        {.output = index("fwhm_meV"), .kind = Goal::Kind::minimize, .tolerance = kWidthThatCounts_meV});
  return goals;
}

bool keeps_limits(const Observation& observation, const Target& target) {
  const auto at_least = [](const std::optional<Estimate>& share, double limit) {
    return limit <= 0.0 || (share && share->value >= limit);
  };
  const auto& width = observation.fwhm_meV;
  return (target.fwhm_max_meV <= 0.0 || (width && width->value <= target.fwhm_max_meV)) &&
         at_least(observation.plqy, target.plqy_min) && at_least(observation.yield, target.yield_min);
}

double probability_of_target(const Observation& observation, const Target& target) {
  const std::optional<Estimate> value = output(observation, target.output);
  if (!value) return 0.0;
  if (!keeps_limits(observation, target)) return 0.0;
  const double low = target.value - target.tolerance, high = target.value + target.tolerance;
  if (value->standard_error <= 0.0) return low <= value->value && value->value <= high ? 1.0 : 0.0;
  return std::exp(log_probability(value->value, value->standard_error, low, high).value);
}

bool is_met(const Target& target, const Outcome& outcome) {
  const auto* observation = std::get_if<Observation>(&outcome);
  return observation && probability_of_target(*observation, target) >= kReachedProbability;
}

AskTell::Options emission_problem(const std::vector<Variable>& variables, const std::vector<Target>& targets,
                                  const std::vector<SizingCurve>& emitters) {
  if (targets.empty()) throw std::invalid_argument{"a campaign needs a target"};
  AskTell::Options result;
  result.variables = variables;
  result.outputs = emission_outputs(variables, targets, emitters);
  result.goals = emission_goals(targets.front(), result.outputs);
  return result;
}

}  // namespace nocturne
