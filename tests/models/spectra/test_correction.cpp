#include <doctest/doctest.h>

#include <stdexcept>

#include "models/spectra/correction.hpp"
#include "models/spectra/synthetic.hpp"

namespace nocturne::test {

TEST_CASE("corrected: the stated variance of a pixel is the one that repeated frames show") {
  Camera camera{31};
  const Light light = [](double nm) { return nm < 600.0 ? 20000.0 : 200.0; };
  Tally bright, faint;
  double bright_variance = 0.0, faint_variance = 0.0;
  for (int run = 0; run < 200; ++run) {
    const Frame dark = camera.dark(2);
    const CorrectedCounts seen =
        corrected({camera.expose(light, 2), camera.expose(light, 2)}, dark, camera.detector());
    bright.add(seen.counts.value[300]);
    faint.add(seen.counts.value[1500]);
    bright_variance = seen.counts.variance[300];
    faint_variance = seen.counts.variance[1500];
  }
  CHECK(bright.mean() == doctest::Approx(20000.0).epsilon(0.001));
  CHECK(faint.mean() == doctest::Approx(200.0).epsilon(0.02));
  CHECK(bright.deviation() == doctest::Approx(std::sqrt(bright_variance)).epsilon(0.15));
  CHECK(faint.deviation() == doctest::Approx(std::sqrt(faint_variance)).epsilon(0.15));
}

TEST_CASE("corrected: a pixel at full scale is excluded, in single scans and in means that hide it") {
  Detector d = detector();
  Frame dark{Eigen::VectorXd::Constant(2136, 1500.0), 0.1, 1, false, false, false}, light = dark;
  light.counts.setConstant(30000.0);
  light.counts[7] = 65535.0;
  CorrectedCounts seen = corrected({light}, dark, d);
  CHECK(seen.saturated[7]);
  CHECK(std::isnan(seen.counts.value[7]));
  CHECK_FALSE(seen.saturated[8]);
  light.scans = 9;
  light.counts[7] = 65300.0;  // within three deviations of full scale: some of the nine were clipped
  seen = corrected({light}, dark, d);
  CHECK(seen.saturated[7]);
}

TEST_CASE("corrected: the nonlinearity polynomial divides what is left after the dark") {
  Detector d = detector();
  d.nonlinearity = {0.9, 1e-6};
  Frame dark{Eigen::VectorXd::Constant(2136, 1500.0), 0.1, 1, false, false, false}, light = dark;
  light.counts.setConstant(21500.0);
  CHECK(corrected({light}, dark, d).counts.value[0] == doctest::Approx(20000.0 / 0.92));
}

TEST_CASE("corrected: a dark of another exposure or length, or none, is refused") {
  const Detector d = detector();
  Frame dark{Eigen::VectorXd::Constant(2136, 1500.0), 0.1, 1, false, false, false}, light = dark;
  SUBCASE("exposure") { dark.exposure_s = 0.2; }
  SUBCASE("length") { dark.counts.conservativeResize(10); }
  SUBCASE("none") { dark.counts.resize(0); }
  CHECK_THROWS_AS(corrected({light}, dark, d), std::invalid_argument);
  CHECK_THROWS_AS(corrected({}, light, d), std::invalid_argument);
}

namespace {

/// Reads of a detector with an offset that differs between pixels, dark current, and some pixels that are
/// stuck or hot.
class HotCamera {
 public:
  static constexpr double gain = 2.0, read_noise = 8.0, current_per_s = 900.0;  // counts/s

  Frame expose(double light_per_s, double exposure_s, int scans) {
    Frame frame{Eigen::VectorXd::Zero(pixels()), exposure_s, scans, false, false, light_per_s > 0.0};
    for (Eigen::Index i = 0; i < pixels(); ++i) {
      const double collected = (light_per_s + current_per_s) * exposure_s;
      const double deviation = std::sqrt((collected / gain + read_noise * read_noise) / scans);
      frame.counts[i] = 1500.0 + 15.0 * std::sin(0.7 * double(i)) + collected + deviation * normal_(random_);
    }
    frame.counts[stuck] += 16384.0;
    frame.counts[hot] += 9000.0 * exposure_s;
    frame.counts.head(unlit).setZero();
    frame.counts.tail(unlit).setConstant(std::nan(""));
    return frame;
  }
  const Detector& detector() const { return detector_; }
  Eigen::Index pixels() const { return detector_.wavelength_nm.size(); }

  static constexpr Eigen::Index stuck = 700, hot = 1200, unlit = 12;

 private:
  Detector detector_ = test::detector();
  std::mt19937_64 random_{77};
  std::normal_distribution<double> normal_;
};

}  // namespace

TEST_CASE("correction: stuck, hot and unlit pixels are not a number, and every other error is right") {
  HotCamera camera;
  for (const double exposure_s : {0.3, 1.0}) {  // with a dark of its own, and between two
    Tally z;
    for (int run = 0; run < 20; ++run) {
      std::vector<Frame> darks{camera.expose(0.0, 0.3, 9), camera.expose(0.0, 1.2, 9)};
      const Correction correction{camera.detector(), darks};
      CHECK(correction.bad_pixels().size() == 2 * HotCamera::unlit + 2);
      std::vector<Frame> reads;
      for (int i = 0; i < 3; ++i) reads.push_back(camera.expose(500.0, exposure_s, 4));
      const CorrectedCounts seen = correction.light(reads);
      CHECK(std::isnan(seen.counts.value[HotCamera::stuck]));
      CHECK(std::isnan(seen.counts.value[HotCamera::hot]));
      for (Eigen::Index i = 0; i < camera.pixels(); ++i)
        if (std::isfinite(seen.counts.value[i]))
          z.add((seen.counts.value[i] - 500.0 * exposure_s) / std::sqrt(seen.counts.variance[i]));
    }
    CAPTURE(exposure_s);
    CHECK(z.count() == 20 * (camera.pixels() - 2 * HotCamera::unlit - 2));
    CHECK(std::abs(z.mean()) < 0.1);
    CHECK(z.deviation() > 0.95);
    CHECK(z.deviation() < 1.05);
  }
}

TEST_CASE("correction: an exposure without darks around it is refused, dark-subtracted frames need none") {
  HotCamera camera;
  const Correction correction{camera.detector(), {camera.expose(0.0, 0.3, 9)}};
  Frame frame = camera.expose(500.0, 1.0, 1);
  CHECK_THROWS_AS(correction.light({frame}), std::invalid_argument);
  frame.dark_subtracted = true;
  CHECK(std::isnan(correction.light({frame}).counts.value[HotCamera::stuck]));
  CHECK_THROWS_AS(correction.light({}), std::invalid_argument);
  CHECK_THROWS_AS((Correction{camera.detector(), {frame}}), std::invalid_argument);
}

}  // namespace nocturne::test
