#pragma once

#include <string>
#include <vector>

namespace nocturne {

enum class Scale { linear, logarithmic };
enum class VariableKind { real, integer, categorical };

/// One axis of a decision space. Categorical values are the indices of `choices`.
struct Variable {
  std::string name;  ///< with its unit, as in Conditions: "temperature_C"
  double low = 0.0;
  double high = 1.0;
  Scale scale = Scale::linear;
  VariableKind kind = VariableKind::real;
  std::vector<std::string> choices;
  std::string unit;  ///< for people; empty for a ratio
};

/// What is wanted: `output` within `tolerance` of `value`, and nothing outside the side conditions.
struct Target {
  std::string output = "peak_nm";
  double value = 0.0;
  double tolerance = 1.0;
  double fwhm_max_meV = 0.0;  ///< 0 = no limit on the width
  bool narrowest = false;     ///< and, of what meets this, the narrowest line
  double plqy_min = 0.0;      ///< 0..1; 0 = any quantum yield
  double yield_min = 0.0;     ///< 0..1, of the reaction; 0 = any
  friend bool operator==(const Target&, const Target&) = default;
};

}  // namespace nocturne
