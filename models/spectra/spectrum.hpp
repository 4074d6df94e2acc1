#pragma once

#include <Eigen/Core>

namespace nocturne {

/// Values over wavelength on a strictly ascending grid. Not-a-number values are pixels without a measurement.
struct Spectrum {
  Eigen::VectorXd wavelength_nm;
  Eigen::VectorXd value;
  Eigen::VectorXd variance;  ///< of each value, same unit squared; empty = unknown

  Eigen::Index size() const { return wavelength_nm.size(); }
};

}  // namespace nocturne
