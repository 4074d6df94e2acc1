#pragma once

#include <optional>

#include "models/observation.hpp"
#include "models/spectra/absorption.hpp"
#include "models/spectra/spectrum.hpp"

namespace nocturne {

/// Light that is lost without being absorbed: the cell's wandering baseline, or scattering by particles.
struct ScatterBackground {
  Estimate level;     ///< absorbance at reference_nm
  Estimate exponent;  ///< n of (wavelength / reference_nm)^-n; 0 +- 0 where a constant explains the window
  double reference_nm = 0.0;

  double at(double wavelength_nm) const;
};

/// Fits a power law to a window where nothing absorbs; a constant is preferred unless the power law's squares
/// are smaller by nine. The exponent stays within 0 and 6 (Rayleigh: 4). Nothing with fewer than five usable
/// points.
std::optional<ScatterBackground> scatter_background(const Spectrum& absorbance, double low_nm,
                                                    double high_nm);

/// Subtracts the background from every point; its own error is not spread over the points.
void subtract_background(Spectrum& absorbance, const ScatterBackground& background);

/// Where absorption sets in: absorbance has fallen to half of what it is at the first exciton, on that one's
/// red side before `high_nm`. Unlike the tangent at the steepest point it is one number whatever the noise
/// and however weak the exciton. Nothing if the exciton does not stand out of the noise.
std::optional<Estimate> optical_edge(const Spectrum& absorbance, const Exciton& first, double high_nm);

/// The crystals' absorbance around this wavelength (mean over 20 nm): far above the gap, and little else
/// absorbs. Nothing without usable points.
constexpr double continuum_nm = 410.0;
std::optional<Estimate> crystal_continuum(const Spectrum& absorbance);
/// The same continued to another wavelength with `per_eV`, known to 0.3 of itself.
Estimate continued(const Estimate& continuum, double wavelength_nm, double per_eV = 0.9);

/// Absorbance at `wavelength_nm` beyond the continued continuum: lead complexes and ligands.
/// Nothing without usable points.
std::optional<Estimate> dissolved_absorbance(const Spectrum& absorbance, double wavelength_nm,
                                             double continuum_per_eV = 0.9);

}  // namespace nocturne
