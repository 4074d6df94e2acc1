#include <doctest/doctest.h>

#include <cmath>

#include "models/plant/constants.hpp"
#include "models/plant/parcel.hpp"
#include "models/plant/random.hpp"
#include "models/plant/shipped_plants.hpp"

namespace nocturne::test {
namespace {

Composition fed(double cesium, double lead, double alkylammonium, double amine) {
  return {cesium, lead, alkylammonium, alkylammonium, 0.0, amine, 2.0 * std::max(cesium, lead)};
}

Product held(const PlantParameters& plant, const Composition& feed, double celsius, double seconds) {
  return grow(plant, {{}, {{feed, 0.0, 0.02, {{celsius + kCelsius, seconds}, {298.15, 10.0}}}}});
}

Product held(const Composition& feed, double celsius, double seconds) {
  return held(shipped_plant(), feed, celsius, seconds);
}

struct Ions {
  double cesium = 0.0, lead = 0.0, bromide = 0.0;
};

/// What all solids hold, counted from the formulas; the dots' from their third moment.
Ions solid(const PlantParameters& plant, const Product& product) {
  const double perovskite =
      product.moments[3] / std::pow(plant.chemistry.lattice_nm, 3) + product.platelet_lead;
  const double hexabromide = product.cs4pbbr6_lead, pentabromide = product.cspb2br5_lead / 2.0;
  return {perovskite + 4.0 * hexabromide + pentabromide, perovskite + hexabromide + 2.0 * pentabromide,
          3.0 * perovskite + 6.0 * hexabromide + 5.0 * pentabromide};
}

/// A random feed with either ion short, on a random path of up to five walls.
ParcelPlan random_plan(RandomSequence& random) {
  const double lead = 1.0 + 20.0 * random.uniform();
  ParcelPlan plan;
  ParcelStage& stage = plan.stages.emplace_back();
  stage.fed = fed(lead * std::pow(5.0, 2.0 * random.uniform() - 1.0), lead,
                  lead * (0.5 + 14.0 * random.uniform()), lead * 10.0 * random.uniform());
  stage.fed.zinc = random.uniform() < 0.5 ? 0.0 : 40.0 * random.uniform();
  stage.fed.bromide += 2.0 * stage.fed.zinc;
  stage.mixing_time_s = 0.01 + 0.3 * random.uniform();
  const int walls = 1 + static_cast<int>(5.0 * random.uniform());
  for (int wall = 0; wall < walls; ++wall)
    stage.walls.push_back({298.15 + 160.0 * random.uniform(), 200.0 * random.uniform()});
  return plan;
}

}  // namespace

TEST_CASE("side phases: of every ion, solids and solution hold what was fed, along any path") {
  RandomSequence random{3};
  int with_hexabromide = 0, with_pentabromide = 0;
  for (int i = 0; i < 200; ++i) {
    const PlantParameters& plant = i % 2 == 0 ? shipped_plant() : shifted_plant();
    const ParcelPlan plan = random_plan(random);
    const Product product = grow(plant, plan);
    const Composition& fed_all = plan.stages.front().fed;
    const Ions locked = solid(plant, product);
    CAPTURE(i);
    CHECK(std::abs(locked.cesium + product.dissolved_cesium - fed_all.cesium) < 1e-8 * fed_all.cesium);
    CHECK(std::abs(locked.lead + product.dissolved_lead - fed_all.lead) < 1e-8 * fed_all.lead);
    CHECK(std::abs(locked.bromide + product.dissolved_bromide - fed_all.bromide) < 1e-8 * fed_all.bromide);
    const double solver = 3e-4;  // its relative tolerance per step
    CHECK(product.dissolved_cesium > -solver * fed_all.cesium);
    CHECK(product.dissolved_lead > -solver * fed_all.lead);
    CHECK(product.dissolved_bromide > -solver * fed_all.bromide);
    CHECK(product.cs4pbbr6_lead > -solver * fed_all.lead);
    CHECK(product.cspb2br5_lead > -solver * fed_all.lead);
    with_hexabromide += product.cs4pbbr6_lead > 0.01 * fed_all.lead;
    with_pentabromide += product.cspb2br5_lead > 0.01 * fed_all.lead;
  }
  CHECK(with_hexabromide > 10);
  CHECK(with_pentabromide > 10);
}

TEST_CASE("side phases: as much cesium as lead and bromide in excess give none, at any temperature") {
  for (const PlantParameters* plant : {&shipped_plant(), &shifted_plant()})
    for (const double lead : {3.0, 8.0, 15.0})
      for (const double br_pb : {3.2, 6.0, 12.0})
        for (const double celsius : {70.0, 120.0, 180.0}) {
          const Product product = held(*plant, fed(lead, lead, br_pb * lead, 3.0 * lead), celsius, 200.0);
          CHECK(std::abs(product.cs4pbbr6_lead) < 1e-5 * lead);
          CHECK(std::abs(product.cspb2br5_lead) < 1e-5 * lead);
        }
}

TEST_CASE("side phases: much cesium gives Cs4PbBr6, much lead CsPb2Br5, and both cost yield") {
  const Product balanced = held(fed(8.0, 8.0, 60.0, 20.0), 150.0, 100.0);
  const Product cesium = held(fed(24.0, 8.0, 60.0, 20.0), 150.0, 100.0);
  const Product lead = held(fed(8.0, 16.0, 60.0, 20.0), 150.0, 100.0);
  CHECK(cesium.cs4pbbr6_lead > 0.1 * cesium.fed_lead);
  CHECK(cesium.cspb2br5_lead < 1e-4 * cesium.fed_lead);
  CHECK(cesium.dot_lead < 0.9 * balanced.dot_lead);
  CHECK(lead.cspb2br5_lead > 0.05 * lead.fed_lead);
  CHECK(lead.cs4pbbr6_lead < 1e-4 * lead.fed_lead);
  CHECK(lead.dot_lead < 0.95 * balanced.dot_lead);
}

TEST_CASE("side phases: more of the excess gives more, and longer holding too") {
  double before = -1.0;
  for (const double ratio : {1.0, 1.5, 2.0, 3.0, 4.0}) {
    const Product product = held(fed(8.0 * ratio, 8.0, 60.0, 20.0), 150.0, 100.0);
    CHECK(product.cs4pbbr6_lead > before);
    before = product.cs4pbbr6_lead;
  }
  CHECK(held(fed(8.0, 16.0, 60.0, 20.0), 150.0, 300.0).cspb2br5_lead >
        1.2 * held(fed(8.0, 16.0, 60.0, 20.0), 150.0, 30.0).cspb2br5_lead);
}

TEST_CASE("side phases: amine takes lead away and so brings more Cs4PbBr6 and less CsPb2Br5") {
  const auto cesium_rich = [](double amine) { return held(fed(12.0, 8.0, 60.0, amine), 150.0, 20.0); };
  const auto lead_rich = [](double amine) { return held(fed(8.0, 16.0, 60.0, amine), 150.0, 20.0); };
  CHECK(cesium_rich(400.0).cs4pbbr6_lead > 1.05 * cesium_rich(10.0).cs4pbbr6_lead);
  CHECK(lead_rich(400.0).cspb2br5_lead < 0.8 * lead_rich(10.0).cspb2br5_lead);
}

TEST_CASE("side phases: what formed out of balance dissolves once the balance is restored") {
  Composition rich = fed(24.0, 8.0, 60.0, 20.0);
  Crystals crystals;
  crystals.temperature_K = 423.15;
  Chemistry{shipped_plant().chemistry, rich, 0.02, 0.9}.advance(crystals, 423.15, 100.0);
  REQUIRE(crystals.cs4pbbr6_lead > 0.5);
  const double formed = crystals.cs4pbbr6_lead, dots = crystals.moments[3];
  Composition balanced = rich;
  balanced.lead += 16.0;  // a second feed of lead bromide
  balanced.bromide += 32.0;
  Chemistry{shipped_plant().chemistry, balanced, 0.02, 0.9}.advance(crystals, 423.15, 600.0);
  CHECK(crystals.cs4pbbr6_lead < 0.5 * formed);
  CHECK(crystals.moments[3] > dots);
}

}  // namespace nocturne::test
