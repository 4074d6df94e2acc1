#pragma once

#include <Eigen/Core>

#include "models/torch/matern.hpp"

namespace nocturne {

/// Kernel and noise of one output.
struct Hyperparameters {
  Matern kernel;
  double scatter = 1.0;  ///< standard deviation of repeats beyond their standard errors
};

/// What is believed of them before any data: normal in the logarithm, a median and a width each. Lengths grow
/// with the square root of the number of dimensions (Hvarfner et al. 2024, arXiv:2402.02229).
struct HyperPrior {
  int dimensions = 1;
  double amplitude = 1.0, amplitude_width = 1.0;
  double length = 0.4, length_width = 0.7;  ///< times sqrt(dimensions)
  double scatter = 0.1, scatter_width = 1.0;

  Hyperparameters median() const;
  /// ln of the density of `h`, up to a constant of the number of dimensions.
  double log_density(const Hyperparameters& h) const;
};

/// Maximum a posteriori of the hyper-parameters for residuals r ~ N(0, K + fixed + scatter²): `fixed` holds
/// what does not depend on them, the measurement variances and the uncertainty of the mean's constants.
/// Quasi-Newton descent on gradients from libtorch's autograd, from `start`.
Hyperparameters learn_hyperparameters(const HyperPrior& prior, const Eigen::MatrixXd& points,
                                      const Eigen::VectorXd& residuals, const Eigen::MatrixXd& fixed,
                                      const Hyperparameters& start);

}  // namespace nocturne
