#pragma once

#include <cstddef>
#include <vector>

#include "models/plant/plant_parameters.hpp"

namespace nocturne {

/// A stretch of tube with one flow: from a junction to the next.
struct Section {
  std::vector<std::size_t> zones;  ///< indices into PlantGeometry::zones
  std::vector<std::size_t> feeds;  ///< indices of those that join at its start
  double volume_uL = 0.0;
};

/// The zones cut at the junctions. The cell is always a section of its own, the last one; feeds that no zone
/// names enter at the first. Throws std::invalid_argument without a heated zone or without one before the
/// cell.
std::vector<Section> sections_of(const PlantParameters& parameters);

/// Flow in every section, when feeds flow at these rates.
std::vector<double> section_flows(const std::vector<Section>& sections, const std::vector<double>& feeds);

}  // namespace nocturne
