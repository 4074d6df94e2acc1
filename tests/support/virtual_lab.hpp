#pragma once

#include <optional>

#include "devices/clock.hpp"

namespace nocturne::test {

/// A virtual-time world for one test.
struct VirtualLab {
  VirtualClock clock;

  /// Runs `task` to its end in virtual time and returns its result; what it throws is thrown here.
  template <class T>
  T run(Task<T> task) {
    std::optional<T> result;
    auto store = [&]() -> Task<void> { result = co_await std::move(task); };
    clock.run(store());
    return *std::move(result);
  }
  void run(Task<void> task) { clock.run(std::move(task)); }
};

}  // namespace nocturne::test
