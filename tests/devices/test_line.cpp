#include <doctest/doctest.h>

#include "devices/concurrency.hpp"
#include "devices/error.hpp"
#include "devices/line.hpp"
#include "devices/memory_link.hpp"
#include "devices/partner.hpp"

namespace nocturne::test {
namespace {

using namespace std::chrono_literals;
using Kind = FrameVerdict::Kind;

/// Frames that end with '!'. One that begins with '?' is for someone else; one that begins with '#' is noise.
FrameVerdict examine_words(std::string_view received) {
  const std::size_t end = received.find('!');
  if (end == received.npos) return {};
  if (received[0] == '?') return {Kind::foreign, end + 1};
  if (received[0] == '#') return {Kind::noise, end + 1};
  return {Kind::reply, end + 1};
}

std::size_t one_word(const std::string& heard) {
  const std::size_t end = heard.find('!');
  return end == heard.npos ? 0 : end + 1;
}

struct WordLine {
  explicit WordLine(Partner::Script script)
      : partner{lab.clock, std::move(pair.instrument), one_word, std::move(script)},
        line{lab.clock, std::move(pair.host)} {}
  Task<std::string> ask(std::string request) {
    Framing framing = examine_words;
    return line.transact("word", std::move(request), std::move(framing), 100ms);
  }
  std::string run(std::string request) { return run_beside(lab, partner.serve(), ask(std::move(request))); }
  std::optional<DeviceFault> fault(std::string request) {
    return fault_of([&] { run(std::move(request)); });
  }

