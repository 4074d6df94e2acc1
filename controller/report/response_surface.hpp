#pragma once

#include <string>
#include <vector>

#include "controller/chart.hpp"
#include "controller/report/logged_night.hpp"

namespace nocturne {

/// How far the expected peak moves when one variable goes through its range and all others stand.
struct Influence {
  Variable variable;
  double span_nm = 0.0;
};

/// What the model expects of the peak over two variables, all others as at `around`.
struct ResponseSurface {
  Conditions around;
  std::vector<Influence> influences;  ///< largest first; the first two span the maps
  HeatMap mean, half_width;           ///< of the peak; half width of the 90 % interval, both in nm
};

/// Why there is no surface to show; empty = there is one.
std::string why_no_surface(const LoggedNight& night);
/// Throws std::runtime_error where this build has no model.
ResponseSurface response_surface(const LoggedNight& night);

}  // namespace nocturne
