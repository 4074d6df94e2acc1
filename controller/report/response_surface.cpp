#include "controller/report/response_surface.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "controller/report/report_words.hpp"

namespace nocturne {
namespace {

constexpr int kGridSteps = 25, kInfluenceSteps = 9;

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

Interval expected_peak(const Optimizer& optimizer, const Conditions& conditions) {
  const Prediction predicted = optimizer.predict(conditions);
  const auto peak = predicted.outputs.find("peak_nm");
  return peak == predicted.outputs.end() ? Interval{NAN, NAN, NAN} : peak->second;
}

double span_of(const Optimizer& optimizer, const Variable& variable, Conditions at) {
  double low = INFINITY, high = -INFINITY;
  for (const double value : through(variable, kInfluenceSteps)) {
    at[variable.name] = value;
    const double peak = expected_peak(optimizer, at).value;
    low = std::min(low, peak);
    high = std::max(high, peak);
  }
  return high - low;
}

HeatMap empty_map(const Variable& across, const Variable& up, const std::string& title,
                  const std::string& value) {
  HeatMap map;
  map.title = title;
  map.x_label = with_unit_name(across.name);
  map.y_label = with_unit_name(up.name);
  map.value_label = value;
  map.x = through(across, kGridSteps);
  map.y = through(up, kGridSteps);
  return map;
}

}  // namespace

std::string why_no_surface(const LoggedNight& night) {
  if (night.imported())
    return "The experiments were imported: no optimizer of a campaign can be restored from this log "
           "(nocturne design answers requests from it).";
  const auto variables = night.campaign->files.recipe.variables.size();
  if (variables < 2) return "The campaign varied one condition only; a map needs two.";
  const auto enough = static_cast<int>(variables) + 1;
  if (night.products() >= enough) return "";
  return fmt::format("{} gave a product; fewer than {} are not enough to tell {} variables apart.",
                     counted_as(night.products(), "experiment"), enough, variables);
}

ResponseSurface response_surface(const LoggedNight& night) {
  const Optimizer& optimizer = *night.optimizer;
  ResponseSurface surface;
  surface.around = optimizer.best(0)->first;
  for (const Variable& variable : night.campaign->files.recipe.variables)
    surface.influences.push_back({variable, span_of(optimizer, variable, surface.around)});
  std::ranges::stable_sort(surface.influences, std::greater{}, &Influence::span_nm);
  const Variable &across = surface.influences[0].variable, &up = surface.influences[1].variable;
  surface.mean = empty_map(across, up, "Expected emission peak", "expected peak, nm");
  surface.half_width = empty_map(across, up, "Uncertainty of the expected peak", "± (90 %), nm");
  Conditions at = surface.around;
  for (const double y : surface.mean.y)
    for (const double x : surface.mean.x) {
      at[up.name] = y;
      at[across.name] = x;
      const Interval peak = expected_peak(optimizer, at);
      surface.mean.value.push_back(peak.value);
      surface.half_width.value.push_back(0.5 * (peak.high - peak.low));
    }
  return surface;
}

}  // namespace nocturne
