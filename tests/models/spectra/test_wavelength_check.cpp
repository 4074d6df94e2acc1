#include <doctest/doctest.h>

#include <cmath>
#include <filesystem>
#include <random>

#include "models/spectra/wavelength_check.hpp"
#include "support/measured.hpp"

namespace nocturne::test {
namespace {

namespace fs = std::filesystem;

/// A mercury-argon lamp seen by a spectrometer whose scale is off by `offset_nm` at 500 nm and by `per_100`
/// nm more with every 100 nm.
Spectrum lamp(double offset_nm, double per_100, std::uint64_t seed, double height = 5000.0) {
  std::mt19937_64 engine{seed};
  std::normal_distribution<double> normal{0.0, 5.0};
  Spectrum spectrum;
  spectrum.wavelength_nm = Eigen::VectorXd::LinSpaced(2048, 200.0, 1000.0);
  spectrum.value = Eigen::VectorXd::Zero(2048);
  for (Eigen::Index i = 0; i < 2048; ++i) {
    for (const double line : mercury_argon_lines_nm()) {
      const double at = line + offset_nm + per_100 * (line - 500.0) / 100.0;
      spectrum.value[i] += height * std::exp(-0.5 * std::pow((spectrum.wavelength_nm[i] - at) / 0.6, 2));
    }
    spectrum.value[i] += normal(engine);
  }
  return spectrum;
}

TEST_CASE("wavelength check: offset and dispersion of a displaced scale come back with honest errors") {
  double mean = 0.0, squares = 0.0;
  constexpr int repeats = 100;
  for (int seed = 1; seed <= repeats; ++seed) {
    std::mt19937_64 engine{static_cast<std::uint64_t>(seed)};
    const double offset = std::uniform_real_distribution<double>{-1.0, 1.0}(engine);
    const WavelengthCheck check = check_wavelengths(lamp(offset, 0.1, static_cast<std::uint64_t>(seed)));
    CHECK(check.lines.size() == mercury_argon_lines_nm().size());
    CHECK(std::abs(check.correction_nm(500.0).value - offset) < 0.05);
    const double z = (check.correction_nm(500.0).value - offset) / check.correction_nm(500.0).standard_error;
    mean += z / repeats;
    squares += z * z / repeats;
    CHECK(std::abs(check.dispersion_nm_per_100.value - 0.1) < 0.02);
  }
  CHECK(std::abs(mean) < 0.5);
  CHECK(std::sqrt(squares) < 1.5);
}

TEST_CASE("wavelength check: a dark frame and a lamp of other lines are refused") {
  CHECK_THROWS_AS(check_wavelengths(lamp(0.0, 0.0, 1, 0.0)), NotALampSpectrum);
  Spectrum smooth = lamp(0.0, 0.0, 2, 0.0);
  smooth.value.array() += 2e4 * (-0.5 * ((smooth.wavelength_nm.array() - 600.0) / 80.0).square()).exp();
  CHECK_THROWS_AS(check_wavelengths(smooth), NotALampSpectrum);
  CHECK_THROWS_AS(check_wavelengths(lamp(4.0, 0.0, 3)), NotALampSpectrum);  // further off than is searched
}

/// Peaks anywhere, `count` of them.
Spectrum other_lamp(int count, std::uint64_t seed) {
  Spectrum spectrum = lamp(0.0, 0.0, seed, 0.0);
  std::mt19937_64 engine{seed};
  std::uniform_real_distribution<double> place{200.0, 1000.0};
  for (int k = 0; k < count; ++k)
    spectrum.value.array() +=
        5000.0 * (-0.5 * ((spectrum.wavelength_nm.array() - place(engine)) / 0.6).square()).exp();
  return spectrum;
}

TEST_CASE(
    "wavelength check: lamps with many other lines are refused, however many fall on those looked for") {
  int accepted = 0;
  for (std::uint64_t seed = 1; seed <= 100; ++seed) {
    try {
      check_wavelengths(other_lamp(40 + static_cast<int>(seed), seed));
      ++accepted;
    } catch (const NotALampSpectrum&) {
    }
  }
  CHECK(accepted == 0);
}

TEST_CASE("wavelength check: three lines of a weak lamp are enough where nothing else shines") {
  Spectrum weak = lamp(0.0, 0.0, 4, 0.0);
  for (const double line : {253.652, 435.833, 546.074})
    weak.value.array() += 500.0 * (-0.5 * ((weak.wavelength_nm.array() - line - 0.4) / 0.6).square()).exp();
  const WavelengthCheck check = check_wavelengths(weak);
  CHECK(check.lines.size() == 3);
  CHECK(check.offset_nm.value == doctest::Approx(0.4).epsilon(0.1));
}

TEST_CASE("wavelength check: a line with a pixel that has no reading is left out") {
  Spectrum clipped = lamp(0.3, 0.0, 5);
  for (Eigen::Index i = 0; i < clipped.size(); ++i)
    if (std::abs(clipped.wavelength_nm[i] - 436.133) < 0.5) clipped.value[i] = std::nan("");
  const WavelengthCheck check = check_wavelengths(clipped);
  CHECK(check.lines.size() == mercury_argon_lines_nm().size() - 1);
  for (const LampLine& line : check.lines) CHECK(line.reference_nm != 435.833);
}

TEST_CASE(
    "wavelength check: a real mercury lamp shows its spectrometer's offset to 0.1 nm; its dark is refused") {
  const fs::path folder = measured_data / "raw_counts";
  if (!fs::exists(folder / "hg2016a01.txt")) {
    MESSAGE("skipped, not here: hg2016a01.txt");
    return;
  }
  Spectrum light = spectrum_of(folder / "hg2016a01.txt");
  const Spectrum dark = spectrum_of(folder / "hg2016a02.txt");
  light.value -= dark.value;
  const WavelengthCheck check = check_wavelengths(light);
  MESSAGE("offset " << check.offset_nm.value << " ± " << check.offset_nm.standard_error << " nm at "
                    << check.centre_nm << " nm, dispersion " << check.dispersion_nm_per_100.value << " ± "
                    << check.dispersion_nm_per_100.standard_error << " nm per 100 nm, " << check.lines.size()
                    << " lines, rms " << check.rms_nm << " nm");
  CHECK(check.offset_nm.standard_error < 0.1);
  CHECK(check.offset_nm.value > 0.1);  // the strong lines at 253.65, 435.83 and 546.07 nm all lie to the red
  CHECK(check.offset_nm.value < 0.8);
  CHECK_THROWS_AS(check_wavelengths(dark), NotALampSpectrum);
}

}  // namespace
}  // namespace nocturne::test
