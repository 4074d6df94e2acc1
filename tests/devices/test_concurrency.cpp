#include <doctest/doctest.h>

#include "devices/concurrency.hpp"
#include "support/virtual_lab.hpp"

namespace nocturne::test {
namespace {

using namespace std::chrono_literals;

Task<int> answer(Clock& clock, Duration delay) {
  co_await clock.sleep_for(delay);
  co_return 42;
}

Task<void> fail(Clock& clock, Duration delay) {
  co_await clock.sleep_for(delay);
  throw std::runtime_error{"broken"};
}

TEST_CASE("with_timeout: work that ends in time gives its result, and time does not run on to the limit") {
  VirtualLab lab;
  CHECK(lab.run(with_timeout(lab.clock, 5s, answer(lab.clock, 2s))) == 42);
  CHECK(lab.clock.now() == Instant{2s});
}

TEST_CASE("with_timeout: work that is late is cancelled at the limit") {
  VirtualLab lab;
  CHECK_THROWS_AS(lab.run(with_timeout(lab.clock, 1s, answer(lab.clock, 1h))), TimedOut);
  CHECK(lab.clock.now() == Instant{1s});
}

TEST_CASE("with_timeout: a failure arrives at once and not at the limit") {
  VirtualLab lab;
  CHECK_THROWS_WITH_AS(lab.run(with_timeout(lab.clock, 1h, fail(lab.clock, 1s))), "broken",
                       std::runtime_error);
  CHECK(lab.clock.now() == Instant{1s});
}

TEST_CASE("race: the first to end cancels the others") {
  VirtualLab lab;
  CHECK(lab.run(race(lab.clock.sleep_for(3s), lab.clock.sleep_for(1s), lab.clock.sleep_for(2s))) == 1);
  CHECK(lab.clock.now() == Instant{1s});
}

TEST_CASE("all: the first failure cancels the rest and is the one thrown") {
  VirtualLab lab;
  std::vector<Task<void>> works;
  works.push_back(lab.clock.sleep_for(1h));
  works.push_back(fail(lab.clock, 2s));
  CHECK_THROWS_WITH_AS(lab.run(all(std::move(works))), "broken", std::runtime_error);
  CHECK(lab.clock.now() == Instant{2s});
}

TEST_CASE("a cancelled wait ends with operation_aborted") {
  VirtualLab lab;
  bool cancelled = false;
  auto sleeper = [&]() -> Task<void> {
    try {
      co_await lab.clock.sleep_for(1h);
    } catch (...) {
      cancelled = was_cancelled(std::current_exception());
    }
  };
  lab.run(race(sleeper(), lab.clock.sleep_for(1s)));
  CHECK(cancelled);
}

TEST_CASE("mutex: holders come in order of asking, and a cancelled waiter does not keep the others waiting") {
  VirtualLab lab;
  Mutex mutex{lab.clock.io()};
  std::vector<int> order;
  auto hold = [&](int number, Duration duration) -> Task<void> {
    const Mutex::Lock lock = co_await mutex.lock();
    order.push_back(number);
    co_await lab.clock.sleep_for(duration);
  };
  auto impatient = [&]() -> Task<void> { co_await race(hold(2, 1s), lab.clock.sleep_for(500ms)); };
  std::vector<Task<void>> works;
  works.push_back(hold(1, 1s));
  works.push_back(impatient());
  works.push_back(hold(3, 1s));
  lab.run(all(std::move(works)));
  CHECK(order == std::vector<int>{1, 3});
}

TEST_CASE("background: work runs until it is stopped, and a failure is reported") {
  VirtualLab lab;
  int ticks = 0;
  std::exception_ptr failure;
  auto tick = [&]() -> Task<void> {
    for (;;) {
      co_await lab.clock.sleep_for(1s);
      ++ticks;
    }
  };
  auto observe = [&]() -> Task<void> {
    Background background{lab.clock};
    const auto report = [&](std::exception_ptr e) { failure = e; };
    background.start(tick(), report);
    co_await lab.clock.sleep_for(3500ms);
    CHECK_FALSE(failure);
    background.start(fail(lab.clock, 1s), report);
    co_await lab.clock.sleep_for(2s);
  };
  lab.run(observe());
  CHECK(ticks == 5);
  CHECK(failure);
}

}  // namespace
}  // namespace nocturne::test
