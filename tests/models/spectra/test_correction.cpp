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

}  // namespace nocturne::test
