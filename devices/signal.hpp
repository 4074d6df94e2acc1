#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <deque>
#include <memory>
#include <utility>

namespace nocturne {

/// Lets coroutines of one loop wait for each other. Waiters wake in the order in which they began to wait.
/// What a waiter touches is shared with it, because the loop may outlive the signal and destroy waiters last.
class Signal {
 public:
  explicit Signal(boost::asio::io_context& io) : io_{io} {}

  /// Completes at the next notify that reaches this waiter; cancellation ends it with operation_aborted.
  boost::asio::awaitable<void> wait();
  void notify_one();
  void notify_all();

 private:
  boost::asio::io_context& io_;
  using Waiters = std::deque<boost::asio::steady_timer*>;
  std::shared_ptr<Waiters> waiters_ = std::make_shared<Waiters>();
};

/// Waits for a timer that someone else cancels to wake the waiter (or that expires); throws operation_aborted
/// only if the waiting coroutine itself was cancelled.
boost::asio::awaitable<void> wait_for_wake(boost::asio::steady_timer& timer);
/// The same, but cancelling the waiting coroutine does not end it.
boost::asio::awaitable<void> wait_uncancelled(boost::asio::steady_timer& timer);

/// Gives one coroutine at a time the right to proceed, in order of asking: whoever leaves hands over to the
/// first that waits, so that one who asks again at once comes last.
class Mutex {
  struct Waiter {
    boost::asio::steady_timer* timer = nullptr;
    bool has_turn = false;
  };
  struct State {
    void hand_over();
    bool locked = false;
    std::deque<Waiter*> waiters;
  };

 public:
  explicit Mutex(boost::asio::io_context& io) : io_{io}, state_{std::make_shared<State>()} {}

  class Lock {
   public:
    explicit Lock(std::shared_ptr<State> state) : state_{std::move(state)} {}
    Lock(Lock&&) noexcept = default;
    Lock& operator=(Lock&&) = delete;
    ~Lock();

   private:
    std::shared_ptr<State> state_;
  };
  boost::asio::awaitable<Lock> lock();

 private:
  boost::asio::io_context& io_;
  std::shared_ptr<State> state_;
};

}  // namespace nocturne
