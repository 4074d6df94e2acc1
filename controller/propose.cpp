#include "controller/propose.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <istream>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <ostream>
#include <stdexcept>
#include <string>
#include <vector>

#include "optimizer/strategies.hpp"

namespace nocturne {
namespace {

using Json = nlohmann::json;

constexpr int kMostAsked = 1000;
// Squares of measured values must stay far from the largest and smallest doubles.
constexpr double kLargestMeasured = 1e100;
constexpr double kRounding = 1e-9;  // of a variable's range: bounds that went through text

std::optional<double> as_number(const std::string& text) {
  double number = 0.0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return number;
}

// A choice that reads as a number is a number in JSON, too.
Json json_of(const std::string& choice) {
  const auto number = as_number(choice);
  return number ? Json(*number) : Json(choice);
}

std::string allowed(const Variable& variable) {
  return Json(variable.low).dump() + " to " + Json(variable.high).dump();
}

double value_of(const Variable& variable, const Json& json) {
  if (variable.kind == VariableKind::categorical) {
    for (std::size_t i = 0; i < variable.choices.size(); ++i) {
      const std::string& choice = variable.choices[i];
      const bool same = json.is_string() ? json.get<std::string>() == choice
                                         : json.is_number() && as_number(choice) == json.get<double>();
      if (same) return static_cast<double>(i);
    }
    throw std::invalid_argument{variable.name + ": " + json.dump() + " is none of its choices"};
  }
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

Estimate estimate_of(const std::string& name, const Json& json) {
  if (!json.is_number())
    throw std::invalid_argument{name + ": " + json.dump() + " is neither a number nor null"};
  if (std::abs(json.get<double>()) > kLargestMeasured)
    throw std::invalid_argument{name + ": " + json.dump() + " is too large (-1e100 to 1e100)"};
  return {json.get<double>(), 0.0};
}

Goal::Kind kind_of(SpaceObjective::Goal goal) {
  switch (goal) {
    case SpaceObjective::Goal::minimize:
      return Goal::Kind::minimize;
    case SpaceObjective::Goal::maximize:
      return Goal::Kind::maximize;
    case SpaceObjective::Goal::target:
      return Goal::Kind::target;
    case SpaceObjective::Goal::limits_only:
      return Goal::Kind::limits_only;
  }
  return Goal::Kind::limits_only;
}

}  // namespace

AskTell::Options options_of(const Space& space, std::uint64_t seed, std::optional<int> initial_design) {
  AskTell::Options options;
  options.variables = space.variables;
  options.initial_design = initial_design;
  options.seed = seed;
  options.tolerances_from_data = true;
  for (const auto& objective : space.objectives) {
    Goal goal;
    goal.output = static_cast<int>(options.outputs.size());
    goal.kind = kind_of(objective.goal);
    goal.target = objective.target;
    goal.weight = objective.weight;
    goal.at_least = objective.at_least;
    goal.at_most = objective.at_most;
    options.goals.push_back(goal);
    options.outputs.push_back({objective.name, OutputScale::plain, {}});
  }
  return options;
}

namespace {

/// One conversation.
class Session {
 public:
  Session(const Space& space, std::uint64_t seed, std::optional<int> initial_design,
          const std::string& optimizer)
      : space_{space}, engine_{make_strategy(optimizer, options_of(space, seed, initial_design))} {}

  /// The answer to one line; nothing to a tell. Throws std::exception for a line without meaning.
  std::optional<Json> answer(const std::string& line) {
    const Json request = Json::parse(line);
    if (!request.is_object() || request.size() != 1)
      throw std::invalid_argument{R"(expected one of {"tell": ...}, {"ask": n}, {"ask_from": [...]})"};
    const std::string& verb = request.begin().key();
    const Json& body = request.begin().value();
    if (verb == "ask") return ask(body);
    if (verb == "ask_from") return ask_from(body);
    if (verb != "tell") throw std::invalid_argument{"unknown request '" + verb + "' (tell, ask, ask_from)"};
    tell(body);
    return std::nullopt;
  }

 private:
  Conditions conditions_of(const Json& x) const {
    if (!x.is_object()) throw std::invalid_argument{"x must be an object of variables"};
    Conditions result;
    for (const auto& variable : space_.variables) {
      if (!x.contains(variable.name)) throw std::invalid_argument{"x has no " + variable.name};
      result[variable.name] = value_of(variable, x.at(variable.name));
    }
    for (const auto& [name, value] : x.items())
      if (!result.contains(name)) throw std::invalid_argument{"there is no variable " + name};
    return result;
  }

