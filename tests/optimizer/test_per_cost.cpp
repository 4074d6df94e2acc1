#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

#include "optimizer/ask_tell.hpp"
#include "optimizer/per_cost.hpp"
#include "optimizer/sobol.hpp"
#include "tests/optimizer/fixed_gaussian_process.hpp"
#include "tests/optimizer/real_variable.hpp"

namespace nocturne::test {
namespace {

AskTell::Options to_minimize(std::vector<Variable> variables, int initial_design) {
  AskTell::Options options;
  options.variables = std::move(variables);
  options.outputs = {{"y", OutputScale::plain, {}}};
  Goal goal;
  goal.kind = Goal::Kind::minimize;
  options.goals = {goal};
  options.scales_from_data = true;
  options.initial_design = initial_design;
  options.seed = 12;
  options.make_surrogate = make_fixed;
  return options;
}

/// exp(x) along the first variable.
class ExponentialSlope final : public Acquisition {
 public:
  Value operator()(const Eigen::MatrixXd& points) const override {
    Value result{points.col(0), Eigen::MatrixXd::Zero(points.rows(), points.cols())};
    result.slope.col(0).setOnes();
    return result;
  }
  std::string name() const override { return "slope"; }
};

double way(const std::optional<Conditions>& from, const Conditions& to) {
  return 1.0 + 3.0 * (from ? std::pow(to.at("temperature_C") - from->at("temperature_C"), 2) : 0.0);
}

}  // namespace

TEST_CASE("worth per cost: is worth less the logarithm of the cost, with its slopes") {
  const DecisionSpace space{{real("a", 0.0, 1.0), real("temperature_C", 0.0, 2.0)}};
  const ExponentialSlope slope;
  const Cost cost = way;
  const PerCost per_cost{slope, space, cost, Conditions{{"a", 0.0}, {"temperature_C", 1.0}}};
  const Eigen::MatrixXd points = sobol_points(6, 2, 3);
  const auto at = per_cost(points);
  CHECK(at.value == per_cost.values(points));
  for (Eigen::Index i = 0; i < points.rows(); ++i) {
    const double away = 2.0 * points(i, 1) - 1.0;
    CHECK(at.value(i) == doctest::Approx(points(i, 0) - std::log(1.0 + 3.0 * away * away)));
    CHECK(at.slope(i, 0) == doctest::Approx(1.0));
    CHECK(at.slope(i, 1) == doctest::Approx(-12.0 * away / (1.0 + 3.0 * away * away)).epsilon(1e-5));
  }
}

TEST_CASE("ask and tell: with a cost of the way it finds the same bottom on shorter ways") {
  const auto travelled = [](Cost cost) {
    AskTell::Options options = to_minimize({real("a", 0.0, 1.0), real("temperature_C", 0.0, 1.0)}, 3);
    options.cost = std::move(cost);
    AskTell engine{options};
    double least = 1.0, length = 0.0;
    std::optional<Conditions> last;
    for (int i = 0; i < 12; ++i) {
      const Conditions next = engine.ask({}).conditions;
      const double y = std::pow(next.at("a") - 0.3, 2) + std::pow(next.at("temperature_C") - 0.7, 2);
      engine.tell(next, {{"y", {y, 0.001}}});
      least = std::min(least, y);
      if (last) length += std::abs(next.at("temperature_C") - last->at("temperature_C"));
      last = next;
    }
    CHECK(least < 0.01);
    return length;
  };
  const double direct = travelled({});
  const double sparing = travelled([](const std::optional<Conditions>& from, const Conditions& to) {
    return 0.1 + (from ? std::abs(to.at("temperature_C") - from->at("temperature_C")) : 0.0);
  });
  CHECK(sparing < 0.8 * direct);
}

TEST_CASE("ask and tell: the way begins at the running experiment, or else at the last one told") {
  AskTell::Options options = to_minimize({real("a", 0.0, 1.0)}, 0);
  std::optional<Conditions> began;
  options.cost = [&](const std::optional<Conditions>& from, const Conditions&) {
    began = from;
    return 1.0;
  };
  AskTell engine{options};
  static_cast<void>(engine.ask({}));
  CHECK_FALSE(began);
  engine.tell({{"a", 0.25}}, {{"y", {1.0, 0.1}}});
  static_cast<void>(engine.ask({}));
  CHECK(began.value() == Conditions{{"a", 0.25}});
  static_cast<void>(engine.ask({{{"a", 0.5}}}));
  CHECK(began.value() == Conditions{{"a", 0.5}});
}

}  // namespace nocturne::test
