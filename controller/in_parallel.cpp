#include "controller/in_parallel.hpp"

#include <algorithm>
#include <atomic>
#include <exception>
#include <mutex>
#include <thread>
#include <vector>

namespace nocturne {

void in_parallel(int threads, std::size_t count, const std::function<void(std::size_t)>& work) {
  std::atomic<std::size_t> next{0};
  std::mutex mutex;
  std::exception_ptr failure;
  const auto labour = [&] {
    for (std::size_t i = next++; i < count; i = next++) {
      try {
        work(i);
      } catch (...) {
        next = count;
        const std::lock_guard lock{mutex};
        if (!failure) failure = std::current_exception();
      }
    }
  };
  std::vector<std::jthread> crew;
  const std::size_t hands = std::min(static_cast<std::size_t>(std::max(threads, 1)), count);
  for (std::size_t i = 0; i < hands; ++i) crew.emplace_back(labour);
  for (std::jthread& one : crew) one.join();
  if (failure) std::rethrow_exception(failure);
}

int hardware_threads() { return static_cast<int>(std::max(std::thread::hardware_concurrency(), 1u)); }

}  // namespace nocturne
