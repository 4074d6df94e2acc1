#include "devices/clock.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <stdexcept>

namespace nocturne {

void Clock::run(Task<void> root) {
  bool ended = false;
  std::exception_ptr failure;
  asio::co_spawn(io(), std::move(root), [&](std::exception_ptr e) {
    ended = true;
    failure = e;
  });
  if (!run_until(ended)) throw std::logic_error{"deadlock: a task waits for something that never happens"};
  if (failure) std::rethrow_exception(failure);
}

Task<void> SystemClock::sleep_until(Instant deadline) {
  asio::steady_timer timer{io_, start_ + deadline.time_since_epoch()};
  co_await wait_for_wake(timer);
}

Task<Clock::Hold> SystemClock::hold() { co_return Hold{nullptr}; }

bool SystemClock::run_until(const bool& ended) {
  io_.restart();
  while (!ended)
    if (io_.run_one() == 0) return false;
  return true;
}

Task<void> VirtualClock::sleep_until(Instant deadline) {
  asio::steady_timer timer{
      io_, std::chrono::steady_clock::time_point::max()};  // run_until() wakes it by cancelling
  const Ticket ticket{deadline, next_ticket_++};
  sleepers_.emplace(ticket, &timer);
  struct Leave {  // also when the whole coroutine is destroyed while it sleeps
    std::map<Ticket, asio::steady_timer*>& sleepers;
    Ticket ticket;
    ~Leave() { sleepers.erase(ticket); }
  } const leave{sleepers_, ticket};
  co_await wait_for_wake(timer);
}

Task<Clock::Hold> VirtualClock::hold() {
  while (held_) co_await released_.wait();
  held_ = true;
  co_return Hold{this};
}

void VirtualClock::release() {
  held_ = false;
  released_.notify_one();
}

bool VirtualClock::run_until(const bool& ended) {
  while (!ended) {
    io_.restart();
    if (io_.poll_one() > 0) continue;  // everything that can happen at this instant comes first
    if (held_) {
      io_.run_one();
    } else if (sleepers_.empty()) {
      return false;
    } else {
      const auto next = sleepers_.begin();
      now_ = std::max(now_, next->first.first);
      asio::steady_timer& timer = *next->second;
      sleepers_.erase(next);
      timer.cancel();
    }
  }
  return true;
}

}  // namespace nocturne
