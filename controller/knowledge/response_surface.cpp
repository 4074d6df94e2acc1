#include "controller/knowledge/response_surface.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>

namespace nocturne {
namespace {

constexpr int kInfluenceSteps = 9;

std::vector<double> through(const Variable& variable, int points) {
  std::vector<double> values;
  for (int i = 0; i < points; ++i) {
    const double share = static_cast<double>(i) / (points - 1);
    values.push_back(variable.scale == Scale::logarithmic
                         ? variable.low * std::pow(variable.high / variable.low, share)
                         : variable.low + share * (variable.high - variable.low));
  }
  return values;
}

Interval peak_of(const Prediction& predicted) {
  const auto peak = predicted.outputs.find("peak_nm");
  return peak == predicted.outputs.end() ? Interval{NAN, NAN, NAN} : peak->second;
}

double span_of(const Optimizer& optimizer, const Variable& variable, Conditions at) {
  double low = INFINITY, high = -INFINITY;
  for (const double value : through(variable, kInfluenceSteps)) {
    at[variable.name] = value;
    const double peak = peak_of(optimizer.predict(at)).value;
    low = std::min(low, peak);
    high = std::max(high, peak);
  }
  return high - low;
}

}  // namespace

std::string why_no_surface(std::size_t variables, int products) {
  if (variables < 2) return "The campaign varied one condition only; a map needs two.";
  const auto enough = static_cast<int>(variables) + 1;
  if (products >= enough) return "";
  return fmt::format(
      "{} experiment{} gave a product; fewer than {} are not enough to tell {} variables apart.", products,
      products == 1 ? "" : "s", enough, variables);
}

std::vector<Influence> influences(const Optimizer& optimizer, const std::vector<Variable>& variables,
                                  const Conditions& around) {
  std::vector<Influence> all;
  for (const Variable& variable : variables) all.push_back({variable, span_of(optimizer, variable, around)});
  std::ranges::stable_sort(all, std::greater{}, &Influence::span_nm);
  return all;
}

ResponseSurface response_surface(const Optimizer& optimizer, const Variable& across, const Variable& up,
                                 const Conditions& around, int steps) {
  ResponseSurface surface{across, up, around, through(across, steps), through(up, steps), {}, {}, {}};
  Conditions at = around;
  for (const double y : surface.y)
    for (const double x : surface.x) {
      at[up.name] = y;
      at[across.name] = x;
      const Prediction predicted = optimizer.predict(at);
      const Interval peak = peak_of(predicted);
      surface.mean_nm.push_back(peak.value);
      surface.half_width_nm.push_back(0.5 * (peak.high - peak.low));
      surface.probability.push_back(predicted.probability);
    }
  return surface;
}

}  // namespace nocturne
