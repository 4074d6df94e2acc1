#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <random>

#include "optimizer/covariance_adaptation.hpp"
#include "optimizer/scalar_loss.hpp"
#include "optimizer/strategies.hpp"
#include "tests/optimizer/fixed_gaussian_process.hpp"
#include "tests/optimizer/real_variable.hpp"

namespace nocturne::test {
namespace {

std::vector<Variable> mixed_variables() {
  return {real("a"),
          real("b", 10.0, 20.0),
          {"n", 1.0, 4.0, Scale::linear, VariableKind::integer, {}, ""},
          {"solvent", 0.0, 0.0, Scale::linear, VariableKind::categorical, {"octadecene", "toluene"}, ""}};
}

AskTell::Options search_problem(std::vector<Variable> variables, std::uint64_t seed = 5) {
  AskTell::Options options;
  options.variables = std::move(variables);
  options.outputs = {{"y", OutputScale::plain, {}}};
  Goal goal;
  goal.kind = Goal::Kind::minimize;
  options.goals = {goal};
  options.seed = seed;
  options.make_surrogate = make_fixed;
  return options;
}

double round_bowl(const Conditions& c) {
  double sum = 0.0;
  for (const auto& [name, value] : c) sum += std::pow(value - 0.3, 2);
  return sum;
}

std::map<std::string, Estimate> seen_y(double y) { return {{"y", {y, 0.0}}}; }

/// Evaluations until a function of four variables is below `aim`.
template <class F>
int evaluations(const F& function, double aim) {
  CovarianceAdaptation distribution{Eigen::VectorXd::Constant(4, -1.5), 0.5};
  std::mt19937_64 engine{3};
  std::normal_distribution<double> normal;
  for (int used = 0; used < 20'000;) {
    std::vector<std::pair<double, Eigen::VectorXd>> generation;
    for (int i = 0; i < distribution.population(); ++i) {
      const Eigen::VectorXd z = Eigen::VectorXd::NullaryExpr(4, [&] { return normal(engine); });
      const Eigen::VectorXd x = distribution.sample(z);
      generation.emplace_back(function(x), x);
      ++used;
      if (generation.back().first < aim) return used;
    }
    std::ranges::sort(generation, {}, &std::pair<double, Eigen::VectorXd>::first);
    std::vector<Eigen::VectorXd> ranked;
    for (auto& [value, x] : generation) ranked.push_back(x);
    distribution.update(ranked);
  }
  return 20'000;
}

}  // namespace

TEST_CASE("CMA-ES: an ellipsoid and a cigar of condition 10^6 and Rosenbrock's valley are solved to 1e-10") {
  const auto ellipsoid = [](const Eigen::VectorXd& x) {
    double sum = 0.0;
    for (int i = 0; i < 4; ++i) sum += std::pow(10.0, 2.0 * i) * x(i) * x(i);
    return sum;
  };
  const auto rosenbrock = [](const Eigen::VectorXd& x) {
    double sum = 0.0;
    for (int i = 0; i + 1 < 4; ++i)
      sum += 100.0 * std::pow(x(i + 1) - x(i) * x(i), 2) + std::pow(1.0 - x(i), 2);
    return sum;
  };
  const auto cigar = [](const Eigen::VectorXd& x) { return x(0) * x(0) + 1e6 * x.tail(3).squaredNorm(); };
  CHECK(evaluations(ellipsoid, 1e-10) < 2500);
  CHECK(evaluations(rosenbrock, 1e-10) < 4000);
  CHECK(evaluations(cigar, 1e-10) < 3000);
}

TEST_CASE("CMA-ES: three generations in one dimension, as the equations of Hansen 2016 give them on paper") {
  CovarianceAdaptation distribution{Eigen::VectorXd::Constant(1, 0.2), 0.5};
  REQUIRE(distribution.population() == 4);
  struct Generation {
    std::vector<double> points;
    double mean, step, deviation;
  };
  for (const Generation& one :
       {Generation{{0.5, 0.1, -0.4, 0.9}, 0.421665143973, 0.435879484992, 0.371767069685},
        Generation{{0.7, 0.45, 0.1, -0.3}, 0.651040714983, 0.448890091352, 0.363041581063},
        Generation{{0.9, 0.8, 0.2, 0.1}, 0.880416285993, 0.508547862230, 0.404358916798}}) {
    std::vector<Eigen::VectorXd> ranked;
    for (const double x : one.points) ranked.push_back(Eigen::VectorXd::Constant(1, x));
    distribution.update(ranked);
    CHECK(distribution.mean()(0) == doctest::Approx(one.mean).epsilon(1e-11));
    CHECK(distribution.step() == doctest::Approx(one.step).epsilon(1e-11));
    const double deviation =
        std::abs((distribution.sample(Eigen::VectorXd::Ones(1)) - distribution.mean())(0));
    CHECK(deviation == doctest::Approx(one.deviation).epsilon(1e-11));
  }
}

TEST_CASE("CMA-ES: over ask and tell it finds the bottom, half of the cube failing") {
  const auto strategy = make_strategy("cma_es", search_problem({real("a"), real("b"), real("c")}));
  double best = 1e9, failures = 0.0;
  for (int i = 0; i < 200; ++i) {
    const Conditions at = strategy->ask({}).conditions;
    if (at.at("a") > 0.35) {
      strategy->tell_failure(at, kConditionsAtFault);
      if (i >= 100) ++failures;
      continue;
    }
    best = std::min(best, round_bowl(at));
    strategy->tell(at, seen_y(round_bowl(at)));
  }
  CHECK(best < 1e-4);
  CHECK(failures < 20.0);
}

TEST_CASE("strategies: all but composite with its knowledge begin with the same points") {
  std::vector<std::vector<Conditions>> begins;
  for (const std::string& name : strategy_names()) {
    const auto strategy = make_strategy(name, search_problem({real("a"), real("b"), real("c")}));
    std::vector<Conditions> begin;
    for (int i = 0; i < 3; ++i) {
      begin.push_back(strategy->ask({}).conditions);
      strategy->tell(begin.back(), seen_y(round_bowl(begin.back())));
    }
    begins.push_back(begin);
  }
  for (const auto& begin : begins) CHECK(begin == begins.front());
}

TEST_CASE("strategies: what is asked is feasible, allowed by the space, and neither told nor running") {
  for (const std::string& name : strategy_names()) {
    CAPTURE(name);
    AskTell::Options options = search_problem(mixed_variables());
    options.feasible = [](const Conditions& c) { return c.at("a") < 0.5 && c.at("b") > 14.0; };
    const auto strategy = make_strategy(name, options);
    std::vector<Conditions> told, running;
    for (int i = 0; i < 24; ++i) {
      const Conditions at = strategy->ask(running).conditions;
      CHECK(options.feasible(at));
      CHECK((at.at("n") == std::round(at.at("n")) && at.at("n") >= 1.0 && at.at("n") <= 4.0));
      CHECK((at.at("solvent") == 0.0 || at.at("solvent") == 1.0));
      CHECK(std::ranges::find(told, at) == told.end());
      CHECK(std::ranges::find(running, at) == running.end());
      running.push_back(at);
      if (running.size() < 3) continue;
      told.push_back(running.front());
      if (i % 5 == 0)
        strategy->tell_failure(running.front(), kConditionsAtFault);
      else
        strategy->tell(running.front(), seen_y(round_bowl(running.front())));
      running.erase(running.begin());
    }
  }
}

TEST_CASE("strategies: asks follow from options and tells alone; another seed asks something else") {
  for (const std::string& name : strategy_names()) {
    CAPTURE(name);
    const std::vector<Variable> variables{real("a"), real("b")};
    const auto lived = make_strategy(name, search_problem(variables)),
               revived = make_strategy(name, search_problem(variables));
    const auto other = make_strategy(name, search_problem(variables, 6));
    for (int i = 0; i < 17; ++i) {
      const Conditions at = lived->ask({}).conditions;
      static_cast<void>(lived->ask({at}));
      for (Strategy* one : {lived.get(), revived.get(), other.get()}) {
        if (i == 7)
          one->tell_failure(at, kConditionsAtFault);
        else
          one->tell(at, seen_y(round_bowl(at)));
      }
    }
    CHECK(lived->ask({}).conditions == revived->ask({}).conditions);
    if (name != "composite" && name != "composite_plain" && name != "scalar_ei")
      CHECK(lived->ask({}).conditions != other->ask({}).conditions);
  }
}

TEST_CASE("strategies: of a pool what was told comes last, and an empty pool is refused") {
  for (const std::string& name : strategy_names()) {
    CAPTURE(name);
    const auto strategy = make_strategy(name, search_problem({real("a"), real("b")}));
    std::vector<Conditions> pool;
    for (int i = 0; i < 9; ++i) pool.push_back({{"a", 0.1 * i}, {"b", std::fmod(0.37 * i, 1.0)}});
    std::vector<bool> taken(pool.size(), false);
    for (std::size_t i = 0; i < pool.size(); ++i) {
      const std::size_t next = strategy->ask_from(pool);
      REQUIRE(next < pool.size());
      CHECK_FALSE(taken[next]);
      taken[next] = true;
      strategy->tell(pool[next], seen_y(round_bowl(pool[next])));
    }
    CHECK(strategy->ask_from(pool) < pool.size());
    CHECK_THROWS_AS(strategy->ask_from({}), std::invalid_argument);
  }
}

TEST_CASE("strategies: a discrete space that is used up and one without any freedom are still answered") {
  for (const std::string& name : strategy_names()) {
    CAPTURE(name);
    const auto two =
        make_strategy(name, search_problem({{"n", 1.0, 2.0, Scale::linear, VariableKind::integer, {}, ""}}));
    for (int i = 0; i < 5; ++i) {
      const Conditions at = two->ask({}).conditions;
      CHECK((at.at("n") == 1.0 || at.at("n") == 2.0));
      two->tell(at, seen_y(round_bowl(at)));
    }
    if (name == "composite" || name == "composite_plain" || name == "scalar_ei") continue;
    const auto fixed = make_strategy(name, search_problem({real("a", 0.4, 0.4)}));
    for (int i = 0; i < 3; ++i) {
      CHECK(fixed->ask({}).conditions == Conditions{{"a", 0.4}});
      fixed->tell({{"a", 0.4}}, seen_y(1.0));
    }
  }
}

TEST_CASE("strategies: a discrete space is gone through before anything is repeated") {
  for (const char* name : {"cma_es", "sobol", "random"}) {
    CAPTURE(name);
    const auto strategy =
        make_strategy(name, search_problem({{"n", 1.0, 8.0, Scale::linear, VariableKind::integer, {}, ""}}));
    std::vector<bool> seen_before(9, false);
    for (int i = 0; i < 8; ++i) {
      const Conditions at = strategy->ask({}).conditions;
      const auto n = static_cast<std::size_t>(at.at("n"));
      CHECK_FALSE(seen_before[n]);
      seen_before[n] = true;
      strategy->tell(at, seen_y(round_bowl(at)));
    }
  }
}

TEST_CASE("strategies: where nothing is feasible they say so") {
  for (const std::string& name : strategy_names()) {
    AskTell::Options options = search_problem({real("a")});
    options.feasible = [](const Conditions&) { return false; };
    CHECK_THROWS_AS(make_strategy(name, options)->ask({}), std::runtime_error);
  }
}

TEST_CASE("strategies: an unknown one is refused with those there are") {
  CHECK_THROWS_WITH_AS(make_strategy("best", search_problem({real("a")})),
                       "there is no optimizer 'best' (composite, composite_plain, scalar_ei, cma_es, sobol, "
                       "random)",
                       std::invalid_argument);
}

TEST_CASE("strategies: composite_plain is told nothing of the outputs before any data") {
  AskTell::Options options = search_problem({real("a"), real("b")});
  options.outputs[0].prior = {"", PriorMean::constant, 10.0, 2.0};
  options.initial_design = 0;
  std::vector<OutputPrior> priors;
  options.make_surrogate = [&](const SurrogateOptions& made) {
    priors = made.outputs;
    return make_fixed(made);
  };
  static_cast<void>(make_strategy("composite", options)->ask({}));
  CHECK(priors.at(0).level == 10.0);
  static_cast<void>(make_strategy("composite_plain", options)->ask({}));
  CHECK_FALSE(priors.at(0).level.has_value());
}

TEST_CASE("scalar_ei: finds the bottom of a bowl and predicts no output that it does not model") {
  const auto strategy = make_strategy("scalar_ei", search_problem({real("a"), real("b")}));
  Conditions at;
  for (int i = 0; i < 16; ++i) {
    const Suggestion next = strategy->ask({});
    CHECK(next.predicted.outputs.empty());
    at = next.conditions;
    strategy->tell(at, seen_y(round_bowl(at)));
  }
  CHECK(round_bowl(strategy->ask({}).conditions) < 0.02);
}

TEST_CASE("scalar loss: squared distance in tolerances and weights; without a value it is infinite") {
  AskTell::Options options = search_problem({real("a")});
  options.outputs.push_back({"z", OutputScale::plain, {}});
  options.goals = {{.output = 0, .kind = Goal::Kind::target, .target = 500.0, .tolerance = 2.0},
                   {.output = 1, .kind = Goal::Kind::minimize, .tolerance = 10.0, .weight = 3.0}};
  ScalarLoss loss{options};
  loss.add({{"y", {504.0, 0.1}}, {"z", {20.0, 0.1}}});
  loss.add({{"y", {504.0, 0.1}}});
  loss.add({});
  loss.add({{"y", {1e200, 0.1}}, {"z", {20.0, 0.1}}});
  const std::vector<double> losses = loss.losses();
  CHECK(losses[0] == doctest::Approx(4.0 + 6.0));
  CHECK(losses[1] == ScalarLoss::kNone);
  CHECK(losses[2] == ScalarLoss::kNone);
  CHECK(losses[3] == ScalarLoss::kNone);
}

TEST_CASE("scalar loss: a limit that is broken costs, and tolerances may come from the data") {
  AskTell::Options options = search_problem({real("a")});
  options.goals = {{.output = 0, .kind = Goal::Kind::minimize, .at_most = 5.0}};
  options.scales_from_data = true;
  ScalarLoss loss{options};
  loss.add(seen_y(2.0));
  loss.add(seen_y(4.0));
  CHECK(loss.losses()[1] - loss.losses()[0] == doctest::Approx(2.0).epsilon(0.01));  // spread 1
  loss.add(seen_y(12.0));
  CHECK(loss.losses()[1] - loss.losses()[0] < 1.0);
  CHECK(loss.losses()[2] - loss.losses()[1] > 10.0);
}

}  // namespace nocturne::test
