#include <doctest/doctest.h>

#include <cmath>

#include "models/plant/shipped_plants.hpp"
#include "models/plant/transport.hpp"

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

}  // namespace nocturne::test
