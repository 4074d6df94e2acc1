#pragma once

#include <optional>
#include <variant>
#include <vector>

#include "models/material.hpp"
#include "models/observation.hpp"
#include "models/spectra/cell_yields.hpp"
#include "models/spectra/correction.hpp"
#include "models/spectra/frame.hpp"

namespace nocturne {

/// Everything read from one product at rest or in steady flow. All counts vectors have the detector's length.
struct MeasurementFrames {
  std::vector<Frame> emission;      ///< repeated reads of one exposure, LED on
  std::vector<Frame> transmission;  ///< repeated reads of one exposure, lamp on; empty = no absorbance
  Frame reference;                  ///< lamp on, solvent in the cell; no counts = no absorbance
  std::vector<Frame> darks;  ///< both lights off: of each exposure, or two around it; none = dark-subtracted
  std::optional<double> fed_lead_mmol_per_L;  ///< as diluted in the cell; none or 0 = no yield
};

struct InterpretationSettings {
  double excitation_nm = 365.0;
  double excitation_guard_nm = 35.0;  ///< emission is looked for this far beyond the excitation line
  double longest_emission_nm = 900.0;
  double narrowest_emission_meV = 30.0;       ///< a line below this width is a lamp line, not dots
  double absorbance_baseline_low_nm = 600.0;  ///< window without absorption
  double absorbance_baseline_high_nm = 900.0;
  double unlit_below_nm = 270.0;    ///< no lamp light passes toluene there: pixels below it see stray light
  double detection_sigma = 6.0;     ///< emission must exceed its noise by this after matched smoothing
  double inner_filter_depth = 0.5;  ///< share of the optical path before and behind the spot that is seen
  double nanoplatelet_limit = 0.5;  ///< Failure nanoplatelets above this share of the emission
  double path_cm = 0.0;             ///< optical path of the cell; 0 = unknown: no yield
  std::optional<CellReference> reference;  ///< of quantum yields; none = no plqy
};

/// Reads to observation. The peak is the maximum of the counts over wavelength, found locally; fwhm_meV is
/// the distance in energy of the two wavelengths at half maximum of the counts (no Jacobian), which is how
/// widths of these products are published; intensity is the baseline-corrected integral in counts nm / s, of
/// one read's exposure. With transmission frames the emission is first corrected for what the product itself
/// absorbs (undo_inner_filter). The share of platelets follows from emission and absorbance together
/// (separate_populations). Absorbance is that above the window without absorption, so a lamp that fades by
/// the same factor at all wavelengths changes nothing; stray light is subtracted where the detector has
/// pixels below `unlit_below_nm` (subtract_stray_light). Bad pixels of the darks are left out of everything.
/// With a reference the quantum yield follows (relative_plqy), with the lead that was fed the reaction's
/// yield (reaction_yield). Nothing follows the LED: intensity and quantum yield are those of its power at the
/// time. Standard errors hold counting noise and the scatter between reads. Failure: no_emission, saturated,
/// nanoplatelets. Throws std::invalid_argument if lengths or exposures do not belong together, there is no
/// emission frame, or fewer than 16 pixels have a usable reading where emission is looked for.
///
/// Flags: high_absorbance (above 0.3 at the excitation: the quantum yield rests on a large correction),
/// plqy_above_one, yield_above_one (by more than two standard errors), bad_pixels (between excitation and the
/// longest emission), narrow_lines, nanoplatelets_possible, no_absorbance_baseline, no_light_at_excitation
/// (transmission without a usable pixel there), outside_sizing_curve, saturated, several_peaks, stray_light
/// (above 1 % of the lamp at the excitation; subtracted), truncated_peak.
Outcome interpret(const MeasurementFrames& frames, const Detector& detector, const Material& material,
                  const InterpretationSettings& settings = {});

/// What a single read says about emission: enough to see whether a product stands still.
struct EmissionRead {
  Estimate peak_nm;    ///< with its counting error
  double light = 0.0;  ///< counts of all usable pixels where emission is looked for
};

/// Failure: no_emission, saturated. Throws like interpret().
std::variant<EmissionRead, Failure> read_emission(const Frame& frame, const Correction& correction,
                                                  const InterpretationSettings& settings = {});

}  // namespace nocturne
