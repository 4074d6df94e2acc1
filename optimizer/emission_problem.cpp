#include "optimizer/emission_problem.hpp"

#include <algorithm>
#include <stdexcept>

namespace nocturne {
namespace {

// Widths and their spread over published CsPbBr3 ensembles: 70-117 meV.
constexpr double kUsualWidth = 100.0;  // meV
constexpr double kWidthSpread = 30.0;  // meV
// A line that is narrower by this much is worth as much as being off the target by one tolerance.
constexpr double kWidthThatCounts = 10.0;  // meV

bool physics_applies(const std::vector<Variable>& variables, PriorMean peak_prior) {
  return peak_prior == PriorMean::bromide_equilibrium &&
         std::ranges::any_of(variables, [](const Variable& variable) {
           return (variable.name == "br_pb" || variable.name == "temperature_C") &&
                  variable.low < variable.high;
         });
}

}  // namespace

std::vector<ModelledOutput> emission_outputs(const std::vector<Variable>& variables, const Target& target,
                                             PriorMean peak_prior) {
  std::vector<ModelledOutput> outputs{{"peak_nm", OutputScale::energy_of_nm, {}},
                                      {"fwhm_meV", OutputScale::plain, {}},
                                      {"intensity", OutputScale::logarithmic, {}}};
  if (physics_applies(variables, peak_prior)) {
    outputs[0].prior.mean = PriorMean::bromide_equilibrium;
    outputs[1].prior = {"", PriorMean::constant, kUsualWidth, kWidthSpread};
  }
  static_cast<void>(output(Observation{}, target.output));  // throws if it is no output at all
  if (std::ranges::none_of(outputs, [&](const auto& known) { return known.name == target.output; }))
    outputs.push_back({target.output, OutputScale::plain, {}});
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
  if (target.narrowest)
    goals.push_back(
        {.output = index("fwhm_meV"), .kind = Goal::Kind::minimize, .tolerance = kWidthThatCounts});
  return goals;
}

AskTell::Options emission_problem(const std::vector<Variable>& variables, const Target& target,
                                  PriorMean peak_prior) {
  AskTell::Options result;
  result.variables = variables;
  result.outputs = emission_outputs(variables, target, peak_prior);
  result.goals = emission_goals(target, result.outputs);
  return result;
}

}  // namespace nocturne
