#include "controller/plant/truth_map.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <ostream>
#include <stdexcept>
#include <vector>

#include "controller/chart.hpp"
#include "models/plant/plant.hpp"

namespace nocturne {
namespace {

struct Output {
  const char* name;
  const char* words;
  double PlantTruth::*member;
  bool of_emission;
};

constexpr Output kOutputs[] = {
    {"peak_nm", "emission peak, nm", &PlantTruth::peak_nm, true},
    {"fwhm_meV", "emission width (FWHM), meV", &PlantTruth::fwhm_meV, true},
    {"edge_length_nm", "mean edge length, nm", &PlantTruth::edge_length_nm, false},
    {"plqy", "quantum yield", &PlantTruth::plqy, false},
    {"yield", "share of the lead in dots", &PlantTruth::yield, false},
    {"nanoplatelet_fraction", "platelets' share of the emission", &PlantTruth::nanoplatelet_fraction, false}};

const Variable& variable(const PlantParameters& parameters, const std::string& name) {
  const auto found = std::ranges::find(parameters.variables, name, &Variable::name);
  if (found != parameters.variables.end()) return *found;
  std::string known;
  for (const Variable& one : parameters.variables) known += (known.empty() ? "" : ", ") + one.name;
  throw std::invalid_argument{"the plant has no variable \"" + name + "\" (" + known + ")"};
}

const Output& output(const std::string& name) {
  const auto found = std::ranges::find_if(kOutputs, [&](const Output& one) { return one.name == name; });
  if (found != std::end(kOutputs)) return *found;
  std::string known;
  for (const Output& one : kOutputs) known += std::string{known.empty() ? "" : ", "} + one.name;
  throw std::invalid_argument{"there is no output \"" + name + "\" (" + known + ")"};
}

std::vector<double> steps(const Variable& variable, int points) {
  const bool log = variable.scale == Scale::logarithmic;
  std::vector<double> values;
  for (int i = 0; i < points; ++i) {
    const double share = static_cast<double>(i) / (points - 1);
    values.push_back(log ? variable.low * std::pow(variable.high / variable.low, share)
                         : variable.low + share * (variable.high - variable.low));
  }
  return values;
}

std::string words_of(const Variable& variable) {
  return variable.unit.empty() ? variable.name : variable.name + " (" + variable.unit + ")";
}

double value_of(const PlantTruth& truth, const Output& of) {
  return of.of_emission && !truth.emits ? std::numeric_limits<double>::quiet_NaN() : truth.*of.member;
}

std::string title_of(const PlantParameters& parameters, const TruthMap& map, const Conditions& held) {
  std::string text = parameters.name;
  for (const auto& [name, value] : held)
    if (name != map.variables[0] && name != map.variables[1]) text += fmt::format(", {} {:g}", name, value);
  return text;
}

}  // namespace

int truth_map(const PlantParameters& parameters, const TruthMap& map, std::ostream& csv) {
  const Variable &across = variable(parameters, map.variables[0]),
                 &up = variable(parameters, map.variables[1]);
  if (across.name == up.name) throw std::invalid_argument{"a map needs two different variables"};
  const Output& drawn = output(map.output);
  Conditions at;
  for (const Variable& one : parameters.variables) at[one.name] = 0.5 * (one.low + one.high);
  for (const auto& [name, value] : map.held) at[variable(parameters, name).name] = value;

  HeatMap picture{title_of(parameters, map, at), words_of(across), words_of(up), drawn.words, {}, {}, {}};
  picture.x = steps(across, map.points);
  picture.y = steps(up, map.points);
  csv << across.name << ',' << up.name;
  for (const Output& one : kOutputs) csv << ',' << one.name;
  csv << '\n';
  for (const double y : picture.y) {
    for (const double x : picture.x) {
      at[across.name] = x;
      at[up.name] = y;
      const PlantTruth truth = steady_truth(parameters, at);
      csv << fmt::format("{:.10g},{:.10g}", x, y);
      for (const Output& one : kOutputs) {
        const double value = value_of(truth, one);
        csv << (std::isfinite(value) ? fmt::format(",{:.8g}", value) : ",");
      }
      csv << '\n';
      picture.value.push_back(value_of(truth, drawn));
    }
  }
  if (map.picture) draw_svg(picture, *map.picture);
  return csv.good() ? 0 : 1;
}

}  // namespace nocturne
