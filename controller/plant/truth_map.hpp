#pragma once

#include <array>
#include <filesystem>
#include <iosfwd>
#include <optional>
#include <string>

#include "models/observation.hpp"
#include "models/plant/plant_parameters.hpp"

namespace nocturne {

/// What to map: two variables over their ranges, all others held.
struct TruthMap {
  std::array<std::string, 2> variables;          ///< across, up
  Conditions held;                               ///< what is not told stands in the middle of its range
  int points = 41;                               ///< along each side
  std::string output = "peak_nm";                ///< for the picture
  std::optional<std::filesystem::path> picture;  ///< SVG
};

/// Writes the plant's noiseless truth on the grid as CSV: both variables, then every output; empty where
/// nothing emits. Returns the exit status. Throws std::invalid_argument for unknown variables or outputs, and
/// ChartError.
int truth_map(const PlantParameters& parameters, const TruthMap& map, std::ostream& csv);

}  // namespace nocturne
