#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>

#include "controller/knowledge/response_surface.hpp"
#include "controller/window/model_documents.hpp"
#include "controller/window/problem.hpp"
#include "controller/window/schema.hpp"

namespace nocturne {
namespace {

constexpr std::int64_t kSteps = 25, kMostSteps = 60, kMostTargets = 1000;

/// What was asked for; what was not is chosen by the model.
struct AskedMap {
  std::optional<std::string> x, y;
  std::optional<std::size_t> target;
  Conditions around;
  int steps = 0;

  std::string text() const {
    std::string all = fmt::format("map {} {} {} {}", x.value_or(""), y.value_or(""), steps,
                                  target ? std::to_string(*target) : "next");
    for (const auto& [name, value] : around) all += fmt::format(" {}={}", name, value);
    return all;
  }
};

void check_is_variable(const std::optional<std::string>& name, const std::vector<Variable>& variables) {
  if (!name || std::ranges::any_of(variables, [&](const Variable& one) { return one.name == *name; })) return;
  std::vector<std::string> names;
  for (const Variable& variable : variables) names.push_back(variable.name);
  throw bad_question(
      fmt::format("{} is no variable of this campaign (allowed: {})", *name, fmt::join(names, ", ")));
}

AskedMap map_asked_for(Parameters& asked, const std::vector<Variable>& variables) {
  AskedMap map;
  map.x = asked.text("x");
  map.y = asked.text("y");
  check_is_variable(map.x, variables);
  check_is_variable(map.y, variables);
  if (map.x && map.x == map.y) throw bad_question("x and y must be two variables");
  for (const Variable& variable : variables)
    if (const auto value = asked.number(variable.name, variable.low, variable.high))
      map.around[variable.name] = *value;
  if (const auto target = asked.whole("target", 1, kMostTargets))
    map.target = static_cast<std::size_t>(*target) - 1;
  map.steps = static_cast<int>(asked.whole("points", 2, kMostSteps).value_or(kSteps));
  asked.check_all_known();
  return map;
}

std::size_t aim_of(const AskedMap& asked, const Optimizer& optimizer) {
  const std::size_t aim = asked.target.value_or(optimizer.aim());
  if (aim < optimizer.aims().size()) return aim;
  throw bad_question(fmt::format("target must be between 1 and {}", optimizer.aims().size()));
}

/// The best product by a target, or the newest.
Conditions middle_of(const Optimizer& optimizer, std::size_t aim, const CampaignRecord& record) {
  if (const auto best = optimizer.best(aim)) return best->first;
  return record.decisions.rbegin()->second.suggestion.conditions;
}

/// Two variables: those asked for, then those that move the peak most.
std::pair<Variable, Variable> axes_of(const AskedMap& asked, const std::vector<Influence>& by_influence) {
  const auto find = [&](const std::optional<std::string>& name, const std::optional<std::string>& other) {
    return std::ranges::find_if(by_influence,
                                [&](const Influence& one) {
                                  return name ? one.variable.name == *name
                                              : one.variable.name != other.value_or("");
                                })
        ->variable;
  };
  const Variable x = find(asked.x, asked.y);
  return {x, find(asked.y, x.name)};
}

/// That another target than the next one is met.
void aim_at(ResponseSurface& surface, const Optimizer& optimizer, std::size_t aim) {
  surface.probability.clear();
  Conditions at = surface.around;
  for (const double y : surface.y)
    for (const double x : surface.x) {
      at[surface.up.name] = y;
      at[surface.across.name] = x;
      surface.probability.push_back(optimizer.predict(at, aim).probability);
    }
}

OrderedJson grid_of(const std::vector<double>& values, std::size_t columns) {
  OrderedJson rows = OrderedJson::array();
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (i % columns == 0) rows.push_back(OrderedJson::array());
    rows.back().push_back(std::isfinite(values[i]) ? OrderedJson(values[i]) : OrderedJson(nullptr));
  }
  return rows;
}

OrderedJson axis_of(const Variable& variable, const std::vector<double>& values) {
  return {{"name", variable.name},
          {"unit", variable.unit},
          {"scale", variable.scale == Scale::logarithmic ? "logarithmic" : "linear"},
          {"values", values}};
}

OrderedJson surface_of(const AskedMap& asked, const std::vector<Variable>& variables,
                       const LoggedModel& model, const CampaignRecord& record) {
  const Optimizer& optimizer = *model.optimizer;
  const std::size_t aim = aim_of(asked, optimizer);
  Conditions around = middle_of(optimizer, aim, record);
  for (const auto& [name, value] : asked.around) around[name] = value;
  const std::vector<Influence> by_influence = influences(optimizer, variables, around);
  const auto [x, y] = axes_of(asked, by_influence);
  ResponseSurface surface = response_surface(optimizer, x, y, around, asked.steps);
  if (aim != optimizer.aim()) aim_at(surface, optimizer, aim);
  OrderedJson names = OrderedJson::array();
  for (const Influence& one : by_influence) names.push_back(one.variable.name);
  const Target& target = optimizer.aims()[aim].target;
  return {{"variables", names},
          {"x", axis_of(x, surface.x)},
          {"y", axis_of(y, surface.y)},
          {"around", around},
          {"target", aim + 1},
          {"target_nm", target.value},
          {"tolerance_nm", target.tolerance},
          {"mean_nm", grid_of(surface.mean_nm, surface.x.size())},
          {"half_width_nm", grid_of(surface.half_width_nm, surface.x.size())},
          {"probability", grid_of(surface.probability, surface.x.size())},
          {"experiments_known", record.outcomes.size()}};
}

int products_in(const MapMarks& marks) {
  return static_cast<int>(
      std::ranges::count_if(marks.tried, [](const auto& one) { return one.outcome == "ok"; }));
}

}  // namespace

