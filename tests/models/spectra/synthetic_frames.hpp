#pragma once

#include "models/spectra/flags.hpp"
#include "models/spectra/interpret.hpp"
#include "models/spectra/synthetic.hpp"

namespace nocturne::test {

/// Reads of `light` with their dark.
inline MeasurementFrames emission_of(Camera& camera, const Light& light, int reads = 6, int scans = 3) {
  MeasurementFrames frames;
  frames.darks = {camera.dark(scans)};
  for (int i = 0; i < reads; ++i) frames.emission.push_back(camera.expose(light, scans));
  return frames;
}

}  // namespace nocturne::test
