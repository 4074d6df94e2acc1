#pragma once

#include <functional>
#include <optional>

#include "devices/concurrency.hpp"

namespace nocturne {

/// Lets an instrument keep time by itself: it is called when its next event is due, whether or not anybody
/// talks to it.
class WakeUp {
 public:
  /// Does what is due and returns when the next event is, if there is one.
  using Wake = std::function<std::optional<Instant>()>;
  WakeUp(Clock& clock, Wake wake) : clock_{clock}, wake_{std::move(wake)}, watch_{clock} {}

  /// The next event is due at `next`. It may be called earlier, for an event that has been called off.
  void set(std::optional<Instant> next);

 private:
  Task<void> watch(Instant until);
  Clock& clock_;
  const Wake wake_;
  std::optional<Instant> watched_;  // what the running watch() sleeps for
  Background watch_;                // last, so that it stops first
};

}  // namespace nocturne
