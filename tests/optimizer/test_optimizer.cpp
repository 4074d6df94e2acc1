#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

#include "models/surrogate_library.hpp"
#include "optimizer/emission_problem.hpp"
#include "optimizer/optimizer.hpp"
#include "optimizer/sobol.hpp"
#include "tests/optimizer/fixed_gaussian_process.hpp"
#include "tests/optimizer/toy_worlds.hpp"
#include "tests/support/cspbbr3_curve.hpp"
#include "tests/support/surrogate_here.hpp"

namespace nocturne::test {
namespace {

Optimizer::Options options(double target, std::uint64_t seed = 1) {
  Optimizer::Options result;
  result.variables = toy_variables();
  result.targets = {{.value = target}};
  result.emitters = cspbbr3_emitter();
  result.seed = seed;
  return result;
}

Observation seen(double peak_nm, double width = 90.0) {
  Observation observation;
  observation.peak_nm = Estimate{peak_nm, 0.2};
  observation.fwhm_meV = Estimate{width, 1.0};
  return observation;
}

const Conditions kMiddle{
    {"br_pb", 6.0}, {"amine_pb", 2.0}, {"temperature_C", 120.0}, {"residence_time_s", 100.0}};

}  // namespace

TEST_CASE("optimizer: reaches its target within 1 nm in few experiments, in worlds that it does not know") {
  if (skipped()) return;
  for (const auto& world : toy_worlds()) {
    if (world.name == "cooling_reddens") continue;
    for (const double target : {475.0, 495.0}) {
      CAPTURE(world.name);
      CAPTURE(target);
      Optimizer optimizer{options(target)};
      int experiments = 0;
      double error = 100.0;
      while (error > 1.0 && experiments < 13) {
        const Conditions next = optimizer.ask().conditions;
        const ToyProduct product = world.truth(next);
        if (product.emits) error = std::abs(product.peak_nm - target);
        optimizer.tell(next, toy_experiment(world, next, static_cast<std::uint64_t>(++experiments)));
      }
      CHECK(experiments <= 12);
    }
  }
}

TEST_CASE("optimizer: recovers where the physics is upside down") {
  if (skipped()) return;
  const ToyWorld world = toy_worlds().back();
  Optimizer optimizer{options(490.0)};
  double best = 100.0;
  for (std::uint64_t i = 0; i < 20; ++i) {
    const Conditions next = optimizer.ask().conditions;
    best = std::min(best, std::abs(world.truth(next).peak_nm - 490.0));
    optimizer.tell(next, toy_experiment(world, next, i));
  }
  CHECK(best <= 2.0);
}

TEST_CASE("optimizer: a resumed one asks the same, bit for bit") {
  if (skipped()) return;
  Optimizer lived{options(490.0)}, revived{options(490.0)};
  const ToyWorld world = toy_worlds()[1];
  for (std::uint64_t i = 0; i < 6; ++i) {
    const Conditions next = lived.ask().conditions;
    const Outcome outcome =
        i == 3 ? Outcome{Failure{FailureKind::bubble, ""}} : toy_experiment(world, next, i);
    lived.tell(next, outcome);
    revived.tell(next, outcome);
  }
  const Suggestion a = lived.ask(), b = revived.ask();
  CHECK(a.conditions == b.conditions);
  CHECK(a.reason == b.reason);
  CHECK(a.predicted.probability == b.predicted.probability);
  CHECK(a.predicted.outputs.at("peak_nm").low == b.predicted.outputs.at("peak_nm").low);
}

TEST_CASE("optimizer: asks for what can be made with what is left, and for anything when that is nothing") {
  if (skipped()) return;
  const auto affordable = [](const Conditions& conditions, const Supplies& left) {
    return conditions.at("br_pb") <= left.at("bromide");
  };
  Optimizer::Options thrifty = options(480.0);
  thrifty.affordable = affordable;
  Optimizer optimizer{thrifty}, careless{options(480.0)};
  const double wanted = careless.ask().conditions.at("br_pb");
  CHECK(optimizer.ask().conditions == careless.ask().conditions);
  const Suggestion modest = optimizer.ask({}, {{"bromide", 0.8 * wanted}});
  CHECK(modest.conditions.at("br_pb") <= 0.8 * wanted);
  CHECK(optimizer.ask({}, {{"bromide", 0.0}}).conditions == careless.ask().conditions);
  optimizer.tell(modest.conditions, seen(490.0));
  careless.tell(modest.conditions, seen(490.0));
  CHECK(optimizer.ask().conditions == careless.ask().conditions);  // it forgot what was left
}

TEST_CASE("optimizer: without data it predicts what its prior knows, and every measured output after") {
  if (skipped()) return;
  Optimizer optimizer{options(490.0)};
  const Suggestion first = optimizer.ask();
  const Interval prior = first.predicted.outputs.at("peak_nm");
  CHECK(prior.high - prior.low > 20.0);
  CHECK_FALSE(first.predicted.outputs.contains("intensity"));
  CHECK(first.conditions.size() == 4);
  optimizer.tell(first.conditions, seen(480.0));
  const Suggestion second = optimizer.ask();
  const Interval peak = second.predicted.outputs.at("peak_nm");
  CHECK(peak.low < peak.value);
  CHECK(peak.value < peak.high);
  CHECK(second.predicted.outputs.contains("fwhm_meV"));
  CHECK_FALSE(second.predicted.outputs.contains("intensity"));
  CHECK(second.predicted.probability > 0.0);
  CHECK(second.predicted.probability < 1.0);
}

TEST_CASE("optimizer: survives a night of nothing but failures, and keeps away from them") {
  if (skipped()) return;
  Optimizer optimizer{options(490.0)};
  std::vector<Conditions> asked;
  for (int i = 0; i < 6; ++i) {
    asked.push_back(optimizer.ask().conditions);
    optimizer.tell(asked.back(), Failure{FailureKind::no_emission, ""});
  }
  const DecisionSpace space{toy_variables()};
  CHECK((space.to_unit(asked[5]) - space.to_unit(asked[0])).norm() > 0.2);
  CHECK_FALSE(optimizer.best().has_value());
}

TEST_CASE("optimizer: what a design promises among wavelengths that were seen is kept") {
  if (skipped()) return;
  int kept = 0, promises = 0;
  for (const ToyWorld& world : toy_worlds()) {
    Optimizer optimizer{options(490.0)};
    const Eigen::MatrixXd points = sobol_points(12, 4, 5);
    for (Eigen::Index i = 0; i < points.rows(); ++i) {
      const Conditions at = DecisionSpace{toy_variables()}.to_conditions(points.row(i).transpose());
      optimizer.tell(at, toy_experiment(world, at, static_cast<std::uint64_t>(i)));
    }
    for (const double wish : {487.0, 491.0, 495.0, 499.0}) {
      Target target;
      target.value = wish;
      target.tolerance = 3.0;
      for (const Suggestion& candidate : optimizer.design(target, 3).candidates) {
        const double truth = world.truth(candidate.conditions).peak_nm;
        const Interval promised = candidate.predicted.outputs.at("peak_nm");
        kept += truth >= promised.low && truth <= promised.high ? 1 : 0;
        ++promises;
      }
    }
  }
  CHECK(kept >= 0.85 * promises);
}

TEST_CASE("optimizer: designs for any target from what was learned for another") {
  if (skipped()) return;
  Optimizer optimizer{options(490.0)};
  const ToyWorld world = toy_worlds()[1];
  const Eigen::MatrixXd points = sobol_points(12, 4, 5);
  for (Eigen::Index i = 0; i < points.rows(); ++i) {
    const Conditions at = DecisionSpace{toy_variables()}.to_conditions(points.row(i).transpose());
    optimizer.tell(at, toy_experiment(world, at, static_cast<std::uint64_t>(i)));
  }
  Target target;
  target.value = 485.0;
  target.tolerance = 3.0;
  const DesignAnswer answer = optimizer.design(target, 4);
  REQUIRE(answer.reachable);
  REQUIRE(answer.candidates.size() >= 2);
  CHECK(*answer.nearest == doctest::Approx(485.0).epsilon(0.01));
  CHECK(answer.probability == answer.candidates[0].predicted.probability);
  for (std::size_t i = 1; i < answer.candidates.size(); ++i) {
    CHECK(answer.candidates[i].predicted.probability <=
          answer.candidates[i - 1].predicted.probability + 1e-12);
    CHECK(answer.candidates[i].conditions != answer.candidates[0].conditions);
  }

  target.value = 640.0;
  const DesignAnswer red = optimizer.design(target, 3);
  CHECK_FALSE(red.reachable);
  CHECK(red.probability < 0.01);
  CHECK(*red.nearest > 500.0);
  CHECK(*red.nearest < 560.0);
  target.output = "plqy";
  CHECK_THROWS_AS(optimizer.design(target, 1), std::invalid_argument);
}

TEST_CASE("optimizer: a line that is too wide, or of unknown width, is not within the target's limit") {
  Target target{"peak_nm", 490.0, 2.0, 0.0};
  Observation seen;
  seen.peak_nm = Estimate{490.0, 0.1};
  seen.fwhm_meV = Estimate{110.0, 1.0};
  CHECK(keeps_limits(seen, target));
  target.fwhm_max_meV = 100.0;
  CHECK_FALSE(keeps_limits(seen, target));
  seen.fwhm_meV = Estimate{90.0, 1.0};
  CHECK(keeps_limits(seen, target));
  seen.fwhm_meV = std::nullopt;
  CHECK_FALSE(keeps_limits(seen, target));
}

TEST_CASE("optimizer: too small or unknown yields are not within the target's limits") {
  Target target{"peak_nm", 490.0, 2.0, 0.0};
  Observation seen;
  seen.peak_nm = Estimate{490.0, 0.1};
  seen.plqy = Estimate{0.5, 0.03};
  CHECK(keeps_limits(seen, target));
  target.plqy_min = 0.6;
  CHECK_FALSE(keeps_limits(seen, target));
  seen.plqy = Estimate{0.65, 0.03};
  CHECK(keeps_limits(seen, target));
  target.yield_min = 0.4;
  CHECK_FALSE(keeps_limits(seen, target));
  seen.yield = Estimate{0.5, 0.03};
  CHECK(keeps_limits(seen, target));
}

TEST_CASE("optimizer: yields are modelled where the target has limits on them, and only there") {
  const auto names = [](const Target& target) {
    std::vector<std::string> result;
    for (const ModelledOutput& output : emission_outputs(toy_variables(), {target}, cspbbr3_emitter()))
      result.push_back(output.name);
    return result;
  };
  Target target{"peak_nm", 490.0, 2.0, 0.0};
  CHECK(names(target) == std::vector<std::string>{"peak_nm", "fwhm_meV", "intensity"});
  target.plqy_min = 0.6;
  target.yield_min = 0.4;
  CHECK(names(target) == std::vector<std::string>{"peak_nm", "fwhm_meV", "intensity", "plqy", "yield"});
  const auto outputs = emission_outputs(toy_variables(), {target}, cspbbr3_emitter());
  const auto goals = emission_goals(target, outputs);
  REQUIRE(goals.size() == 3);
  CHECK(goals[1].output == 3);
  CHECK(goals[1].at_least == 0.6);
  CHECK(goals[2].output == 4);
  CHECK(goals[2].at_least == 0.4);
  CHECK_THROWS_AS(emission_goals(target, emission_outputs(toy_variables(), {Target{}}, {})),
                  std::invalid_argument);
  CHECK(has_prior(outputs[4]));  // so that the first experiment is chosen by physics, not by chance
}

TEST_CASE(
    "optimizer: the best is the nearest, or of those within tolerance the narrowest if that is wanted") {
  const auto best = [](bool narrowest) {
    Optimizer::Options wish = options(490.0);
    wish.targets[0].tolerance = 2.0;
    wish.targets[0].narrowest = narrowest;
    Optimizer optimizer{wish};
    for (const auto& [br_pb, peak, width] :
         {std::tuple{4.0, 490.1, 110.0}, {5.0, 491.5, 85.0}, {6.0, 493.0, 70.0}}) {
      Observation seen;
      seen.peak_nm = Estimate{peak, 0.1};
      seen.fwhm_meV = Estimate{width, 1.0};
      optimizer.tell(
          {{"br_pb", br_pb}, {"amine_pb", 2.0}, {"temperature_C", 120.0}, {"residence_time_s", 60.0}}, seen);
    }
    return optimizer.best()->first.at("br_pb");
  };
  CHECK(best(false) == 4.0);
  CHECK(best(true) == 5.0);
}

TEST_CASE("optimizer: a design far from all experiments is marked as extrapolated, one amid them is not") {
  if (skipped()) return;
  const ToyWorld world = toy_worlds()[1];
  const DecisionSpace space{toy_variables()};
  const auto marked = [&](const Feasible& feasible) {
    Optimizer::Options wish = options(490.0);
    wish.feasible = feasible;
    Optimizer optimizer{wish};
    const Eigen::MatrixXd points = sobol_points(14, 4, 5);
    for (Eigen::Index i = 0; i < points.rows(); ++i) {
      Eigen::VectorXd unit = points.row(i).transpose();
      unit(0) *= 0.3;  // little bromide
      const Conditions at = space.to_conditions(unit);
      optimizer.tell(at, toy_experiment(world, at, static_cast<std::uint64_t>(i)));
    }
    return optimizer.design({"peak_nm", 490.0, 2.0, 0.0}, 1).candidates.at(0).extrapolates;
  };
  CHECK_FALSE(marked([](const Conditions& c) { return c.at("br_pb") < 4.5; }));
  CHECK(marked([](const Conditions& c) { return c.at("br_pb") > 11.0; }));
}

TEST_CASE("optimizer: starts where the physics points, and with a Sobol design where it has none") {
  if (skipped()) return;
  const auto first = [](Optimizer::Options wish, std::uint64_t seed) {
    wish.seed = seed;
    return Optimizer{wish}.ask();
  };
  const Optimizer::Options physics = options(490.0);
  CHECK(first(physics, 1).reason.find("log expected improvement") == 0);
  Optimizer::Options other = options(490.0);
  SUBCASE("an emitter of which nothing is known") { other.emitters = {}; }
  SUBCASE("an output without physics") { other.targets = {{"intensity", 1e4, 100.0, 0.0}}; }
  SUBCASE("no variable that the physics knows") {
    other.variables = {{"amine_pb", 0.5, 6.0, {}, {}, {}, ""}};
  }
  SUBCASE("asked for") { other.initial_design = 2; }
  const Suggestion one = first(other, 1);
  CHECK(one.reason == "initial design");
  CHECK(first(other, 1).conditions == one.conditions);
  CHECK(first(other, 2).conditions != one.conditions);
}

TEST_CASE("optimizer: promises no wavelength before any experiment, but says what its prior expects") {
  if (skipped()) return;
  const Optimizer optimizer{options(490.0)};
  const DesignAnswer answer = optimizer.design(options(490.0).targets[0], 3);
  CHECK_FALSE(answer.reachable);
  CHECK(answer.experiments == 0);
  CHECK(answer.probability < kPromisedProbability);
  REQUIRE(answer.candidates.size() == 3);
  for (const auto& candidate : answer.candidates) CHECK(candidate.predicted.outputs.contains("peak_nm"));
}

TEST_CASE("optimizer: reachable is a matter of probability, and the nearest reachable is a candidate") {
  if (skipped()) return;
  Optimizer optimizer{options(490.0)};
  const ToyWorld world = toy_worlds()[0];
  for (std::uint64_t i = 0; i < 8; ++i) {
    const Conditions next = optimizer.ask().conditions;
    optimizer.tell(next, toy_experiment(world, next, i));
  }
  const auto is_candidate = [](const DesignAnswer& answer) {
    return std::ranges::any_of(answer.candidates, [&](const Suggestion& one) {
      return one.predicted.outputs.at("peak_nm").value == answer.nearest;
    });
  };
  Target target{"peak_nm", 490.0, 2.0, 0.0};
  const DesignAnswer met = optimizer.design(target, 3);
  CHECK(met.reachable);
  CHECK(met.probability >= kPromisedProbability);
  CHECK(is_candidate(met));

  target.tolerance = 1e-9;
  const DesignAnswer exact = optimizer.design(target, 3);
  CHECK(exact.reachable);  // wavelengths on both sides are
  CHECK(exact.probability < 1e-3);
  CHECK(exact.nearest_probability < kPromisedProbability);
  CHECK(is_candidate(exact));

  target = {"peak_nm", 600.0, 2.0, 0.0};
  for (const int count : {1, 4}) {
    const DesignAnswer red = optimizer.design(target, count);
    CHECK_FALSE(red.reachable);
    CHECK(is_candidate(red));
    CHECK(red.nearest_probability >= kPromisedProbability);
    CHECK(std::ssize(red.candidates) <= count);
    target.value = *red.nearest;
    CHECK(optimizer.design(target, 1).probability >= kPromisedProbability);
    target.value = 600.0;
  }
}

TEST_CASE("optimizer: has no candidates for an output of which nothing is known") {
  if (skipped()) return;
  Optimizer optimizer{options(490.0)};
  optimizer.tell(kMiddle, seen(490.0));
  const DesignAnswer answer = optimizer.design({"intensity", 1e4, 100.0, 0.0}, 3);
  CHECK_FALSE(answer.reachable);
  CHECK(answer.candidates.empty());
}

TEST_CASE(
    "optimizer: the best experiment is the measured one nearest to the target, within the width limit") {
  Optimizer::Options wish = options(490.0);
  wish.targets[0].fwhm_max_meV = 100.0;
  wish.make_surrogate = make_fixed;
  Optimizer optimizer{wish};
  CHECK_FALSE(optimizer.best().has_value());
  optimizer.tell(kMiddle, seen(470.0));
  optimizer.tell(kMiddle, seen(489.9, 130.0));
  optimizer.tell(kMiddle, seen(492.0));
  optimizer.tell(kMiddle, Failure{FailureKind::bubble, ""});
  Observation dark;
  optimizer.tell(kMiddle, dark);
  CHECK(optimizer.best()->second.peak_nm->value == 492.0);
}

TEST_CASE("optimizer: a target that is added later is met by what was told before, whatever asks") {
  for (const char* strategy : {"composite", "sobol"}) {
    CAPTURE(strategy);
    Optimizer::Options wish = options(470.0);
    wish.strategy = strategy;
    wish.initial_design = 3;
    Optimizer optimizer{wish};
    optimizer.tell(kMiddle, seen(490.0));
    optimizer.add_target({.value = 490.0});
    optimizer.add_target({.value = 505.0});
    REQUIRE(optimizer.aims().size() == 3);
    CHECK(optimizer.aims()[1].met);
    CHECK_FALSE(optimizer.aims()[2].met);
    CHECK(optimizer.best(1)->second.peak_nm->value == 490.0);
  }
}

TEST_CASE("optimizer: one that got its second target later asks as one that had it from the beginning") {
  Optimizer::Options one = options(470.0), two = options(470.0);
  one.strategy = two.strategy = "sobol";
  two.targets.push_back({.value = 505.0});
  Optimizer later{one}, before{two};
  for (Optimizer* optimizer : {&later, &before}) optimizer->tell(kMiddle, seen(470.0));
  later.add_target({.value = 505.0});
  CHECK(later.ask().conditions == before.ask().conditions);
}

TEST_CASE("optimizer: the probability of a prediction is that of the target that the next ask is for") {
  Optimizer::Options two = options(470.0);
  two.targets.push_back({.value = 505.0});
  Optimizer both{two}, alone{options(505.0)};
  for (Optimizer* optimizer : {&both, &alone}) optimizer->tell(kMiddle, seen(470.0));
  REQUIRE(both.aim() == 1);
  CHECK(both.predict(kMiddle).probability == alone.predict(kMiddle).probability);
  CHECK(both.predict(kMiddle).probability < 0.1);
}

TEST_CASE("optimizer: refuses a further target whose output it does not model, and has no more targets") {
  Optimizer optimizer{options(490.0)};
  CHECK_THROWS_AS(optimizer.add_target({.value = 500.0, .plqy_min = 0.5}), std::invalid_argument);
  CHECK(optimizer.aims().size() == 1);
}

TEST_CASE("optimizer: refuses targets and spaces that make no sense") {
  Optimizer::Options wish = options(490.0);
  wish.targets[0].output = "colour";
  CHECK_THROWS_AS(Optimizer{wish}, std::invalid_argument);
  wish = options(490.0);
  wish.targets[0].tolerance = 0.0;
  CHECK_THROWS_AS(Optimizer{wish}, std::invalid_argument);
  wish = options(490.0);
  wish.variables.clear();
  CHECK_THROWS_AS(Optimizer{wish}, std::invalid_argument);
}

}  // namespace nocturne::test
