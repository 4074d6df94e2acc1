#include <doctest/doctest.h>

#include <cmath>

#include "models/plant/shipped_plants.hpp"
#include "models/plant/steady.hpp"
#include "models/plant/transport.hpp"
#include "models/plant/transport_check.hpp"

namespace nocturne::test {
namespace {

double mean(const std::vector<double>& nodes) {
  double sum = 0.0;
  for (const double node : nodes) sum += node;
  return sum / static_cast<double>(nodes.size());
}

double spread(const std::vector<double>& nodes) {
  double sum = 0.0;
  for (const double node : nodes) sum += (node - mean(nodes)) * (node - mean(nodes));
  return std::sqrt(sum / static_cast<double>(nodes.size()));
}

/// Parcels of the shipped plant's tube, changed, at one flow.
std::vector<double> nodes_at(const PlantGeometry& tube, double flow_uL_per_min) {
  const std::vector<Section> sections = sections_of(shipped_plant());
  return residence_nodes(tube, sections, std::vector<double>(sections.size(), flow_uL_per_min));
}

}  // namespace

TEST_CASE("residence times: their mean is plug flow's, their spread that of the dispersion number") {
  PlantGeometry tube = shipped_plant().geometry;
  tube.segmented = true;
  tube.dispersion_number = 0.002;
  const auto nodes = nodes_at(tube, 300.0);
  CHECK(mean(nodes) == doctest::Approx(1.0).epsilon(1e-12));
  // A handful of equally likely parcels leaves out the tails.
  CHECK(spread(nodes) < std::sqrt(2.0 * 0.002));
  CHECK(spread(nodes) > 0.75 * std::sqrt(2.0 * 0.002));
  tube.dispersion_number = 0.0;
  CHECK(nodes_at(tube, 300.0) == std::vector<double>{1.0});
}

TEST_CASE("residence times: in laminar flow they spread as Taylor and Aris say, the more the faster") {
  PlantGeometry tube = shipped_plant().geometry;
  tube.segmented = false;
  tube.diffusivity_m2_per_s = 4e-8;
  const auto slow = nodes_at(tube, 100.0), fast = nodes_at(tube, 200.0);
  CHECK(spread(fast) / spread(slow) == doctest::Approx(std::sqrt(2.0)).epsilon(0.05));
  tube.diffusivity_m2_per_s = 1e-10;
  CHECK(spread(nodes_at(tube, 300.0)) < 0.31);
}

TEST_CASE("transport: a faster flow mixes faster") {
  const PlantGeometry& tube = shipped_plant().geometry;
  CHECK(mixing_time_s(tube, tube.mixing_flow_uL_per_min) == doctest::Approx(tube.mixing_time_s));
  CHECK(mixing_time_s(tube, 4.0 * tube.mixing_flow_uL_per_min) < tube.mixing_time_s);
}

TEST_CASE("transport: numbers of a tube agree with what one works out by hand") {
  PlantParameters plant = shifted_plant();
  const std::vector<Section> sections = sections_of(plant);
  // 300 uL/min in 1.016 mm: 6.167 mm/s; 829 uL are 1.0226 m.
  const TransportCheck found = check_transport(plant, sections, {300.0, 300.0});
  CHECK(found.regime == "laminar, spread by shear");
  CHECK(found.peclet == doctest::Approx(6.167e-3 * 1.016e-3 / 1e-9).epsilon(1e-3));
  CHECK(found.reynolds == doctest::Approx(790.0 * 6.167e-3 * 1.016e-3 / 4e-3).epsilon(1e-3));
  CHECK(found.length_per_diameter == doctest::Approx(1006.4).epsilon(1e-3));
  CHECK(found.radial_diffusions == doctest::Approx(4e-9 * 165.8 / (1.016e-3 * 1.016e-3)).epsilon(1e-3));
  const double dispersion = 1e-9 * (1.0 + found.peclet * found.peclet / 192.0);
  CHECK(found.bodenstein == doctest::Approx(6.167e-3 * 1.0226 / dispersion).epsilon(1e-3));
}

TEST_CASE(
    "transport: laminar flow that is too fast for its length is flagged, a slow one and slugs are not") {
  const PlantParameters& laminar = shifted_plant();
  const TransportCheck fast = check_transport(laminar, conditions(6.0, 2.0, 150.0, 40.0));
  CHECK_FALSE(fast.valid);
  CHECK(fast.reason.find("too short for Taylor and Aris") != std::string::npos);
  CHECK(fast.length_per_diameter < 0.2 * fast.peclet);
  const TransportCheck slow = check_transport(laminar, conditions(6.0, 2.0, 150.0, 240.0));
  CHECK(slow.valid);
  CHECK(slow.reason.empty());
  CHECK(slow.length_per_diameter > 0.2 * slow.peclet);
  const TransportCheck slugs = check_transport(shipped_plant(), conditions(6.0, 2.0, 150.0, 40.0));
  CHECK(slugs.valid);
  CHECK(slugs.regime == "segmented");
  CHECK(slugs.bodenstein == doctest::Approx(1000.0));
}

TEST_CASE("transport: a plant says where its equations do not hold") {
  const std::vector<std::string> notes = transport_notes(shifted_plant());
  REQUIRE(notes.size() == 1);
  CHECK(notes[0].find("residence_time_s = 40") != std::string::npos);
  CHECK(transport_notes(shipped_plant()).empty());
}

TEST_CASE("transport: turbulence, a cut spread and a section without flow are no valid transport") {
  PlantParameters plant = shifted_plant();
  const std::vector<Section> sections = sections_of(plant);
  plant.geometry.viscosity_mPas = 0.001;
  CHECK(check_transport(plant, sections, {600.0, 600.0}).reason.find("Reynolds") != std::string::npos);
  plant = shifted_plant();
  CHECK(check_transport(plant, sections, {0.0, 0.0}).reason == "a section without flow");
  // Diffusion along a short tube, at a small Peclet number.
  plant.geometry.diffusivity_m2_per_s = 1e-3;
  const TransportCheck slow = check_transport(plant, sections, {10.0, 10.0});
  CHECK(slow.regime == "laminar, spread by diffusion");
  CHECK(slow.reason.find("Bodenstein") != std::string::npos);
}

TEST_CASE("transport: the spread of sections in a row is that of the whole tube at one flow, more at two") {
  PlantGeometry tube = shifted_plant().geometry;
  tube.diffusivity_m2_per_s = 1e-8;
  const std::vector<Section> whole{{{}, {}, 800.0}, {{}, {}, 30.0}};
  const std::vector<Section> halves{{{}, {}, 400.0}, {{}, {}, 400.0}, {{}, {}, 30.0}};
  const double one = dispersion_number(tube, whole, {200.0, 200.0});
  CHECK(dispersion_number(tube, halves, {200.0, 200.0, 200.0}) == doctest::Approx(one).epsilon(1e-12));
  CHECK(dispersion_number(tube, halves, {200.0, 400.0, 400.0}) > one);
}

}  // namespace nocturne::test
