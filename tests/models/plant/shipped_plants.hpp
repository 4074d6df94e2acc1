#pragma once

#include <doctest/doctest.h>

#include <string>

#include "models/observation.hpp"
#include "recipes/plant_file.hpp"
#include "support/temporary_folder.hpp"

namespace nocturne::test {

/// A plant that ships, read once.
inline const PlantParameters& shipped_plant() {
  static const PlantParameters plant = read_plant(NOCTURNE_SOURCE_DIR "/recipes/plants/cspbbr3.toml");
  return plant;
}

/// One that behaves otherwise.
inline const PlantParameters& shifted_plant() {
  static const PlantParameters plant = read_plant(NOCTURNE_SOURCE_DIR "/recipes/plants/cspbbr3_shifted.toml");
  return plant;
}

/// The shipped plant without what makes runs differ, so that it can be compared with its steady state.
inline PlantParameters reproducible_plant() {
  PlantParameters plant = shipped_plant();
  plant.reproducibility.surface_energy = 0.0;
  plant.reproducibility.bromide_activity = 0.0;
  return plant;
}

/// What is said about the shipped plant's file with one piece of text exchanged.
inline std::string plant_refusal(const std::string& from, const std::string& to) {
  std::string text = file_text(NOCTURNE_SOURCE_DIR "/recipes/plants/cspbbr3.toml");
  const auto at = text.find(from);
  REQUIRE(at != std::string::npos);
  text.replace(at, from.size(), to);
  try {
    parse_plant(text, "plant.toml");
  } catch (const FileError& error) {
    return error.what();
  }
  return "accepted";
}

inline Conditions conditions(double br_pb, double amine_pb, double temperature_C, double residence_time_s) {
  return {{"br_pb", br_pb},
          {"amine_pb", amine_pb},
          {"temperature_C", temperature_C},
          {"residence_time_s", residence_time_s}};
}

}  // namespace nocturne::test
