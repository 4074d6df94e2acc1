#pragma once

#include "controller/virtual/virtual_side.hpp"
#include "devices/clock.hpp"
#include "recipes/fault_file.hpp"

namespace nocturne {

/// Throws FileError if the bench has no virtual side (null), and at the first event whose instrument is not
/// virtual or does not know the fault.
void check(const FaultScenario& scenario, VirtualSide* side);

/// Strikes and heals in the clock's time, counted from now; ends after the last event.
Task<void> play(Clock& clock, VirtualSide& side, FaultScenario scenario);

}  // namespace nocturne
