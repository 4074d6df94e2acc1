#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>
#include <string>

#include "models/surrogate_library.hpp"
#include "optimizer/sobol.hpp"
#include "tests/models/surrogate/bromide_world.hpp"
#include "tests/support/surrogate_here.hpp"

namespace nocturne::test {
namespace {

constexpr double kNoise = 1e-3;   // eV
constexpr double kEvery = 0.4;    // h between experiments
constexpr double kRate = -0.004;  // eV/h: 0.8 nm/h to the red at 500 nm

double steady(double) { return 0.0; }
double steadily(double hours) { return kRate * hours; }

struct Night {
  int experiments = 28;
  int standard_every = 4;  ///< experiments; 0 = never
  double (*moved)(double hours) = steady;
  std::uint64_t seed = 1;

  TrainingData data() const {
    const Eigen::MatrixXd points = sobol_points(experiments, kDimensions, 3);
    TrainingData result{points,
                        Eigen::MatrixXd(experiments, 1),
                        Eigen::MatrixXd::Constant(experiments, 1, kNoise),
                        {},
                        Eigen::VectorXd(experiments)};
    std::mt19937_64 engine{seed};
    std::normal_distribution<double> noise{0.0, kNoise};
    for (int i = 0; i < experiments; ++i) {
      if (standard_every > 0 && i % standard_every == 0) result.points.row(i) = points.row(0);
      result.hours(i) = kEvery * i;
      result.values(i) = bromide_energy(result.points.row(i)) + moved(result.hours(i)) + noise(engine);
    }
    return result;
  }
  double now() const { return kEvery * (experiments - 1); }
};

std::unique_ptr<Surrogate> fitted(const TrainingData& data) {
  auto model = make_surrogate(bromide_options());
  model->fit(data);
  return model;
}

TrainingData without_hours(TrainingData data) {
  data.hours.resize(0);
  return data;
}

/// How the model's beliefs over the cube differ from what would be measured at the end of the night.
struct Misses {
  double mean = 0.0;        ///< eV
  double squared = 0.0;     ///< eV, root mean square
  double within_two = 0.0;  ///< share within two of the stated standard deviations
};

Misses misses(const Surrogate& model, double moved) {
  const Eigen::MatrixXd points = sobol_points(64, kDimensions, 9);
  const auto belief = model.marginals(points, {0});
  Misses result;
  for (Eigen::Index i = 0; i < points.rows(); ++i) {
    const double miss = belief.mean(i, 0) - bromide_energy(points.row(i)) - moved;
    result.mean += miss / 64.0;
    result.squared += miss * miss / 64.0;
    result.within_two += std::abs(miss) <= 2.0 * belief.standard_deviation(i, 0) ? 1.0 / 64.0 : 0.0;
  }
  result.squared = std::sqrt(result.squared);
  return result;
}

}  // namespace

TEST_CASE(
    "drift: told by standards, it is found, and predictions are of now; without hours they are biased") {
  if (skipped()) return;
  const Night night{.moved = steadily};
  const auto model = fitted(night.data());
  const auto drift = model->drift(0);
  REQUIRE(drift);
  CHECK_FALSE(drift->step);
  CHECK(drift->repeats == 7);
  CHECK(std::abs(drift->change.value - kRate) < 3.0 * drift->change.standard_error);
  CHECK(drift->change.standard_error < 0.1 * std::abs(kRate));
  const double moved = steadily(night.now());  // -0.043 eV
  const Misses known = misses(*model, moved), unknown = misses(*fitted(without_hours(night.data())), moved);
  CHECK(known.squared < 0.1 * std::abs(moved));
  CHECK(known.within_two >= 0.85);
  CHECK(std::abs(unknown.mean) > 0.3 * std::abs(moved));
  CHECK(unknown.mean * moved < 0.0);
  const auto lines = model->describe();
  CHECK(lines.back().find("drift by 7 repeats, in the unit of the model per hour = -0.00") !=
        std::string::npos);
}

TEST_CASE("drift: a step that standards show makes what was measured before it as good as it deserves") {
  if (skipped()) return;
  const Night night{.moved = [](double hours) { return hours > 5.0 ? -0.03 : 0.0; }};
  const auto model = fitted(night.data());
  const auto drift = model->drift(0);
  REQUIRE(drift);
  CHECK(drift->step);
  CHECK(drift->change.value == doctest::Approx(-0.03).epsilon(0.1));
  const Misses known = misses(*model, -0.03), unknown = misses(*fitted(without_hours(night.data())), -0.03);
  CHECK(known.squared < 0.5 * unknown.squared);
  CHECK(known.within_two >= 0.85);
}

TEST_CASE("drift: a drift that no standard shows is not believed in") {
  if (skipped()) return;
  CHECK_FALSE(fitted(Night{.standard_every = 0, .moved = steadily}.data())->drift(0));
  CHECK_FALSE(fitted(Night{.experiments = 8, .moved = steadily}.data())->drift(0));  // two measurements of it
}

TEST_CASE("drift: where standards say nothing, hours change no bit of any belief") {
  if (skipped()) return;
  for (const Night& night : {Night{}, Night{.standard_every = 0, .moved = steadily}}) {
    const auto with = fitted(night.data()), without = fitted(without_hours(night.data()));
    REQUIRE_FALSE(with->drift(0));
    const Eigen::MatrixXd points = sobol_points(16, kDimensions, 9);
    CHECK(with->posterior(points, 0).mean == without->posterior(points, 0).mean);
    CHECK(with->posterior(points, 0).covariance == without->posterior(points, 0).covariance);
    CHECK(with->marginals(points, {0}).mean_slope[0] == without->marginals(points, {0}).mean_slope[0]);
    CHECK(with->scatter(points, 0) == without->scatter(points, 0));
    CHECK(with->describe() == without->describe());
  }
}

TEST_CASE("drift: of 200 steady nights hardly any is told to drift") {
  if (skipped()) return;
  auto model = make_surrogate({{{"a", 0.0, 1.0, false}}, {{.name = "y"}}, 0});
  int alarms = 0;
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    std::mt19937_64 engine{seed};
    std::normal_distribution<double> noise{5.0, 1.0};
    TrainingData data{Eigen::MatrixXd::Constant(8, 1, 0.5),
                      Eigen::MatrixXd(8, 1),
                      Eigen::MatrixXd::Constant(8, 1, 0.1),
                      {},
                      Eigen::VectorXd::LinSpaced(8, 0.0, 12.0)};
    for (int i = 0; i < 8; ++i) data.values(i) = noise(engine);
    model->fit(data);
    alarms += model->drift(0) ? 1 : 0;
  }
  CHECK(alarms <= 6);  // 1 % are expected: more than 6 of 200 happens once in 200 times
}

