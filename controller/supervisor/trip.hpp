#pragma once

#include <string>

#include "models/observation.hpp"
#include "models/signal_limit.hpp"

namespace nocturne {

/// Why the campaign cannot go on as it does; with Reaction::warn, what somebody should know.
struct Trip {
  FailureKind kind = FailureKind::interrupted;
  std::string what;
  Reaction reaction = Reaction::safe;
};

}  // namespace nocturne
