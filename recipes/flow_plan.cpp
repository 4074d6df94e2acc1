#include "recipes/flow_plan.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <optional>
#include <string>
#include <utility>

#include "recipes/mass_balance.hpp"
#include "recipes/unit_text.hpp"

namespace nocturne {
namespace {

using LimitsByStock = std::map<std::string, FeedLimits>;

std::string text_of(FlowRate flow) { return number_text(in_microliters_per_minute(flow)) + " µL/min"; }
std::string text_of(Temperature temperature) { return number_text(temperature.celsius()) + " °C"; }

/// The conditions with the recipe's fixed ones filled in, or what is wrong with them.
std::variant<Conditions, Infeasible> completed(const Recipe& recipe, const Conditions& conditions) {
  Conditions all = recipe.fixed;
  for (const auto& [name, value] : conditions) {
    const bool varied = std::ranges::find(recipe.variables, name, &Variable::name) != recipe.variables.end();
    if (!varied && !recipe.fixed.contains(name))
      return Infeasible{"the recipe has no condition '" + name + "'"};
    if (!std::isfinite(value)) return Infeasible{"'" + name + "' is not a finite number"};
    all[name] = value;
  }
  for (const Variable& variable : recipe.variables)
    if (!all.contains(variable.name)) return Infeasible{"condition '" + variable.name + "' is missing"};
  for (const char* needed : {"temperature_C", "residence_time_s"})
    if (!all.contains(needed)) return Infeasible{std::string{"condition '"} + needed + "' is missing"};
  return all;
}

std::optional<std::string> heat_problem(const Recipe& recipe, const BenchDescription& bench,
                                        Temperature wanted) {
  const Temperature limit = std::min(recipe.safety.max_temperature, bench.limits.max_temperature);
  if (wanted <= limit) return std::nullopt;
  return text_of(wanted) + " is above the limit of " + text_of(limit);
}

std::optional<std::string> flow_problem(const LimitsByStock& limits, const std::string& stock,
                                        FlowRate flow) {
  const auto limit = limits.find(stock);
  if (limit == limits.end()) return "stock '" + stock + "' has no feed on the bench";
  if (flow < limit->second.min)
    return "stock '" + stock + "' would flow at " + text_of(flow) + ", below its pump's minimum of " +
           text_of(limit->second.min);
  if (flow > limit->second.max)
    return "stock '" + stock + "' would flow at " + text_of(flow) + ", above its pump's maximum of " +
           text_of(limit->second.max);
  return std::nullopt;
}

std::optional<std::string> any_flow_problem(const Recipe& recipe, const BenchDescription& bench,
                                            const LimitsByStock& limits, const FlowPlan& plan) {
  for (const auto& [stock, flow] : plan.feeds)
    if (auto problem = flow_problem(limits, stock, flow)) return problem;
  if (plan.diluent > FlowRate{})
    if (auto problem = flow_problem(limits, recipe.diluent, plan.diluent)) return problem;
  const FlowRate through_cell = plan.reaction_flow + plan.diluent;
  if (through_cell > bench.limits.max_total_flow)
    return text_of(through_cell) + " would flow through the cell, above the limit of " +
           text_of(bench.limits.max_total_flow);
  return std::nullopt;
}

/// The n-th number of the van der Corput sequence in a base: with coprime bases, a point set that fills a box
/// evenly (Halton, 1960, 10.1007/BF01386213).
double radical_inverse(int n, int base) {
  double result = 0.0;
  double digit = 1.0;
  for (; n > 0; n /= base) result += (digit /= base) * (n % base);
  return result;
}

Conditions point_inside(const Recipe& recipe, int n) {
  constexpr int bases[] = {2, 3, 5, 7, 11};
  Conditions point;
  std::size_t axis = 0;
  for (const Variable& variable : recipe.variables) {
    const double share = radical_inverse(n, bases[axis++ % std::size(bases)]);
    point[variable.name] = variable.scale == Scale::logarithmic
                               ? variable.low * std::pow(variable.high / variable.low, share)
                               : variable.low + share * (variable.high - variable.low);
  }
  return point;
}

void check_temperatures(const Recipe& recipe, const BenchDescription& bench) {
  const std::string allowed =
      " (allowed: at most " + text_of(bench.limits.max_temperature) + ", " + bench.file + ")";
  for (const Variable& variable : recipe.variables)
    if (variable.name == "temperature_C" &&
        Temperature::from_celsius(variable.high) > bench.limits.max_temperature)
      throw recipe_error(
          recipe, "variable temperature_C",
          "temperature up to " + number_text(variable.high) + " °C is more than the bench allows" + allowed);
  if (recipe.safety.max_temperature > bench.limits.max_temperature)
    throw recipe_error(recipe, "safety",
                       "max_temperature = " + text_of(recipe.safety.max_temperature) +
                           " is wider than the bench's own" + allowed);
}

/// The hottest that the recipe may ask for.
double hottest_C(const Recipe& recipe) {
  double hottest = -std::numeric_limits<double>::infinity();
  for (const Variable& variable : recipe.variables)
    if (variable.name == "temperature_C") hottest = std::max(hottest, variable.high);
  if (const auto fixed = recipe.fixed.find("temperature_C"); fixed != recipe.fixed.end())
    hottest = std::max(hottest, fixed->second);
  return hottest;
}

/// Interlocks of the heated zone that the recipe would set off, or that it makes useless.
void check_interlocks(const Recipe& recipe, const BenchDescription& bench) {
  for (const InterlockDescription& interlock : bench.interlocks) {
    if (interlock.signal != bench.heater || !interlock.limit.above) continue;
    const double above = *interlock.limit.above, stop = recipe.safety.max_temperature.celsius();
    const std::string place = bench.file + ":" + std::to_string(interlock.above_line) + ": ";
    if (above >= stop)
      throw FileError{place + "this can never be noticed: the recipe's max_temperature (" +
                      number_text(stop) + " °C) stops everything before"};
    if (interlock.limit.reaction != Reaction::warn && above <= hottest_C(recipe))
      throw FileError{place + "this would end experiments of the recipe, which go up to " +
                      number_text(hottest_C(recipe)) + " °C (" + recipe.file + ")"};
  }
}

void check_yields(const Recipe& recipe, const BenchDescription& bench) {
  const bool limited =
      std::ranges::any_of(recipe.targets, [](const Target& target) { return target.plqy_min > 0.0; });
  if (limited && !bench.yield_reference)
    throw recipe_error(recipe, "plqy_min",
                       "'plqy_min' on a bench that measures no quantum yield (needed: [yield_reference] in " +
                           bench.file + ")");
}

void check_feeds(const Recipe& recipe, const BenchDescription& bench, const LimitsByStock& limits) {
  for (const Stock& stock : recipe.stocks) {
    const bool fed =
        std::ranges::any_of(bench.feeds, [&](const auto& feed) { return feed.stock == stock.name; });
    if (!fed || !limits.contains(stock.name))
      throw recipe_error(recipe, "stock " + stock.name,
                         "stock '" + stock.name + "' has no feed on the bench (" + bench.file + ")");
  }
}

const FeedDescription& feed_of(const BenchDescription& bench, const std::string& stock) {
  return *std::ranges::find(bench.feeds, stock, &FeedDescription::stock);
}

void check_quench(const Recipe& recipe, const BenchDescription& bench, const LimitsByStock& limits) {
  if (!recipe.safety.quench) return;
  const Quench& quench = *recipe.safety.quench;
  if (const auto problem = flow_problem(limits, quench.stock, quench.flow))
    throw recipe_error(recipe, "quench", "while quenching " + *problem);
  if (quench.flow > bench.limits.max_total_flow)
    throw recipe_error(recipe, "quench",
                       "'quench_flow' = " + text_of(quench.flow) +
                           " is more than the bench allows (allowed: at most " +
                           text_of(bench.limits.max_total_flow) + ", " + bench.file + ")");
  const Volume taken = quench.flow * quench.lasting, held = feed_of(bench, quench.stock).syringe.volume;
  if (taken > held)
    throw recipe_error(recipe, "quench",
                       "a quench takes " + number_text(in_milliliters(taken)) + " mL, the syringe of " +
                           quench.stock + " holds " + number_text(in_milliliters(held)) + " mL");
}

}  // namespace

Seconds lateness(const MeasurementPlan& measurement, const FlowPlan& plan) {
  constexpr double kNearlyAll = 1.645;  // standard deviations: 95 % of a normal distribution lie before
  if (const auto volumes = measurement.flush_residences) return (*volumes - 1.0) * plan.arrival_time;
  return kNearlyAll * plan.arrival_spread;
}

double share_arrived(const FlowPlan& plan, Seconds after_mean_arrival) {
  if (plan.arrival_spread <= Seconds{}) return after_mean_arrival < Seconds{} ? 0.0 : 1.0;
  return 0.5 * std::erfc(-after_mean_arrival / plan.arrival_spread / std::numbers::sqrt2);
}

std::variant<FlowPlan, Infeasible> plan_flows(const Recipe& recipe, const BenchDescription& bench,
                                              const std::map<std::string, FeedLimits>& limits,
                                              const Conditions& conditions) {
  const auto complete = completed(recipe, conditions);
  if (const auto* problem = std::get_if<Infeasible>(&complete)) return *problem;
  const auto& all = std::get<Conditions>(complete);

  FlowPlan plan;
  plan.temperature = Temperature::from_celsius(all.at("temperature_C"));
  plan.residence_time = Seconds{all.at("residence_time_s")};
  if (auto problem = heat_problem(recipe, bench, plan.temperature)) return Infeasible{*problem};
  if (plan.residence_time <= Seconds{}) return Infeasible{"the residence time is not above 0 s"};
  for (const auto& [name, value] : all)
    if (name.ends_with("_pb") && value < 0.0)
      return Infeasible{name + " = " + number_text(value) + " is negative"};

  const auto mixed = stock_shares(recipe, all);
  if (const auto* problem = std::get_if<Infeasible>(&mixed)) return *problem;
  const auto& shares = std::get<std::map<std::string, double>>(mixed);
  const FlowRate reaction_flow = bench.reactor.heated_volume / plan.residence_time;
  for (const auto& [stock, share] : shares) {
    plan.feeds[stock] = share * reaction_flow;
    plan.reaction_flow += plan.feeds[stock];
    plan.lead_in_cell += share * supply(*std::ranges::find(recipe.stocks, stock, &Stock::name), "pb");
  }
  if (!recipe.diluent.empty())
    plan.lead_in_cell = (1.0 / (1.0 + recipe.measurement.dilution_ratio)) * plan.lead_in_cell;
  if (!recipe.diluent.empty()) plan.diluent = recipe.measurement.dilution_ratio * plan.reaction_flow;
  if (auto problem = any_flow_problem(recipe, bench, limits, plan)) return Infeasible{*problem};
  const ReactorGeometry& tube = bench.reactor;
  plan.heated_arrival_time =
      (tube.heated_volume + tube.cooled_volume + tube.cell_volume) / plan.reaction_flow;
  plan.arrival_time = tube.mixer_volume / plan.reaction_flow + plan.heated_arrival_time;
  plan.arrival_spread = std::sqrt(2.0 / tube.bodenstein) * plan.arrival_time;
  return plan;
}

std::map<std::string, Volume> volumes_needed(const Recipe& recipe, const FlowPlan& plan, Seconds flowing,
                                             Seconds diluted) {
  std::map<std::string, Volume> volumes;
  for (const auto& [stock, flow] : plan.feeds) volumes[stock] = flow * flowing;
  if (plan.diluent > FlowRate{}) volumes[recipe.diluent] = plan.diluent * diluted;
  return volumes;
}

std::vector<FlowPlan> some_plans(const Recipe& recipe, const BenchDescription& bench,
                                 const std::map<std::string, FeedLimits>& limits) {
  constexpr int points = 256;
  std::vector<FlowPlan> plans;
  for (int n = 1; n <= points; ++n) {
    auto plan = plan_flows(recipe, bench, limits, point_inside(recipe, n));
    if (auto* feasible = std::get_if<FlowPlan>(&plan)) plans.push_back(std::move(*feasible));
  }
  return plans;
}

void check_recipe_on_bench(const Recipe& recipe, const BenchDescription& bench,
                           const std::map<std::string, FeedLimits>& limits) {
  check_mass_balance(recipe);
  check_feeds(recipe, bench, limits);
  check_temperatures(recipe, bench);
  check_interlocks(recipe, bench);
  check_yields(recipe, bench);
  check_quench(recipe, bench, limits);
  constexpr int points = 1024;
  std::string reason;
  for (int n = 1; n <= points; ++n) {
    const auto plan = plan_flows(recipe, bench, limits, point_inside(recipe, n));
    if (std::holds_alternative<FlowPlan>(plan)) return;
    if (n == 1) reason = std::get<Infeasible>(plan).reason;
  }
  const std::string first = recipe.variables.empty() ? "" : "variable " + recipe.variables.front().name;
  throw recipe_error(recipe, first,
                     "no point between the bounds can be run on this bench; in their middle: " + reason);
}

}  // namespace nocturne
