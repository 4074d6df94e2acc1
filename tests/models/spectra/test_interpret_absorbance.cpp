#include <doctest/doctest.h>

#include <cmath>
#include <string>

#include "models/spectra/interpret.hpp"
#include "models/spectra/synthetic_frames.hpp"

namespace nocturne::test {

TEST_CASE("interpret: absorbance at the excitation ignores the wandering baseline of the cell") {
  Camera camera{19};
  const Light lamp = [](double) { return 30000.0; };
  MeasurementFrames frames = emission_of(camera, gaussian(505.0, 20.0, 9000.0));
  frames.darks.push_back(camera.dark(5, 0.05));
  frames.reference = camera.expose(lamp, 5, 0.05);
  for (const double offset : {-0.1, 0.0, 0.2, 0.5}) {
    const Light passed = [&](double nm) {
      const double absorbed = 0.25 / (1.0 + std::exp((nm - 480.0) / 8.0)) + gaussian(495.0, 14.0, 0.08)(nm);
      return 30000.0 * std::pow(10.0, -absorbed - offset);
    };
    frames.transmission.push_back(camera.expose(passed, 5, 0.05));
  }
  const auto seen = std::get<Observation>(interpret(frames, camera.detector(), bromide()));
  REQUIRE(seen.absorbance);
  CHECK(std::abs(seen.absorbance->value - 0.25) < 0.003);
  REQUIRE(seen.first_exciton_nm);
  CHECK(std::abs(seen.first_exciton_nm->value - 494.0) < 2.0);
}

namespace {

/// A detector that reaches as far into the ultraviolet as no lamp does through glass and toluene.
Detector ultraviolet_detector() {
  Detector d = detector();
  d.wavelength_nm = Eigen::VectorXd::LinSpaced(1044, 198.0, 994.0);
  return d;
}

constexpr double absorbed_at_365 = 0.8;

double edge_of_dots(double nm) {
  const auto edge = [](double at) { return 1.0 / (1.0 + std::exp((at - 385.0) / 12.0)); };
  return absorbed_at_365 * edge(nm) / edge(365.0);
}

/// z-scores of the absorbance at 365 nm over replicates. `shape` is the lamp's spectrum in counts, `faded`
/// what is left of it after the reference, `stray` the share of all light that lies on every pixel.
Tally absorbance_z(const Detector& of, const Light& shape, double faded, double stray, int runs,
                   std::string* flag = nullptr) {
  const auto passed = [&](double left, double absorbing) {
    const Light clean = [=](double nm) {
      return left * shape(nm) * std::pow(10.0, -absorbing * edge_of_dots(nm));
    };
    const double mean = of.wavelength_nm.unaryExpr(clean).mean();
    return Light{[=](double nm) { return clean(nm) + stray * mean; }};
  };
  Camera camera{29, of};
  Tally z;
  for (int run = 0; run < runs; ++run) {
    MeasurementFrames frames = emission_of(camera, gaussian(505.0, 20.0, 9000.0), 1);
    frames.darks.push_back(camera.dark(9, 0.05));
    frames.reference = camera.expose(passed(1.0, 0.0), 9, 0.05);
    frames.transmission = {camera.expose(passed(faded, 1.0), 9, 0.05)};
    const auto seen = std::get<Observation>(interpret(frames, of, bromide()));
    z.add((seen.absorbance->value - absorbed_at_365) / seen.absorbance->standard_error);
    if (flag != nullptr) *flag = has(seen, "stray_light") ? "stray_light" : "";
  }
  return z;
}

void check_z(const Tally& z) {
  CHECK(std::abs(z.mean()) < 0.15);
  CHECK(z.deviation() > 0.85);
  CHECK(z.deviation() < 1.2);
}

/// Halogen light behind glass.
double halogen(double nm) {
  return 40000.0 * std::exp(-0.5 * std::pow((nm - 620.0) / 130.0, 2)) / (1.0 + std::exp((320.0 - nm) / 4.0));
}

}  // namespace

TEST_CASE("interpret: a lamp that lost a tenth after the reference leaves the absorbance within its errors") {
  const Light lamp = [](double) { return 30000.0; };
  check_z(absorbance_z(detector(), lamp, 1.0, 0.0, 200));
  check_z(absorbance_z(detector(), lamp, 0.9, 0.0, 200));
}

TEST_CASE("interpret: one per cent of stray light is taken out where the detector has pixels in the dark") {
  std::string flag;
  check_z(absorbance_z(ultraviolet_detector(), halogen, 1.0, 0.01, 200, &flag));
  CHECK(flag == "stray_light");
  check_z(absorbance_z(ultraviolet_detector(), halogen, 1.0, 0.0, 200, &flag));
  CHECK(flag.empty());
  // Without such pixels it cannot be known: the light that seems to pass makes the absorbance too small.
  CHECK(absorbance_z(detector(), halogen, 1.0, 0.01, 5).mean() < -20.0);
}

TEST_CASE("interpret: a sample that lets next to nothing pass has no absorbance, and the flag says why") {
  Camera camera{30};
  MeasurementFrames frames = emission_of(camera, gaussian(505.0, 20.0, 9000.0));
  frames.reference = camera.expose([](double) { return 30000.0; }, 9);
  frames.transmission = {camera.expose([](double nm) { return nm < 450.0 ? 8.0 : 30000.0; }, 9)};
  const auto seen = std::get<Observation>(interpret(frames, camera.detector(), bromide()));
  CHECK_FALSE(seen.absorbance);
  CHECK(has(seen, "no_light_at_excitation"));
}

TEST_CASE("interpret: a reference of another exposure serves where its dark is known, baseline or not") {
  Camera camera{31};
  const Light lamp = [](double) { return 20000.0; };
  MeasurementFrames frames = emission_of(camera, gaussian(505.0, 20.0, 9000.0));
  frames.darks.push_back(camera.dark(9, 0.05));
  frames.darks.push_back(camera.dark(9, 0.1));
  frames.reference = camera.expose([&](double nm) { return 2.0 * lamp(nm); }, 9, 0.1);
  frames.transmission = {camera.expose(lamp, 9, 0.05)};
  InterpretationSettings settings;
  for (const bool baseline : {true, false}) {
    if (!baseline) settings.absorbance_baseline_low_nm = settings.absorbance_baseline_high_nm = 1200.0;
    const auto seen = std::get<Observation>(interpret(frames, camera.detector(), bromide(), settings));
    REQUIRE(seen.absorbance);
    CHECK(std::abs(seen.absorbance->value) < 4.0 * seen.absorbance->standard_error);
    CHECK(has(seen, "no_absorbance_baseline") == !baseline);
  }
}

}  // namespace nocturne::test
