#include <doctest/doctest.h>

#include <vector>

#include "devices/concurrency.hpp"
#include "devices/worker.hpp"
#include "support/virtual_lab.hpp"

namespace nocturne::test {
namespace {

using namespace std::chrono_literals;

Task<void> note(Clock& clock, Duration delay, int number, std::vector<int>& order) {
  co_await clock.sleep_for(delay);
  order.push_back(number);
}

TEST_CASE("virtual clock: sleeping an hour takes an hour of campaign time") {
  VirtualLab lab;
  lab.run(lab.clock.sleep_for(1h));
  CHECK(lab.clock.now() == Instant{1h});
}

TEST_CASE("virtual clock: sleepers wake by deadline, and in order of asking when deadlines are equal") {
  VirtualLab lab;
  std::vector<int> order;
  std::vector<Task<void>> works;
  works.push_back(note(lab.clock, 2s, 1, order));
  works.push_back(note(lab.clock, 1s, 2, order));
  works.push_back(note(lab.clock, 2s, 3, order));
  works.push_back(note(lab.clock, 1s, 4, order));
  lab.run(all(std::move(works)));
  CHECK(order == std::vector<int>{2, 4, 1, 3});
}

TEST_CASE("virtual clock: a task that waits for nothing that can happen is reported as a deadlock") {
  VirtualLab lab;
  Signal never{lab.clock.io()};
  CHECK_THROWS_AS(lab.run(never.wait()), std::logic_error);
}

TEST_CASE("virtual clock: time stands still while a worker computes") {
  VirtualLab lab;
  Worker worker{lab.clock};
  std::vector<int> order;
  auto compute = [&]() -> Task<void> {
    const int result = co_await worker.run([] { return 7; });
    order.push_back(result);
    CHECK(lab.clock.now() == Instant{});
  };
  std::vector<Task<void>> works;
  works.push_back(note(lab.clock, 1ns, 1, order));
  works.push_back(compute());
  lab.run(all(std::move(works)));
  CHECK(order == std::vector<int>{7, 1});
}

TEST_CASE("virtual clock: two workers at once finish in order of asking") {
  for (int repeat = 0; repeat < 20; ++repeat) {
    VirtualLab lab;
    Worker first{lab.clock}, second{lab.clock};
    std::vector<int> order;
    auto compute = [&](Worker& worker, int number) -> Task<void> {
      co_await worker.run([] {});
      order.push_back(number);
    };
    std::vector<Task<void>> works;
    works.push_back(compute(first, 1));
    works.push_back(compute(second, 2));
    lab.run(all(std::move(works)));
    REQUIRE(order == std::vector<int>{1, 2});
  }
}

TEST_CASE("worker: what a job throws is thrown to the one who waits") {
  VirtualLab lab;
  Worker worker{lab.clock};
  auto job = []() -> int { throw std::runtime_error{"no"}; };
  CHECK_THROWS_WITH_AS(lab.run(worker.run(job)), "no", std::runtime_error);
}

TEST_CASE("system clock: sleeping takes real time") {
  SystemClock clock;
  clock.run(clock.sleep_for(20ms));
  CHECK(clock.now() >= Instant{20ms});
}

}  // namespace
}  // namespace nocturne::test
