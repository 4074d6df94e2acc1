#pragma once

#include <array>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/experimental/parallel_group.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>
#include <functional>
#include <list>
#include <optional>
#include <vector>

#include "devices/clock.hpp"

namespace nocturne {

/// Thrown by with_timeout when the work had no result in time.
struct TimedOut : std::exception {
  const char* what() const noexcept override { return "timed out"; }
};

/// True if `failure` is how a cancelled coroutine ends.
bool was_cancelled(const std::exception_ptr& failure);

/// Starts every work at once. The first to end cancels the rest; when all have ended, returns the index of
/// the first or rethrows its failure.
template <class... Works>
requires(sizeof...(Works) > 1) Task<std::size_t> race(Works... works) {
  const auto executor = co_await asio::this_coro::executor;
  auto group =
      asio::experimental::make_parallel_group(asio::co_spawn(executor, std::move(works), asio::deferred)...);
  const auto ends = co_await group.async_wait(asio::experimental::wait_for_one(), asio::use_awaitable);
  const std::size_t first = std::get<0>(ends)[0];
  const auto failures =
      std::apply([](const auto&, const auto&... failure) { return std::array{failure...}; }, ends);
  if (failures[first]) std::rethrow_exception(failures[first]);
  co_return first;
}

/// Runs all works at once to their end; the first failure cancels the rest and is rethrown.
Task<void> all(std::vector<Task<void>> works);

/// Cancels `work` after `limit`. Throws TimedOut unless it had ended by then. Its result type must be
/// default-constructible.
template <class T>
Task<T> with_timeout(Clock& clock, Duration limit, Task<T> work) {
  std::optional<T> result;
  auto job = [&]() -> Task<void> { result = co_await std::move(work); };
  co_await race(job(), clock.sleep_for(limit));
  if (!result) throw TimedOut{};
  co_return *std::move(result);
}
Task<void> with_timeout(Clock& clock, Duration limit, Task<void> work);

/// Coroutines that run beside everything else until they are told to stop: virtual instruments, the
/// supervisor. Destroying it asks them all to stop; the loop must run on for them to end.
class Background {
 public:
  explicit Background(Clock& clock) : clock_{clock} {}
  Background(const Background&) = delete;
  Background& operator=(const Background&) = delete;
  ~Background() { stop(); }

  /// `on_failure` receives what `work` threw, unless it ended by being stopped.
  void start(Task<void> work, std::function<void(std::exception_ptr)> on_failure);
  void stop();

 private:
  Clock& clock_;
  std::list<std::shared_ptr<asio::cancellation_signal>> running_;
};

}  // namespace nocturne
