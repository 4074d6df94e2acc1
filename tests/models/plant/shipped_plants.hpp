#pragma once

#include "models/observation.hpp"
#include "recipes/plant_file.hpp"

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

inline Conditions conditions(double br_pb, double amine_pb, double temperature_C, double residence_time_s) {
  return {{"br_pb", br_pb},
          {"amine_pb", amine_pb},
          {"temperature_C", temperature_C},
          {"residence_time_s", residence_time_s}};
}

}  // namespace nocturne::test
