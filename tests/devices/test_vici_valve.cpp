#include <doctest/doctest.h>

#include <algorithm>

#include "devices/concurrency.hpp"
#include "devices/memory_link.hpp"
#include "devices/partner.hpp"
#include "devices/vici_valve.hpp"

namespace nocturne::test {
namespace {

using namespace std::chrono_literals;
using namespace std::string_literals;
using Kind = FrameVerdict::Kind;

/// An actuator's side of the conversation. It turns in `turning` and tells its old position meanwhile.
class FakeActuator {
 public:
  using Tamper = std::function<Utterances(const std::string& command, Utterances usual)>;

  FakeActuator(Clock& clock, std::unique_ptr<ByteLink> link)
      : clock_{clock}, partner_{clock, std::move(link), cut, [this](const std::string& request) {
                                  return answer(request);
                                }} {}

  Task<void> serve() { return partner_.serve(); }
  void leave() { partner_.leave(); }
  std::string at() const { return clock_.now() < arrival_ ? from_ : to_; }
  void stand_at(const std::string& position) { from_ = to_ = position; }
  std::ptrdiff_t moves() const {
    return std::ranges::count_if(commands, [](const std::string& c) { return c.starts_with("GO"); });
  }

  std::string id;  ///< only commands with it are for this one
  std::string mode = "3", positions = "10", version = "EMT-10 3.2";
  Duration turning = 300ms;
  bool jammed = false;
  std::string answers_moves_with;  ///< as with IFM1
  std::vector<std::string> commands;
  Tamper tamper;

 private:
  static std::size_t cut(const std::string& heard) { return heard.find('\r') + 1; }

  Utterances answer(const std::string& request) {
    if (!request.starts_with(id)) return {};
    const std::string command = request.substr(id.size(), request.size() - id.size() - 1);
    commands.push_back(command);
    Utterances usual;
    if (const std::string text = obey(command); !text.empty()) usual.emplace_back(id + text + "\r");
    return tamper ? tamper(command, std::move(usual)) : usual;
  }

  std::string obey(const std::string& command) {
    if (command == "AM") return "AM" + mode;
    if (command == "CP") return "CP" + at();
    if (command == "NP") return positions.empty() ? "" : "NP" + positions;
    if (command == "VR") return version;
    if (!command.starts_with("GO")) return "";
    from_ = at();
    if (!jammed) {
      to_ = command.substr(2);
      arrival_ = clock_.now() + turning;
    }
    return answers_moves_with;
  }

  Clock& clock_;
  std::string from_ = "03", to_ = "03";
  Instant arrival_{};
  Partner partner_;
};

struct ValveLab : DriverLab<ValveLab> {
  explicit ValveLab(ViciSettings settings = {"selector"})
      : fake{lab.clock, std::move(pair.instrument)}, valve{lab.clock, line, std::move(settings)} {}

  Duration time_of(Task<void> work) {
    const Instant before = lab.clock.now();
    fault(std::move(work));
    return lab.clock.now() - before;
  }

