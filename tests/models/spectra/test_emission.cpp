#include <doctest/doctest.h>

#include "models/spectra/emission.hpp"
#include "models/spectra/synthetic.hpp"

namespace nocturne::test {

namespace {

Spectrum on_grid(const Light& light, double low, double high, double step) {
  const auto points = static_cast<Eigen::Index>(std::floor((high - low) / step + 1e-9)) + 1;
  Spectrum s{Eigen::VectorXd(points), Eigen::VectorXd(points), {}};
  for (Eigen::Index i = 0; i < points; ++i) {
    s.wavelength_nm[i] = low + step * double(i);
    s.value[i] = light(s.wavelength_nm[i]);
  }
  return s;
}

EmissionSearch beyond_400() {
  EmissionSearch search;
  search.low_nm = 400.0;
  return search;
}

}  // namespace

TEST_CASE("find_emission: peak and width of a clean line, on grids from fine to coarse") {
  for (const double step : {0.2, 0.5, 1.0, 2.0}) {
    CAPTURE(step);
    const Emission seen =
        find_emission(on_grid(gaussian(512.3, 22.0, 1000.0), 420.0, 640.0, step), beyond_400());
    REQUIRE(seen.lines.size() == 1);
    const EmissionLine& line = seen.lines.front();
    CHECK(line.peak_nm.value == doctest::Approx(512.3).epsilon(0.0001));
    REQUIRE(line.fwhm_nm);
    CHECK(line.fwhm_nm->value == doctest::Approx(22.0).epsilon(0.01));
    CHECK(line.fwhm_meV->value == doctest::Approx(1e3 * (hc_eV_nm / 501.3 - hc_eV_nm / 523.3)).epsilon(0.01));
  }
}

TEST_CASE("find_emission: a red tail does not pull the peak") {
  const Light tailed = [](double nm) {
    const double t = nm - 510.0;
    return t < 0.0 ? gaussian(510.0, 16.0, 1000.0)(nm)
                   : 0.8 * gaussian(510.0, 16.0, 1000.0)(nm) + 200.0 / std::pow(std::cosh(t / 25.0), 2);
  };
  const Emission seen = find_emission(on_grid(tailed, 420.0, 700.0, 0.5), beyond_400());
  REQUIRE_FALSE(seen.lines.empty());
  CHECK(std::abs(seen.lines.front().peak_nm.value - 510.0) < 0.3);
}

TEST_CASE("find_emission: unknown noise is estimated, and the stated error is what it causes") {
  Tally z, width;
  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    Spectrum s = on_grid(gaussian(512.3, 22.0, 1000.0), 420.0, 640.0, 0.5);
    add_noise(s, 15.0, seed);
    const Emission seen = find_emission(s, beyond_400());
    REQUIRE(seen.lines.size() == 1);
    z.add((seen.lines[0].peak_nm.value - 512.3) / seen.lines[0].peak_nm.standard_error);
    width.add((seen.lines[0].fwhm_nm->value - 22.0) / seen.lines[0].fwhm_nm->standard_error);
  }
  CHECK(z.deviation() > 0.8);
  CHECK(z.deviation() < 1.25);
  CHECK(width.deviation() > 0.8);
  CHECK(width.deviation() < 1.25);
}

TEST_CASE("find_emission: pure noise shows emission in less than one of a hundred spectra") {
  int seen = 0;
  for (std::uint64_t seed = 0; seed < 500; ++seed) {
    Spectrum s = on_grid([](double) { return 50.0; }, 400.0, 900.0, 0.5);
    add_noise(s, 10.0, seed);
    seen += find_emission(s, beyond_400()).lines.empty() ? 0 : 1;
  }
  CHECK(seen < 5);
}

TEST_CASE("find_emission: noise that an instrument has smoothed is still noise") {
  int seen = 0;
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    Spectrum s = on_grid([](double) { return 0.0; }, 400.0, 900.0, 0.5);
    add_noise(s, 10.0, seed);
    Spectrum boxcar = s;
    for (Eigen::Index i = 10; i + 10 < s.size(); ++i) boxcar.value[i] = s.value.segment(i - 10, 21).mean();
    seen += find_emission(boxcar, beyond_400()).lines.empty() ? 0 : 1;
  }
  CHECK(seen < 4);
}

