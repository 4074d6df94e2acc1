#include "devices/virtual/wake_up.hpp"

namespace nocturne {

void WakeUp::set(std::optional<Instant> next) {
  if (!next || (watched_ && *watched_ <= *next)) return;
  watch_.stop();
  watched_ = next;
  watch_.start(watch(*next), [](std::exception_ptr failure) { std::rethrow_exception(failure); });
}

Task<void> WakeUp::watch(Instant until) {
  for (;;) {
    co_await clock_.sleep_until(until);
    watched_ = wake_();
    if (!watched_) co_return;
    until = *watched_;
  }
}

}  // namespace nocturne