MapMarks marks_of(const Moment& moment) {
  const FollowedNight& night = moment.night;
  if (night.imported())
    throw not_now(
        "the experiments were imported: there is no map of them, but /design answers wishes from them");
  MapMarks marks;
  marks.variables = night.recipe()->variables;
  for (const auto& [number, experiment] : night.experiments()) {
    if (!moment.has(experiment.decided_seq)) continue;
    const Suggestion& chosen = experiment.decision.suggestion;
    if (!experiment.outcome || !moment.has(experiment.finished_seq)) {
      if (!moment.facts.ended) marks.next = {number, chosen.conditions, chosen.reason};
      continue;
    }
    MapMarks::Tried tried{number, chosen.conditions, "ok", {}};
    if (const auto* failure = std::get_if<Failure>(&*experiment.outcome))
      tried.outcome = name_of(failure->kind);
    const auto* seen = std::get_if<Observation>(&*experiment.outcome);
    if (seen && seen->peak_nm) tried.peak_nm = seen->peak_nm->value;
    marks.tried.push_back(std::move(tried));
  }
  const std::string why_not = why_no_surface(marks.variables.size(), products_in(marks));
  if (!why_not.empty()) throw not_now("There is no model to show yet: " + why_not);
  return marks;
}

OrderedJson map_document(const Subject& subject, const MapMarks& marks, ModelDesk& desk, Parameters& asked) {
  const AskedMap map = map_asked_for(asked, marks.variables);
  OrderedJson document = desk.answer(subject, map.text(), std::nullopt,
                                     [&](const LoggedModel& model, const CampaignRecord& record) {
                                       return surface_of(map, marks.variables, model, record);
                                     });
  const std::string x = document["x"]["name"], y = document["y"]["name"];
  OrderedJson tried = OrderedJson::array();
  for (const MapMarks::Tried& one : marks.tried) {
    tried.push_back({{"experiment", one.experiment},
                     {"x", one.conditions.at(x)},
                     {"y", one.conditions.at(y)},
                     {"outcome", one.outcome}});
    if (one.peak_nm) tried.back()["peak_nm"] = *one.peak_nm;
  }
  document["tried"] = std::move(tried);
  if (marks.next)
    document["next"] = {{"experiment", marks.next->experiment},
                        {"x", marks.next->conditions.at(x)},
                        {"y", marks.next->conditions.at(y)},
                        {"why", marks.next->why}};
  return document;
}

OrderedJson map_schema() {
  using namespace schema;
  OrderedJson value = number();
  value["type"] = {"number", "null"};
  const OrderedJson axis = object({{"name", text()},
                                   {"unit", text("empty for a ratio")},
                                   {"scale", one_of({"linear", "logarithmic"})},
                                   {"values", numbers("ascending")}});
  const auto grid = [&](const char* description) { return list(list(value), description); };
  const OrderedJson tried = object({{"experiment", whole()},
                                    {"x", number()},
                                    {"y", number()},
                                    {"outcome", text("ok, or a kind of failure")},
                                    maybe("peak_nm", number())});
  const OrderedJson next =
      object({{"experiment", whole()}, {"x", number()}, {"y", number()}, {"why", text()}});
  return object({{"variables", list(text(), "what moves the peak most, first")},
                 {"x", axis},
                 {"y", axis},
                 {"around", by_name(number(), "where all other variables stand")},
                 {"target", whole("of the campaign's targets in their order, from 1")},
                 {"target_nm", number()},
                 {"tolerance_nm", number()},
                 {"mean_nm", grid("expected peak, one row per value of y")},
                 {"half_width_nm", grid("of its 90 % interval")},
                 {"probability", grid("that the target is met there")},
                 {"experiments_known", whole("to the model")},
                 {"tried", list(tried, "all experiments, also those made elsewhere in the other variables")},
                 maybe("next", next)},
                "What the model expects over two variables.");
}

}  // namespace nocturne
