#include "devices/virtual/outbox.hpp"

#include <algorithm>

#include "devices/concurrency.hpp"

namespace nocturne {

void Outbox::put(std::string bytes, Duration delay, int lane) {
  if (hung_up_ || bytes.empty() || waiting_ + bytes.size() > capacity) return;
  waiting_ += bytes.size();
  Instant& last_due = last_due_[lane];
  last_due = std::max(last_due, clock_.now() + delay);
  items_.emplace(last_due, std::move(bytes));
  filled_.notify_one();
}

void Outbox::hang_up() {
  hung_up_ = true;
  filled_.notify_one();
}

Task<void> Outbox::write_to(ByteLink& link) {
  for (;;) {
    while (items_.empty()) {
      if (hung_up_) co_return;
      co_await filled_.wait();
    }
    const Instant due = items_.begin()->first;
    if (due > clock_.now()) {
      co_await race(clock_.sleep_until(due), filled_.wait());
      continue;
    }
    std::string bytes = std::move(items_.begin()->second);
    items_.erase(items_.begin());
    waiting_ -= bytes.size();
    co_await link.write(std::move(bytes));
  }
}

}  // namespace nocturne
