#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>

#include "optimizer/ask_tell.hpp"
#include "tests/optimizer/fixed_gaussian_process.hpp"
#include "tests/optimizer/real_variable.hpp"

namespace nocturne::test {
namespace {

AskTell::Options problem(std::vector<Variable> variables, Goal::Kind kind = Goal::Kind::minimize) {
  AskTell::Options options;
  options.variables = std::move(variables);
  options.outputs = {{"y", OutputScale::plain, {}}};
  Goal goal;
  goal.kind = kind;
  options.goals = {goal};
  options.scales_from_data = true;
  options.initial_design = 3;
  options.seed = 12;
  options.make_surrogate = make_fixed;
  return options;
}

double bowl(const Conditions& c) { return std::pow(c.at("a") - 0.3, 2) + std::pow(c.at("b") - 0.7, 2); }

/// The least that was found.
double run(AskTell& engine, int experiments) {
  double least = std::numeric_limits<double>::infinity();
  for (int i = 0; i < experiments; ++i) {
    const Suggestion next = engine.ask({});
    least = std::min(least, bowl(next.conditions));
    engine.tell(next.conditions, {{"y", {bowl(next.conditions), 0.001}}});
  }
  return least;
}

}  // namespace

TEST_CASE("ask and tell: finds the bottom of a bowl in few experiments") {
  AskTell engine{problem({real("a"), real("b")})};
  CHECK(run(engine, 14) < 0.003);
  const Suggestion last = engine.ask({});
  CHECK(last.reason.find("log expected improvement") == 0);
  CHECK(last.predicted.outputs.contains("y"));
}

TEST_CASE("ask and tell: on a Pareto front asks spread over the trade-offs, with a sum they gather") {
  // The front is b = 0, from one end of a to the other; the sum is least in its middle.
  const auto measured = [](const Conditions& c) {
    const double a = c.at("a"), b = c.at("b");
    return std::pair{std::pow(a, 2) + b, std::pow(1.0 - a, 2) + b};
  };
  const auto spread = [&](bool pareto) {
    AskTell::Options options = problem({real("a"), real("b")});
    options.outputs = {{"first", OutputScale::plain, {}}, {"second", OutputScale::plain, {}}};
    Goal first, second;
    first.kind = second.kind = Goal::Kind::minimize;
    second.output = 1;
    options.goals = {first, second};
    options.pareto = pareto;
    AskTell engine{options};
    std::vector<double> on_front;
    for (int i = 0; i < 18; ++i) {
      const Conditions next = engine.ask({}).conditions;
      const auto [one, two] = measured(next);
      engine.tell(next, {{"first", {one, 0.001}}, {"second", {two, 0.001}}});
      if (i >= 6 && next.at("b") < 0.1) on_front.push_back(next.at("a"));
    }
    REQUIRE(on_front.size() >= 4);
    std::ranges::sort(on_front);
    return on_front[on_front.size() * 3 / 4] - on_front[on_front.size() / 4];
  };
  const double along = spread(true);
  CHECK(along > 0.3);
  CHECK(along > spread(false));
}

TEST_CASE("ask and tell: asks follow from the tells alone, in a fresh object and however often asked") {
  AskTell lived{problem({real("a"), real("b")})}, revived{problem({real("a"), real("b")})};
  for (int i = 0; i < 8; ++i) {
    const Suggestion next = lived.ask({});
    static_cast<void>(lived.ask({next.conditions}));
    const double y = bowl(next.conditions);
    lived.tell(next.conditions, {{"y", {y, 0.001}}});
    revived.tell(next.conditions, {{"y", {y, 0.001}}});
  }
  CHECK(lived.ask({}).conditions == revived.ask({}).conditions);
  CHECK(lived.ask({}).reason == revived.ask({}).reason);
  AskTell::Options other = problem({real("a"), real("b")});
  other.seed = 13;
  CHECK(AskTell{other}.ask({}).conditions != AskTell{problem({real("a"), real("b")})}.ask({}).conditions);
}

TEST_CASE("ask and tell: a pending point moves the next ask") {
  AskTell engine{problem({real("a"), real("b")})};
  run(engine, 5);
  const Conditions first = engine.ask({}).conditions;
  const Conditions second = engine.ask({first}).conditions;
  const Conditions third = engine.ask({first, second}).conditions;
  const auto distance = [](const Conditions& x, const Conditions& y) {
    return std::hypot(x.at("a") - y.at("a"), x.at("b") - y.at("b"));
  };
  CHECK(distance(first, second) > 0.01);
  CHECK(distance(second, third) > 1e-3);
  CHECK(engine.ask({}).conditions == first);
}

TEST_CASE("ask and tell: never asks for what is not feasible, and learns from failures") {
  AskTell::Options options = problem({real("a"), real("b")});
  options.feasible = [](const Conditions& c) { return c.at("a") + c.at("b") < 1.2; };
  AskTell engine{options};
  int late_failures = 0;
  double least = 1.0;
  for (int i = 0; i < 25; ++i) {
    const Conditions next = engine.ask({}).conditions;
    CHECK(options.feasible(next));
    const bool fails = next.at("a") > 0.6;
    if (!fails) least = std::min(least, bowl(next));
    if (i >= 12 && fails) ++late_failures;
    if (fails)
      engine.tell_failure(next, kConditionsAtFault);
    else
      engine.tell(next, {{"y", {bowl(next), 0.001}}});
  }
  CHECK(late_failures <= 2);
  CHECK(least < 0.003);
}

TEST_CASE("ask and tell: survives histories without anything to learn from") {
  AskTell engine{problem({real("a"), real("b")})};
  const double nan = std::numeric_limits<double>::quiet_NaN();
  SUBCASE("nothing but failures") {
    for (int i = 0; i < 10; ++i) engine.tell_failure(engine.ask({}).conditions, kConditionsAtFault);
  }
  SUBCASE("the same tell again and again") {
    for (int i = 0; i < 10; ++i) engine.tell({{"a", 0.5}, {"b", 0.5}}, {{"y", {1.0, 0.0}}});
  }
  SUBCASE("the same conditions, different values") {
    for (int i = 0; i < 10; ++i) engine.tell({{"a", 0.5}, {"b", 0.5}}, {{"y", {1.0 * i, 0.0}}});
  }
  SUBCASE("values that are not numbers") {
    for (int i = 0; i < 5; ++i) engine.tell({{"a", 0.1 * i}, {"b", 0.5}}, {{"y", {nan, nan}}});
  }
  SUBCASE("other outputs only") {
    for (int i = 0; i < 5; ++i) engine.tell({{"a", 0.1 * i}, {"b", 0.5}}, {{"z", {1.0, 0.1}}});
  }
  SUBCASE("a constant output") {
    for (int i = 0; i < 6; ++i) engine.tell(engine.ask({}).conditions, {{"y", {0.0, 0.0}}});
  }
  SUBCASE("accidents") {
    for (int i = 0; i < 6; ++i) engine.tell_failure(engine.ask({}).conditions, kAccident);
  }
  SUBCASE("conditions outside the bounds") { engine.tell({{"a", 3.0}, {"b", -2.0}}, {{"y", {1.0, 0.1}}}); }
  const Conditions next = engine.ask({}).conditions;
  CHECK(next.at("a") >= 0.0);
  CHECK(next.at("a") <= 1.0);
  const double mean = engine.predict(next).outputs.empty() ? 0.0 : engine.predict(next).outputs.at("y").value;
  CHECK(std::isfinite(mean));
}

TEST_CASE("ask and tell: spaces of every kind") {
  const auto value = [](const Conditions& c) {
    double sum = 0.0;
    for (const auto& [name, x] : c) sum += std::abs(std::log10(x + 2.0) - 0.5);
    return sum;
  };
  std::vector<Variable> variables;
  SUBCASE("one variable") { variables = {real("a", -1.0, 4.0)}; }
  SUBCASE("a logarithmic scale") { variables = {real("a", 1e-6, 1e3, Scale::logarithmic), real("b")}; }
  SUBCASE("integers and choices") {
    variables = {{"n", 0.0, 9.0, Scale::linear, VariableKind::integer, {}, ""},
                 {"c", 0.0, 0.0, Scale::linear, VariableKind::categorical, {"x", "y", "z"}, ""},
                 real("a")};
  }
  SUBCASE("no freedom at all") { variables = {real("a", 2.0, 2.0)}; }
  SUBCASE("fewer points than asks") {
    variables = {{"n", 0.0, 2.0, Scale::linear, VariableKind::integer, {}, ""}};
  }
  AskTell engine{problem(variables)};
  for (int i = 0; i < 9; ++i) {
    const Conditions next = engine.ask({}).conditions;
    for (const auto& variable : variables) {
      const double x = next.at(variable.name);
      if (variable.kind == VariableKind::real) CHECK((x >= variable.low && x <= variable.high));
      if (variable.kind != VariableKind::real) CHECK(x == std::round(x));
    }
    engine.tell(next, {{"y", {value(next), 0.0}}});
  }
}

TEST_CASE("ask and tell: a discrete space is explored before anything is repeated") {
  AskTell engine{problem({{"n", 0.0, 5.0, Scale::linear, VariableKind::integer, {}, ""}})};
  std::set<double> seen;
  for (int i = 0; i < 6; ++i) {
    const Conditions next = engine.ask({}).conditions;
    seen.insert(next.at("n"));
    engine.tell(next, {{"y", {next.at("n"), 0.0}}});
  }
  CHECK(seen.size() >= 5);
}

TEST_CASE("ask and tell: chooses from a pool, and what it has not seen first") {
  AskTell engine{problem({real("a"), real("b")})};
  std::vector<Conditions> pool;
  for (int i = 0; i <= 10; ++i)
    for (int j = 0; j <= 10; ++j) pool.push_back({{"a", 0.1 * i}, {"b", 0.1 * j}});
  std::set<std::size_t> seen;
  double best = 1.0;
  for (int i = 0; i < 12; ++i) {
    const std::size_t index = engine.ask_from(pool);
    CHECK(seen.insert(index).second);
    best = std::min(best, bowl(pool[index]));
    engine.tell(pool[index], {{"y", {bowl(pool[index]), 0.001}}});
  }
  CHECK(best < 0.02);
  CHECK_THROWS_AS(engine.ask_from({}), std::invalid_argument);
}

TEST_CASE("ask and tell: limits are kept while something else is minimised") {
  AskTell::Options options = problem({real("a"), real("b")});
  options.outputs.push_back({"z", OutputScale::plain, {}});
  Goal limit;
  limit.output = 1;
  limit.at_least = 0.5;
  options.goals.push_back(limit);
  AskTell engine{options};
  for (int i = 0; i < 20; ++i) {
    const Conditions next = engine.ask({}).conditions;
    engine.tell(next, {{"y", {bowl(next), 0.001}}, {"z", {next.at("a"), 0.001}}});
  }
  const Conditions last = engine.ask({}).conditions;
  CHECK(last.at("a") > 0.45);
  CHECK(last.at("a") < 0.65);
  CHECK(last.at("b") == doctest::Approx(0.7).epsilon(0.15));
}

}  // namespace nocturne::test
