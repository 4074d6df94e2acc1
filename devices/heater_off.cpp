#include "devices/heater_off.hpp"

#include <exception>

#include "devices/error.hpp"

namespace nocturne {

Task<void> off_until_verified(Clock& clock, Duration deadline, std::function<Task<void>()> cut) {
  std::exception_ptr failure;
  const Instant end = clock.now() + deadline;
  do {
    try {
      failure = nullptr;
      co_await cut();
    } catch (const DeviceError&) {
      failure = std::current_exception();
    }
    if (!failure) co_return;
    co_await clock.sleep_for(settle_pause);
  } while (clock.now() < end);
  std::rethrow_exception(failure);
}

}  // namespace nocturne
