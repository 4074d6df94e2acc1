#pragma once

#include <optional>
#include <vector>

#include "models/material.hpp"
#include "models/observation.hpp"
#include "models/spectra/frame.hpp"

namespace nocturne {

/// Everything read from one product at rest or in steady flow. All counts vectors have the detector's length.
struct MeasurementFrames {
  std::vector<Frame> emission;  ///< repeated reads, LED on
  Frame emission_dark;  ///< LED and lamp off, exposure of `emission`; no counts = frames are dark-subtracted
  std::vector<Frame> transmission;  ///< repeated reads, lamp on; empty = no absorbance
  Frame transmission_dark;          ///< both off, exposure of `transmission`
  Frame reference;                  ///< lamp on, solvent in the cell, exposure of `transmission`
};

struct InterpretationSettings {
  double excitation_nm = 365.0;
  double excitation_guard_nm = 35.0;  ///< emission is looked for this far beyond the excitation line
  double longest_emission_nm = 900.0;
  double narrowest_emission_meV = 30.0;       ///< a line below this width is a lamp line, not dots
  double absorbance_baseline_low_nm = 600.0;  ///< window without absorption
  double absorbance_baseline_high_nm = 900.0;
  double detection_sigma = 6.0;     ///< emission must exceed its noise by this after matched smoothing
  double inner_filter_depth = 0.5;  ///< share of the optical path before and behind the spot that is seen
  double nanoplatelet_limit = 0.5;  ///< Failure nanoplatelets above this share of the emission
};

/// Reads to observation. The peak is the maximum of the counts over wavelength, found locally; fwhm_meV is
/// the distance in energy of the two wavelengths at half maximum of the counts (no Jacobian), which is how
/// widths of these products are published; intensity is the baseline-corrected integral in counts nm / s, of
/// one read's exposure. With transmission frames the emission is first corrected for what the product itself
/// absorbs (undo_inner_filter). The share of platelets follows from emission and absorbance together
/// (separate_populations). Standard errors hold counting noise and the scatter between reads. Failure:
/// no_emission, saturated, nanoplatelets. Throws std::invalid_argument if lengths or exposures do not belong
/// together or there is no emission frame.
Outcome interpret(const MeasurementFrames& frames, const Detector& detector, const Material& material,
                  const InterpretationSettings& settings = {});

/// Emission peak (nm) of a single read with its counting error; nothing if there is no emission or it is
/// saturated. `dark` without counts means that `emission` is dark-subtracted. Throws like interpret().
std::optional<Estimate> emission_peak(const Frame& emission, const Frame& dark, const Detector& detector,
                                      const InterpretationSettings& settings = {});

}  // namespace nocturne
