#include "recipes/space_file.hpp"

#include <algorithm>
#include <cmath>

#include "recipes/document.hpp"

namespace nocturne {
namespace {

std::string text(double number) {
  std::string result = std::to_string(number);
  result.erase(result.find_last_not_of('0') + 1);
  if (result.back() == '.') result.pop_back();
  return result;
}

void read_choices(const Value& choices, Variable& variable) {
  for (const auto& item : choices.items()) {
    const std::string choice = item.spelled();
    if (std::ranges::find(variable.choices, choice) != variable.choices.end())
      item.refuse("choice '" + choice + "' is listed twice");
    variable.choices.push_back(choice);
  }
  if (variable.choices.empty()) choices.refuse("choices is empty (allowed: at least one)");
  variable.kind = VariableKind::categorical;
  variable.low = 0.0;
  variable.high = static_cast<double>(variable.choices.size() - 1);
}

void read_bounds(const Table& table, Variable& variable) {
  variable.low = table.read<double>("low");
  const Value high = table.at("high");
  variable.high = high.as<double>();
  if (variable.high < variable.low)
    high.refuse("high is " + text(variable.high) + " (allowed: at least low, " + text(variable.low) + ")");
  if (const auto scale = table.find("scale"); scale && scale->one_of({"linear", "log"}) == "log") {
    variable.scale = Scale::logarithmic;
    if (variable.low <= 0.0)
      scale->refuse("scale is log, but low is not above 0 (allowed: linear, or low > 0)");
  }
  if (variable.kind != VariableKind::integer) return;
  if (variable.low != std::round(variable.low) || variable.high != std::round(variable.high))
    high.refuse("bounds of an integer variable must be whole numbers");
}

Variable read_variable(const Table& table) {
  Variable variable;
  const Value name = table.at("name");
  variable.name = name.as<std::string>();
  if (variable.name.empty()) name.refuse("name is empty");
  const auto kind = table.find("kind");
  const auto choices = table.find("choices");
  const std::string word =
      kind ? kind->one_of({"real", "integer", "categorical"}) : (choices ? "categorical" : "real");
  if (word == "integer") variable.kind = VariableKind::integer;
  variable.unit = table.read_or<std::string>("unit", "");
  if (choices) {
    if (word != "categorical")
      kind->refuse("kind is " + word + ", but there are choices (allowed: categorical)");
    for (const char* key : {"low", "high", "scale"})
      if (const auto other = table.find(key))
        other->refuse(std::string{key} + " does not go together with choices");
    read_choices(*choices, variable);
  } else {
    if (word == "categorical") table.refuse("a categorical variable needs choices");
    read_bounds(table, variable);
  }
  return variable;
}

SpaceObjective read_objective(const Table& table) {
  SpaceObjective objective;
  const Value name = table.at("name");
  objective.name = name.as<std::string>();
  if (objective.name.empty()) name.refuse("name is empty");
  if (const auto limit = table.find("at_least")) objective.at_least = limit->as<double>();
  if (const auto limit = table.find("at_most")) objective.at_most = limit->as<double>();
  if (objective.at_least && objective.at_most && *objective.at_least > *objective.at_most)
    table.at("at_most").refuse("at_most is below at_least");
  const auto target = table.find("target");
  if (const auto goal = table.find("goal")) {
    const std::string word = goal->one_of({"minimize", "maximize", "target"});
    if (word == "maximize") objective.goal = SpaceObjective::Goal::maximize;
    if (word == "target") objective.goal = SpaceObjective::Goal::target;
    if (word == "target" && !target) goal->refuse("goal is target, but there is no target");
    if (word != "target" && target) target->refuse("target does not go together with goal " + word);
  } else if (target) {
    objective.goal = SpaceObjective::Goal::target;
  } else if (objective.at_least || objective.at_most) {
    objective.goal = SpaceObjective::Goal::limits_only;
  } else {
    table.refuse("an objective needs a goal (minimize, maximize, target) or a limit (at_least, at_most)");
  }
  if (target) objective.target = target->as<double>();
  if (const auto weight = table.find("weight")) {
    objective.weight = weight->as<double>();
    if (!(objective.weight > 0.0)) weight->refuse("weight is not above 0");
  }
  return objective;
}

bool has_goal(const SpaceObjective& objective) { return objective.goal != SpaceObjective::Goal::limits_only; }

Space space_of(const Document& document) {
  const Table root = document.root();
  const auto variables = root.tables("variable");
  const auto objectives = root.tables("objective");
  if (variables.empty()) root.refuse("no [[variable]] (allowed: at least one)");
  if (objectives.empty()) root.refuse("no [[objective]] (allowed: at least one)");
  Space space;
  for (const auto& table : variables) space.variables.push_back(read_variable(table));
  for (const auto& table : objectives) space.objectives.push_back(read_objective(table));
  if (const auto pareto = root.find("pareto")) {
    space.pareto = pareto->as<bool>();
    if (space.pareto && std::ranges::count_if(space.objectives, has_goal) < 2)
      pareto->refuse("pareto needs at least two objectives with a goal");
  }
  refuse_duplicates(variables, "name");
  refuse_duplicates(objectives, "name");
  root.finish();
  return space;
}

}  // namespace

Space read_space(const std::filesystem::path& file) { return space_of(Document::read(file)); }

Space parse_space(const std::string& text, const std::string& name) {
  return space_of(Document::parse(text, name));
}

}  // namespace nocturne