TEST_CASE("find_emission: two lines give two peaks, the higher first; a shoulder gives one") {
  const auto two = find_emission(
      on_grid(sum(gaussian(461.0, 16.0, 400.0), gaussian(512.0, 20.0, 1000.0)), 400.0, 640.0, 0.5),
      beyond_400());
  REQUIRE(two.lines.size() == 2);
  CHECK(two.lines[0].peak_nm.value == doctest::Approx(512.0).epsilon(0.0005));
  CHECK(two.lines[1].peak_nm.value == doctest::Approx(461.0).epsilon(0.0005));
  const auto one = find_emission(
      on_grid(sum(gaussian(500.0, 20.0, 300.0), gaussian(512.0, 20.0, 1000.0)), 400.0, 640.0, 0.5),
      beyond_400());
  CHECK(one.lines.size() == 1);
}

TEST_CASE("find_emission: lines of a mercury lamp are narrow lines at their wavelengths") {
  Light lamp = gaussian(435.833, 1.6, 20000.0);
  lamp = sum(lamp, gaussian(546.074, 1.6, 30000.0));
  Spectrum s = on_grid(lamp, 380.0, 700.0, 0.45);
  add_noise(s, 20.0, 4);
  const Emission seen = find_emission(s, beyond_400());
  CHECK(seen.lines.empty());
  REQUIRE(seen.narrow_lines.size() == 2);
  CHECK(std::abs(seen.narrow_lines[0].nm - 546.074) < 0.05);
  CHECK(std::abs(seen.narrow_lines[1].nm - 435.833) < 0.05);
}

TEST_CASE("find_emission: a sloping background changes neither peak nor width") {
  const Light sloping = [](double nm) { return gaussian(512.3, 22.0, 1000.0)(nm) + 900.0 - nm; };
  const Emission seen = find_emission(on_grid(sloping, 420.0, 640.0, 0.5), beyond_400());
  REQUIRE(seen.lines.size() == 1);
  CHECK(seen.lines[0].peak_nm.value == doctest::Approx(512.3).epsilon(0.0002));
  CHECK(seen.lines[0].fwhm_nm->value == doctest::Approx(22.0).epsilon(0.02));
}

TEST_CASE("find_emission: a line cut off by the end of the spectrum has a peak but no width") {
  const Emission seen =
      find_emission(on_grid(gaussian(512.0, 30.0, 1000.0), 420.0, 524.0, 0.5), beyond_400());
  REQUIRE(seen.lines.size() == 1);
  CHECK_FALSE(seen.lines[0].fwhm_nm);
  CHECK_FALSE(seen.lines[0].fwhm_meV);
}

TEST_CASE("find_emission: spectra without content have no emission") {
  CHECK(find_emission(Spectrum{}, beyond_400()).lines.empty());
  for (const int points : {1, 2, 3, 7, 8, 20}) {
    Spectrum s{Eigen::VectorXd::LinSpaced(points, 450.0, 450.0 + points),
               Eigen::VectorXd::Constant(points, 7.0),
               {}};
    CHECK(find_emission(s, beyond_400()).lines.empty());
    s.value.setConstant(std::nan(""));
    CHECK(find_emission(s, beyond_400()).lines.empty());
    s.value.setConstant(std::numeric_limits<double>::infinity());
    CHECK(find_emission(s, beyond_400()).lines.empty());
    s.value.setConstant(-1e300);
    CHECK(find_emission(s, beyond_400()).lines.empty());
  }
  Spectrum zero = on_grid([](double) { return 0.0; }, 350.0, 900.0, 0.5);
  CHECK(find_emission(zero, beyond_400()).lines.empty());
  zero.value[400] = 16384.0;
  CHECK(find_emission(zero, beyond_400()).lines.empty());
}

TEST_CASE("half_maximum_width_eV: linear in wavelength between samples, then energy") {
  Spectrum s{Eigen::VectorXd::LinSpaced(5, 500.0, 504.0), Eigen::VectorXd(5), {}};
  s.value << 0.0, 4.0, 10.0, 6.0, 0.0;
  const auto width = half_maximum_width_eV(s);
  REQUIRE(width);
  CHECK(*width == doctest::Approx(hc_eV_nm / (501.0 + 1.0 / 6.0) - hc_eV_nm / (503.0 + 1.0 / 6.0)));
  s.value << 6.0, 8.0, 10.0, 6.0, 0.0;
  CHECK_FALSE(half_maximum_width_eV(s));
  s.value.setConstant(-1.0);
  CHECK_FALSE(half_maximum_width_eV(s));
  CHECK_FALSE(half_maximum_width_eV(Spectrum{}));
}

}  // namespace nocturne::test
