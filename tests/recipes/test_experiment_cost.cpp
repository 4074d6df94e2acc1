#include <doctest/doctest.h>

#include <cmath>

#include "recipes/experiment_cost.hpp"

namespace nocturne::test {
namespace {

struct Case {
  Recipe recipe = read_recipe(NOCTURNE_SOURCE_DIR "/recipes/cspbbr3_blue_470.toml");
  ReactorGeometry reactor;
  FlowPlan plan;

  Case() {
    reactor.heating = HeatingModel{1.0, Seconds{400.0}};
    plan.reaction_flow = milliliters_per_minute(0.5);
    plan.arrival_time = plan.heated_arrival_time = Seconds{100.0};
  }
  double seconds(double to_C, std::optional<Temperature> from) {
    plan.temperature = Temperature::from_celsius(to_C);
    return expected_cost(recipe, reactor, plan, from).time.count();
  }
};

}  // namespace

TEST_CASE("cost of an experiment: heating takes its rate, cooling follows Newton and takes longer") {
  Case c;
  const auto at = [](double celsius) { return Temperature::from_celsius(celsius); };
  const double still = c.seconds(120.0, at(120.0));
  CHECK(c.seconds(120.0, at(80.0)) - still == doctest::Approx(40.0));
  CHECK(c.seconds(120.0, std::nullopt) - still == doctest::Approx(95.0));
  CHECK(c.seconds(80.0, at(120.0)) - c.seconds(80.0, at(80.0)) ==
        doctest::Approx(400.0 * std::log(95.0 / 55.0)));
  CHECK(std::isfinite(c.seconds(20.0, at(120.0))));
}

TEST_CASE("cost of an experiment: reagent flows at a trickle on the way and in full from there") {
  Case c;
  c.plan.temperature = Temperature::from_celsius(120.0);
  const auto near = expected_cost(c.recipe, c.reactor, c.plan, Temperature::from_celsius(120.0));
  const auto far = expected_cost(c.recipe, c.reactor, c.plan, Temperature::from_celsius(60.0));
  CHECK(in_milliliters(far.reagent) - in_milliliters(near.reagent) ==
        doctest::Approx(0.25 * 60.0 * 0.5 / 60.0));
  c.plan.reaction_flow = 2.0 * c.plan.reaction_flow;
  const auto faster = expected_cost(c.recipe, c.reactor, c.plan, Temperature::from_celsius(120.0));
  CHECK(faster.reagent / near.reagent == doctest::Approx(2.0));
  CHECK(faster.time == near.time);
}

}  // namespace nocturne::test