  VirtualLab lab;
  MemoryLinkPair pair = make_memory_link(lab.clock, "words", 9600);
  Partner partner;
  Line line;
};

TEST_CASE("line: returns the frame that answers, and neither noise nor frames for others before it") {
  WordLine words{[](const std::string&) { return Utterances{{"#garbage!?other!yes!trailing"}}; }};
  CHECK(words.run("hello!") == "yes!");
}

TEST_CASE("line: a reply in pieces is put together") {
  WordLine words{[](const std::string&) { return Utterances{{"y"}, {"e", 20ms}, {"s!", 20ms}}; }};
  CHECK(words.run("hello!") == "yes!");
}

TEST_CASE("line: silence is timed_out, after the deadline and not later") {
  WordLine words{[](const std::string&) { return Utterances{}; }};
  CHECK(words.fault("hello!") == DeviceFault::timed_out);
  CHECK(words.lab.clock.now() == Instant{100ms});
}

TEST_CASE("line: only frames for others is timed_out as well") {
  WordLine words{[](const std::string&) { return Utterances{{"?other!"}}; }};
  CHECK(words.fault("hello!") == DeviceFault::timed_out);
}

TEST_CASE("line: a reply cut short and noise without a reply are garbled") {
  std::string said;
  SUBCASE("cut short") { said = "ye"; }
  SUBCASE("noise") { said = "#noise!"; }
  WordLine words{[&](const std::string&) { return Utterances{{said}}; }};
  CHECK(words.fault("hello!") == DeviceFault::garbled);
}

TEST_CASE("line: what came instead of a reply is told in hex and in letters, however it was judged") {
  std::string said, told;
  SUBCASE("cut short") {
    said = "ye", told = "no sound reply within 0.1 s on memory:words; what came: 79 65 \"ye\"";
  }
  SUBCASE("noise") { said = "#\x80\r!", told = "what came: 23 80 0d 21 \"#.\\r!\""; }
  SUBCASE("for others") {
    said = "?b!", told = "no reply within 0.1 s on memory:words; what came: 3f 62 21 \"?b!\"";
  }
  SUBCASE("long") { said = std::string(40, 'y'), told = "\"yyyyyyyyyyyyyyyyyyyyyyyy\" and 16 bytes more"; }
  WordLine words{[&](const std::string&) { return Utterances{{said}}; }};
  CHECK_THROWS_WITH_AS(words.run("hello!"), doctest::Contains(told.c_str()), DeviceError);
}

/// Words that end with '.', unless another one follows at once.
FrameVerdict examine_sentences(std::string_view received) {
  if (received.back() != '.') return {};
  return {Kind::reply_if_quiet, received.size()};
}

TEST_CASE("line: a reply without a sure end is over when silence follows, and goes on while there is none") {
  const auto ask = [](Utterances said) {
    WordLine words{[&](const std::string&) { return said; }};
    auto work = [&]() -> Task<std::string> {
      Framing framing = examine_sentences;
      co_return co_await words.line.transact("word", "hello!", std::move(framing), 100ms);
    };
    return run_beside(words.lab, words.partner.serve(), work());
  };
  CHECK(ask({{"one."}}) == "one.");
  CHECK(ask({{"one."}, {"two.", 15ms}}) == "one.two.");
  CHECK(ask({{"one."}, {"two.", 40ms}}) == "one.");
  CHECK(ask({{"one."}, {"tw", 15ms}, {"o.", 30ms}}) == "one.two.");
  CHECK(fault_of([&] { ask({{"one."}, {"and so on", 15ms}}); }) == DeviceFault::garbled);
}

TEST_CASE("line: a reply whose silence does not end within the deadline is garbled, at the deadline") {
  WordLine words{[&](const std::string&) { return Utterances{{"late.", 90ms}}; }};
  auto work = [&]() -> Task<std::string> {
    Framing framing = examine_sentences;
    co_return co_await words.line.transact("word", "hello!", std::move(framing), 100ms);
  };
  CHECK(fault_of([&] { run_beside(words.lab, words.partner.serve(), work()); }) == DeviceFault::garbled);
  CHECK(words.lab.clock.now() == Instant{100ms});
}

TEST_CASE("line: it never repeats a request") {
  WordLine words{[](const std::string&) { return Utterances{}; }};
  CHECK(words.fault("once!").has_value());
  CHECK(words.partner.requests == std::vector<std::string>{"once!"});
}

TEST_CASE("line: a reply that comes after its deadline is not taken for the next one") {
  int count = 0;
  WordLine words{[&](const std::string&) {
    return ++count == 1 ? Utterances{{"late!", 110ms}} : Utterances{{"right!"}};
  }};
  auto twice = [&]() -> Task<std::string> {
    try {
      co_await words.ask("first!");
    } catch (const DeviceError&) {
    }
    co_return co_await words.ask("second!");
  };
  CHECK(run_beside(words.lab, words.partner.serve(), twice()) == "right!");
}

TEST_CASE("line: what a cancelled transaction left behind is not taken for the next reply") {
  WordLine words{[](const std::string& request) { return Utterances{{"re:" + request, 50ms}}; }};
  auto twice = [&]() -> Task<std::string> {
    try {
      co_await with_timeout(words.lab.clock, 45ms, words.ask("first!"));
    } catch (const TimedOut&) {
    }
    co_return co_await words.ask("second!");
  };
  CHECK(run_beside(words.lab, words.partner.serve(), twice()) == "re:second!");
}

TEST_CASE("line: transactions come in order of asking, also when one asks again at once") {
  WordLine words{[](const std::string& request) { return Utterances{{request, 1ms}}; }};
  auto ask_twice = [&](std::string request) -> Task<void> {
    co_await words.ask(request);
    co_await words.ask(request);
  };
  auto both = [&]() -> Task<void> {
    std::vector<Task<void>> works;
    works.push_back(ask_twice("a!"));
    works.push_back(ask_twice("b!"));
    works.push_back(ask_twice("c!"));
    co_await all(std::move(works));
  };
  run_beside(words.lab, words.partner.serve(), both());
  CHECK(words.partner.requests == std::vector<std::string>{"a!", "b!", "c!", "a!", "b!", "c!"});
}

TEST_CASE("line: one that waits and is cancelled does not keep the others waiting") {
  WordLine words{[](const std::string& request) { return Utterances{{request, 50ms}}; }};
  auto ask = [&](std::string request) -> Task<void> { co_await words.ask(std::move(request)); };
  auto impatient = [&]() -> Task<void> { co_await race(ask("b!"), words.lab.clock.sleep_for(10ms)); };
  auto three = [&]() -> Task<void> {
    std::vector<Task<void>> works;
    works.push_back(ask("a!"));
    works.push_back(impatient());
    works.push_back(ask("c!"));
    co_await all(std::move(works));
  };
  run_beside(words.lab, words.partner.serve(), three());
  CHECK(words.partner.requests == std::vector<std::string>{"a!", "c!"});
}

/// An opener whose instrument is plugged in, or not, as the test says.
struct Socket {
  explicit Socket(VirtualLab& owner) : lab{owner} {}
  Line::Opener opener() {
    return [this]() -> Task<std::unique_ptr<ByteLink>> {
      ++attempts;
      if (!present) throw DeviceError{DeviceFault::unreachable, "socket", "empty"};
      MemoryLinkPair pair = make_memory_link(lab.clock, "socket", 0);
      instrument = std::move(pair.instrument);
      co_return std::move(pair.host);
    };
  }
  VirtualLab& lab;
  bool present = true;
  int attempts = 0;
  std::unique_ptr<ByteLink> instrument;
};

Task<std::string> ask(Line& line) {
  Framing framing = examine_words;
  return line.transact("word", "hello!", std::move(framing), 100ms);
}

Task<void> answer_once(Socket& socket) {
  while (!socket.instrument) co_await socket.lab.clock.sleep_for(1ms);
  co_await socket.instrument->read_some();
  co_await socket.instrument->write("yes!");
  co_await socket.lab.clock.sleep_for(1h);
}

TEST_CASE("line: a line that was unplugged and plugged in again works on, and counts its connections") {
  VirtualLab lab;
  Socket socket{lab};
  Line line{lab.clock, "socket", socket.opener()};
  CHECK(line.connections() == 0);
  CHECK(run_beside(lab, answer_once(socket), ask(line)) == "yes!");
  CHECK(line.connections() == 1);
  socket.instrument.reset();
  CHECK(fault_of([&] { lab.run(ask(line)); }) == DeviceFault::unreachable);
  CHECK(run_beside(lab, answer_once(socket), ask(line)) == "yes!");
  CHECK(line.connections() == 2);
}

TEST_CASE("line: attempts to open a dead line become rarer, and in between it fails at once") {
  VirtualLab lab;
  Socket socket{lab};
  socket.present = false;
  Line line{lab.clock, "socket", socket.opener()};
  auto insist = [&]() -> Task<void> {
    for (int i = 0; i < 1000; ++i) {
      try {
        co_await ask(line);
        CHECK(false);
      } catch (const DeviceError& error) {
        CHECK(error.fault() == DeviceFault::unreachable);
        CHECK(error.device() == "word");
      }
      co_await lab.clock.sleep_for(10ms);
    }
  };
  lab.run(insist());
  CHECK(lab.clock.now() == Instant{10s});
  CHECK(socket.attempts == 7);  // at 0, 0.1, 0.3, 0.7, 1.5, 3.1 and 6.3 s
  socket.present = true;
  lab.run(lab.clock.sleep_for(5s));
  CHECK(run_beside(lab, answer_once(socket), ask(line)) == "yes!");
}

TEST_CASE("line: without an opener a broken line stays unreachable") {
  VirtualLab lab;
  MemoryLinkPair pair = make_memory_link(lab.clock, "words", 0);
  Line line{lab.clock, std::move(pair.host)};
  pair.instrument.reset();
  CHECK(fault_of([&] { lab.run(ask(line)); }) == DeviceFault::unreachable);
  CHECK(fault_of([&] { lab.run(ask(line)); }) == DeviceFault::unreachable);
}

}  // namespace
}  // namespace nocturne::test