  MemoryLinkPair pair = make_memory_link(lab.clock, "valve", 9600);
  FakeActuator fake;
  Line line{lab.clock, std::move(pair.host)};
  ViciValve valve;
};

ViciSettings two_position() {
  ViciSettings settings{"injector"};
  settings.kind = ViciKind::two_position;
  return settings;
}

TEST_CASE("vici protocol: answers are lines with the command in front, with or without the identifier") {
  std::string value;
  const auto kind = [&](std::string_view received, char id) {
    return vici::examine(received, id, "CP", value).kind;
  };
  CHECK(kind("CP03\r", vici::no_id) == Kind::reply);
  CHECK(value == "03");
  CHECK(vici::examine("CP03\r\nCP04", vici::no_id, "CP", value).length == 5);
  CHECK(kind("CPB\n", vici::no_id) == Kind::reply);
  CHECK(value == "B");
  CHECK(kind("5CP07\r", '5') == Kind::reply);
  CHECK(value == "07");
  CHECK(kind("CP07\r", '5') == Kind::reply);
  CHECK(kind("4CP09\r", '5') == Kind::foreign);
  CHECK(kind("4CP09\r", vici::no_id) == Kind::foreign);
  CHECK(kind("CCP02\r", 'C') == Kind::reply);
  CHECK(value == "02");
  CHECK(kind("CP0", vici::no_id) == Kind::incomplete);
  CHECK(kind("\r\nCP03\r", vici::no_id) == Kind::foreign);
  CHECK(kind("AM3\r", vici::no_id) == Kind::noise);
  CHECK(kind("\xFF\x01"
             "CP03\r",
             vici::no_id) == Kind::noise);
  CHECK(kind(std::string(300, 'x'), vici::no_id) == Kind::noise);
}

TEST_CASE("vici protocol: a position is one or two digits, A or B, and nothing else") {
  CHECK(vici::position("03") == 3);
  CHECK(vici::position("10") == 10);
  CHECK(vici::position("A") == 1);
  CHECK(vici::position("B") == 2);
  for (const char* text : {"", "C", "103", "-1", "0x", "3 ", "a"}) CHECK_FALSE(vici::position(text));
}

TEST_CASE("vici valve: arming tells who it is and moves nothing") {
  ValveLab labs;
  CHECK(labs.run(labs.valve.arm()) == "VICI EMT-10 3.2");
  CHECK(labs.fake.moves() == 0);
  CHECK(labs.valve.positions() == 10);
  CHECK(labs.run(labs.valve.read()) == 3);
}

TEST_CASE(
    "vici valve: it asks for mode, positions, place and version, and moves with two digits or a letter") {
  using Commands = std::vector<std::string>;
  ValveLab labs;
  labs.run(labs.valve.arm());
  CHECK(labs.fake.commands == Commands{"AM", "NP", "CP", "VR"});
  labs.fake.commands.clear();
  labs.fake.turning = 1ms;
  labs.run(labs.valve.go_to(4));
  CHECK(labs.fake.commands == Commands{"CP", "GO04", "CP"});
  ValveLab others{two_position()};
  others.fake.mode = "1";
  others.fake.stand_at("A");
  others.run(others.valve.arm());
  CHECK(others.fake.commands == Commands{"AM", "CP", "VR"});
  others.run(others.valve.go_to(2));
  CHECK(std::ranges::count(others.fake.commands, "GOB") == 1);
}

TEST_CASE("vici valve: one that tells neither version nor positions is armed all the same") {
  ValveLab labs;
  labs.fake.positions.clear();
  labs.fake.version.clear();
  CHECK(labs.run(labs.valve.arm()) == "VICI actuator");
}

TEST_CASE("vici valve: another kind, other positions or an impossible position are refused") {
  ValveLab labs;
  SUBCASE("two-position mode") { labs.fake.mode = "1"; }
  SUBCASE("number of positions") { labs.fake.positions = "06"; }
  SUBCASE("beyond the last") { labs.fake.stand_at("12"); }
  CHECK(labs.fault(labs.valve.arm()) == DeviceFault::refused);
  CHECK(labs.fault(labs.valve.go_to(2)) == DeviceFault::refused);
  CHECK(labs.fake.moves() == 0);
}

TEST_CASE("vici valve: a selector serves as fraction collector, port after port, one move for each") {
  ValveLab labs;
  labs.run(labs.valve.arm());
  for (int port = 1; port <= 10; ++port) {
    labs.run(labs.valve.go_to(port));
    CHECK(vici::position(labs.fake.at()) == port);
    CHECK(labs.run(labs.valve.read()) == port);
  }
  CHECK(labs.fake.moves() == 10);
}

TEST_CASE("vici valve: a move to where it stands sends nothing but the question") {
  ValveLab labs;
  labs.run(labs.valve.arm());
  labs.run(labs.valve.go_to(3));
  CHECK(labs.fake.moves() == 0);
}

TEST_CASE("vici valve: a two-position valve stands at A and B, in both of its modes") {
  ValveLab labs{two_position()};
  labs.fake.stand_at("A");
  SUBCASE("with stops") { labs.fake.mode = "1"; }
  SUBCASE("without") { labs.fake.mode = "2"; }
  labs.run(labs.valve.arm());
  CHECK(labs.valve.positions() == 2);
  CHECK(labs.run(labs.valve.read()) == 1);
  labs.run(labs.valve.go_to(2));
  CHECK(labs.fake.commands.back() == "CP");
  CHECK(labs.fake.at() == "B");
  labs.run(labs.valve.go_to(1));
  CHECK(labs.fake.at() == "A");
  CHECK(labs.fault(labs.valve.go_to(3)) == DeviceFault::out_of_range);
}

TEST_CASE("vici valve: go_to completes only when the valve says that it is there") {
  ValveLab labs;
  labs.run(labs.valve.arm());
  labs.fake.turning = 1900ms;
  labs.run(labs.valve.go_to(7));
  CHECK(labs.fake.at() == "07");
  labs.fake.turning = 10ms;
  labs.fake.answers_moves_with = "GO08";
  labs.run(labs.valve.go_to(8));
  CHECK(labs.fake.at() == "08");
}

TEST_CASE("vici faults: one that is stuck or too slow is stalled after its time, and was told to move once") {
  ValveLab labs;
  labs.run(labs.valve.arm());
  SUBCASE("stuck") { labs.fake.jammed = true; }
  SUBCASE("slow") { labs.fake.turning = 6s; }
  CHECK(labs.fault(labs.valve.go_to(5)) == DeviceFault::stalled);
  CHECK(labs.lab.clock.now() < Instant{5s});
  CHECK(labs.fake.moves() == 1);
  CHECK(labs.run(labs.valve.read()) == 3);
  labs.fake.jammed = false;
  labs.fake.turning = 300ms;
  labs.run(labs.valve.go_to(5));
  CHECK(labs.run(labs.valve.read()) == 5);
}

TEST_CASE("vici faults: one bad exchange of any kind does not spoil a reading or a move") {
  ValveLab labs;
  labs.run(labs.valve.arm());
  bool bad = true;
  FakeActuator::Tamper spoil;
  SUBCASE("silence") {
    spoil = [](const std::string&, Utterances) { return Utterances{}; };
  }
  SUBCASE("truncated") {
    spoil = [](const std::string&, Utterances) { return Utterances{{"CP"}}; };
  }
  SUBCASE("one byte") {
    spoil = [](const std::string&, Utterances) { return Utterances{{"C\r"}}; };
  }
  SUBCASE("garbage before the reply") {
    spoil = [](const std::string&, Utterances usual) {
      usual.front().bytes.insert(0, "\xFE\x00\x13\x80"s);
      return usual;
    };
  }
  SUBCASE("another's reply in between") {
    spoil = [](const std::string&, Utterances usual) {
      usual.front().bytes.insert(0, "4CP05\r");
      return usual;
    };
  }
  SUBCASE("only another's reply") {
    spoil = [](const std::string&, Utterances) { return Utterances{{"4CP05\r"}}; };
  }
  SUBCASE("late: after the next request") {
    spoil = [](const std::string&, Utterances) { return Utterances{{"CP05\r", 530ms}}; };
  }
  labs.fake.tamper = [&](const std::string& command, Utterances usual) {
    return command == "CP" && std::exchange(bad, false) ? spoil(command, std::move(usual)) : usual;
  };
  CHECK(labs.run(labs.valve.read()) == 3);
  bad = true;
  labs.run(labs.valve.go_to(5));
  CHECK(labs.fake.at() == "05");
  CHECK(labs.fake.moves() == 1);
}

TEST_CASE(
    "vici faults: silence while it turns is not taken for an arrival, and ends within the time of a move") {
  ValveLab labs;
  labs.run(labs.valve.arm());
  int polls = 0;
  labs.fake.tamper = [&](const std::string& command, Utterances usual) {
    return command == "CP" && ++polls > 1 ? Utterances{} : usual;
  };
  CHECK(labs.time_of(labs.valve.go_to(5)) < 5500ms);
  polls = 0;
  CHECK(labs.fault(labs.valve.go_to(6)) == DeviceFault::timed_out);
  CHECK(labs.fake.moves() == 2);
}

TEST_CASE("vici faults: a silent or foreign partner is named at arming, with what was expected") {
  ValveLab labs;
  std::string says;
  labs.fake.tamper = [&](const std::string&, Utterances) {
    return says.empty() ? Utterances{} : Utterances{{says}};
  };
  CHECK(labs.fault(labs.valve.arm()) == DeviceFault::timed_out);
  says = "ES\r\n";
  CHECK(labs.fault(labs.valve.arm()) == DeviceFault::garbled);
  CHECK_THROWS_WITH_AS(labs.run(labs.valve.arm()), doctest::Contains("as a VICI actuator"), DeviceError);
  CHECK(labs.fake.moves() == 0);
}

TEST_CASE(
    "vici valve: on a shared line each command carries the identifier, and others' answers are not its own") {
  ViciSettings settings{"b"};
  settings.id = 'B';
  ValveLab labs{settings};
  SUBCASE("its answers carry it") { labs.fake.id = "B"; }
  SUBCASE("the wrong one answers") { labs.fake.id = "A"; }
  const bool right = labs.fake.id == "B";
  CHECK(labs.fault(labs.valve.arm()) == (right ? std::nullopt : std::optional{DeviceFault::timed_out}));
  if (!right) return;
  labs.run(labs.valve.go_to(4));
  CHECK(labs.run(labs.valve.read()) == 4);
}

TEST_CASE("vici valve: two on one line turn at the same time without mixing up their answers") {
  VirtualLab lab;
  MemoryLinkPair pair = make_memory_link(lab.clock, "valves", 9600);
  int at_a = 1, at_b = 1;
  Partner partner{lab.clock, std::move(pair.instrument),
                  [](const std::string& heard) { return heard.find('\r') + 1; },
                  [&](const std::string& request) -> Utterances {
                    int& at = request[0] == 'A' ? at_a : at_b;
                    const std::string id = request.substr(0, 1), command = request.substr(1, 2);
                    if (command == "GO") return at = std::stoi(request.substr(3)), Utterances{};
                    if (command == "AM") return {{id + "AM3\r"}};
                    if (command == "CP") return {{id + "CP0" + std::to_string(at) + "\r"}};
                    return {};
                  }};
  Line line{lab.clock, std::move(pair.host)};
  ViciSettings a{"a"}, b{"b"};
  a.id = 'A';
  b.id = 'B';
  ViciValve first{lab.clock, line, a}, second{lab.clock, line, b};
  run_beside(lab, partner.serve(), first.arm());
  run_beside(lab, partner.serve(), second.arm());
  std::vector<Task<void>> works;
  works.push_back(first.go_to(4));
  works.push_back(second.go_to(7));
  run_beside(lab, partner.serve(), all(std::move(works)));
  CHECK(at_a == 4);
  CHECK(at_b == 7);
}

TEST_CASE(
    "vici faults: unplugged it is unreachable at once, plugged in again it must be armed before it moves") {
  VirtualLab lab;
  std::unique_ptr<FakeActuator> fake;
  const Line::Opener opener = [&]() -> Task<std::unique_ptr<ByteLink>> {
    MemoryLinkPair pair = make_memory_link(lab.clock, "valve", 0);
    fake = std::make_unique<FakeActuator>(lab.clock, std::move(pair.instrument));
    co_return std::move(pair.host);
  };
  Line line{lab.clock, "valve", opener};
  ViciValve valve{lab.clock, line, {"selector"}};
  auto serve = [&]() -> Task<void> {
    while (!fake) co_await lab.clock.sleep_for(1ms);
    co_await fake->serve();
  };
  run_beside(lab, serve(), valve.arm());
  fake.reset();
  CHECK(fault_of([&] { lab.run(valve.go_to(5)); }) == DeviceFault::unreachable);
  CHECK(run_beside(lab, serve(), valve.read()) == 3);
  CHECK(fault_of([&] { run_beside(lab, serve(), valve.go_to(5)); }) == DeviceFault::refused);
  CHECK(fake->moves() == 0);
  run_beside(lab, serve(), valve.arm());
  run_beside(lab, serve(), valve.go_to(5));
  CHECK(fake->at() == "05");
}

TEST_CASE("vici valve: where a move that was given up left it is known only after its time") {
  ValveLab valves;
  valves.run(valves.valve.arm());
  auto given_up = [&]() -> Task<void> {
    co_await race(valves.valve.go_to(5), valves.lab.clock.sleep_for(150ms));
  };
  valves.run(given_up());
  REQUIRE(valves.fake.at() == "03");  // so it says while it turns
  valves.run(valves.valve.go_to(3));
  CHECK(valves.fake.moves() == 2);
  CHECK(valves.fake.at() == "03");
  valves.run(valves.lab.clock.sleep_for(1s));
  CHECK(valves.fake.at() == "03");
}

}  // namespace
}  // namespace nocturne::test
