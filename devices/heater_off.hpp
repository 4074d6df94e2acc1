#pragma once

#include <functional>

#include "devices/clock.hpp"

namespace nocturne {

/// How long a controller is left alone before it is looked at again.
inline constexpr Duration settle_pause = std::chrono::milliseconds{100};

/// Attempts to cut the heating until one does not throw. After `deadline` the last one's DeviceError is
/// rethrown; there is always a first attempt.
Task<void> off_until_verified(Clock& clock, Duration deadline, std::function<Task<void>()> cut);

}  // namespace nocturne
