#include "devices/signal.hpp"

#include <algorithm>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_state.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>

namespace nocturne {

namespace asio = boost::asio;

asio::awaitable<void> wait_for_wake(asio::steady_timer& timer) {
  boost::system::error_code woken;
  co_await timer.async_wait(asio::redirect_error(asio::use_awaitable, woken));
  const asio::cancellation_state state = co_await asio::this_coro::cancellation_state;
  if (state.cancelled() != asio::cancellation_type::none)
    throw boost::system::system_error{asio::error::operation_aborted};
}

asio::awaitable<void> wait_uncancelled(asio::steady_timer& timer) {
  boost::system::error_code woken;
  co_await timer.async_wait(asio::bind_cancellation_slot(asio::cancellation_slot{},
                                                         asio::redirect_error(asio::use_awaitable, woken)));
}

asio::awaitable<void> Signal::wait() {
  asio::steady_timer timer{io_, std::chrono::steady_clock::time_point::max()};
  waiters_->push_back(&timer);
  struct Leave {  // also when the whole coroutine is destroyed while it waits
    std::shared_ptr<Waiters> waiters;
    asio::steady_timer* timer;
    ~Leave() { std::erase(*waiters, timer); }
  } const leave{waiters_, &timer};
  std::exception_ptr cancelled;
  try {
    co_await wait_for_wake(timer);
  } catch (...) {
    cancelled = std::current_exception();
  }
  if (!cancelled) co_return;
  if (std::ranges::find(*waiters_, &timer) == waiters_->end())
    notify_one();  // a wake-up must not die with its waiter
  std::rethrow_exception(cancelled);
}

void Signal::notify_one() {
  if (waiters_->empty()) return;
  asio::steady_timer* const first = waiters_->front();
  waiters_->pop_front();
  first->cancel();
}

void Signal::notify_all() {
  while (!waiters_->empty()) notify_one();
}

void Mutex::State::hand_over() {
  locked = !waiters.empty();
  if (!locked) return;
  Waiter* const next = waiters.front();
  waiters.pop_front();
  next->has_turn = true;
  next->timer->cancel();
}

asio::awaitable<Mutex::Lock> Mutex::lock() {
  if (!state_->locked) {
    state_->locked = true;
    co_return Lock{state_};
  }
  asio::steady_timer timer{io_, std::chrono::steady_clock::time_point::max()};
  Waiter waiter{&timer};
  state_->waiters.push_back(&waiter);
  struct Leave {  // cancelled, or destroyed while it waits: a turn must not die with its waiter
    std::shared_ptr<State> state;
    Waiter* waiter;
    ~Leave() {
      if (waiter == nullptr) return;
      std::erase(state->waiters, waiter);
      if (waiter->has_turn) state->hand_over();
    }
  } leave{state_, &waiter};
  co_await wait_for_wake(timer);
  leave.waiter = nullptr;
  co_return Lock{state_};
}

Mutex::Lock::~Lock() {
  if (state_) state_->hand_over();
}

}  // namespace nocturne
