#include "optimizer/sensitivity.hpp"

#include <cmath>

namespace nocturne {
namespace {

constexpr double kAtBound = 1e-6;  // on the unit cube
constexpr double kShare = 0.01;

/// An expected output in its public unit, and how it changes along the unit cube.
struct Expected {
  double value = 0.0;
  Eigen::VectorXd slope;
};

Expected expected_at(const Surrogate& surrogate, const std::vector<ModelledOutput>& outputs, int output,
                     const Eigen::VectorXd& unit) {
  const PosteriorGradient belief = surrogate.marginals(unit.transpose(), {output});
  const OutputScale scale = outputs[static_cast<std::size_t>(output)].scale;
  const double mean = belief.mean(0, 0);
  return {from_model(scale, mean), from_model_slope(scale, mean) * belief.mean_slope[0].row(0).transpose()};
}

bool is_temperature(const std::string& name) { return name.ends_with("_C") || name.ends_with("_K"); }

/// One step of the variable, on the unit cube.
double step_of(const InputScale& input, bool relative, double value) {
  const double step = relative ? kShare * value : 1.0;
  return input.logarithmic ? step / (value * std::log(input.high / input.low))
                           : step / (input.high - input.low);
}

}  // namespace

std::map<std::string, Sensitivity> sensitivities(const Surrogate& surrogate,
                                                 const std::vector<ModelledOutput>& outputs, int output,
                                                 const DecisionSpace& space, const Eigen::VectorXd& unit) {
  const Expected expected = expected_at(surrogate, outputs, output, unit);
  const Conditions conditions = space.to_conditions(unit);
  const std::vector<InputScale> inputs = space.inputs();
  std::map<std::string, Sensitivity> result;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    const auto column = static_cast<Eigen::Index>(i);
    if (space.continuous()(column) == 0.0) continue;
    const InputScale& input = inputs[i];
    const bool relative = !is_temperature(input.name) && input.low > 0.0;
    const double step = step_of(input, relative, conditions.at(input.name));
    result[input.name] = {relative, expected.slope(column) * step};
  }
  return result;
}

std::vector<Bound> bounds_in_the_way(const Surrogate& surrogate, const std::vector<ModelledOutput>& outputs,
                                     int output, const DecisionSpace& space, const Eigen::VectorXd& unit,
                                     double towards) {
  const Expected expected = expected_at(surrogate, outputs, output, unit);
  const Eigen::VectorXd pull = (towards > expected.value ? 1.0 : -1.0) * expected.slope;
  const std::vector<InputScale> inputs = space.inputs();
  std::vector<Bound> result;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    const auto column = static_cast<Eigen::Index>(i);
    if (space.continuous()(column) == 0.0) continue;
    if (unit(column) >= 1.0 - kAtBound && pull(column) > 0.0)
      result.push_back({inputs[i].name, inputs[i].high, true});
    if (unit(column) <= kAtBound && pull(column) < 0.0)
      result.push_back({inputs[i].name, inputs[i].low, false});
  }
  return result;
}

}  // namespace nocturne
