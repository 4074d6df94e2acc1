#include <doctest/doctest.h>

#include "devices/concurrency.hpp"
#include "devices/error.hpp"
#include "devices/playback_link.hpp"
#include "support/virtual_lab.hpp"

namespace nocturne::test {
namespace {

using namespace std::chrono_literals;
using Happened = WireEvent::Kind;

/// A recorded line, made of (time, what, bytes); its entries are the lines 2, 3, ... of a file.
struct PlaybackLab : VirtualLab {
  struct Entry {
    Duration at;
    Happened kind;
    std::string text;
  };
  std::unique_ptr<PlaybackLine> line;
  std::vector<WireDifference> differences;

  void record(const std::vector<Entry>& entries) {
    std::vector<RecordedEvent> events;
    for (const Entry& entry : entries)
      events.push_back({entry.at, WireEvent{entry.kind, entry.text}, static_cast<int>(events.size()) + 2});
    line = std::make_unique<PlaybackLine>(clock, "pump", std::move(events),
                                          [this](const WireDifference& d) { differences.push_back(d); });
  }
  /// "answer@30": the next bytes, and when they came in ms.
  std::string heard(ByteLink& link, Duration patience = 1s) {
    auto work = [&]() -> Task<std::string> {
      try {
        co_return co_await with_timeout(clock, patience, link.read_some());
      } catch (const TimedOut&) {
        co_return "silence";
      }
    };
    const std::string bytes = run(work());
    return bytes + "@" + std::to_string(clock.now().time_since_epoch() / 1ms);
  }
  /// Writing something else never returns: until someone cancels it.
  void say(ByteLink& link, std::string bytes) {
    auto work = [&]() -> Task<void> {
      try {
        co_await with_timeout(clock, 1ms, link.write(std::move(bytes)));
      } catch (const TimedOut&) {
      }
    };
    run(work());
  }
};

const std::vector<PlaybackLab::Entry> two_exchanges{
    {1s, Happened::opened, ""},         {2s, Happened::sent, "VER\r"},
    {2030ms, Happened::received, "NE"}, {2050ms, Happened::received, "1000"},
    {3s, Happened::sent, "DIA\r"},      {3010ms, Happened::received, "26.59"}};

TEST_CASE_FIXTURE(PlaybackLab,
                  "playback link: each piece of a reply comes as long after the request as recorded") {
  record(two_exchanges);
  const auto link = line->open();
  CHECK(link->endpoint() == "recorded:pump");
  CHECK(heard(*link, 500ms) == "silence@500");
  run(link->write("VER\r"));
  CHECK(heard(*link) == "NE@530");
  CHECK(heard(*link) == "1000@550");
  CHECK(line->rest()->request == "DIA\r");
  run(link->write("DIA\r"));
  CHECK(heard(*link) == "26.59@560");
  CHECK(line->agreed() == 2);
  CHECK(!line->rest());
  CHECK(differences.empty());
}

TEST_CASE_FIXTURE(PlaybackLab, "playback link: a request may come in pieces") {
  record(two_exchanges);
  const auto link = line->open();
  run(link->write("V"));
  CHECK(heard(*link) == "silence@1000");
  CHECK(line->agreed() == 0);
  CHECK(line->rest()->file_line == 3);
  run(link->write("ER\r"));
  CHECK(heard(*link) == "NE@1030");
}

TEST_CASE_FIXTURE(PlaybackLab,
                  "playback link: another request is told with its place, once, and gets no answer") {
  record(two_exchanges);
  const auto link = line->open();
  run(link->write("VER\r"));
  heard(*link);
  heard(*link);
  SUBCASE("another byte") { say(*link, "DIB\r"); }
  SUBCASE("another byte in a later piece") {
    say(*link, "DI");
    say(*link, "B\r");
  }
  REQUIRE(differences.size() == 1);
  CHECK(differences[0].file_line == 6);
  CHECK(differences[0].expected == "DIA\r");
  CHECK(differences[0].got == "DIB\r");
  say(*link, "DIA\r");
  CHECK(heard(*link).starts_with("silence"));
  CHECK(differences.size() == 1);
  CHECK(line->agreed() == 1);
}

TEST_CASE_FIXTURE(PlaybackLab,
                  "playback link: a longer request is a difference, though it begins as recorded") {
  record(two_exchanges);
  const auto link = line->open();
  say(*link, "VER\r\n");
  REQUIRE(differences.size() == 1);
  CHECK(differences[0].file_line == 3);
  CHECK(differences[0].got == "VER\r\n");
}

TEST_CASE_FIXTURE(PlaybackLab, "playback link: a request after the last recorded one is a difference") {
  record({{1s, Happened::opened, ""}, {2s, Happened::sent, "A"}});
  const auto link = line->open();
  run(link->write("A"));
  say(*link, "B");
  REQUIRE(differences.size() == 1);
  CHECK(differences[0].file_line == 3);
  CHECK(differences[0].expected.empty());
  CHECK(differences[0].got == "B");
}

TEST_CASE_FIXTURE(PlaybackLab, "playback link: what was recorded and is not asked again is the rest") {
  record(two_exchanges);
  CHECK(line->rest()->file_line == 3);
  CHECK(line->rest()->request == "VER\r");
  CHECK(line->rest()->count == 2);
}

TEST_CASE_FIXTURE(PlaybackLab, "playback link: a line that could not be opened, or broke, does so again") {
  record({{1s, Happened::lost, "/dev/x: cannot be opened"},
          {2s, Happened::opened, ""},
          {3s, Happened::sent, "A"},
          {3100ms, Happened::lost, "the line broke"},
          {4s, Happened::opened, ""},
          {4010ms, Happened::received, "hello"},
          {5s, Happened::sent, "B"}});
  CHECK_THROWS_WITH_AS(line->open(), "recorded:pump: /dev/x: cannot be opened", DeviceError);
  auto link = line->open();
  run(link->write("A"));
  CHECK_THROWS_WITH_AS(run(link->read_some()), "recorded:pump: the line broke", DeviceError);
  CHECK(clock.now() == Instant{100ms});
  link = line->open();
  CHECK(heard(*link) == "hello@110");
  run(link->write("B"));
  CHECK(!line->rest());
}

TEST_CASE_FIXTURE(PlaybackLab,
                  "playback link: what was thrown away unread stays away, what arrived can be thrown away") {
  record({{1s, Happened::opened, ""},
          {2s, Happened::sent, "A"},
          {2010ms, Happened::received, "B"},
          {2500ms, Happened::discarded, "noise"},
          {3s, Happened::sent, "C"}});
  const auto link = line->open();
  run(link->write("A"));
  CHECK(link->discard_input().empty());
  run(clock.sleep_for(10ms));
  CHECK(link->discard_input() == "B");
  CHECK(heard(*link).starts_with("silence"));
}

}  // namespace
}  // namespace nocturne::test
