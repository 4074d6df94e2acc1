#pragma once

#include <optional>

#include "models/observation.hpp"
#include "models/spectra/correction.hpp"
#include "models/spectra/spectrum.hpp"

namespace nocturne {

/// Decadic absorbance -log10(sample / reference) of two dark-subtracted spectra on one grid, with its
/// variance. NaN where either is not positive. Throws std::invalid_argument if the lengths differ.
Spectrum absorbance(const Spectrum& sample, const Spectrum& reference);

/// Subtracts the weighted mean over [low_nm, high_nm], where nothing absorbs. Returns that mean; nothing is
/// subtracted and nothing returned if there are fewer than five usable points. Its own error is not spread
/// over the points.
std::optional<Estimate> subtract_offset(Spectrum& absorbance, double low_nm, double high_nm);

/// Weighted mean over `width_nm` around a wavelength; nothing if there is no usable point.
std::optional<Estimate> mean_around(const Spectrum& spectrum, double wavelength_nm, double width_nm);

/// The lowest transition in an absorbance spectrum.
struct Exciton {
  Estimate nm;
  std::optional<double>
      peak_valley_ratio;  ///< absorbance at the maximum over that of the minimum on its blue side
  bool shoulder = false;  ///< no maximum of its own: the strongest downward curvature
};

/// The maximum of longest wavelength in [low_nm, high_nm] that stands out of the noise, else the shoulder of
/// longest wavelength; local cubics over 24 nm. Nothing if the spectrum rises without structure.
std::optional<Exciton> first_exciton(const Spectrum& absorbance, double low_nm, double high_nm);

}  // namespace nocturne
