#include <doctest/doctest.h>

#include <string>

#include "models/plant/shipped_plants.hpp"
#include "models/plant/steady.hpp"
#include "models/plant/virtual_dye.hpp"
#include "recipes/bench_file.hpp"
#include "support/shipped_material.hpp"

namespace nocturne::test {
namespace {

CellReference shipped_reference() {
  return read_bench(NOCTURNE_SOURCE_DIR "/recipes/benches/virtual.toml").yield_reference.value();
}

/// The shipped reference as a dye in this plant's cell gives it.
CellReference reference_of(const PlantParameters& plant) {
  CellReference reference = shipped_reference();
  const double relative =
      reference.emission_per_absorbed.standard_error / reference.emission_per_absorbed.value;
  const Estimate measured = measured_reference(plant, reference.plqy.value);
  reference.emission_per_absorbed = {measured.value,
                                     std::hypot(measured.standard_error, relative * measured.value)};
  reference.refractive_index = reference.product_refractive_index = 1.5;  // the plant knows none
  return reference;
}

struct SeenProduct {
  PlantTruth truth;
  Observation told;
};

SeenProduct seen_at(const PlantParameters& plant, const CellReference& reference, const Conditions& at) {
  const Product product = steady_product(plant, at, {});
  const CellSpectra cell = Optics{plant}.spectra(product, reaction_share_when_measured(plant));
  MeasurementFrames frames = read_cell(plant, cell, 5);
  frames.fed_lead_mmol_per_L = product.fed_lead * reaction_share_when_measured(plant);
  InterpretationSettings settings;
  settings.path_cm = 0.1 * plant.geometry.optical_path_mm;
  settings.reference = reference;
  const SpectrometerModel model{plant};
  return {cell.truth,
          std::get<Observation>(interpret(frames, model.detector(), shipped_material(), settings))};
}

std::vector<Conditions> several_conditions() {
  return {conditions(3.6, 1.5, 165.0, 150.0), conditions(4.5, 1.0, 150.0, 90.0),
          conditions(4.5, 2.0, 170.0, 220.0), conditions(6.0, 2.0, 160.0, 120.0),
          conditions(6.0, 1.5, 130.0, 60.0),  conditions(9.0, 1.5, 170.0, 180.0),
          conditions(4.4, 0.6, 97.0, 45.0),   conditions(6.8, 0.8, 109.0, 51.0),
          conditions(7.3, 3.4, 109.5, 40.0),  conditions(9.6, 3.2, 121.0, 43.0)};
}

}  // namespace

TEST_CASE("cell yields: the virtual bench's reference is what a dye in its cell gives") {
  const CellReference shipped = shipped_reference();
  const Estimate measured = measured_reference(shipped_plant(), shipped.plqy.value);
  MESSAGE("emission per absorbed share ", measured.value, " +- ", measured.standard_error, " counts nm/s");
  CHECK(std::abs(measured.value - shipped.emission_per_absorbed.value) <
        3.0 * measured.standard_error + 0.005 * measured.value);
  CHECK(shipped.emission_per_absorbed.standard_error > measured.standard_error);
}

TEST_CASE("cell yields: quantum yield and reaction yield agree with the plant's truth within their errors") {
  for (const std::string name : {"cspbbr3", "cspbbr3_noisy"}) {
    const PlantParameters plant = read_plant(NOCTURNE_SOURCE_DIR "/recipes/plants/" + name + ".toml");
    const CellReference reference = reference_of(plant);
    for (const Conditions& at : several_conditions()) {
      const SeenProduct seen = seen_at(plant, reference, at);
      CAPTURE(name);
      CAPTURE(seen.truth.peak_nm);
      REQUIRE(seen.told.plqy);
      REQUIRE(seen.told.yield);
      const Estimate plqy = *seen.told.plqy, yield = *seen.told.yield;
      MESSAGE(name, " ", seen.truth.peak_nm, " nm: plqy ", plqy.value, " +- ", plqy.standard_error, " (",
              seen.truth.plqy, "), yield ", yield.value, " +- ", yield.standard_error, " (", seen.truth.yield,
              "), absorbance ", seen.told.absorbance->value, ", platelets ",
              seen.truth.nanoplatelet_fraction);
      CHECK(std::abs(plqy.value - seen.truth.plqy) < 2.0 * plqy.standard_error);
      CHECK(std::abs(yield.value - seen.truth.yield) < 2.0 * yield.standard_error);
      CHECK(plqy.standard_error < 0.25 * plqy.value);
      CHECK(yield.standard_error < 0.25 * yield.value);
    }
  }
}

}  // namespace nocturne::test
