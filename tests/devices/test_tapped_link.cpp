#include <doctest/doctest.h>

#include "devices/concurrency.hpp"
#include "devices/error.hpp"
#include "devices/memory_link.hpp"
#include "devices/tapped_link.hpp"
#include "support/virtual_lab.hpp"

namespace nocturne::test {
namespace {

using namespace std::chrono_literals;

/// One line with a tap at its host end; what the tap tells, in short.
struct TapLab : VirtualLab {
  MemoryLinkPair ends = make_memory_link(clock, "pump", 0);
  std::string told;
  std::unique_ptr<ByteLink> tap =
      std::make_unique<TappedLink>(std::move(ends.host), [this](const WireEvent& event) {
        static constexpr const char* names[] = {"opened", "sent", "received", "discarded", "lost", "closed"};
        told += std::string{names[static_cast<int>(event.kind)]} + "(" + event.text + ") ";
      });
};

TEST_CASE_FIXTURE(TapLab, "tapped link: passes every byte both ways and tells of it in the order of travel") {
  auto work = [&]() -> Task<std::string> {
    co_await tap->write("ask");
    std::string heard = co_await ends.instrument->read_some();
    co_await ends.instrument->write("answer");
    co_return heard + co_await tap->read_some();
  };
  CHECK(run(work()) == "askanswer");
  CHECK(tap->endpoint() == "memory:pump");
  tap.reset();
  CHECK(told == "opened(memory:pump) sent(ask) received(answer) closed() ");
}

TEST_CASE_FIXTURE(TapLab, "tapped link: tells of bytes that the host throws away unread") {
  run(ends.instrument->write("stale"));
  CHECK(tap->discard_input() == "stale");
  CHECK(tap->discard_input().empty());
  CHECK(told == "opened(memory:pump) discarded(stale) ");
}

TEST_CASE_FIXTURE(TapLab, "tapped link: tells once that the line broke, and why") {
  ends.instrument.reset();
  for (int i = 0; i < 2; ++i) CHECK_THROWS_AS(run(tap->read_some()), DeviceError);
  CHECK_THROWS_AS(run(tap->write("more")), DeviceError);
  tap.reset();
  CHECK(told == "opened(memory:pump) lost(memory:pump: the other end is gone) sent(more) ");
}

TEST_CASE_FIXTURE(TapLab, "tapped link: a read that is cancelled is not a broken line and loses nothing") {
  auto work = [&]() -> Task<std::string> {
    try {
      co_await with_timeout(clock, 10ms, tap->read_some());
    } catch (const TimedOut&) {
    }
    co_await ends.instrument->write("late");
    co_return co_await tap->read_some();
  };
  CHECK(run(work()) == "late");
  CHECK(told == "opened(memory:pump) received(late) ");
}

}  // namespace
}  // namespace nocturne::test