  Json json_of_conditions(const Conditions& conditions) const {
    Json x = Json::object();
    for (const auto& variable : space_.variables) {
      const double value = conditions.at(variable.name);
      if (variable.kind == VariableKind::categorical)
        x[variable.name] = json_of(variable.choices[static_cast<std::size_t>(value)]);
      else if (variable.kind == VariableKind::integer)
        x[variable.name] = static_cast<std::int64_t>(value);
      else
        x[variable.name] = value;
    }
    return x;
  }

  static Json json_of_prediction(const Prediction& prediction) {
    Json result = Json::object();
    for (const auto& [name, interval] : prediction.outputs)
      result[name] = {{"mean", interval.value}, {"low", interval.low}, {"high", interval.high}};
    return result;
  }

  void tell(const Json& body) {
    if (!body.is_object() || !body.contains("x") || !body.contains("y"))
      throw std::invalid_argument{R"(a tell needs "x" and "y")"};
    const Conditions x = conditions_of(body.at("x"));
    const Json& y = body.at("y");
    if (!y.is_object() && !y.is_null())
      throw std::invalid_argument{"y must be an object of outputs, or null"};
    std::map<std::string, Estimate> measured;
    bool known = y.is_null();
    for (const auto& objective : space_.objectives) {
      if (!y.is_object() || !y.contains(objective.name)) continue;
      known = true;
      if (!y.at(objective.name).is_null())
        measured[objective.name] = estimate_of(objective.name, y.at(objective.name));
    }
    if (!known) throw std::invalid_argument{"y has none of the objectives"};
    if (measured.empty())
      engine_->tell_failure(x, kConditionsAtFault);
    else
      engine_->tell(x, measured);
    told_ = true;
    const auto found = std::ranges::find(running_, x);
    if (found != running_.end()) running_.erase(found);
  }

  Json ask(const Json& body) {
    if (!body.is_number_integer() || body.get<std::int64_t>() < 1 || body.get<std::int64_t>() > kMostAsked)
      throw std::invalid_argument{"ask needs a whole number (1 to " + std::to_string(kMostAsked) + ")"};
    Json points = Json::array(), predicted = Json::array();
    for (auto left = body.get<std::int64_t>(); left > 0; --left) {
      const Suggestion suggestion = engine_->ask(running_);
      running_.push_back(suggestion.conditions);
      points.push_back(json_of_conditions(suggestion.conditions));
      predicted.push_back(json_of_prediction(suggestion.predicted));
    }
    return {{"x", points}, {"predicted", predicted}};
  }

  Json ask_from(const Json& body) const {
    if (!body.is_array() || body.empty()) throw std::invalid_argument{"ask_from needs a list of points"};
    std::vector<Conditions> pool;
    for (const auto& x : body) pool.push_back(conditions_of(x));
    const std::size_t index = engine_->ask_from(pool);
    Json result{{"index", index}, {"x", json_of_conditions(pool[index])}};
    if (told_) result["predicted"] = json_of_prediction(engine_->predict(pool[index]));
    return result;
  }

  const Space& space_;
  std::unique_ptr<Strategy> engine_;
  bool told_ = false;
  std::vector<Conditions> running_;  ///< asked, not yet told
};

}  // namespace

int propose(const Space& space, std::uint64_t seed, std::istream& in, std::ostream& out,
            std::ostream& messages, std::optional<int> initial_design, const std::string& optimizer) {
  Session session{space, seed, initial_design, optimizer};
  bool failed = false;
  std::string line;
  for (int number = 1; std::getline(in, line); ++number) {
    if (line.find_first_not_of(" \t\r") == std::string::npos) continue;
    try {
      if (const auto answer = session.answer(line)) out << answer->dump() << std::endl;
    } catch (const std::exception& error) {
      failed = true;
      const std::string what = "line " + std::to_string(number) + ": " + error.what();
      out << Json{{"error", what}}.dump(-1, ' ', false, Json::error_handler_t::replace) << std::endl;
      messages << "nocturne: propose: " << what << '\n';
    }
  }
  return failed ? 2 : 0;
}

}  // namespace nocturne
