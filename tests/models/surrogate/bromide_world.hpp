#pragma once

#include <Eigen/Core>

#include "models/sizing.hpp"
#include "models/surrogate.hpp"
#include "tests/support/cspbbr3_curve.hpp"

namespace nocturne::test {

/// A peak that three conditions move.
inline constexpr int kDimensions = 3;

inline SurrogateOptions bromide_options() {
  return {
      {{"br_pb", 3.2, 12.0, true},
       {"temperature_C", 70.0, 180.0, false},
       {"residence_time_s", 40.0, 240.0, true}},
      {{.name = "peak", .mean = PriorMean::bromide_equilibrium, .sizing = *sizing_curve(cspbbr3_curve())}},
      0};
}

/// eV: a world that the physics meets with some error.
inline double bromide_energy(const Eigen::RowVectorXd& x) {
  return 2.47 + 0.14 * x(0) - 0.05 * x(1) - 0.01 * x(2);
}

}  // namespace nocturne::test
