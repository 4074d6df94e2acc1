#include <doctest/doctest.h>

#include <cmath>
#include <numbers>

#include "models/spectra/cell_yields.hpp"
#include "models/spectra/interpret.hpp"
#include "models/spectra/synthetic_frames.hpp"

namespace nocturne::test {
namespace {

constexpr double kArea = 20.0 * 1.0644670194312262;  // of a Gaussian of height 1 that is 20 nm wide

CellReference reference() {
  return {"dye in ethanol", "somebody 2001", "today", {0.5, 0.01}, {2e6, 4e4}, 1.4, 1.5};
}

/// What dots of continuum absorbance `at_450` let through, with `dissolved` at 365 nm beside them.
Light passed(double at_450, double dissolved) {
  return [=](double nm) {
    const double energy = hc_eV_nm / nm;
    const double crystals =
        at_450 * std::exp(0.9 * (energy - hc_eV_nm / 450.0)) / (1.0 + std::exp(-(energy - 2.5) / 0.01));
    return 30000.0 * std::pow(10.0, -crystals - dissolved * std::exp(-(nm - 365.0) / 9.0));
  };
}

/// Reads of a product that emits at `peak_nm` with `height` counts, weakened by its own absorption as at the
/// middle of the cell.
MeasurementFrames frames_of(Camera& camera, double peak_nm, double height, double at_450,
                            double dissolved = 0.0) {
  const Light clear = gaussian(peak_nm, 20.0, height), through = passed(at_450, dissolved);
  const Light seen = [=](double nm) {
    return clear(nm) * std::sqrt(through(nm) / 30000.0 * through(365.0) / 30000.0);
  };
  MeasurementFrames frames = emission_of(camera, seen, 6, 9);
  frames.darks.push_back(camera.dark(9, 0.05));
  frames.reference = camera.expose([](double) { return 30000.0; }, 9, 0.05);
  for (int i = 0; i < 4; ++i) frames.transmission.push_back(camera.expose(through, 9, 0.05));
  frames.fed_lead_mmol_per_L = 2.0;
  return frames;
}

InterpretationSettings settings() {
  InterpretationSettings result;
  result.path_cm = 0.02;
  result.reference = reference();
  return result;
}

Observation seen(const MeasurementFrames& frames, const Camera& camera,
                 const InterpretationSettings& with = settings()) {
  return std::get<Observation>(interpret(frames, camera.detector(), bromide(), with));
}

/// Of the light of `height` counts in 0.3 s, for crystals that absorb `at_365`.
double plqy_of(double height, double at_365) {
  return 0.5 * (height * kArea / 0.3) / (std::numbers::ln10 * at_365) / 2e6 * std::pow(1.5 / 1.4, 2);
}

double at_365(double at_450) { return at_450 * std::exp(0.9 * (hc_eV_nm / 365.0 - hc_eV_nm / 450.0)); }

}  // namespace

TEST_CASE("cell yields: quantum yield and yield of a product follow from its light, also of a thick one") {
  Camera camera{41};
  for (const double at_450 : {0.05, 0.1, 0.3}) {
    CAPTURE(at_450);
    const Observation product = seen(frames_of(camera, 510.0, 9000.0, at_450), camera);
    REQUIRE(product.plqy);
    const double plqy = plqy_of(9000.0, at_365(at_450));
    CHECK(std::abs(product.plqy->value - plqy) < 2.0 * product.plqy->standard_error);
    CHECK(product.plqy->standard_error > std::hypot(0.02, 0.02) * product.plqy->value);  // the reference's
    CHECK(product.plqy->standard_error < 0.15 * plqy);
    // ln(10) A / (µ path) of the volume, 122 cm³ per mole of lead, of 2 mmol/L.
    const double yield = std::numbers::ln10 * at_450 / (0.87e5 * 0.02) / 122.0 * 1e6 / 2.0;
    REQUIRE(product.yield);
    CHECK(std::abs(product.yield->value - yield) < 2.0 * product.yield->standard_error);
    CHECK(product.yield->standard_error < 0.15 * yield);
    CHECK(has(product, "high_absorbance") == (at_365(at_450) > 0.3));
    CHECK(has(product, "yield_above_one") == (yield - 2.0 * product.yield->standard_error > 1.0));
  }
}

TEST_CASE("cell yields: what complexes and ligands absorb is not held against the crystals") {
  Camera camera{43};
  const Observation product = seen(frames_of(camera, 510.0, 9000.0, 0.1, 0.15), camera);
  const double plqy = plqy_of(9000.0, at_365(0.1));
  CHECK(std::abs(product.plqy->value - plqy) < 2.0 * product.plqy->standard_error);
  CHECK(product.plqy->value > 1.4 * plqy_of(9000.0, at_365(0.1) + 0.15));
}

TEST_CASE("cell yields: nothing is told without the numbers behind it") {
  Camera camera{47};
  MeasurementFrames frames = frames_of(camera, 510.0, 9000.0, 0.1);
  InterpretationSettings without = settings();
  without.reference.reset();
  CHECK_FALSE(seen(frames, camera, without).plqy);
  CHECK(seen(frames, camera, without).yield);
  without = settings();
  without.path_cm = 0.0;
  CHECK_FALSE(seen(frames, camera, without).yield);
  frames.fed_lead_mmol_per_L.reset();
  CHECK_FALSE(seen(frames, camera).yield);
  CHECK(seen(frames, camera).plqy);
  frames.transmission.clear();
  CHECK_FALSE(seen(frames, camera).plqy);
  CHECK_FALSE(seen(frames_of(camera, 510.0, 9000.0, 0.0), camera).plqy);  // absorbs nothing: no share of it
}

TEST_CASE("cell yields: the yield of dots whose transitions reach the continuum is not told") {
  Camera camera{53};
  const double shortest = shortest_peak_with_yield_nm(bromide());
  CHECK(shortest > 445.0);
  CHECK(shortest < 460.0);
  CHECK(seen(frames_of(camera, shortest + 1.0, 9000.0, 0.1), camera).yield);
  CHECK_FALSE(seen(frames_of(camera, shortest - 1.0, 9000.0, 0.1), camera).yield);
}

TEST_CASE("cell yields: the provenance names reference, source, figures and raw data") {
  const std::string text = provenance(reference());
  for (const char* word :
       {"dye in ethanol", "somebody 2001", "today", "0.5 ± 0.01", "2e+06", "1.5 and 1.4"}) {
    CAPTURE(word);
    CHECK(text.find(word) != std::string::npos);
  }
}

}  // namespace nocturne::test
