#pragma once

#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <optional>
#include <type_traits>

#include "devices/clock.hpp"

namespace nocturne {

/// A thread for one blocking library handle or one long computation. Jobs run one at a time, cannot be
/// cancelled, and their result arrives on the loop's thread; virtual time stands still meanwhile.
class Worker {
 public:
  explicit Worker(Clock& clock) : clock_{clock} {}
  ~Worker() { thread_.join(); }

  /// Runs `job()` on the thread; returns what it returns, throws what it throws. What `job` refers to must
  /// outlive the call.
  template <class Job>
  Task<std::invoke_result_t<Job&>> run(Job job) {
    using Result = std::invoke_result_t<Job&>;
    const Clock::Hold hold = co_await clock_.hold();
    std::exception_ptr failure;
    if constexpr (std::is_void_v<Result>) {
      auto guarded = [&] {
        try {
          job();
        } catch (...) {
          failure = std::current_exception();
        }
      };
      co_await on_thread(guarded);
      if (failure) std::rethrow_exception(failure);
    } else {
      std::optional<Result> result;
      auto guarded = [&] {
        try {
          result.emplace(job());
        } catch (...) {
          failure = std::current_exception();
        }
      };
      co_await on_thread(guarded);
      if (failure) std::rethrow_exception(failure);
      co_return *std::move(result);
    }
  }

 private:
  /// Runs `work` on the thread and resumes the caller on the loop. No cancellation slot: a blocking call has
  /// none.
  template <class Work>
  Task<void> on_thread(Work& work) {
    auto initiate = [this, &work](auto handler) {
      auto guard = asio::make_work_guard(clock_.io());
      asio::post(thread_, [this, &work, handler = std::move(handler), guard = std::move(guard)]() mutable {
        work();
        asio::post(clock_.io(), [handler = std::move(handler)]() mutable { std::move(handler)(); });
      });
    };
    return asio::async_initiate<const asio::use_awaitable_t<>, void()>(std::move(initiate),
                                                                       asio::use_awaitable);
  }

  Clock& clock_;
  asio::thread_pool thread_{1};
};

}  // namespace nocturne
