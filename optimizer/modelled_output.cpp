#include "optimizer/modelled_output.hpp"

#include <Eigen/Core>
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <limits>

#include "optimizer/normal.hpp"

namespace nocturne {

bool is_physical(const ModelledOutput& output) {
  return output.prior.mean == PriorMean::bromide_equilibrium || !output.prior.slopes.empty();
}

bool has_prior(const ModelledOutput& output) {
  return is_physical(output) || (output.prior.level && output.prior.spread);
}

OutputScale likely_scale(const std::vector<double>& values) {
  constexpr Eigen::Index kFewest = 5;
  const Eigen::Map<const Eigen::ArrayXd> all{values.data(), std::ssize(values)};
  if (all.size() < kFewest || !(all.minCoeff() > 0.0)) return OutputScale::plain;
  const Eigen::ArrayXd logs = all.log();
  const double plain = (all - all.mean()).square().mean(), logarithmic = (logs - logs.mean()).square().mean();
  if (!(plain > 0.0) || !(logarithmic > 0.0)) return OutputScale::plain;
  // Per value: the likelihood of the logarithms, and what the change of scale is worth.
  const double gain = 0.5 * std::log(plain / logarithmic) - logs.mean();
  return gain > 0.0 ? OutputScale::logarithmic : OutputScale::plain;
}

double to_model(OutputScale scale, double value) {
  if (scale == OutputScale::plain) return value;
  if (!(value > 0.0)) return std::numeric_limits<double>::quiet_NaN();
  return scale == OutputScale::energy_of_nm ? kWavelengthTimesEnergy / value : std::log(value);
}

Estimate to_model(OutputScale scale, const Estimate& measured) {
  const double value = to_model(scale, measured.value);
  return {value, std::abs(measured.standard_error / from_model_slope(scale, value))};
}

double from_model(OutputScale scale, double value) {
  if (scale == OutputScale::plain) return value;
  return scale == OutputScale::energy_of_nm ? kWavelengthTimesEnergy / value : std::exp(value);
}

double from_model_slope(OutputScale scale, double value) {
  if (scale == OutputScale::plain) return 1.0;
  return scale == OutputScale::energy_of_nm ? -kWavelengthTimesEnergy / (value * value) : std::exp(value);
}

Interval from_model(OutputScale scale, double mean, double standard_deviation) {
  if (scale == OutputScale::energy_of_nm && mean <= kNinetyPercent * standard_deviation)
    return {from_model(scale, mean), 0.0, std::numeric_limits<double>::infinity()};
  const double a = from_model(scale, mean - kNinetyPercent * standard_deviation);
  const double b = from_model(scale, mean + kNinetyPercent * standard_deviation);
  return {from_model(scale, mean), std::min(a, b), std::max(a, b)};
}

std::string in_words(const ModelledOutput& output, const Drift& drift) {
  const double slope = from_model_slope(output.scale, drift.level);
  std::string unit;
  for (const char* known : {"nm", "meV"})
    if (output.name.ends_with(std::string{"_"} + known)) unit = std::string{" "} + known;
  if (!drift.step) unit += unit.empty() ? " per h" : "/h";
  char text[128];
  std::snprintf(text, sizeof text, ": %+.3g ± %.2g%s (%d repeats)", slope * drift.change.value,
                std::abs(slope) * drift.change.standard_error, unit.c_str(), drift.repeats);
  return (drift.step ? "step of " : "drift of ") + output.name + text;
}

}  // namespace nocturne
