#pragma once

#include <optional>

#include "models/units.hpp"

namespace nocturne {

/// What is done about a signal beyond its limits.
enum class Reaction {
  warn,  ///< told and logged; the campaign goes on
  hold,  ///< the feeds stand and the heat is kept until it is over, for a while; then as `safe`
  safe,  ///< everything stops, the heat first
};

/// Where a measured signal may not be, in its own unit.
struct SignalLimit {
  std::optional<double> below, above;  ///< not allowed
  Seconds lasting{0.0};                ///< how long it has to last
  Reaction reaction = Reaction::safe;
};

}  // namespace nocturne
