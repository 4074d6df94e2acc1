#include <doctest/doctest.h>

#include <Eigen/Cholesky>
#include <cmath>
#include <limits>
#include <random>

#include "models/sizing.hpp"
#include "models/surrogate_library.hpp"
#include "optimizer/sobol.hpp"
#include "tests/support/cspbbr3_curve.hpp"
#include "tests/support/surrogate_here.hpp"

namespace nocturne::test {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

SurrogateOptions options() {
  SurrogateOptions result;
  result.inputs = {{"br_pb", 3.2, 12.0, true},
                   {"amine_pb", 0.5, 6.0, true},
                   {"temperature_C", 70.0, 180.0, false},
                   {"residence_time_s", 40.0, 240.0, true}};
  result.outputs = {
      {.name = "peak", .mean = PriorMean::bromide_equilibrium, .sizing = *sizing_curve(cspbbr3_curve())},
      {.name = "width", .level = 100.0, .spread = 30.0},
      {.name = "yield", .mean = PriorMean::linear}};
  return result;
}

double energy(const Eigen::RowVectorXd& x) {
  return 2.5 + 0.10 * x(0) - 0.06 * x(2) + 0.02 * std::sin(3.0 * x(1));
}

TrainingData measured(int count) {
  TrainingData data{sobol_points(count, 4, 3), Eigen::MatrixXd(count, 3),
                    Eigen::MatrixXd::Constant(count, 3, 1e-3)};
  const Eigen::MatrixXd noise = sobol_normals(count, 3, 8);
  for (Eigen::Index i = 0; i < count; ++i) {
    const Eigen::RowVectorXd x = data.points.row(i);
    data.values.row(i) << energy(x) + 0.002 * noise(i, 0), 100.0 + 10.0 * x(0) * x(2) + noise(i, 1),
        3.0 * x(1) - x(3) + 0.05 * noise(i, 2);
  }
  return data;
}

TrainingData none() { return {Eigen::MatrixXd(0, 4), Eigen::MatrixXd(0, 3), Eigen::MatrixXd(0, 3)}; }

}  // namespace

TEST_CASE("surrogate: slopes of the marginals agree with finite differences") {
  if (skipped()) return;
  const auto model = make_surrogate(options());
  for (const int count : {0, 1, 3, 25}) {
    CAPTURE(count);
    model->fit(measured(count));
    const Eigen::MatrixXd points = sobol_points(6, 4, 11);
    const auto at = model->marginals(points, {2, 0, 1});
    constexpr double step = 1e-5;
    for (Eigen::Index j = 0; j < 4; ++j) {
      Eigen::MatrixXd up = points, down = points;
      up.col(j).array() += step;
      down.col(j).array() -= step;
      const auto above = model->marginals(up, {2, 0, 1}), below = model->marginals(down, {2, 0, 1});
      for (std::size_t output = 0; output < 3; ++output) {
        const auto column = static_cast<Eigen::Index>(output);
        for (Eigen::Index i = 0; i < points.rows(); ++i) {
          const double mean = (above.mean(i, column) - below.mean(i, column)) / (2.0 * step);
          const double deviation =
              (above.standard_deviation(i, column) - below.standard_deviation(i, column)) / (2.0 * step);
          CHECK(at.mean_slope[output](i, j) == doctest::Approx(mean).epsilon(1e-5).scale(1e-3));
          CHECK(at.standard_deviation_slope[output](i, j) ==
                doctest::Approx(deviation).epsilon(1e-5).scale(1e-3));
        }
      }
    }
  }
}

TEST_CASE("surrogate: marginals are the diagonal of the posterior") {
  if (skipped()) return;
  const auto model = make_surrogate(options());
  model->fit(measured(20));
  const Eigen::MatrixXd asked = sobol_points(5, 4, 21);
  for (const int output : {0, 1, 2}) {
    CAPTURE(output);
    const Posterior joint = model->posterior(asked, output);
    const auto marginals = model->marginals(asked, {output});
    const double scale = joint.covariance.diagonal().maxCoeff();
    CHECK((marginals.mean.col(0) - joint.mean).cwiseAbs().maxCoeff() <=
          1e-8 * (1.0 + joint.mean.cwiseAbs().maxCoeff()));
    CHECK((marginals.standard_deviation.col(0).array().square() - joint.covariance.diagonal().array())
              .abs()
              .maxCoeff() <= 1e-8 * scale);
  }
}

