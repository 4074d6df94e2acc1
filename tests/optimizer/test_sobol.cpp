#include <doctest/doctest.h>

#include <cmath>

#include "optimizer/normal.hpp"
#include "optimizer/sobol.hpp"

namespace nocturne::test {

TEST_CASE("sobol: points fill the cube evenly and depend on the seed alone") {
  const Eigen::MatrixXd points = sobol_points(256, 5, 7);
  CHECK(points.minCoeff() > 0.0);
  CHECK(points.maxCoeff() < 1.0);
  for (Eigen::Index j = 0; j < 5; ++j) {
    // Every one of 16 equal bins of every dimension has its share: that is what a Sobol net promises.
    Eigen::VectorXi bins = Eigen::VectorXi::Zero(16);
    for (Eigen::Index i = 0; i < 256; ++i) ++bins(static_cast<Eigen::Index>(16.0 * points(i, j)));
    CHECK(bins.minCoeff() == 16);
    CHECK(bins.maxCoeff() == 16);
  }
  CHECK(points == sobol_points(256, 5, 7));
  CHECK(points != sobol_points(256, 5, 8));
  CHECK(sobol_points(10, 5, 7) == points.topRows(10));
  CHECK(sobol_points(4, 0, 7).cols() == 0);
}

TEST_CASE("sobol: normal numbers have mean 0 and variance 1") {
  const Eigen::MatrixXd numbers = sobol_normals(1024, 3, 1);
  for (Eigen::Index j = 0; j < 3; ++j) {
    CHECK(std::abs(numbers.col(j).mean()) < 0.02);
    CHECK(numbers.col(j).squaredNorm() / 1024.0 == doctest::Approx(1.0).epsilon(0.03));
  }
}

TEST_CASE("normal: the logarithm of the distribution function keeps its digits far into the tail") {
  CHECK(log_normal_cdf(0.0) == doctest::Approx(std::log(0.5)));
  CHECK(log_normal_cdf(-10.0) == doctest::Approx(-53.23128515051247).epsilon(1e-12));
  CHECK(log_normal_cdf(-40.0) == doctest::Approx(-804.6084420137538).epsilon(1e-12));
  CHECK(log_normal_cdf(-24.999999) == doctest::Approx(log_normal_cdf(-25.000001)).epsilon(1e-6));
}

TEST_CASE("normal: the probability of an interval and its slopes") {
  CHECK(std::exp(log_probability(0.0, 1.0, -kNinetyPercent, kNinetyPercent).value) == doctest::Approx(0.9));
  CHECK(std::exp(log_probability(2.0, 0.5, 1.5, 1.0 / 0.0).value) == doctest::Approx(0.8413447460685429));
  constexpr double step = 1e-6;
  for (const double mean : {-30.0, -2.0, 0.3, 5.0, 60.0}) {
    CAPTURE(mean);
    const auto at = log_probability(mean, 1.5, -1.0, 2.0);
    CHECK(std::isfinite(at.value));
    const double by_mean = (log_probability(mean + step, 1.5, -1.0, 2.0).value -
                            log_probability(mean - step, 1.5, -1.0, 2.0).value) /
                           (2.0 * step);
    const double by_deviation = (log_probability(mean, 1.5 + step, -1.0, 2.0).value -
                                 log_probability(mean, 1.5 - step, -1.0, 2.0).value) /
                                (2.0 * step);
    CHECK(at.mean_slope == doctest::Approx(by_mean).epsilon(1e-5));
    CHECK(at.standard_deviation_slope == doctest::Approx(by_deviation).epsilon(1e-5));
  }
}

}  // namespace nocturne::test
