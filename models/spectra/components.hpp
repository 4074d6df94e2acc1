#pragma once

#include <Eigen/Core>
#include <vector>

#include "models/observation.hpp"
#include "models/spectra/emission.hpp"

namespace nocturne {

/// Emission as a sum of lines that are Gaussian in energy, fitted by weighted least squares
/// (Levenberg-Marquardt). Used for shares only: peaks and widths are measured locally.
struct Components {
  Eigen::VectorXd area;             ///< per line, unit of the spectrum times nm
  Eigen::MatrixXd area_covariance;  ///< enlarged where the residuals exceed the variances
};

/// Fits one component per line of `emission`, starting from what was measured. The order is that of the
/// lines.
Components fit_components(const Emission& emission);

/// Share of the components for which `counts` is true, with its error; both have one entry per component.
Estimate share_of(const Components& components, const std::vector<bool>& counts);

}  // namespace nocturne
