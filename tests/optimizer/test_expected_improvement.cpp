#include <doctest/doctest.h>

#include <cmath>
#include <numbers>

#include "optimizer/expected_improvement.hpp"
#include "optimizer/sobol.hpp"
#include "optimizer/target_probability.hpp"
#include "tests/optimizer/fixed_gaussian_process.hpp"

namespace nocturne::test {
namespace {

Objective maximizing() {
  Goal goal;
  goal.kind = Goal::Kind::maximize;
  return {{{"y", OutputScale::plain, {}}}, {goal}};
}

Objective aiming_at(double target) {
  Goal goal;
  goal.kind = Goal::Kind::target;
  goal.target = target;
  goal.tolerance = 0.2;
  return {{{"y", OutputScale::plain, {}}}, {goal}};
}

double expected_improvement(double mean, double deviation, double best) {
  const double z = (mean - best) / deviation;
  const double density = std::exp(-0.5 * z * z) / std::sqrt(2.0 * std::numbers::pi);
  return deviation * (density + z * 0.5 * std::erfc(-z / std::numbers::sqrt2));
}

FixedGaussianProcess fitted() {
  FixedGaussianProcess model{
      {{}, {{"y", PriorMean::constant, {}, {}}, {"success", PriorMean::constant, {}, {}}}, 0}};
  const Eigen::MatrixXd points = sobol_points(9, 2, 4);
  Eigen::MatrixXd values(9, 2);
  for (Eigen::Index i = 0; i < 9; ++i)
    values.row(i) << std::sin(4.0 * points(i, 0)) + points(i, 1), points(i, 0) < 0.6 ? 1.0 : -1.0;
  model.fit({points, values, Eigen::MatrixXd::Zero(9, 2)});
  return model;
}

void check_slopes(const Acquisition& acquisition) {
  const Eigen::MatrixXd points = sobol_points(8, 2, 17);
  const auto at = acquisition(points);
  constexpr double step = 1e-6;
  for (Eigen::Index j = 0; j < 2; ++j) {
    Eigen::MatrixXd up = points, down = points;
    up.col(j).array() += step;
    down.col(j).array() -= step;
    const Eigen::VectorXd slope = (acquisition(up).value - acquisition(down).value) / (2.0 * step);
    for (Eigen::Index i = 0; i < points.rows(); ++i)
      CHECK(at.slope(i, j) == doctest::Approx(slope(i)).epsilon(1e-4).scale(1e-2));
  }
}

}  // namespace

TEST_CASE("expected improvement: agrees with the closed form on a canned posterior") {
  for (const double best : {-1.0, 0.5, 1.5}) {
    CAPTURE(best);
    const CannedSurrogate model{Eigen::RowVectorXd::Constant(1, 0.4), Eigen::RowVectorXd::Constant(1, 0.7)};
    const Objective objective = maximizing();
    const LogExpectedImprovement acquisition{model, objective, Eigen::MatrixXd(0, 2), best, 4096, 1};
    const double found = std::exp(acquisition(Eigen::MatrixXd::Zero(1, 2)).value(0));
    CHECK(found == doctest::Approx(expected_improvement(0.4, 0.7, best)).epsilon(0.02));
  }
}

TEST_CASE("expected improvement: where none is expected, less hopeless is still better") {
  const Objective objective = maximizing();
  double last = 0.0;
  for (const double mean : {-5.0, -50.0, -500.0}) {
    const CannedSurrogate model{Eigen::RowVectorXd::Constant(1, mean), Eigen::RowVectorXd::Constant(1, 0.01)};
    const double value = LogExpectedImprovement{model, objective, Eigen::MatrixXd(0, 2), 0.0, 64, 1}(
                             Eigen::MatrixXd::Zero(1, 2))
                             .value(0);
    CHECK(std::isfinite(value));
    CHECK(value < last);
    last = value;
  }
}

TEST_CASE(
    "expected improvement: a place that was asked, or is being asked, gains nothing by being asked again") {
  const FixedGaussianProcess model = fitted();
  const Objective objective = maximizing();
  Eigen::MatrixXd places(2, 2);
  places << 0.35, 0.9, 0.9, 0.1;
  const LogExpectedImprovement none{model, objective, Eigen::MatrixXd(0, 2), 0.5, 256, 2};
  const LogExpectedImprovement asked{model, objective, places.topRows(1), 0.5, 256, 2};
  CHECK(none.values(places)(0) > -2.0);
  CHECK(asked.values(places)(0) < none.values(places)(0) - 3.0);
}

TEST_CASE("expected improvement: values alone are those that come with the slopes") {
  const FixedGaussianProcess model = fitted();
  const Objective objective = aiming_at(0.7);
  const LogExpectedImprovement acquisition{model, objective, sobol_points(4, 2, 9), std::nullopt, 64, 3};
  const Eigen::MatrixXd points = sobol_points(5, 2, 8);
  CHECK(acquisition.values(points) == acquisition(points).value);
}

TEST_CASE("acquisitions: slopes agree with finite differences") {
  const FixedGaussianProcess model = fitted();
  SUBCASE("expected improvement of a maximum") {
    const Objective objective = maximizing();
    check_slopes(LogExpectedImprovement{model, objective, Eigen::MatrixXd(0, 2), 0.8, 64, 3});
  }
  SUBCASE("expected improvement towards a target") {
    const Objective objective = aiming_at(0.7);
    check_slopes(LogExpectedImprovement{model, objective, sobol_points(3, 2, 9), std::nullopt, 64, 3});
  }
  SUBCASE("probability of a target") {
    const Objective objective = aiming_at(0.7);
    check_slopes(TargetProbability{model, objective});
  }
  SUBCASE("probability of success, times another") {
    const Objective objective = aiming_at(0.7);
    const TargetProbability target{model, objective};
    const SuccessProbability success{model, 1};
    check_slopes(BothOf{target, success});
  }
  SUBCASE("utility of the mean") {
    const Objective objective = aiming_at(0.7);
    check_slopes(MeanUtility{model, objective});
  }
}

TEST_CASE("probability of success: what was seen to fail is avoided") {
  const FixedGaussianProcess model = fitted();
  const SuccessProbability success{model, 1};
  Eigen::MatrixXd points(2, 2);
  points << 0.2, 0.5, 0.9, 0.5;
  const auto value = success(points).value;
  CHECK(std::exp(value(0)) > 0.8);
  CHECK(std::exp(value(1)) < 0.2);
}

}  // namespace nocturne::test
