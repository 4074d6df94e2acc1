#include <doctest/doctest.h>

#include <cmath>
#include <random>

#include "recipes/flow_plan.hpp"
#include "recipes/mass_balance.hpp"
#include "support/refusal.hpp"

namespace nocturne::test {
namespace {

Recipe shipped_recipe() { return read_recipe(NOCTURNE_SOURCE_DIR "/recipes/cspbbr3_blue_470.toml"); }
BenchDescription shipped_bench() { return read_bench(NOCTURNE_SOURCE_DIR "/recipes/benches/virtual.toml"); }

/// NE-1000 with a 60 mL syringe of 26.59 mm, and with 38 mm for the diluent: plunger speed times
/// cross-section.
std::map<std::string, FeedLimits> shipped_limits() {
  const FeedLimits reagent{microliters_per_minute(0.389), milliliters_per_minute(28.32)};
  return {{"cs_pb", reagent},
          {"bromide", reagent},
          {"amine", reagent},
          {"diluent", {microliters_per_minute(0.795), milliliters_per_minute(57.8)}}};
}

FlowPlan planned(const Recipe& recipe, const Conditions& conditions) {
  const auto plan = plan_flows(recipe, shipped_bench(), shipped_limits(), conditions);
  if (const auto* problem = std::get_if<Infeasible>(&plan)) FAIL(problem->reason);
  return std::get<FlowPlan>(plan);
}

std::string reason(const Recipe& recipe, const BenchDescription& bench,
                   const std::map<std::string, FeedLimits>& limits, const Conditions& conditions) {
  const auto plan = plan_flows(recipe, bench, limits, conditions);
  const auto* problem = std::get_if<Infeasible>(&plan);
  return problem == nullptr ? "" : problem->reason;
}

std::string reason(const Conditions& conditions) {
  return reason(shipped_recipe(), shipped_bench(), shipped_limits(), conditions);
}

void check_words(const std::string& text, std::initializer_list<const char*> words) {
  CAPTURE(text);
  CHECK(text.find('\n') == std::string::npos);
  for (const std::string word : words) {
    CAPTURE(word);
    CHECK(text.find(word) != std::string::npos);
  }
}

const Conditions middle{
    {"br_pb", 6.0}, {"amine_pb", 2.0}, {"temperature_C", 120.0}, {"residence_time_s", 100.0}};

Conditions with(Conditions conditions, const std::string& name, double value) {
  conditions[name] = value;
  return conditions;
}

/// What flows of a species, in mol/s, over the lead: from the flows alone, by hand.
double ratio_of(const Recipe& recipe, const FlowPlan& plan,
                std::initializer_list<std::pair<const char*, double>> counts) {
  double numerator = 0.0;
  double lead = 0.0;
  for (const Stock& stock : recipe.stocks) {
    if (!plan.feeds.contains(stock.name)) continue;
    const double flow = plan.feeds.at(stock.name).si();
    const auto content = [&](const char* name) {
      return stock.contents.contains(name) ? stock.contents.at(name).si() : 0.0;
    };
    for (const auto& [name, count] : counts) numerator += flow * count * content(name);
    lead += flow * (content("Pb") + content("lead_bromide"));
  }
  return numerator / lead;
}

double bromide_ratio(const Recipe& recipe, const FlowPlan& plan) {
  return ratio_of(recipe, plan,
                  {{"alkylammonium_bromide", 1.0}, {"zinc_bromide", 2.0}, {"lead_bromide", 2.0}});
}

Variable axis(const char* name, double low, double high) {
  Variable variable;
  variable.name = name;
  variable.low = low;
  variable.high = high;
  return variable;
}

/// Four stocks of random make-up, each mostly for one purpose, with traces of the others' species.
Recipe random_recipe(std::mt19937_64& random) {
  const auto log_uniform = [&](double low, double high) {
    return Concentration::from_si(low * std::pow(high / low, std::uniform_real_distribution{}(random)));
  };
  const auto coin = [&] { return random() % 2 == 0; };
  Recipe recipe;
  recipe.file = "random";
  recipe.safety.max_temperature = Temperature::from_celsius(300.0);
  Stock cesium{"cesium", {{"Cs", log_uniform(1.0, 500.0)}}};
  Stock lead{"lead", {{coin() ? "Pb" : "lead_bromide", log_uniform(1.0, 500.0)}}};
  Stock bromide{"bromide", {{coin() ? "alkylammonium_bromide" : "zinc_bromide", log_uniform(1.0, 500.0)}}};
  Stock amine{"amine", {{"amine", log_uniform(1.0, 2000.0)}, {"oleic_acid", log_uniform(1.0, 10.0)}}};
  if (coin()) cesium.contents["alkylammonium_bromide"] = log_uniform(0.1, 50.0);
  if (coin()) lead.contents["amine"] = log_uniform(0.1, 50.0);
  if (coin()) amine.contents["Pb"] = log_uniform(0.01, 1.0);
  recipe.stocks = {bromide, cesium, {"idle", {{"oleic_acid", log_uniform(1.0, 10.0)}}},
                   amine,   lead,   {"solvent", {}}};
  recipe.diluent = "solvent";
  recipe.variables = {axis("temperature_C", 20.0, 300.0), axis("br_pb", 0.1, 50.0),
                      axis("amine_pb", 0.1, 50.0), axis("cs_pb", 0.1, 10.0),
                      axis("residence_time_s", 1.0, 1000.0)};
  return recipe;
}

}  // namespace

TEST_CASE("flow plan: a quench beyond its pump, the cell or its syringe is refused in its line") {
  Recipe recipe = shipped_recipe();
  recipe.lines["quench"] = 77;
  BenchDescription bench = shipped_bench();
  const auto message = [&](double mL_min, double minutes) {
    recipe.safety.quench = Quench{"diluent", milliliters_per_minute(mL_min), Seconds{60.0 * minutes}};
    return refusal([&] { check_recipe_on_bench(recipe, bench, shipped_limits()); });
  };
  CHECK_NOTHROW(check_recipe_on_bench(recipe, bench, shipped_limits()));
  recipe.safety.quench = Quench{"diluent", milliliters_per_minute(1.0), Seconds{120.0}};
  CHECK_NOTHROW(check_recipe_on_bench(recipe, bench, shipped_limits()));
  check_refusal(message(1000.0, 0.01), recipe.file + ":77", {"diluent", "above its pump's maximum"});
  bench.limits.max_total_flow = milliliters_per_minute(2.0);
  check_refusal(message(2.5, 2.0), recipe.file + ":77", {"2500 µL/min", "at most 2000 µL/min"});
  bench.limits.max_total_flow = milliliters_per_minute(6.0);
  bench.feeds.back().syringe.volume = milliliters(10.0);
  REQUIRE(bench.feeds.back().stock == "diluent");
  check_refusal(message(2.0, 8.0), recipe.file + ":77", {"takes 16 mL", "holds 10 mL"});
}

TEST_CASE("flow plan: the reference recipe by hand") {
  const FlowPlan plan = planned(shipped_recipe(), middle);
  // Per part of lead stock (33 mmol/L): 6 x 33 / 100 parts of bromide, 2 x 33 / 300 parts of amine.
  const double parts = 1.0 + 1.98 + 0.22;
  const double total = 486.0 / (100.0 / 60.0);
  CHECK(in_microliters_per_minute(plan.reaction_flow) == doctest::Approx(total).epsilon(1e-12));
  CHECK(in_microliters_per_minute(plan.feeds.at("cs_pb")) == doctest::Approx(total / parts).epsilon(1e-12));
  CHECK(in_microliters_per_minute(plan.feeds.at("bromide")) ==
        doctest::Approx(1.98 * total / parts).epsilon(1e-12));
  CHECK(in_microliters_per_minute(plan.feeds.at("amine")) ==
        doctest::Approx(0.22 * total / parts).epsilon(1e-12));
  CHECK_FALSE(plan.feeds.contains("diluent"));
  CHECK(in_microliters_per_minute(plan.diluent) == doctest::Approx(5.0 * total).epsilon(1e-12));
  CHECK(plan.temperature == Temperature::from_celsius(120.0));
  CHECK(plan.residence_time == Seconds{100.0});
  CHECK(plan.arrival_time.count() == doctest::Approx(100.0 * (243.0 + 486.0 + 100.0 + 30.0) / 486.0));
  CHECK(plan.heated_arrival_time.count() == doctest::Approx(100.0 * (486.0 + 100.0 + 30.0) / 486.0));
  CHECK(plan.arrival_spread.count() == doctest::Approx(std::sqrt(2.0 / 1000.0) * plan.arrival_time.count()));
}

TEST_CASE("flow plan: 95 % have come 1.645 standard deviations after the mean, or when the recipe says so") {
  FlowPlan plan;
  plan.arrival_time = Seconds{200.0};
  plan.arrival_spread = Seconds{20.0};
  MeasurementPlan measurement;
  CHECK(lateness(measurement, plan).count() == doctest::Approx(32.9));
  measurement.flush_residences = 1.5;
  CHECK(lateness(measurement, plan).count() == doctest::Approx(100.0));
}

TEST_CASE("flow plan: half of the product has come at its mean arrival, 95 % when nearly all of it has") {
  FlowPlan plan;
  plan.arrival_spread = Seconds{20.0};
  CHECK(share_arrived(plan, Seconds{0.0}) == doctest::Approx(0.5));
  CHECK(share_arrived(plan, lateness(MeasurementPlan{}, plan)) == doctest::Approx(0.95).epsilon(1e-3));
  CHECK(share_arrived(plan, Seconds{-60.0}) < 0.01);
  plan.arrival_spread = Seconds{0.0};
  CHECK(share_arrived(plan, Seconds{-0.1}) == 0.0);
  CHECK(share_arrived(plan, Seconds{0.0}) == 1.0);
}

TEST_CASE("flow plan: a bench that tells nothing of dispersion is thought to be laminar at its worst") {
  BenchDescription bench = shipped_bench();
  bench.reactor.bodenstein = ReactorGeometry{}.bodenstein;
  const auto plan = plan_flows(shipped_recipe(), bench, shipped_limits(), middle);
  const auto& feasible = std::get<FlowPlan>(plan);
  CHECK(feasible.arrival_spread / feasible.arrival_time == doctest::Approx(0.3));
}

TEST_CASE("flow plan: the whole space of the shipped recipe can be run on the virtual bench") {
  const Recipe recipe = shipped_recipe();
  for (int corner = 0; corner < 16; ++corner) {
    Conditions conditions;
    for (int axis = 0; axis < 4; ++axis) {
      const Variable& variable = recipe.variables[static_cast<std::size_t>(axis)];
      conditions[variable.name] = (corner >> axis & 1) != 0 ? variable.high : variable.low;
    }
    CHECK(reason(conditions).empty());
  }
  CHECK_NOTHROW(check_recipe_on_bench(recipe, shipped_bench(), shipped_limits()));
}

TEST_CASE("flow plan: flows of random recipes give back the ratios to 1e-12") {
  std::mt19937_64 random{7};
  std::uniform_real_distribution uniform;
  int feasible = 0;
  for (int trial = 0; trial < 4000; ++trial) {
    const Recipe recipe = random_recipe(random);
    const FeedLimits wide{FlowRate{}, milliliters_per_minute(1e9)};
    BenchDescription bench = shipped_bench();
    bench.limits.max_temperature = Temperature::from_celsius(300.0);
    bench.limits.max_total_flow = wide.max;
    std::map<std::string, FeedLimits> limits;
    for (const Stock& stock : recipe.stocks) limits[stock.name] = wide;
    Conditions wanted;
    for (const Variable& variable : recipe.variables)
      wanted[variable.name] = variable.low * std::pow(variable.high / variable.low, uniform(random));
    const auto result = plan_flows(recipe, bench, limits, wanted);
    if (const auto* problem = std::get_if<Infeasible>(&result)) {
      check_words(problem->reason, {"cannot be mixed"});
      continue;
    }
    ++feasible;
    const auto& plan = std::get<FlowPlan>(result);
    CHECK(std::abs(bromide_ratio(recipe, plan) / wanted.at("br_pb") - 1.0) < 1e-12);
    CHECK(std::abs(ratio_of(recipe, plan, {{"amine", 1.0}}) / wanted.at("amine_pb") - 1.0) < 1e-12);
    CHECK(std::abs(ratio_of(recipe, plan, {{"Cs", 1.0}}) / wanted.at("cs_pb") - 1.0) < 1e-12);
    FlowRate sum;
    for (const auto& [stock, flow] : plan.feeds) {
      CHECK(flow > FlowRate{});
      sum += flow;
    }
    CHECK(std::abs((bench.reactor.heated_volume / sum).count() / wanted.at("residence_time_s") - 1.0) <
          1e-12);
    CHECK_FALSE(plan.feeds.contains("idle"));
  }
  CHECK(feasible > 1000);
}

TEST_CASE("flow plan: a ratio of nothing leaves its stock standing") {
  Recipe recipe = shipped_recipe();
  const FlowPlan plan = planned(recipe, with(middle, "amine_pb", 0.0));
  CHECK_FALSE(plan.feeds.contains("amine"));
  CHECK(plan.feeds.size() == 2);
}

TEST_CASE("flow plan: without dilution nothing dilutes") {
  Recipe recipe = shipped_recipe();
  recipe.measurement.dilution_ratio = 0.0;
  CHECK(planned(recipe, middle).diluent == FlowRate{});
  recipe = shipped_recipe();
  recipe.diluent.clear();
  recipe.stocks.pop_back();
  CHECK(planned(recipe, middle).diluent == FlowRate{});
}

TEST_CASE("flow plan: fixed conditions fill in, and can be overruled by none that is unknown") {
  Recipe recipe = shipped_recipe();
  recipe.variables.pop_back();
  recipe.fixed["residence_time_s"] = 50.0;
  Conditions conditions = middle;
  conditions.erase("residence_time_s");
  CHECK(planned(recipe, conditions).residence_time == Seconds{50.0});
  check_words(reason(with(middle, "ligand_pb", 1.0)), {"no condition 'ligand_pb'"});
  conditions.erase("br_pb");
  check_words(reason(recipe, shipped_bench(), shipped_limits(), conditions), {"'br_pb' is missing"});
  check_words(reason(with(middle, "br_pb", std::nan(""))), {"'br_pb'", "finite"});
}

TEST_CASE("flow plan: what cannot be mixed is infeasible with its numbers") {
  Recipe recipe = shipped_recipe();
  recipe.stocks[0].contents["alkylammonium_bromide"] = Concentration::from_si(132.0);
  check_words(reason(recipe, shipped_bench(), shipped_limits(), with(middle, "br_pb", 3.5)),
              {"br_pb = 3.5", "'bromide'", "-", "% of the flow"});
  recipe = shipped_recipe();
  recipe.variables.push_back(axis("cs_pb", 0.5, 2.0));
  check_words(reason(recipe, shipped_bench(), shipped_limits(), with(middle, "cs_pb", 1.5)),
              {"cs_pb = 1.5", "contradict", "would be"});
  CHECK(reason(recipe, shipped_bench(), shipped_limits(), with(middle, "cs_pb", 1.0)).empty());
  check_words(reason(with(middle, "br_pb", -1.0)), {"br_pb = -1", "negative"});
  check_words(reason(with(middle, "residence_time_s", 0.0)), {"residence time"});
}

TEST_CASE("flow plan: limits of heat and flow are named with both numbers") {
  check_words(reason(with(middle, "temperature_C", 195.0)), {"195 °C", "190 °C"});
  BenchDescription bench = shipped_bench();
  bench.limits.max_temperature = Temperature::from_celsius(100.0);
  check_words(reason(shipped_recipe(), bench, shipped_limits(), middle), {"120 °C", "100 °C"});
  bench = shipped_bench();
  bench.limits.max_total_flow = milliliters_per_minute(1.0);
  check_words(reason(shipped_recipe(), bench, shipped_limits(), middle),
              {"1749.6 µL/min", "1000 µL/min", "cell"});

  auto limits = shipped_limits();
  limits["amine"].min = microliters_per_minute(25.0);
  check_words(reason(shipped_recipe(), shipped_bench(), limits, middle),
              {"'amine'", "20.0475 µL/min", "25 µL/min", "minimum"});
  limits = shipped_limits();
  limits["bromide"].max = microliters_per_minute(100.0);
  check_words(reason(shipped_recipe(), shipped_bench(), limits, middle),
              {"'bromide'", "100 µL/min", "maximum"});
  limits = shipped_limits();
  limits["diluent"].max = microliters_per_minute(1000.0);
  check_words(reason(shipped_recipe(), shipped_bench(), limits, middle),
              {"'diluent'", "1458 µL/min", "maximum"});
  limits.erase("diluent");
  check_words(reason(shipped_recipe(), shipped_bench(), limits, middle), {"'diluent'", "no feed"});
}

TEST_CASE("flow plan: a recipe is refused on a bench that cannot run it, in the recipe's line") {
  const Recipe recipe = shipped_recipe();
  const auto message = [&](const Recipe& r, const BenchDescription& b,
                           const std::map<std::string, FeedLimits>& l) {
    return refusal([&] { check_recipe_on_bench(r, b, l); });
  };
  const auto place = [&](const std::string& entry) {
    return recipe.file + ":" + std::to_string(recipe.lines.at(entry));
  };

  BenchDescription bench = shipped_bench();
  bench.feeds.pop_back();
  check_refusal(message(recipe, bench, shipped_limits()), place("stock diluent"),
                {"'diluent'", "no feed", "virtual.toml"});
  bench = shipped_bench();
  bench.limits.max_temperature = Temperature::from_celsius(150.0);
  check_refusal(message(recipe, bench, shipped_limits()), place("variable temperature_C"),
                {"180 °C", "150 °C"});
  bench.limits.max_temperature = Temperature::from_celsius(185.0);
  check_refusal(message(recipe, bench, shipped_limits()), place("safety"), {"190 °C", "185 °C"});
  bench = shipped_bench();
  bench.limits.max_total_flow = microliters_per_minute(500.0);
  check_refusal(message(recipe, bench, shipped_limits()), place("variable br_pb"),
                {"no point", "500 µL/min"});

  Recipe twice = recipe;
  twice.stocks.push_back({"second", {{"zinc_bromide", Concentration::from_si(60.0)}}});
  twice.lines["stock second"] = 99;
  check_refusal(message(twice, shipped_bench(), shipped_limits()), recipe.file + ":99",
                {"mass balance", "'second'"});
}

TEST_CASE(
    "flow plan: a least quantum yield is refused on a bench without a reference, in the recipe's line") {
  Recipe recipe = shipped_recipe();
  recipe.targets[0].plqy_min = 0.6;
  recipe.lines["plqy_min"] = 17;
  BenchDescription bench = shipped_bench();
  CHECK_NOTHROW(check_recipe_on_bench(recipe, bench, shipped_limits()));
  bench.yield_reference.reset();
  check_refusal(refusal([&] { check_recipe_on_bench(recipe, bench, shipped_limits()); }), recipe.file + ":17",
                {"'plqy_min'", "[yield_reference]", "virtual.toml"});
}

TEST_CASE(
    "flow plan: an interlock that the recipe sets off, or that it makes useless, is refused in the bench's "
    "line") {
  BenchDescription bench = shipped_bench();
  InterlockDescription interlock;
  interlock.signal = bench.heater;
  interlock.above_line = 99;
  const auto with = [&](double above_C, Reaction reaction) {
    interlock.limit.above = above_C;
    interlock.limit.reaction = reaction;
    bench.interlocks = {interlock};
    return refusal([&] { check_recipe_on_bench(shipped_recipe(), bench, shipped_limits()); });
  };
  check_refusal(with(150.0, Reaction::safe), bench.file + ":99", {"up to 180 °C", "cspbbr3_blue_470.toml"});
  check_refusal(with(180.0, Reaction::hold), bench.file + ":99", {"up to 180 °C"});
  check_refusal(with(190.0, Reaction::warn), bench.file + ":99", {"never be noticed", "190 °C"});
  CHECK(with(150.0, Reaction::warn).empty());
  CHECK(with(185.0, Reaction::safe).empty());
}

TEST_CASE("flow plan: the lead in the cell is what the stocks hold, as mixed and diluted") {
  const Recipe recipe = shipped_recipe();
  const FlowPlan plan = planned(recipe, middle);
  const double share = in_microliters_per_minute(plan.feeds.at("cs_pb")) /
                       in_microliters_per_minute(plan.reaction_flow + plan.diluent);
  CHECK(plan.lead_in_cell.si() == doctest::Approx(33.0 * share).epsilon(1e-12));
}

TEST_CASE("flow plan: a narrow feasible corner is found") {
  BenchDescription bench = shipped_bench();
  bench.limits.max_total_flow = microliters_per_minute(760.0);  // only residence times above 230 s
  CHECK_NOTHROW(check_recipe_on_bench(shipped_recipe(), bench, shipped_limits()));
}

TEST_CASE("flow plan: volumes are flows times their times") {
  const Recipe recipe = shipped_recipe();
  const FlowPlan plan = planned(recipe, middle);
  const auto volumes = volumes_needed(recipe, plan, Seconds{120.0}, Seconds{30.0});
  REQUIRE(volumes.size() == 4);
  CHECK(in_microliters(volumes.at("cs_pb")) == doctest::Approx(2.0 * 291.6 / 3.2));
  CHECK(in_microliters(volumes.at("diluent")) == doctest::Approx(0.5 * 5.0 * 291.6));
}

}  // namespace nocturne::test
