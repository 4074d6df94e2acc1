#include <doctest/doctest.h>

#include <vector>

#include "devices/concurrency.hpp"
#include "devices/error.hpp"
#include "devices/memory_link.hpp"
#include "devices/partner.hpp"

namespace nocturne::test {
namespace {

using namespace std::chrono_literals;

TEST_CASE("memory link: both ends are named alike and bytes travel both ways") {
  VirtualLab lab;
  MemoryLinkPair pair = make_memory_link(lab.clock, "pump", 0);
  CHECK(pair.host->endpoint() == "memory:pump");
  CHECK(pair.instrument->endpoint() == "memory:pump");
  lab.run(pair.host->write("ping"));
  CHECK(lab.run(pair.instrument->read_some()) == "ping");
  lab.run(pair.instrument->write("pong"));
  CHECK(lab.run(pair.host->read_some()) == "pong");
  CHECK(lab.clock.now() == Instant{});
}

TEST_CASE("memory link: at 10000 baud a byte takes one millisecond, for the sender and for the receiver") {
  VirtualLab lab;
  MemoryLinkPair pair = make_memory_link(lab.clock, "pump", 10000);
  Instant sent{}, received{};
  auto send = [&]() -> Task<void> {
    co_await pair.host->write("12345");
    sent = lab.clock.now();
  };
  auto receive = [&]() -> Task<void> {
    const std::string first = co_await pair.instrument->read_some();
    CHECK(first == "1");
    CHECK(lab.clock.now() == Instant{1ms});
    const std::string rest = co_await pair.instrument->read_some();
    CHECK(rest == "2345");
    received = lab.clock.now();
  };
  std::vector<Task<void>> works;
  works.push_back(receive());
  works.push_back(send());
  lab.run(all(std::move(works)));
  CHECK(sent == Instant{5ms});
  CHECK(received == Instant{5ms});
}

TEST_CASE("memory link: whoever looks early gets the bytes that have arrived, and the rest later") {
  VirtualLab lab;
  MemoryLinkPair pair = make_memory_link(lab.clock, "pump", 10000);
  auto send = [&]() -> Task<void> { co_await pair.host->write("12345"); };
  auto look = [&]() -> Task<void> {
    co_await lab.clock.sleep_for(3500us);
    const std::string early = co_await pair.instrument->read_some();
    CHECK(early == "123");
    const std::string late = co_await pair.instrument->read_some();
    CHECK(late == "45");
    CHECK(lab.clock.now() == Instant{5ms});
  };
  std::vector<Task<void>> works;
  works.push_back(send());
  works.push_back(look());
  lab.run(all(std::move(works)));
}

TEST_CASE("memory link: discarding drops what has arrived and nothing that is still on its way") {
  VirtualLab lab;
  MemoryLinkPair pair = make_memory_link(lab.clock, "pump", 10000);
  auto send = [&]() -> Task<void> { co_await pair.host->write("12345"); };
  auto drop = [&]() -> Task<void> {
    co_await lab.clock.sleep_for(2500us);
    pair.instrument->discard_input();
    const std::string rest = co_await pair.instrument->read_some();
    CHECK(rest == "345");
  };
  std::vector<Task<void>> works;
  works.push_back(send());
  works.push_back(drop());
  lab.run(all(std::move(works)));
}

TEST_CASE(
    "memory link: a long message comes in bunches, so that a reader is never kept waiting for its end") {
  VirtualLab lab;
  MemoryLinkPair pair = make_memory_link(lab.clock, "pump", 10000);
  auto send = [&]() -> Task<void> { co_await pair.host->write(std::string(25, 'x')); };
  auto receive = [&]() -> Task<void> {
    std::vector<std::size_t> sizes;
    for (std::size_t total = 0; total < 25; total += sizes.back()) {
      const std::string bytes = co_await pair.instrument->read_some();
      sizes.push_back(bytes.size());
    }
    CHECK(sizes == std::vector<std::size_t>{1, 10, 10, 4});
    CHECK(lab.clock.now() == Instant{25ms});
  };
  std::vector<Task<void>> works;
  works.push_back(receive());
  works.push_back(send());
  lab.run(all(std::move(works)));
}

TEST_CASE("memory link: a second write follows the first and never overtakes it") {
  VirtualLab lab;
  MemoryLinkPair pair = make_memory_link(lab.clock, "pump", 10000);
  auto send = [&](std::string bytes) -> Task<void> { co_await pair.host->write(std::move(bytes)); };
  std::vector<Task<void>> works;
  works.push_back(send("123"));
  works.push_back(send("45"));
  lab.run(all(std::move(works)));
  CHECK(lab.clock.now() == Instant{5ms});
  CHECK(lab.run(pair.instrument->read_some()) == "12345");
}

TEST_CASE("memory link: when one end goes, the other reads what had arrived and then finds the line broken") {
  VirtualLab lab;
  MemoryLinkPair pair = make_memory_link(lab.clock, "pump", 0);
  lab.run(pair.instrument->write("last words"));
  pair.instrument.reset();
  CHECK(lab.run(pair.host->read_some()) == "last words");
  CHECK(fault_of([&] { lab.run(pair.host->read_some()); }) == DeviceFault::unreachable);
  CHECK(fault_of([&] { lab.run(pair.host->write("hello?")); }) == DeviceFault::unreachable);
}

TEST_CASE("memory link: a reader that waits is told when the other end goes") {
  VirtualLab lab;
  MemoryLinkPair pair = make_memory_link(lab.clock, "pump", 9600);
  auto unplug = [&]() -> Task<void> {
    co_await lab.clock.sleep_for(1s);
    pair.instrument.reset();
    co_await lab.clock.sleep_for(1h);
  };
  auto listen = [&]() -> Task<void> { co_await pair.host->read_some(); };
  CHECK(fault_of([&] { run_beside(lab, unplug(), listen()); }) == DeviceFault::unreachable);
  CHECK(lab.clock.now() == Instant{1s});
}

}  // namespace
}  // namespace nocturne::test
