#pragma once

#include <utility>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <deque>
#include <memory>

namespace nocturne {

/// Lets coroutines of one loop wait for each other. Waiters wake in the order in which they began to wait. What a
/// waiter touches is shared with it, because the loop may outlive the signal and destroy waiters last.
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

/// Waits for a timer that someone else cancels to wake the waiter (or that expires); throws operation_aborted only
/// if the waiting coroutine itself was cancelled.
boost::asio::awaitable<void> wait_for_wake(boost::asio::steady_timer& timer);

/// Gives one coroutine at a time the right to proceed, in order of asking.
class Mutex {
  struct State {
    explicit State(boost::asio::io_context& io) : freed{io} {}
    bool locked = false;
    Signal freed;
  };

 public:
  explicit Mutex(boost::asio::io_context& io) : state_{std::make_shared<State>(io)} {}

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
  std::shared_ptr<State> state_;
};

}  // namespace nocturne
