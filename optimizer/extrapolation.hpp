#pragma once

#include <Eigen/Core>

#include "models/surrogate.hpp"

namespace nocturne {

/// Whether a point of the unit cube lies half as far again from every experiment (rows of `told`) as any of
/// them lies from the others, in variables weighed by how the expected `output` answers to them among the
/// experiments. Always so for fewer than two.
bool is_extrapolated(const Surrogate& surrogate, int output, const Eigen::MatrixXd& told,
                     const Eigen::VectorXd& unit);

}  // namespace nocturne
