#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "optimizer/objective.hpp"

namespace nocturne::test {
namespace {

std::vector<ModelledOutput> outputs() {
  return {{"peak_nm", OutputScale::energy_of_nm, {}},
          {"fwhm_meV", OutputScale::plain, {}},
          {"intensity", OutputScale::logarithmic, {}}};
}

Goal goal(int output, Goal::Kind kind, double target, double tolerance) {
  Goal result;
  result.output = output;
  result.kind = kind;
  result.target = target;
  result.tolerance = tolerance;
  return result;
}

}  // namespace

TEST_CASE("modelled output: scales turn there and back, and standard errors follow") {
  const Estimate energy = to_model(OutputScale::energy_of_nm, Estimate{500.0, 1.0});
  CHECK(energy.value == doctest::Approx(2.479683968));
  CHECK(energy.standard_error == doctest::Approx(2.479683968 / 500.0));
  CHECK(from_model(OutputScale::energy_of_nm, energy.value) == doctest::Approx(500.0));
  CHECK(to_model(OutputScale::logarithmic, Estimate{100.0, 5.0}).standard_error == doctest::Approx(0.05));
  CHECK(std::isnan(to_model(OutputScale::logarithmic, 0.0)));
  const Interval interval = from_model(OutputScale::energy_of_nm, 2.5, 0.01);
  CHECK(interval.low < interval.value);
  CHECK(interval.value < interval.high);
}

TEST_CASE("objective: slopes agree with finite differences") {
  Goal width = goal(1, Goal::Kind::minimize, 0.0, 20.0);
  width.at_most = 110.0;
  Goal bright = goal(2, Goal::Kind::maximize, 0.0, 50.0);
  bright.at_least = 90.0;
  bright.weight = 0.3;
  const Objective objective{outputs(), {goal(0, Goal::Kind::target, 490.0, 1.0), width, bright}};
  const Eigen::Vector3d at{2.52, 108.0, 4.6};
  const auto value = objective(at);
  constexpr double step = 1e-6;
  for (Eigen::Index j = 0; j < 3; ++j) {
    Eigen::VectorXd up = at, down = at;
    up(j) += step;
    down(j) -= step;
    CHECK(value.utility_slope(j) ==
          doctest::Approx((objective(up).utility - objective(down).utility) / (2 * step)).epsilon(1e-5));
    CHECK(value.allowed_slope(j) ==
          doctest::Approx((objective(up).allowed - objective(down).allowed) / (2 * step)).epsilon(1e-5));
  }
}

TEST_CASE("objective: the worst of the goals decides, the others count a little, and slopes follow") {
  Goal dim = goal(2, Goal::Kind::maximize, 0.0, 50.0), wide = goal(1, Goal::Kind::minimize, 0.0, 20.0);
  const auto goals = weighed_anew({wide, dim}, {{}, {100.0, 80.0}, {50.0, 100.0, 75.0}}, 7);
  CHECK(goals[0].ideal == -4.0);
  CHECK(goals[1].ideal == 2.0);
  CHECK(goals[0].weight != goals[1].weight);
  wide.ideal = -4.0;
  dim.ideal = 2.0;
  const Objective worst{outputs(), {wide, dim}, Combination::worst};
  const Objective sum{outputs(), {wide, dim}};
  for (const auto& [width, intensity] : {std::pair{100.0, 90.0}, {81.0, 60.0}}) {
    const Eigen::Vector2d at{width, std::log(intensity)};
    const double shortfall = std::min(-width / 20.0 + 4.0, intensity / 50.0 - 2.0);
    CHECK(worst(at).utility == doctest::Approx(shortfall + 0.05 * sum(at).utility));
    constexpr double step = 1e-6;
    for (Eigen::Index j = 0; j < 2; ++j) {
      Eigen::VectorXd up = at, down = at;
      up(j) += step;
      down(j) -= step;
      CHECK(worst(at).utility_slope(j) ==
            doctest::Approx((worst(up).utility - worst(down).utility) / (2.0 * step)).epsilon(1e-6));
    }
  }
}

TEST_CASE("objective: the probability of meeting target and limit is the product of both") {
  Goal width = goal(1, Goal::Kind::limits_only, 0.0, 10.0);
  width.at_most = 100.0;
  const Objective objective{outputs(), {goal(0, Goal::Kind::target, 500.0, 1.0), width}};
  CHECK(objective.outputs() == std::vector<int>{0, 1});
  const double energy = 1239.841984 / 500.0, one_nm = energy / 500.0;
  const auto probability =
      objective.log_probability(Eigen::Vector2d{energy, 100.0}, Eigen::Vector2d{one_nm, 7.0});
  CHECK(std::exp(probability.value) == doctest::Approx(0.6826895 * 0.5).epsilon(1e-4));
  CHECK(objective.satisfied() == doctest::Approx(-0.25));
}

TEST_CASE("objective: limits outside physics are impossible or free, not a crash") {
  Goal peak = goal(0, Goal::Kind::limits_only, 0.0, 1.0);
  SUBCASE("a wavelength of at least -5 nm is always met") {
    peak.at_least = -5.0;
    CHECK(Objective(outputs(), {peak})
              .log_probability(Eigen::VectorXd::Constant(1, 2.5), Eigen::VectorXd::Constant(1, 0.1))
              .value == doctest::Approx(0.0));
  }
  SUBCASE("a target of -500 nm cannot be met") {
    peak.kind = Goal::Kind::target;
    peak.target = -500.0;
    CHECK(Objective(outputs(), {peak})
              .log_probability(Eigen::VectorXd::Constant(1, 2.5), Eigen::VectorXd::Constant(1, 0.1))
              .value < -100.0);
  }
}

TEST_CASE("objective: refuses goals that make no sense") {
  CHECK_THROWS_AS(Objective(outputs(), {}), std::invalid_argument);
  CHECK_THROWS_AS(Objective(outputs(), {goal(3, Goal::Kind::minimize, 0.0, 1.0)}), std::invalid_argument);
  CHECK_THROWS_AS(Objective(outputs(), {goal(0, Goal::Kind::minimize, 0.0, 0.0)}), std::invalid_argument);
}

}  // namespace nocturne::test
