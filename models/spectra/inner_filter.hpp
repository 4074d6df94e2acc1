#pragma once

#include "models/spectra/spectrum.hpp"

namespace nocturne {

/// Light lost between source, product and detector: emission seen at `depth` of the path (0..1, 0.5 = the
/// middle, collected along the lamp's axis) loses the decadic absorbance of that share of the path on its way
/// in (at the excitation) and on its way out (at its own wavelength). Right-angle and front-face cells differ
/// in the depth alone (Kubista et al. 1994, 10.1039/an9941900417).
struct InnerFilter {
  double excitation_absorbance = 0.0;
  double depth = 0.5;
};

/// Undoes the loss: multiplies `emission` by 10^(depth (A(excitation) + A(wavelength))), its variances by the
/// square and by what the absorbance's own noise adds. Where the absorbance is unknown only the excitation is
/// corrected.
void undo_inner_filter(Spectrum& emission, const Spectrum& absorbance, const InnerFilter& filter);

}  // namespace nocturne
