#pragma once

#include <string>
#include <vector>

#include "optimizer/optimizer.hpp"

namespace nocturne {

/// How far the expected peak moves when one variable goes through its range and all others stand.
struct Influence {
  Variable variable;
  double span_nm = 0.0;
};

/// What a model expects over two variables, all others as at `around`; values row by row of `y`.
struct ResponseSurface {
  Variable across, up;
  Conditions around;
  std::vector<double> x, y;
  std::vector<double> mean_nm, half_width_nm;  ///< of the peak; half width of its 90 % interval
  std::vector<double> probability;             ///< that the target of the next ask is met
};

/// Why a campaign with so many products shows no surface; empty = it does.
std::string why_no_surface(std::size_t variables, int products);
/// Of every variable at these conditions, largest first.
std::vector<Influence> influences(const Optimizer& optimizer, const std::vector<Variable>& variables,
                                  const Conditions& around);
/// On a grid of `steps` by `steps`. Throws std::runtime_error where this build has no model.
ResponseSurface response_surface(const Optimizer& optimizer, const Variable& across, const Variable& up,
                                 const Conditions& around, int steps);

}  // namespace nocturne
