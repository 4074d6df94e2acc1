#include "devices/virtual/outbox.hpp"

namespace nocturne {

void Outbox::put(std::string bytes, Duration delay) {
  if (hung_up_ || bytes.empty()) return;
  items_.push_back(Item{clock_.now() + delay, std::move(bytes)});
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
    Item item = std::move(items_.front());
    items_.pop_front();
    if (item.due > clock_.now()) co_await clock_.sleep_until(item.due);
    co_await link.write(std::move(item.bytes));
  }
}

}  // namespace nocturne
