#pragma once

#include <optional>

#include "models/spectra/emission.hpp"
#include "models/spectra/interpret.hpp"
#include "models/spectra/spectrum.hpp"

namespace nocturne {

/// The spectra that interpret() reads its numbers from, to be looked at.
struct SeenSpectra {
  Spectrum light;                    ///< counts of one read's exposure, without the dark; mean of the reads
  Emission emission;                 ///< as it is measured; without lines there is no emission
  bool inner_filter_undone = false;  ///< then `emission` is more than `light` above its baseline
  std::optional<Spectrum> absorbance;
};

/// Throws std::invalid_argument like interpret().
SeenSpectra seen_spectra(const MeasurementFrames& frames, const Detector& detector,
                         const InterpretationSettings& settings);

}  // namespace nocturne
