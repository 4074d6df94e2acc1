#include <doctest/doctest.h>

#include <cmath>
#include <stdexcept>

#include "optimizer/reachability.hpp"
#include "optimizer/sobol.hpp"
#include "tests/optimizer/fixed_gaussian_process.hpp"
#include "tests/optimizer/real_variable.hpp"

namespace nocturne::test {
namespace {

Goal target(double value, double tolerance = 0.01) {
  Goal goal;
  goal.kind = Goal::Kind::target;
  goal.target = value;
  goal.tolerance = tolerance;
  return goal;
}

Goal limit(int output, double at_most) {
  Goal goal;
  goal.output = output;
  goal.at_most = at_most;
  return goal;
}

/// Experiments on the whole unit square told that y rises with a from 0 to 1, the width with it from 1 to 3,
/// and that there is no product where a is above `fails_from`.
struct SlopedWorld {
  DecisionSpace space{{real("a"), real("b")}};
  std::vector<ModelledOutput> outputs{{"y", OutputScale::plain, {}}, {"width", OutputScale::plain, {}}};
  FixedGaussianProcess surrogate{options()};
  Feasible feasible;
  bool failures = false;

  static SurrogateOptions options() {
    SurrogateOptions result;
    result.outputs = {{"y"}, {"width"}, {"success"}};
    return result;
  }

  explicit SlopedWorld(int told = 40, double fails_from = 2.0) : failures{fails_from < 1.0} {
    TrainingData data{sobol_points(told, 2, 3), Eigen::MatrixXd(told, 3),
                      Eigen::MatrixXd::Constant(told, 3, 1e-3)};
    for (int i = 0; i < told; ++i) {
      const double a = data.points(i, 0);
      data.values.row(i) << a, 1.0 + 2.0 * a, a > fails_from ? -1.0 : 1.0;
    }
    surrogate.fit(data);
  }

  double probability(const std::vector<Goal>& goals, bool with_failures = true) const {
    const Reachability reach{surrogate,
                             outputs,
                             {0, 1},
                             failures ? std::optional{2} : std::nullopt,
                             space,
                             feasible,
                             Eigen::MatrixXd(0, 2),
                             7};
    return reach.probability(goals, with_failures);
  }
};

}  // namespace

TEST_CASE("reachability: certain of what was passed on the way, and that far beyond it there is nothing") {
  const SlopedWorld slope;
  for (const double within : {0.05, 0.3, 0.5123, 0.95}) CHECK(slope.probability({target(within)}) > 0.99);
  CHECK(slope.probability({target(0.5, 1e-9)}) > 0.99);
  for (const double beyond : {-0.6, 1.6, 40.0}) CHECK(slope.probability({target(beyond)}) < 0.01);
}

TEST_CASE("reachability: little told, little known") {
  const SlopedWorld slope{3};
  const double beyond = slope.probability({target(1.1)});
  CHECK(beyond > 0.02);
  CHECK(beyond < 0.98);
}

TEST_CASE("reachability: a limit or failures stand in the way of what is there without them") {
  const SlopedWorld slope;
  CHECK(slope.probability({target(0.8), limit(1, 3.0)}) > 0.99);
  CHECK(slope.probability({target(0.8), limit(1, 1.8)}) < 0.05);
  CHECK(slope.probability({limit(1, 1.8)}) > 0.99);
  CHECK(slope.probability({limit(1, 0.2)}) < 0.05);
  const SlopedWorld failing{40, 0.5};
  CHECK(failing.probability({target(0.3)}) > 0.95);
  CHECK(failing.probability({target(0.95)}) < 0.3);
  CHECK(failing.probability({target(0.95)}, false) > 0.95);
}

TEST_CASE("reachability: only allowed conditions count, and there must be some") {
  SlopedWorld slope;
  slope.feasible = [](const Conditions& c) { return c.at("a") <= 0.4; };
  CHECK(slope.probability({target(0.3)}) > 0.99);
  CHECK(slope.probability({target(0.8)}) < 0.01);
  slope.feasible = [](const Conditions&) { return false; };
  CHECK_THROWS_AS(slope.probability({target(0.3)}), std::runtime_error);
}

TEST_CASE("reachability: between two choices there is nothing") {
  SlopedWorld slope;
  const auto told_of = [&](Variable either) {
    slope.space = DecisionSpace{{either}};
    const int dimensions = slope.space.dimensions();
    TrainingData data{Eigen::MatrixXd(2, dimensions), Eigen::MatrixXd(2, 3),
                      Eigen::MatrixXd::Constant(2, 3, 1e-3)};
    for (int i = 0; i < 2; ++i) {
      data.points.row(i) = slope.space.to_unit({{either.name, static_cast<double>(i)}});
      data.values.row(i).setConstant(i);
    }
    slope.surrogate.fit(data);
    return Reachability{slope.surrogate,
                        slope.outputs,
                        {0},
                        std::nullopt,
                        slope.space,
                        {},
                        Eigen::MatrixXd(0, dimensions),
                        7};
  };
  CHECK(told_of({"ligand", 0.0, 1.0, Scale::linear, VariableKind::categorical, {"x", "z"}, ""})
            .probability({target(0.5)}) < 0.01);
  CHECK(
      told_of({"count", 0.0, 1.0, Scale::linear, VariableKind::integer, {}, ""}).probability({target(0.5)}) <
      0.01);
  CHECK(told_of(real("a")).probability({target(0.5)}) > 0.99);
}

TEST_CASE("reachability: two targets must be met at one place") {
  const SlopedWorld slope;
  Goal width = target(1.6, 0.1);
  width.output = 1;
  CHECK(slope.probability({target(0.3, 0.05), width}) > 0.9);
  CHECK(slope.probability({target(0.7, 0.05), width}) < 0.01);
}

}  // namespace nocturne::test
