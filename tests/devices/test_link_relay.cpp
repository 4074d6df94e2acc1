#include <doctest/doctest.h>

#include "devices/concurrency.hpp"
#include "devices/error.hpp"
#include "devices/link_relay.hpp"
#include "devices/memory_link.hpp"

namespace nocturne::test {
namespace {

using namespace std::chrono_literals;

/// A relay in real time; behind it memory, whose instrument's end the test holds.
struct RelayLab {
  SystemClock clock;
  std::unique_ptr<ByteLink> instrument;
  int opened = 0;
  bool may_open = true;
  LinkRelay relay{clock, [this] { return plug_in(); }};

  Task<std::unique_ptr<ByteLink>> plug_in() {
    if (!may_open) throw DeviceError{DeviceFault::unreachable, "port", "is not there"};
    MemoryLinkPair ends = make_memory_link(clock, "unit", 0);
    instrument = std::move(ends.instrument);
    ++opened;
    co_return std::move(ends.host);
  }
  Task<std::unique_ptr<ByteLink>> connect() { return connect_tcp(clock, "127.0.0.1", relay.port(), 5s); }
  void run(Task<void> task) { clock.run(with_timeout(clock, 10s, std::move(task))); }
  Task<void> until_opened(int count) {
    while (opened < count) co_await clock.sleep_for(1ms);
  }
};

TEST_CASE_FIXTURE(RelayLab,
                  "link relay: every byte passes both ways; the next client gets a link of its own") {
  auto work = [&]() -> Task<void> {
    for (int visit = 1; visit <= 2; ++visit) {
      const std::unique_ptr<ByteLink> client = co_await connect();
      co_await client->write("ask");
      co_await until_opened(visit);
      const std::string asked = co_await instrument->read_some();
      CHECK(asked == "ask");
      co_await instrument->write("answer");
      const std::string answered = co_await client->read_some();
      CHECK(answered == "answer");
    }
  };
  run(work());
  CHECK(opened == 2);
}

TEST_CASE_FIXTURE(
    RelayLab, "link relay: a client leaves when its link breaks or cannot be opened, and may come again") {
  bool gone = false;
  auto until_gone = [&]() -> Task<void> {
    const std::unique_ptr<ByteLink> client = co_await connect();
    if (may_open) {
      co_await until_opened(1);
      instrument.reset();
    }
    try {
      co_await client->read_some();
    } catch (const DeviceError&) {
      gone = true;
    }
  };
  SUBCASE("breaks") {}
  SUBCASE("cannot be opened") { may_open = false; }
  run(until_gone());
  CHECK(gone);
  may_open = true;
  const int before = opened;
  auto again = [&]() -> Task<void> {
    const std::unique_ptr<ByteLink> client = co_await connect();
    co_await until_opened(before + 1);
    co_await client->write("ask");
    const std::string asked = co_await instrument->read_some();
    CHECK(asked == "ask");
  };
  run(again());
}

TEST_CASE_FIXTURE(RelayLab, "link relay: ends in the middle of a conversation") {
  auto work = [&]() -> Task<void> {
    const std::unique_ptr<ByteLink> client = co_await connect();
    co_await until_opened(1);
    co_await client->write("ask");
  };
  run(work());
}

}  // namespace
}  // namespace nocturne::test
