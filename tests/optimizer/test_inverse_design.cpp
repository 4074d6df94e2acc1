#include <doctest/doctest.h>

#include <memory>

#include "optimizer/ask_tell.hpp"
#include "optimizer/sobol.hpp"
#include "tests/optimizer/fixed_gaussian_process.hpp"
#include "tests/optimizer/real_variable.hpp"

namespace nocturne::test {
namespace {

/// y rises with a and falls with b, from -1 to 1; the width rises with a.
AskTell::Options inverse_problem() {
  AskTell::Options options;
  options.variables = {real("a"), real("b")};
  options.outputs = {{"y", OutputScale::plain, {}}, {"width", OutputScale::plain, {}}};
  options.goals = {Goal{0, Goal::Kind::target, 0.0, 0.02}};
  options.make_surrogate = make_fixed;
  return options;
}

void tell(AskTell& engine, double a, double b) {
  engine.tell({{"a", a}, {"b", b}}, {{"y", {a - b, 1e-3}}, {"width", {1.0 + a, 1e-3}}});
}

/// Experiments with both variables below `edge`.
std::unique_ptr<AskTell> informed(double edge = 1.0) {
  auto engine = std::make_unique<AskTell>(inverse_problem());
  const Eigen::MatrixXd points = sobol_points(32, 2, 3);
  for (Eigen::Index i = 0; i < points.rows(); ++i) tell(*engine, edge * points(i, 0), edge * points(i, 1));
  return engine;
}

Goal y_of(double target) { return {0, Goal::Kind::target, target, 0.05}; }

}  // namespace

TEST_CASE("inverse design: between told experiments nothing is extrapolated, far from them it is") {
  const DesignAnswer amid = informed()->design({y_of(0.1)}, 4);
  REQUIRE(amid.candidates.size() == 4);
  for (const auto& candidate : amid.candidates) CHECK_FALSE(candidate.extrapolates);
  AskTell::Options options = inverse_problem();
  options.feasible = [](const Conditions& c) { return c.at("a") > 0.8; };
  AskTell corner{options};
  const Eigen::MatrixXd points = sobol_points(12, 2, 3);
  for (Eigen::Index i = 0; i < points.rows(); ++i)
    corner.tell({{"a", 0.2 * points(i, 0)}, {"b", 0.2 * points(i, 1)}},
                {{"y", {4.0 * points(i, 0) - 2.0 * points(i, 1), 1e-3}}});
  const DesignAnswer outside = corner.design({y_of(1.0)}, 1);
  REQUIRE(outside.candidates.size() == 1);
  CHECK(outside.candidates[0].extrapolates);
  const DesignAnswer nothing = AskTell{inverse_problem()}.design({y_of(0.9)}, 1);
  CHECK(nothing.candidates.empty());
}

TEST_CASE("inverse design: names the bounds beyond which a target lies") {
  const auto engine = informed();
  const DesignAnswer above = engine->design({y_of(2.0)}, 2);
  CHECK_FALSE(above.reachable);
  CHECK(above.reachable_probability < 0.01);
  CHECK(above.obstacles.bounds == std::vector<Bound>{{"a", 1.0, true}, {"b", 0.0, false}});
  CHECK(above.obstacles.limits.empty());
  CHECK_FALSE(above.obstacles.failures);
  const DesignAnswer below = engine->design({y_of(-2.0)}, 2);
  CHECK(below.obstacles.bounds == std::vector<Bound>{{"a", 0.0, false}, {"b", 1.0, true}});
  const DesignAnswer met = engine->design({y_of(0.5)}, 2);
  CHECK(met.reachable);
  CHECK(met.obstacles.bounds.empty());
}

TEST_CASE("inverse design: names the limit that stands in the way, and no bound where none does") {
  const auto engine = informed();
  Goal narrow;
  narrow.output = 1;
  narrow.at_most = 1.2;
  const DesignAnswer answer = engine->design({y_of(0.7), narrow}, 2);
  CHECK_FALSE(answer.reachable);
  CHECK(answer.obstacles.limits == std::vector<std::string>{"width"});
  CHECK(engine->design({y_of(0.1), narrow}, 2).reachable);
}

TEST_CASE("inverse design: names failures that stand in the way") {
  AskTell::Options options = inverse_problem();  // others had no failures
  Study study{"elsewhere", "", {}};
  const Eigen::MatrixXd points = sobol_points(32, 2, 3);
  for (Eigen::Index i = 0; i < points.rows(); ++i)
    study.records.push_back({{{"a", points(i, 0)}, {"b", points(i, 1)}},
                             {{"y", {points(i, 0) - points(i, 1), 1e-3}}, {"width", {1.0, 1e-3}}}});
  options.earlier = {study};
  AskTell engine{options};
  for (const double b : {0.0, 0.1, 0.25, 0.5, 0.75, 1.0}) {
    tell(engine, 0.1, b);
    for (const double a : {0.5, 0.6, 0.7, 0.8, 0.9, 1.0}) engine.tell_failure({{"a", a}, {"b", b}}, 0.1);
  }
  const DesignAnswer answer = engine.design({y_of(0.8)}, 1);
  CHECK_FALSE(answer.reachable);
  CHECK(answer.obstacles.failures);
}

TEST_CASE("inverse design: a candidate tells what small steps change") {
  const DesignAnswer answer = informed()->design({y_of(0.3)}, 1);
  REQUIRE(answer.candidates.size() == 1);
  const auto& found = answer.candidates[0].sensitivity;
  CHECK(found.at("a").change == doctest::Approx(1.0).epsilon(0.2));
  CHECK(found.at("b").change == doctest::Approx(-1.0).epsilon(0.2));
}

TEST_CASE("inverse design: one product is promised less than the mean, by what repeats differ by") {
  AskTell engine{inverse_problem()};
  const Eigen::MatrixXd points = sobol_points(32, 2, 3);
  for (Eigen::Index i = 0; i < points.rows(); ++i) {
    const double y = 1.0 + points(i, 0) - points(i, 1);
    for (const double off : {-0.06, 0.06})
      engine.tell({{"a", points(i, 0)}, {"b", points(i, 1)}}, {{"y", {y + off, 1e-3}}});
  }
  const DesignAnswer answer = engine.design({y_of(1.0)}, 1);
  REQUIRE(answer.candidates.size() == 1);
  const DesignCandidate& candidate = answer.candidates[0];
  const Interval mean = candidate.predicted.outputs.at("y"), one = candidate.one_product.outputs.at("y");
  CHECK(mean.high - mean.low < 0.06);
  CHECK(one.value == doctest::Approx(mean.value));
  CHECK(one.high - one.low == doctest::Approx(2.0 * 1.645 * 0.06).epsilon(0.2));
  CHECK(candidate.predicted.probability > 0.95);
  CHECK(candidate.one_product.probability == doctest::Approx(0.6).epsilon(0.2));
}

TEST_CASE("inverse design: the outlook agrees with the design") {
  const auto engine = informed();
  const auto outlook = [&](double target) {
    const double probability = engine->reachable_probability({y_of(target)});
    CHECK(std::abs(probability - engine->design({y_of(target)}, 1).reachable_probability) < 0.05);
    return probability;
  };
  CHECK(outlook(0.5) > 0.99);
  CHECK(outlook(4.0) == 0.0);
}

TEST_CASE("several wishes: the next experiment is for the one that it meets most probably") {
  const auto engine = informed();
  CHECK(engine->likeliest({{y_of(4.0)}, {y_of(0.5)}}) == 1);
  CHECK(engine->likeliest({{y_of(0.5)}, {y_of(4.0)}}) == 0);
  engine->aim_at({y_of(0.5)});
  const Conditions next = engine->ask({}).conditions;
  engine->aim_at({y_of(-0.3)});
  CHECK(engine->ask({}).conditions != next);
  CHECK_THROWS_AS(engine->aim_at({}), std::invalid_argument);
}

}  // namespace nocturne::test
