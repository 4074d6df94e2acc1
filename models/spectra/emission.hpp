#pragma once

#include <optional>
#include <utility>
#include <vector>

#include "models/observation.hpp"
#include "models/spectra/spectrum.hpp"

namespace nocturne {

/// Where and how emission is looked for.
struct EmissionSearch {
  double low_nm = 0.0;
  double high_nm = 1e9;
  std::vector<std::pair<double, double>>
      excluded_nm;              ///< stretches that never count, e.g. the second order of the LED
  double narrowest_meV = 30.0;  ///< narrower lines come from lamps
  double detection_sigma = 6.0;
  double widest_beside_source_meV =
      300.0;                      ///< wider and far fainter than the source: the source's own background
  bool subtract_baseline = true;  ///< straight line between the quiet stretches on both sides
};

/// One emission line. Its peak is the maximum of a quartic fitted locally to the top fifth (when noisy, of a
/// cubic to the top half), so asymmetry and tails of the line do not move it.
struct EmissionLine {
  Estimate peak_nm;
  double height = 0.0;                ///< above the baseline, in the spectrum's unit
  std::optional<Estimate> fwhm_nm;    ///< absent if the spectrum ends above half maximum
  std::optional<Estimate> fwhm_meV;   ///< energy between the wavelengths at half maximum, no Jacobian
  std::optional<Estimate> asymmetry;  ///< red over blue half width at half maximum, in nm
  double low_half_nm = 0.0;           ///< half maximum or where the spectrum ends
  double high_half_nm = 0.0;
};

/// A line too narrow for quantum dots: room light, calibration lamps, stuck pixels.
struct NarrowLine {
  double nm = 0.0;
  double height = 0.0;
};

/// A straight line beneath emission lines.
struct Baseline {
  double middle_nm = 0.0;
  Estimate level;  ///< at middle_nm
  double slope = 0.0;

  double at(double wavelength_nm) const { return level.value + slope * (wavelength_nm - middle_nm); }
};

struct Emission {
  std::vector<EmissionLine> lines;       ///< highest first; empty = no emission
  std::vector<NarrowLine> narrow_lines;  ///< highest first
  Baseline baseline;                     ///< what was subtracted
  Spectrum signal;                       ///< the searched stretch, baseline subtracted, narrow lines as NaN
};

/// Finds emission lines. A line counts if, smoothed over 6 nm, it exceeds the straight line through its
/// surroundings by `detection_sigma` standard deviations of that difference; the deviation is the larger of
/// the one from the variances and the one seen between neighbouring stretches. With some hundred independent
/// stretches, six normal deviations pass by chance less than once in a million spectra. It must also fall on
/// both sides, so tails of the LED do not count.
Emission find_emission(const Spectrum& spectrum, const EmissionSearch& search);

/// True if a second line is higher than a twentieth of the first.
bool several_peaks(const Emission& emission);

/// Measures the known lines again after `signal` has been changed, e.g. corrected for reabsorption.
void measure_again(Emission& emission);

/// Wavelengths at half of the largest value to both sides of it, by linear interpolation between neighbours
/// without baseline or smoothing. Nothing if either side is missing.
std::optional<std::pair<double, double>> half_maximum_nm(const Spectrum& spectrum);

/// Full width at half maximum as published for CsPbBr3 dots (Henke et al., Adv. Mater. 2025): half_maximum_nm
/// with both wavelengths converted to eV without Jacobian.
std::optional<double> half_maximum_width_eV(const Spectrum& spectrum);

}  // namespace nocturne