TEST_CASE("surrogate: before any data the emission follows the published signs") {
  if (skipped()) return;
  const auto model = make_surrogate(options());
  model->fit(none());
  const Eigen::RowVectorXd middle = Eigen::RowVectorXd::Constant(4, 0.5);
  const auto at = model->marginals(middle, {0});
  CHECK(at.mean_slope[0](0, 0) > 0.0);  // more bromide: bluer
  CHECK(at.mean_slope[0](0, 2) < 0.0);  // hotter: redder
  CHECK(1239.841984 / at.mean(0, 0) > 440.0);
  CHECK(1239.841984 / at.mean(0, 0) < 530.0);
  CHECK(at.standard_deviation(0, 0) > 0.02);  // and the constants are far from known
}

TEST_CASE("surrogate: learns a field that the physics misses") {
  if (skipped()) return;
  const auto model = make_surrogate(options());
  model->fit(measured(60));
  const Eigen::MatrixXd points = sobol_points(200, 4, 99);
  const auto at = model->marginals(points, {0});
  double squares = 0.0, inside = 0.0;
  for (Eigen::Index i = 0; i < points.rows(); ++i) {
    const double error = at.mean(i, 0) - energy(points.row(i));
    squares += error * error;
    inside += std::abs(error) <= 1.645 * at.standard_deviation(i, 0) ? 1.0 : 0.0;
  }
  CHECK(std::sqrt(squares / 200.0) < 0.003);
  CHECK(inside / 200.0 > 0.75);
  CHECK(model->scatter(points, 0).mean() == doctest::Approx(0.002).epsilon(0.6));
}

TEST_CASE("surrogate: the same data give the same belief, bit for bit, whatever was fitted before") {
  if (skipped()) return;
  const auto one = make_surrogate(options()), other = make_surrogate(options());
  other->fit(measured(7));
  one->fit(measured(12));
  other->fit(measured(12));
  const Eigen::MatrixXd points = sobol_points(9, 4, 5);
  const auto a = one->marginals(points, {0, 1, 2}), b = other->marginals(points, {0, 1, 2});
  CHECK(a.mean == b.mean);
  CHECK(a.standard_deviation == b.standard_deviation);
  const std::vector<Eigen::MatrixXd> normals{sobol_normals(10, 7, 4)};
  CHECK(one->joint_draws(points, {0}, normals)->at_anchors(0) ==
        other->joint_draws(points, {0}, normals)->at_anchors(0));
  CHECK(one->describe() == other->describe());
}

TEST_CASE(
    "surrogate: joint draws have the posterior's mean and covariance, between anchors and to any point") {
  if (skipped()) return;
  const auto model = make_surrogate(options());
  model->fit(measured(10));
  const Eigen::MatrixXd points = sobol_points(3, 4, 5);
  const auto draws = model->joint_draws(points.topRows(2), {1}, {sobol_normals(16384, 3, 1).transpose()});
  Eigen::MatrixXd all(3, 16384);
  all << draws->at_anchors(0), draws->at(points.bottomRows(1), 0);
  const Posterior belief = model->posterior(points, 1);
  const Eigen::VectorXd mean = all.rowwise().mean();
  const Eigen::MatrixXd centered = all.colwise() - mean;
  const Eigen::MatrixXd covariance = centered * centered.transpose() / 16383.0;
  const double scale = belief.covariance.diagonal().maxCoeff();
  CHECK((mean - belief.mean).cwiseAbs().maxCoeff() < 0.01 * std::sqrt(scale));
  CHECK((covariance - belief.covariance).cwiseAbs().maxCoeff() < 0.02 * scale);
}

TEST_CASE("surrogate: slopes of joint draws agree with finite differences") {
  if (skipped()) return;
  SurrogateOptions with_rival = options();
  with_rival.outputs[0].rivals = {
      {.name = "no physics", .mean = PriorMean::linear, .level = 2.5, .spread = 0.08}};
  const auto model = make_surrogate(with_rival);
  for (const int count : {0, 2, 25}) {
    CAPTURE(count);
    model->fit(measured(count));
    const Eigen::MatrixXd points = sobol_points(4, 4, 11), weights = sobol_normals(4, 6, 3);
    const auto draws =
        model->joint_draws(sobol_points(3, 4, 12), {0, 2},
                           {sobol_normals(6, 4, 5).transpose(), sobol_normals(6, 4, 6).transpose()});
    constexpr double step = 1e-5;
    for (const std::size_t output : {std::size_t{0}, std::size_t{1}}) {
      const Eigen::MatrixXd slopes = draws->slopes(points, weights, output);
      for (Eigen::Index j = 0; j < 4; ++j) {
        Eigen::MatrixXd up = points, down = points;
        up.col(j).array() += step;
        down.col(j).array() -= step;
        const Eigen::MatrixXd change = (draws->at(up, output) - draws->at(down, output)) / (2.0 * step);
        for (Eigen::Index i = 0; i < points.rows(); ++i)
          CHECK(slopes(i, j) == doctest::Approx(change.row(i).dot(weights.row(i))).epsilon(1e-5).scale(1e-3));
      }
    }
  }
}

