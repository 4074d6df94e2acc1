#pragma once

#include <map>
#include <string>

#include "models/observation.hpp"

namespace nocturne {

/// What is left of each stock, by name, in mL.
using Supplies = std::map<std::string, double>;

/// What an asked point is expected to give. Intervals are 90 %.
struct Prediction {
  /// By public name: "peak_nm", "fwhm_meV", ... Always finite; outputs of which nothing is known are absent.
  std::map<std::string, Interval> outputs;
  double probability = 0.0;  ///< that the target is met
  double success = 1.0;      ///< that there is a product at all
};

struct Suggestion {
  Conditions conditions;
  Prediction predicted;
  std::string reason;  ///< "initial design", "log expected improvement 0.31", ...
};

}  // namespace nocturne
