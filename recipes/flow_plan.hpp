#pragma once

#include <map>
#include <string>
#include <variant>

#include "models/observation.hpp"
#include "models/units.hpp"
#include "recipes/bench_file.hpp"
#include "recipes/recipe.hpp"

namespace nocturne {

/// Pump rates that realise conditions.
struct FlowPlan {
  std::map<std::string, FlowRate>
      feeds;               ///< by stock, without the diluent; stocks that stand still are absent
  FlowRate diluent;        ///< while measuring
  FlowRate reaction_flow;  ///< sum of feeds
  Temperature temperature;
  Seconds residence_time{};       ///< in the heated zone
  Seconds arrival_time{};         ///< from the junction through the cell, without diluent; mean of all fluid
  Seconds heated_arrival_time{};  ///< from the entrance of the heated zone on
  Seconds arrival_spread{};       ///< standard deviation of arrival times
  Concentration lead_in_cell;     ///< as fed, while measuring
};

/// Why no flow plan realises the conditions, in one line with numbers and units.
struct Infeasible {
  std::string reason;
};

/// Flow limits of each feed's pump with its syringe, by stock.
struct FeedLimits {
  FlowRate min, max;
};

/// How long after the mean arrival nearly all of the product (95 %) has come, or what the recipe's
/// flush_residences says.
Seconds lateness(const MeasurementPlan& measurement, const FlowPlan& plan);

/// The share of what passes the cell that is the planned product, so long after the mean arrival (negative:
/// before); the rest is what flowed before. 0..1.
double share_arrived(const FlowPlan& plan, Seconds after_mean_arrival);

/// Mass balance: stocks and ratios to pump rates.
std::variant<FlowPlan, Infeasible> plan_flows(const Recipe& recipe, const BenchDescription& bench,
                                              const std::map<std::string, FeedLimits>& limits,
                                              const Conditions& conditions);

/// The plans of points spread over the decision space, as far as there are.
std::vector<FlowPlan> some_plans(const Recipe& recipe, const BenchDescription& bench,
                                 const std::map<std::string, FeedLimits>& limits);

/// What a plan takes from each syringe while it flows for `flowing` and is diluted for `diluted`, by stock.
std::map<std::string, Volume> volumes_needed(const Recipe& recipe, const FlowPlan& plan, Seconds flowing,
                                             Seconds diluted);

/// Checks that a recipe can be run on a bench at all: every stock has a feed, bounds fit the heater and the
/// limits, at least one point of the decision space has a flow plan. Throws FileError.
void check_recipe_on_bench(const Recipe& recipe, const BenchDescription& bench,
                           const std::map<std::string, FeedLimits>& limits);

}  // namespace nocturne
