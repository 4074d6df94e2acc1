#pragma once

#include <array>
#include <optional>

#include "models/observation.hpp"
#include "models/spectra/spectrum.hpp"

namespace nocturne {

/// Colour of light in the CIE 1931 chromaticity diagram, and where it lies among the primaries of ITU-R
/// BT.2020.
struct Chromaticity {
  Estimate x, y;
  /// Shares of the red, green and blue primary that add up to this chromaticity in the diagram (barycentric,
  /// sum one); a negative one means outside the gamut on the side opposite to that primary.
  std::array<double, 3> rec2020{};
  bool within_rec2020 = false;
  double distance_to_green = 0.0;  ///< in the diagram, from the green primary
};

/// Colour of `photons`, counts per wavelength (nm) above the baseline; energy per photon is accounted for.
/// Colour matching functions of the 2 degree observer by the analytic multi-lobe fit of Wyman, Sloan and
/// Shirley 2013 (J. Comput. Graph. Tech. 2, 2, 1), within 0.004 in x and y of the tables for lines wider than
/// 10 nm. `baseline_error` is that of the level all points share. Nothing if no light is visible.
std::optional<Chromaticity> chromaticity(const Spectrum& photons, double low_nm, double high_nm,
                                         double baseline_error = 0.0);

}  // namespace nocturne
