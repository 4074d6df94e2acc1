#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <random>
#include <string>

#include "models/spectra/characterize.hpp"
#include "models/spectra/droplet.hpp"
#include "models/spectra/flags.hpp"
#include "models/spectra/integral.hpp"
#include "models/spectra/synthetic.hpp"

// What went wrong, by its own records, in a flow laboratory between 2022 and 2025, and must not here.

namespace nocturne::test {

namespace {

CharacterizationSettings stream_settings() {
  CharacterizationSettings s;
  s.search.low_nm = 400.0;
  s.search.high_nm = 900.0;
  s.path_cm = 1.0;
  return s;
}

/// Dots at 501 nm with `strength` times the solid and the light of a diluted stream.
Droplet stream(double strength) {
  Crystals c;
  c.line_eV = hc_eV_nm / 501.0;
  c.fwhm_eV = 0.092;
  c.area = 119000.0 * strength;
  c.exciton_eV = hc_eV_nm / 491.0;
  c.continuum_eV = 0.09;
  c.continuum = 0.12 * strength;
  Droplet droplet;
  droplet.crystals = {c};
  droplet.dissolved = 0.05 * strength;
  return droplet;
}

Characterization of(const Seen& seen) {
  return characterize(&seen.emission, &seen.absorbance, bromide(), stream_settings());
}

void check_same(const Characterization& expected, const Characterization& seen, double deviations,
                const std::string& besides = "") {
  std::map<std::string, Estimate> known;
  for (const auto& [name, estimate] : quantities(expected)) known[name] = estimate;
  for (const auto& [name, estimate] : quantities(seen)) {
    if (name == besides) continue;
    CAPTURE(name);
    REQUIRE(known.count(name) == 1);
    CHECK(std::abs(estimate.value - known[name].value) <= deviations * known[name].standard_error);
    known.erase(name);
  }
  known.erase(besides);
  CHECK(known.empty());
}

}  // namespace

TEST_CASE("flow lab 1: an integral is over nanometres, whatever the width of the pixels it was read with") {
  const Light line = gaussian(510.0, 22.0, 5000.0);
  for (const int pixels : {300, 1044, 2136, 5000}) {
    Spectrum s{Eigen::VectorXd::LinSpaced(pixels, 350.0, 800.0), Eigen::VectorXd(pixels),
               Eigen::VectorXd::Constant(pixels, 100.0)};
    for (Eigen::Index i = 0; i < s.size(); ++i) s.value[i] = line(s.wavelength_nm[i]);
    const Emission seen = find_emission(s, stream_settings().search);
    CAPTURE(pixels);
    REQUIRE(seen.lines.size() == 1);
    CHECK(integral(seen).value == doctest::Approx(1.06447 * 22.0 * 5000.0).epsilon(0.002));
  }
}

TEST_CASE("flow lab 3: an undiluted stream looks too dim, is flagged, and its light is put right") {
  const Seen thin = clean(stream(1.0)), thick = clean(stream(9.0));
  const Characterization diluted = of(thin), undiluted = of(thick);
  REQUIRE(undiluted.absorbance_excitation);
  CHECK(undiluted.absorbance_excitation->value > 1.9);
  CHECK_FALSE(has(diluted, "high_absorbance"));
  CHECK(has(undiluted, "high_absorbance"));
  CHECK(thick.emission.value.maxCoeff() < 9.0 * 0.25 * thin.emission.value.maxCoeff());
  REQUIRE(undiluted.area);
  CHECK(undiluted.area->value == doctest::Approx(9.0 * diluted.area->value).epsilon(0.02));
}

TEST_CASE("flow lab 4: a baseline that wanders from -0.1 to +0.5 between reads changes nothing but itself") {
  std::mt19937_64 random{3};
  const Seen steady = noisy(clean(stream(1.0)), random);
  const Characterization expected = of(steady);
  for (const double offset : {-0.12, -0.1, 0.1, 0.48}) {
    Seen moved = steady;
    moved.absorbance.value.array() += offset;
    CAPTURE(offset);
    const Characterization seen = of(moved);
    check_same(expected, seen, 0.01, "background");
    REQUIRE(seen.background);
    CHECK(seen.background->level.value == doctest::Approx(expected.background->level.value + offset));
  }
}

TEST_CASE("flow lab 5: a stuck bit, unlit edge pixels and counts of 18 bits change nothing that is told") {
  std::mt19937_64 random{4};
  Seen seen = noisy(clean(stream(1.0)), random);
  const double scale = 200000.0 / seen.emission.value.maxCoeff();
  const Characterization expected = of(seen);
  Seen damaged = seen;
  for (Eigen::Index i = 0; i < 4; ++i) {
    const Eigen::Index last = damaged.emission.size() - 1 - i;
    damaged.emission.value[last] = damaged.absorbance.value[last] = std::nan("");
    damaged.emission.value[i] = -std::numeric_limits<double>::infinity();
  }
  damaged.emission.value[700] += 16384.0;
  check_same(expected, of(damaged), 0.5);
  Seen wide = seen;
  wide.emission.value *= scale;
  wide.emission.variance *= scale * scale;
  const Characterization large = of(wide);
  CHECK(large.emission.lines.front().height > 0.9 * 200000.0);
  CHECK(large.emission.lines.front().peak_nm.value ==
        doctest::Approx(expected.emission.lines.front().peak_nm.value).epsilon(1e-6));
}

TEST_CASE("flow lab 7: the 365 nm LED's line of 575 counts beside 980 of emission is no emission") {
  Spectrum s{Eigen::VectorXd::LinSpaced(1044, 197.7, 993.6), Eigen::VectorXd(1044),
             Eigen::VectorXd::Constant(1044, 50.0)};
  const Light light = sum(gaussian(365.0, 10.0, 575.0), gaussian(508.0, 24.0, 980.0));
  const Light alone = gaussian(365.0, 10.0, 575.0);
  for (Eigen::Index i = 0; i < s.size(); ++i) s.value[i] = light(s.wavelength_nm[i]);
  const Emission seen = find_emission(s, stream_settings().search);
  REQUIRE(seen.lines.size() == 1);
  CHECK(seen.lines.front().peak_nm.value == doctest::Approx(508.0).epsilon(0.001));
  CHECK(integral(seen).value == doctest::Approx(1.06447 * 24.0 * 980.0).epsilon(0.01));
  for (Eigen::Index i = 0; i < s.size(); ++i) s.value[i] = alone(s.wavelength_nm[i]);
  CHECK(find_emission(s, stream_settings().search).lines.empty());
}

}  // namespace nocturne::test
