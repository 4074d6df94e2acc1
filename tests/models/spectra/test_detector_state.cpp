#include <doctest/doctest.h>

#include <cmath>
#include <numbers>
#include <numeric>
#include <random>
#include <stdexcept>

#include "models/spectra/detector_state.hpp"
#include "synthetic.hpp"

namespace nocturne::test {
namespace {

/// A dark with an offset, dark current and noise.
Frame dark_of(double exposure_s, int scans, std::uint64_t seed) {
  const Detector d = detector();
  std::mt19937_64 engine{seed};
  std::normal_distribution<double> normal{0.0, d.read_noise_counts / std::sqrt(scans)};
  Frame frame;
  frame.exposure_s = exposure_s;
  frame.scans = scans;
  frame.counts.resize(d.wavelength_nm.size());
  for (Eigen::Index i = 0; i < frame.counts.size(); ++i)
    frame.counts[i] =
        1500.0 + 200.0 * exposure_s * (1.0 + 0.3 * std::sin(0.1 * static_cast<double>(i))) + normal(engine);
  return frame;
}

double true_dark(double exposure_s, Eigen::Index i) {
  return 1500.0 + 200.0 * exposure_s * (1.0 + 0.3 * std::sin(0.1 * static_cast<double>(i)));
}

TEST_CASE("dark: one of another exposure comes from two, with the noise that its scans say") {
  const Detector d = detector();
  const Frame dark = dark_at({dark_of(0.1, 20, 1), dark_of(1.0, 20, 2)}, 0.4, d);
  CHECK(dark.exposure_s == 0.4);
  double mean = 0.0, squares = 0.0;
  const auto n = static_cast<double>(dark.counts.size());
  for (Eigen::Index i = 0; i < dark.counts.size(); ++i) {
    const double z = (dark.counts[i] - true_dark(0.4, i)) / (d.read_noise_counts / std::sqrt(dark.scans));
    mean += z / n;
    squares += z * z / n;
  }
  CHECK(std::abs(mean) < 0.1);
  CHECK(std::sqrt(squares) == doctest::Approx(1.0).epsilon(0.1));
}

TEST_CASE("dark: equal exposures are averaged, far ones refused, light refused") {
  const Detector d = detector();
  CHECK(dark_at({dark_of(0.3, 5, 1), dark_of(0.3, 15, 2)}, 0.3, d).scans == 20);
  const Frame beyond = dark_at({dark_of(0.1, 9, 1), dark_of(1.0, 9, 2), dark_of(1.0, 9, 3)}, 1.05, d);
  CHECK(beyond.counts.mean() == doctest::Approx(1710.0).epsilon(0.001));
  CHECK_THROWS_AS(dark_at({dark_of(0.1, 5, 1), dark_of(0.2, 5, 2)}, 1.0, d), std::invalid_argument);
  CHECK_THROWS_AS(dark_at({dark_of(0.1, 5, 1)}, 0.2, d), std::invalid_argument);
  CHECK_THROWS_AS(dark_at({}, 0.2, d), std::invalid_argument);
  Frame lit = dark_of(0.3, 5, 1);
  lit.led_on = true;
  CHECK_THROWS_AS(dark_at({lit}, 0.3, d), std::invalid_argument);
  Frame cut = dark_of(0.3, 5, 1);
  cut.counts.conservativeResize(100);
  CHECK_THROWS_AS(dark_at({cut}, 0.3, d), std::invalid_argument);
}

TEST_CASE("dark current: from the shortest and the longest dark; nothing is known from one exposure") {
  CHECK(dark_current({dark_of(1.0, 20, 1), dark_of(0.1, 20, 2)}) == doctest::Approx(200.0).epsilon(0.05));
  CHECK(dark_current({dark_of(0.3, 5, 1), dark_of(0.3, 5, 2)}) == 0.0);
  CHECK(dark_current({}) == 0.0);
}

using Pixels = std::vector<Eigen::Index>;

TEST_CASE(
    "bad pixels: stuck bits, hot, full, dead and unlit pixels are found in any dark, and nothing else") {
  const Detector d = detector();
  Frame dark = dark_of(0.3, 9, 4), other = dark_of(1.0, 9, 5);
  CHECK(bad_pixels({dark, other}, d).empty());
  dark.counts[700] += 16384.0;                    // a stuck bit
  dark.counts.segment(1200, 3).array() += 300.0;  // neighbours hide each other
  dark.counts[1500] = std::nan("");
  dark.counts.head(40).setZero();  // pixels at the edge that not even the offset reaches
  other.counts[1800] = 65535.0;
  Pixels expected(40);
  std::iota(expected.begin(), expected.end(), 0);
  for (const Eigen::Index i : {700, 1200, 1201, 1202, 1500, 1800}) expected.push_back(i);
  CHECK(bad_pixels({dark, other}, d) == expected);
  Spectrum counts{d.wavelength_nm, dark.counts, {}};
  blind(counts, bad_pixels({dark, other}, d));
  CHECK(std::isnan(counts.value[700]));
  CHECK(std::isfinite(counts.value[701]));
}

TEST_CASE("bad pixels: a converter without offset has pixels at zero, and a full one has none that work") {
  const Detector d = detector();
  Frame dark = dark_of(0.3, 1, 6);
  dark.counts.array() -= 1500.0 + 60.0;
  CHECK(bad_pixels({dark}, d).empty());
  dark.counts.setConstant(65535.0);
  CHECK(bad_pixels({dark}, d).size() == 2136);
  dark.dark_subtracted = true;
  CHECK_THROWS_AS(bad_pixels({dark}, d), std::invalid_argument);
}

Spectrum constant(double value, double variance) {
  const Eigen::VectorXd nm = detector().wavelength_nm;
  return {nm, Eigen::VectorXd::Constant(nm.size(), value), Eigen::VectorXd::Constant(nm.size(), variance)};
}

TEST_CASE("stray light: what a window without light shows is subtracted everywhere") {
  Spectrum counts = constant(40.0, 4.0);
  counts.value.tail(1500).array() += 1000.0;
  const auto stray = subtract_stray_light(counts, 350.0, 420.0);
  REQUIRE(stray);
  CHECK(stray->value == doctest::Approx(40.0));
  CHECK(stray->standard_error > 0.0);
  CHECK(counts.value[2000] == doctest::Approx(1000.0));
  CHECK(counts.variance[2000] == doctest::Approx(4.0 + stray->standard_error * stray->standard_error));
}

TEST_CASE("stray light: nothing is claimed without pixels in the dark, or where light does reach them") {
  Spectrum counts = constant(40.0, 4.0);
  const Eigen::VectorXd before = counts.value;
  CHECK_FALSE(subtract_stray_light(counts, 100.0, 200.0));
  CHECK(counts.value == before);
  counts.value += 0.1 * (counts.wavelength_nm.array() - 350.0).matrix();
  CHECK_FALSE(subtract_stray_light(counts, 350.0, 500.0));
}

TEST_CASE("fixed pattern: fringes of a smooth lamp are taken out of another spectrum") {
  Spectrum source = constant(20000.0, 100.0), sample = constant(5000.0, 25.0);
  for (Eigen::Index i = 0; i < source.size(); ++i) {
    const double fringe = 1.0 + 0.03 * std::sin(2.0 * std::numbers::pi * source.wavelength_nm[i] / 4.0);
    source.value[i] *= fringe * (1.0 + 0.5 * (source.wavelength_nm[i] - 600.0) / 400.0);
    sample.value[i] *= fringe;
  }
  remove_fixed_pattern(sample, fixed_pattern(source, 16.0));
  const auto inside = sample.value.segment(100, sample.size() - 200).array();
  CHECK((inside / 5000.0 - 1.0).abs().maxCoeff() < 0.004);
  CHECK(sample.variance[1000] > 25.0);
  Spectrum other = sample;
  other.wavelength_nm.array() += 1.0;
  CHECK_THROWS_AS(remove_fixed_pattern(other, fixed_pattern(source, 16.0)), std::invalid_argument);
}

TEST_CASE("light ratio: a lamp that lost a tenth is put right, with its error") {
  Spectrum now = constant(900.0, 30.0);
  const Spectrum then = constant(1000.0, 30.0);
  const Estimate ratio = light_ratio(now, then, 600.0, 900.0);
  CHECK(ratio.value == doctest::Approx(0.9));
  CHECK(ratio.standard_error > 0.0);
  CHECK(ratio.standard_error < 0.001);
  scale(now, {1.0 / ratio.value, ratio.standard_error / (ratio.value * ratio.value)});
  CHECK(now.value[1000] == doctest::Approx(1000.0));
  CHECK(now.variance[1000] > 30.0 / 0.81);
  CHECK_THROWS_AS(light_ratio(constant(0.0, 1.0), then, 600.0, 900.0), std::invalid_argument);
}

TEST_CASE("running mean: the same as all reads at once, and its variance is that of the mean") {
  std::mt19937_64 engine{9};
  std::normal_distribution<double> normal{7.0, 2.0};
  RunningMean running{4};
  CHECK(std::isinf(running.variance()[0]));
  Eigen::MatrixXd all(4, 500);
  for (Eigen::Index k = 0; k < all.cols(); ++k) {
    for (Eigen::Index i = 0; i < 4; ++i) all(i, k) = normal(engine);
    running.add(all.col(k));
  }
  CHECK(running.count() == 500);
  CHECK((running.mean() - all.rowwise().mean()).norm() < 1e-12);
  CHECK(running.variance()[2] == doctest::Approx(4.0 / 500.0).epsilon(0.2));
  CHECK_THROWS_AS(running.add(Eigen::VectorXd::Zero(5)), std::invalid_argument);
}

}  // namespace
}  // namespace nocturne::test
