#pragma once

#include <Eigen/Core>
#include <vector>

#include "models/observation.hpp"
#include "models/spectra/emission.hpp"

namespace nocturne {

/// One Gaussian on the energy axis, fitted to photons per energy: counts per wavelength times wavelength²/hc
/// (the Jacobian; Mooney and Kambhampati 2013, 10.1021/jz401508t). Its width and maximum therefore differ
/// from those at half maximum of the counts over wavelength (EmissionLine).
struct EmissionComponent {
  Estimate area;  ///< unit of the spectrum times nm
  Estimate peak_eV;
  Estimate fwhm_meV;
};

/// The component as counts per wavelength, at each of these wavelengths.
Eigen::VectorXd counts_per_nm(const EmissionComponent& component, const Eigen::VectorXd& wavelength_nm);

/// Emission as a sum of lines, in the order of Emission::lines.
struct Components {
  std::vector<EmissionComponent> lines;
  Eigen::MatrixXd area_covariance;  ///< like all errors enlarged where residuals exceed the variances
  double residual = 0.0;            ///< reduced chi-squared
};

/// Fits one component per line of `emission` by weighted least squares (Levenberg-Marquardt), starting from
/// what was measured. No lines if there are fewer points than parameters.
Components fit_components(const Emission& emission);

}  // namespace nocturne
