#include "devices/concurrency.hpp"

#include <boost/asio/post.hpp>

namespace nocturne {

bool was_cancelled(const std::exception_ptr& failure) {
  if (!failure) return false;
  try {
    std::rethrow_exception(failure);
  } catch (const boost::system::system_error& error) {
    return error.code() == asio::error::operation_aborted;
  } catch (...) {
    return false;
  }
}

Task<void> all(std::vector<Task<void>> works) {
  if (works.empty()) co_return;
  const auto executor = co_await asio::this_coro::executor;
  using Operation = decltype(asio::co_spawn(executor, std::move(works.front()), asio::deferred));
  std::vector<Operation> operations;
  operations.reserve(works.size());
  for (Task<void>& work : works)
    operations.push_back(asio::co_spawn(executor, std::move(work), asio::deferred));
  auto group = asio::experimental::make_parallel_group(std::move(operations));
  const auto [order, failures] =
      co_await group.async_wait(asio::experimental::wait_for_one_error(), asio::use_awaitable);
  for (const std::size_t i : order)
    if (failures[i]) std::rethrow_exception(failures[i]);
}

Task<void> with_timeout(Clock& clock, Duration limit, Task<void> work) {
  bool done = false;
  auto job = [&]() -> Task<void> {
    co_await std::move(work);
    done = true;
  };
  co_await race(job(), clock.sleep_for(limit));
  if (!done) throw TimedOut{};
}

void Background::start(Task<void> work, std::function<void(std::exception_ptr)> on_failure) {
  running_.remove_if([](const auto& signal) { return signal.use_count() == 1; });  // its work has ended
  auto& signal = running_.emplace_back(std::make_shared<asio::cancellation_signal>());
  auto ended = [report = std::move(on_failure), keep = signal](std::exception_ptr failure) {
    if (failure && !was_cancelled(failure)) report(failure);
  };
  asio::co_spawn(clock_.io(), std::move(work),
                 asio::bind_cancellation_slot(signal->slot(), std::move(ended)));
}

void Background::stop() {
  for (const auto& signal : running_) signal->emit(asio::cancellation_type::terminal);
  // What the emits have posted looks at the signals once more.
  asio::post(clock_.io(), [signals = std::move(running_)] {});
  running_.clear();
}

}  // namespace nocturne