TEST_CASE("drift: hours that are unknown, all the same or of other studies tell nothing") {
  if (skipped()) return;
  const Night night{.moved = steadily};
  TrainingData data = night.data();
  SUBCASE("unknown") { data.hours.setConstant(std::numeric_limits<double>::quiet_NaN()); }
  SUBCASE("all the same") { data.hours.setConstant(3.0); }
  SUBCASE("of an earlier night") { data.study = Eigen::VectorXi::Constant(data.points.rows(), -1); }
  const auto model = fitted(data);
  CHECK_FALSE(model->drift(0));
  CHECK(model->posterior(sobol_points(4, kDimensions, 9), 0).mean.allFinite());
}

TEST_CASE(
    "drift: a value without its hour counts as of now, and the rows' order does not matter to the test") {
  if (skipped()) return;
  const Night night{.moved = steadily};
  TrainingData data = night.data();
  const auto rows = data.points.rows();
  TrainingData reversed = data;
  reversed.points = data.points.colwise().reverse();
  reversed.values = data.values.colwise().reverse();
  reversed.hours = data.hours.reverse();
  const auto forwards = fitted(data)->drift(0), backwards = fitted(reversed)->drift(0);
  REQUIRE(forwards);
  REQUIRE(backwards);
  CHECK(forwards->change.value == doctest::Approx(backwards->change.value).epsilon(1e-9));
  data.hours(rows - 2) = std::numeric_limits<double>::quiet_NaN();
  CHECK(misses(*fitted(data), steadily(night.now())).squared < 0.1 * std::abs(steadily(night.now())));
  data.hours.resize(rows - 1);
  CHECK_THROWS_AS(fitted(data), std::invalid_argument);
}

TEST_CASE("drift: it is corrected for with more values than are learned from, and than are kept exactly") {
  if (skipped()) return;
  for (const int experiments : {400, 1040}) {
    CAPTURE(experiments);
    const Night night{.experiments = experiments, .standard_every = 5, .moved = [](double hours) {
                        return 0.1 * steadily(hours);
                      }};
    const double moved = 0.1 * steadily(night.now());
    const Misses known = misses(*fitted(night.data()), moved),
                 unknown = misses(*fitted(without_hours(night.data())), moved);
    CHECK(std::abs(unknown.mean) > 0.3 * std::abs(moved));
    CHECK(known.squared < 0.1 * std::abs(moved));
  }
}

TEST_CASE("drift: it and earlier studies are both accounted for") {
  if (skipped()) return;
  const Night night{.moved = steadily};
  TrainingData data = night.data();
  data.study = Eigen::VectorXi::Zero(data.points.rows());
  for (const int row : {1, 2, 3, 5, 6, 7}) {  // published, at unknown hours, all a little off
    data.study(row) = 1;
    data.hours(row) = std::numeric_limits<double>::quiet_NaN();
    data.values(row) = bromide_energy(data.points.row(row)) + 0.02;
  }
  const double moved = steadily(night.now());
  const Misses known = misses(*fitted(data), moved);
  CHECK(known.squared < 0.15 * std::abs(moved));
  CHECK(known.within_two >= 0.85);
}

}  // namespace nocturne::test
