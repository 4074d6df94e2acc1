#pragma once

#include <map>
#include <string>

#include "models/observation.hpp"

namespace nocturne {

/// What an asked point is expected to give. Intervals are 90 %.
struct Prediction {
  std::map<std::string, Interval> outputs;  ///< by public name: "peak_nm", "fwhm_meV", ...
  double probability = 0.0;                 ///< that the target is met
};

struct Suggestion {
  Conditions conditions;
  Prediction predicted;  ///< empty outputs while there is no model yet
  std::string reason;    ///< "initial design", "log expected improvement 0.31", ...
};

}  // namespace nocturne
