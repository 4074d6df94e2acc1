#include "controller/propose/propose_values.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>
#include <optional>
#include <stdexcept>

namespace nocturne {
namespace {

// Squares of measured values must stay far from the largest and smallest doubles.
constexpr double kLargestMeasured = 1e100;
constexpr double kRounding = 1e-9;  // of a variable's range: bounds that went through text
constexpr std::size_t kLargestPool = 4'000'000;

std::optional<double> as_number(const std::string& text) {
  double number = 0.0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return number;
}

// A choice that reads as a number is a number in JSON, too.
Json json_of_choice(const std::string& choice) {
  const auto number = as_number(choice);
  return number ? Json(*number) : Json(choice);
}

std::string allowed(const Variable& variable) {
  return Json(variable.low).dump() + " to " + Json(variable.high).dump();
}

double choice_of(const Variable& variable, const Json& json) {
  for (std::size_t i = 0; i < variable.choices.size(); ++i) {
    const std::string& choice = variable.choices[i];
    const bool same = json.is_string() ? json.get<std::string>() == choice
                                       : json.is_number() && as_number(choice) == json.get<double>();
    if (same) return static_cast<double>(i);
  }
  throw std::invalid_argument{variable.name + ": " + json.dump() + " is none of its choices"};
}

double value_of(const Variable& variable, const Json& json) {
  if (variable.kind == VariableKind::categorical) return choice_of(variable, json);
  if (!json.is_number()) throw std::invalid_argument{variable.name + ": " + json.dump() + " is not a number"};
  const double value = json.get<double>();
  const double slack = kRounding * (variable.high - variable.low);
  if (!(value >= variable.low - slack && value <= variable.high + slack))
    throw std::invalid_argument{variable.name + ": " + json.dump() + " is outside its bounds (" +
                                allowed(variable) + ")"};
  if (variable.kind == VariableKind::integer && value != std::round(value))
    throw std::invalid_argument{variable.name + ": " + json.dump() + " is not a whole number (" +
                                allowed(variable) + ")"};
  return std::clamp(value, variable.low, variable.high);
}

double number_of(const std::string& name, const Json& json) {
  if (!json.is_number())
    throw std::invalid_argument{name + ": " + json.dump() + " is neither a number nor null"};
  if (std::abs(json.get<double>()) > kLargestMeasured)
    throw std::invalid_argument{name + ": " + json.dump() + " is too large (-1e100 to 1e100)"};
  return json.get<double>();
}

/// Nothing for what was not measured.
std::optional<Estimate> estimate_of(const std::string& name, const Json& json) {
  if (json.is_null()) return std::nullopt;
  if (!json.is_object()) return Estimate{number_of(name, json), 0.0};
  for (const auto& [key, value] : json.items())
    if (key != "value" && key != "standard_error")
      throw std::invalid_argument{name + ": unknown '" + key + "' (value, standard_error)"};
  if (!json.contains("value")) throw std::invalid_argument{name + ": has no value"};
  if (json.at("value").is_null()) return std::nullopt;
  Estimate estimate{number_of(name, json.at("value")), 0.0};
  if (!json.contains("standard_error") || json.at("standard_error").is_null()) return estimate;
  estimate.standard_error = number_of(name + ": standard_error", json.at("standard_error"));
  if (estimate.standard_error < 0.0)
    throw std::invalid_argument{name + ": standard_error is negative (0 = not known)"};
  return estimate;
}

const char* name_of(SpaceObjective::Goal goal) {
  switch (goal) {
    case SpaceObjective::Goal::minimize:
      return "minimize";
    case SpaceObjective::Goal::maximize:
      return "maximize";
    case SpaceObjective::Goal::target:
      return "target";
    case SpaceObjective::Goal::limits_only:
      return "limits";
  }
  return "";
}

Json json_of_variable(const Variable& variable) {
  Json result{{"name", variable.name}, {"low", variable.low}, {"high", variable.high}};
  result["scale"] = variable.scale == Scale::logarithmic ? "log" : "linear";
  result["integer"] = variable.kind == VariableKind::integer;
  if (!variable.choices.empty()) result["choices"] = variable.choices;
  return result;
}

Json json_of_objective(const SpaceObjective& objective) {
  Json result{{"name", objective.name}, {"goal", name_of(objective.goal)}, {"weight", objective.weight}};
  if (objective.goal == SpaceObjective::Goal::target) result["target"] = objective.target;
  if (objective.at_least) result["at_least"] = *objective.at_least;
  if (objective.at_most) result["at_most"] = *objective.at_most;
  return result;
}

}  // namespace

Conditions conditions_of(const Space& space, const Json& x) {
  if (!x.is_object()) throw std::invalid_argument{"x must be an object of variables"};
  Conditions result;
  for (const auto& variable : space.variables) {
    if (!x.contains(variable.name)) throw std::invalid_argument{"x has no " + variable.name};
    result[variable.name] = value_of(variable, x.at(variable.name));
  }
  for (const auto& [name, value] : x.items())
    if (!result.contains(name)) throw std::invalid_argument{"there is no variable " + name};
  return result;
}

Json json_of(const Space& space, const Conditions& conditions) {
  Json x = Json::object();
  for (const auto& variable : space.variables) {
    const double value = conditions.at(variable.name);
    if (variable.kind == VariableKind::categorical)
      x[variable.name] = json_of_choice(variable.choices[static_cast<std::size_t>(value)]);
    else if (variable.kind == VariableKind::integer)
      x[variable.name] = static_cast<std::int64_t>(value);
    else
      x[variable.name] = value;
  }
  return x;
}

std::map<std::string, Estimate> measured_in(const Space& space, const Json& y) {
  if (!y.is_object() && !y.is_null()) throw std::invalid_argument{"y must be an object of outputs, or null"};
  std::map<std::string, Estimate> measured;
  bool known = y.is_null();
  for (const auto& objective : space.objectives) {
    if (!y.is_object() || !y.contains(objective.name)) continue;
    known = true;
    if (const auto estimate = estimate_of(objective.name, y.at(objective.name)))
      measured[objective.name] = *estimate;
  }
  if (!known) throw std::invalid_argument{"y has none of the objectives"};
  return measured;
}

std::optional<double> hours_in(const Json& tell, std::optional<double> last) {
  const auto given = tell.find("hours");
  if (given == tell.end()) return std::nullopt;
  const double hours = given->is_number() ? given->get<double>() : std::numeric_limits<double>::infinity();
  if (!(std::abs(hours) <= 1e9))
    throw std::invalid_argument{"hours: " + given->dump() + " is not a number of hours (-1e9 to 1e9)"};
  if (last && hours < *last)
    throw std::invalid_argument{"hours: " + given->dump() + " is before the last tell's (" +
                                Json(*last).dump() + " or later)"};
  return hours;
}

Json json_of(const Prediction& prediction) {
  Json result = Json::object();
  for (const auto& [name, interval] : prediction.outputs)
    result[name] = {{"mean", interval.value}, {"low", interval.low}, {"high", interval.high}};
  return result;
}

Json json_of(const Space& space) {
  Json result{{"variables", Json::array()}, {"objectives", Json::array()}};
  for (const auto& variable : space.variables) result["variables"].push_back(json_of_variable(variable));
  for (const auto& objective : space.objectives) result["objectives"].push_back(json_of_objective(objective));
  result["pareto"] = space.pareto;
  return result;
}

void Pool::add(const Json& x) {
  if (size() == kLargestPool)
    throw std::invalid_argument{"the pool is too large (at most " + std::to_string(kLargestPool) +
                                " points)"};
  const Conditions conditions = conditions_of(*space_, x);
  for (const auto& variable : space_->variables) values_.push_back(conditions.at(variable.name));
}

Conditions Pool::operator[](std::size_t index) const {
  Conditions conditions;
  const auto& variables = space_->variables;
  for (std::size_t i = 0; i < variables.size(); ++i)
    conditions[variables[i].name] = values_[index * variables.size() + i];
  return conditions;
}

std::vector<Conditions> Pool::part(std::size_t first, std::size_t count) const {
  std::vector<Conditions> points;
  for (std::size_t i = first; i < std::min(first + count, size()); ++i) points.push_back((*this)[i]);
  return points;
}

Json parse_request(const std::string& line, Pool& pool) {
  bool is_pool = false;
  return Json::parse(line, [&](int depth, Json::parse_event_t event, Json& parsed) {
    if (event == Json::parse_event_t::key && depth == 1) is_pool = parsed == "ask_from";
    if (event != Json::parse_event_t::object_end || depth != 2 || !is_pool) return true;
    pool.add(parsed);
    return false;
  });
}

}  // namespace nocturne
