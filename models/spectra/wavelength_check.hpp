#pragma once

#include <Eigen/Core>
#include <stdexcept>
#include <vector>

#include "models/observation.hpp"
#include "models/spectra/spectrum.hpp"

namespace nocturne {

/// A spectrum that is not one of the lamp: dark, too few lines, lines that do not belong to it.
struct NotALampSpectrum : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// One line of a calibration lamp where it should be and where the spectrometer shows it.
struct LampLine {
  double reference_nm = 0.0;
  Estimate measured_nm;
};

/// How far a spectrometer's wavelength scale is off: measured - reference = offset + dispersion * (wavelength
/// - centre_nm) / 100 nm.
struct WavelengthCheck {
  std::vector<LampLine> lines;     ///< found ones, ascending
  double centre_nm = 0.0;          ///< where `offset_nm` holds: the weighted mean of the lines
  Estimate offset_nm;              ///< mean offset of the lines
  Estimate dispersion_nm_per_100;  ///< change of the offset over 100 nm
  double rms_nm = 0.0;             ///< scatter of the lines about that line

  /// What has to be subtracted from a wavelength.
  Estimate correction_nm(double wavelength_nm) const;
};

/// Isolated lines of mercury and argon in air (Sansonetti, Salit and Reader 1996, 10.1364/AO.35.000074; NIST
/// Atomic Spectra Database), nm, ascending.
const std::vector<double>& mercury_argon_lines_nm();

/// Compares a dark-subtracted lamp spectrum with the lines of the lamp. A line counts if it stands out of its
/// surroundings by `detection_sigma` within `search_nm` of its place; its centre is that of the Gaussian
/// through its highest pixels. Lines with a pixel that has no reading (NaN: clipped, blind) are left out.
/// Needs three lines, and more than other peaks of the spectrum would put there by chance (binomial, by their
/// density; 0.001). Throws NotALampSpectrum.
WavelengthCheck check_wavelengths(const Spectrum& lamp,
                                  const std::vector<double>& lines_nm = mercury_argon_lines_nm(),
                                  double search_nm = 2.0, double detection_sigma = 8.0);

}  // namespace nocturne