TEST_CASE("surrogate: rival pictures and outliers are told apart from three values as from three hundred") {
  if (skipped()) return;
  SurrogateOptions pictures = options();
  pictures.outputs.resize(1);
  pictures.outputs[0].rivals = {
      {.name = "no physics", .mean = PriorMean::linear, .level = 2.0, .spread = 0.3}};
  for (const int count : {24, 300}) {
    CAPTURE(count);
    TrainingData data = measured(count);
    data.values = Eigen::MatrixXd{data.values.leftCols(1)};
    data.standard_errors = Eigen::MatrixXd{data.standard_errors.leftCols(1)};
    // The physics knows no such emitter.
    for (int i = 0; i < count; ++i) data.values(i) = 1.8 - 0.2 * data.points(i, 1) + 0.1 * data.points(i, 3);
    std::mt19937 engine{3};
    for (int i = 0; i < count; ++i)
      if (engine() % 12 == 0) data.values(i) += 0.6;
    const auto model = make_surrogate(pictures);
    model->fit(data);
    const Eigen::MatrixXd points = sobol_points(20, 4, 21);
    const auto at = model->marginals(points, {0});
    double miss = 0.0;
    for (Eigen::Index i = 0; i < points.rows(); ++i)
      miss = std::max(miss, std::abs(at.mean(i, 0) - (1.8 - 0.2 * points(i, 1) + 0.1 * points(i, 3))));
    CHECK(miss < 0.05);
    CHECK(model->describe().front().find("no physics") != std::string::npos);
  }
}

TEST_CASE("surrogate: survives duplicates, gaps, constants and single points") {
  if (skipped()) return;
  const auto model = make_surrogate(options());
  TrainingData data = measured(8);
  SUBCASE("every point twice, without standard errors") {
    data.points.bottomRows(4) = data.points.topRows(4);
    data.standard_errors.setZero();
  }
  SUBCASE("all points the same") { data.points.rowwise() = data.points.row(0).eval(); }
  SUBCASE("one output never measured") { data.values.col(1).setConstant(kNaN); }
  SUBCASE("no output ever measured") { data.values.setConstant(kNaN); }
  SUBCASE("constant outputs") {
    data.values.col(0).setConstant(2.5);
    data.values.col(1).setConstant(0.0);
    data.values.col(2).setConstant(0.0);
  }
  SUBCASE("values of very different size") { data.values.col(2) *= 1e9; }
  SUBCASE("an energy far outside the physics") { data.values(3, 0) = 40.0; }
  SUBCASE("standard errors that are not numbers") { data.standard_errors.setConstant(kNaN); }
  model->fit(data);
  const auto at = model->marginals(sobol_points(20, 4, 2), {0, 1, 2});
  CHECK(at.mean.allFinite());
  CHECK(at.standard_deviation.allFinite());
  CHECK(at.standard_deviation.minCoeff() > 0.0);
  for (const auto& slope : at.mean_slope) CHECK(slope.allFinite());
  for (const auto& slope : at.standard_deviation_slope) CHECK(slope.allFinite());
}

TEST_CASE("surrogate: refuses data of another shape") {
  if (skipped()) return;
  const auto model = make_surrogate(options());
  CHECK_THROWS_AS(model->fit({Eigen::MatrixXd(2, 3), Eigen::MatrixXd(2, 3), Eigen::MatrixXd(2, 3)}),
                  std::invalid_argument);
  CHECK_THROWS_AS(make_surrogate(SurrogateOptions{}), std::invalid_argument);
}

TEST_CASE("surrogate: works without any dimension left") {
  if (skipped()) return;
  SurrogateOptions fixed;
  fixed.outputs = {{"y", PriorMean::constant, std::nullopt, std::nullopt}};
  const auto model = make_surrogate(fixed);
  model->fit({Eigen::MatrixXd(3, 0), Eigen::Vector3d{1.0, 1.2, 0.8}, Eigen::Vector3d::Constant(0.01)});
  CHECK(model->marginals(Eigen::MatrixXd(1, 0), {0}).mean(0, 0) == doctest::Approx(1.0).epsilon(0.1));
}

TEST_CASE("surrogate: a build without it says so") {
  if (surrogate_available()) return;
  CHECK_THROWS_WITH(make_surrogate(options()), doctest::Contains("NOCTURNE_TORCH"));
}

}  // namespace nocturne::test
