#include <doctest/doctest.h>

#include <algorithm>

#include "devices/memory_link.hpp"
#include "devices/mettler_balance.hpp"
#include "devices/partner.hpp"

namespace nocturne::test {
namespace {

using namespace std::chrono_literals;
using Kind = FrameVerdict::Kind;

/// A balance's side of the conversation.
class FakeBalance {
 public:
  using Tamper = std::function<Utterances(const std::string& command, Utterances usual)>;

  FakeBalance(Clock& clock, std::unique_ptr<ByteLink> link)
      : partner_{clock, std::move(link), cut,
                 [this](const std::string& request) { return answer(request); }} {}

  Task<void> serve() { return partner_.serve(); }
  void leave() { partner_.leave(); }
  std::ptrdiff_t count(const std::string& command) const { return std::ranges::count(commands, command); }

  std::string weight = "S S     12.3456 g", tare_weight = "TA A      0.0000 g";
  std::string tare_answer = "T S     12.3456 g", serial = "B123456789";
  std::vector<std::string> commands;
  Tamper tamper;

 private:
  static std::size_t cut(const std::string& heard) {
    const std::size_t end = heard.find("\r\n");
    return end == heard.npos ? 0 : end + 2;
  }

  Utterances answer(const std::string& request) {
    const std::string command = request.substr(0, request.size() - 2);
    commands.push_back(command);
    Utterances usual{{obey(command) + "\r\n"}};
    return tamper ? tamper(command, std::move(usual)) : usual;
  }

  std::string obey(const std::string& command) {
    if (command == "@") tare_weight = "TA A      0.0000 g";
    if (command == "@" || command == "I4") return "I4 A \"" + serial + "\"";
    if (command == "I2") return "I2 A \"MS204 WeighBridge 220.0090 g\"";
    if (command == "SI") return weight;
    if (command == "TA") return tare_weight;
    if (command != "T") return "ES";
    if (tare_answer.starts_with("T S")) tare_weight = "TA A" + tare_answer.substr(3);
    return tare_answer;
  }

  Partner partner_;
};

struct BalanceLab : DriverLab<BalanceLab> {
  double grams_of(const std::string& weight) {
    fake.weight = weight;
    return run(balance.read()).grams;
  }

  MemoryLinkPair pair = make_memory_link(lab.clock, "balance", 9600);
  FakeBalance fake{lab.clock, std::move(pair.instrument)};
  Line line{lab.clock, std::move(pair.host)};
  MettlerBalance balance{lab.clock, line, {"scale"}};
};

TEST_CASE("sics protocol: lines are replies, errors belong to every command, other ids to other commands") {
  sics::Reply reply;
  CHECK(sics::examine("S S     12.3456 g\r\nS", "S", reply).length == 19);
  CHECK(reply.status == "S");
  CHECK(reply.fields == std::vector<std::string>{"12.3456", "g"});
  CHECK(sics::examine("I1 A \"0123\" \"2.30 b\" \"\"\r\n", "I1", reply).kind == Kind::reply);
  CHECK(reply.fields == std::vector<std::string>{"0123", "2.30 b", ""});
  CHECK(sics::examine("S +\r\n", "S", reply).kind == Kind::reply);
  CHECK(reply.fields.empty());
  for (const char* error : {"ES\r\n", "ET\r\n", "EL\r\n"}) {
    CHECK(sics::examine(error, "S", reply).kind == Kind::reply);
    CHECK(reply.is_error());
  }
  CHECK(sics::examine("I4 A \"B1\"\r\n", "S", reply).kind == Kind::foreign);
  CHECK(sics::examine("S S     12.34", "S", reply).kind == Kind::incomplete);
  for (const char* noise :
       {"S S 1 g\n", "\xFFS S 1 g\r\n", "s s 1 g\r\n", "\r\n", "S\r\n", "ES now\r\n", "I4 A \"B1\r\n"})
    CHECK(sics::examine(noise, "S", reply).kind == Kind::noise);
  CHECK(sics::examine(std::string(600, 'S'), "S", reply).kind == Kind::noise);
}

TEST_CASE("sics protocol: every kind of answer is read with its status and its fields") {
  using Fields = std::vector<std::string>;
  struct Row {
    const char *line, *id, *status;
    Fields fields;
  };
  const Fields weight{"12.3456", "g"};
  const std::vector<Row> rows{{"S S     12.3456 g", "S", "S", weight},
                              {"S D    12.3456 g", "S", "D", weight},
                              {"S I", "S", "I", {}},
                              {"S +", "S", "+", {}},
                              {"S -", "S", "-", {}},
                              {"Z A", "Z", "A", {}},
                              {"Z I", "Z", "I", {}},
                              {"ZI S", "ZI", "S", {}},
                              {"ZI D", "ZI", "D", {}},
                              {"T S    12.3456 g", "T", "S", weight},
                              {"TI D    12.3456 g", "TI", "D", weight},
                              {"TA A    12.3456 g", "TA", "A", weight},
                              {"TAC A", "TAC", "A", {}},
                              {"I1 A \"0123\" \"2.30\" \"2.20\"", "I1", "A", {"0123", "2.30", "2.20"}},
                              {"I4 A \"B123\"", "I4", "A", {"B123"}}};
  for (const Row& row : rows) {
    CAPTURE(row.line);
    sics::Reply reply;
    CHECK(sics::examine(std::string{row.line} + "\r\n", row.id, reply).kind == Kind::reply);
    CHECK(reply.status == row.status);
    CHECK(reply.fields == row.fields);
  }
}

TEST_CASE("sics protocol: a weight has a number and a known unit") {
  CHECK(sics::grams({"12.3456", "g"}) == doctest::Approx(12.3456));
  CHECK(sics::grams({"-0.5", "mg"}) == doctest::Approx(-0.0005));
  CHECK(sics::grams({"1.25", "kg"}) == doctest::Approx(1250.0));
  CHECK(sics::grams({"5", "ct"}) == doctest::Approx(1.0));
  CHECK(sics::grams({"1", "oz"}) == doctest::Approx(28.349523125));
  for (const std::vector<std::string>& none : std::vector<std::vector<std::string>>{{},
                                                                                    {"1.0"},
                                                                                    {"g"},
                                                                                    {"1.0", "pcs"},
                                                                                    {"1.0x", "g"},
                                                                                    {"nan", "g"},
                                                                                    {"inf", "g"},
                                                                                    {"1e9", "g"},
                                                                                    {"1.0", "g", "g"}})
    CHECK_FALSE(sics::grams(none));
}

TEST_CASE("mettler balance: arming ends what it was doing and tells model and serial number") {
  BalanceLab labs;
  bool streaming = true;
  labs.fake.tamper = [&](const std::string&, Utterances usual) {
    if (std::exchange(streaming, false))
      usual.insert(usual.begin(), Utterance{"S D      1.0000 g\r\nS D      1.0001 g\r\n"});
    return usual;
  };
  CHECK(labs.run(labs.balance.arm()) == "MS204 WeighBridge 220.0090 g B123456789");
  CHECK(labs.fake.commands.front() == "@");
}

TEST_CASE("mettler balance: it says @, asks who answers, and weighs and tares by SI and T") {
  BalanceLab labs;
  labs.run(labs.balance.arm());
  labs.run(labs.balance.read());
  labs.run(labs.balance.tare());
  CHECK(labs.fake.commands == std::vector<std::string>{"@", "I2", "TA", "SI", "T", "TA"});
}

TEST_CASE("mettler balance: weights come in grams, with the balance's own word on whether they are stable") {
  BalanceLab labs;
  labs.run(labs.balance.arm());
  const BalanceReading stable = labs.run(labs.balance.read());
  CHECK(stable.grams == doctest::Approx(12.3456));
  CHECK(stable.stable);
  labs.fake.weight = "S D     12.3460 g";
  CHECK_FALSE(labs.run(labs.balance.read()).stable);
  CHECK(labs.grams_of("S S  -0.00012 kg") == doctest::Approx(-0.12));
}

TEST_CASE("mettler balance: taring needs a load at rest and is confirmed") {
  BalanceLab labs;
  labs.run(labs.balance.arm());
  labs.run(labs.balance.tare());
  CHECK(labs.fake.count("T") == 1);
  labs.fake.tare_answer = "T I";
  CHECK(labs.fault(labs.balance.tare()) == DeviceFault::refused);
  labs.fake.tare_answer = "T +";
  CHECK(labs.fault(labs.balance.tare()) == DeviceFault::out_of_range);
  labs.fake.tamper = [](const std::string& command, Utterances usual) {
    if (command == "T") usual.front().after = 12s;
    return usual;
  };
  labs.fake.tare_answer = "T S      3.0000 g";
  labs.run(labs.balance.tare());
  CHECK(labs.fake.count("T") == 4);
}

TEST_CASE("mettler faults: overload and underload are told apart from silence, and end by themselves") {
  BalanceLab labs;
  labs.run(labs.balance.arm());
  for (const char* load : {"S +", "S -"}) {
    labs.fake.weight = load;
    CHECK(labs.fault(labs.balance.read()) == DeviceFault::out_of_range);
  }
  CHECK(labs.grams_of("S S      1.0000 g") == doctest::Approx(1.0));
}

TEST_CASE("mettler faults: busy is waited for, for a while") {
  BalanceLab labs;
  labs.run(labs.balance.arm());
  int busy = 3;
  labs.fake.tamper = [&](const std::string& command, Utterances usual) {
    return command == "SI" && busy-- > 0 ? Utterances{{"S I\r\n"}} : usual;
  };
  CHECK(labs.run(labs.balance.read()).grams == doctest::Approx(12.3456));
  busy = 1000;
  const Instant before = labs.lab.clock.now();
  CHECK(labs.fault(labs.balance.read()) == DeviceFault::refused);
  CHECK(labs.lab.clock.now() - before < 2s);
}

TEST_CASE("mettler faults: one bad exchange of any kind does not spoil a reading") {
  BalanceLab labs;
  labs.run(labs.balance.arm());
  bool bad = true;
  FakeBalance::Tamper spoil;
  SUBCASE("silence") {
    spoil = [](const std::string&, Utterances) { return Utterances{}; };
  }
  SUBCASE("truncated") {
    spoil = [](const std::string&, Utterances) { return Utterances{{"S S     12.3"}}; };
  }
  SUBCASE("truncated in front of its end") {
    spoil = [](const std::string&, Utterances) { return Utterances{{"S S     12.3\r\n"}}; };
  }
  SUBCASE("garbage in front") {
    spoil = [](const std::string&, Utterances usual) {
      usual.front().bytes.insert(0, "\x80zz");
      return usual;
    };
  }
  SUBCASE("a line of garbage in front") {
    spoil = [](const std::string&, Utterances usual) {
      usual.front().bytes.insert(0, "\x80zz\r\n");
      return usual;
    };
  }
  SUBCASE("late: after the next request") {
    spoil = [](const std::string&, Utterances) { return Utterances{{"S S      9.9999 g\r\n", 530ms}}; };
  }
  SUBCASE("syntax error") {
    spoil = [](const std::string&, Utterances) { return Utterances{{"ES\r\n"}}; };
  }
  SUBCASE("transmission error") {
    spoil = [](const std::string&, Utterances) { return Utterances{{"ET\r\n"}}; };
  }
  labs.fake.tamper = [&](const std::string& command, Utterances usual) {
    return command == "SI" && std::exchange(bad, false) ? spoil(command, std::move(usual)) : usual;
  };
  CHECK(labs.run(labs.balance.read()).grams == doctest::Approx(12.3456));
  CHECK(labs.run(labs.balance.read()).grams == doctest::Approx(12.3456));
  CHECK(labs.lab.clock.now() < Instant{3s});
}

TEST_CASE(
    "mettler faults: EL is a refusal at once, errors that stay are garbled, silence that stays is "
    "timed_out") {
  BalanceLab labs;
  labs.run(labs.balance.arm());
  const auto fault_with = [&](const std::string& says) {
    labs.fake.tamper = [says](const std::string&, Utterances) {
      return says.empty() ? Utterances{} : Utterances{{says}};
    };
    return labs.fault(labs.balance.read());
  };
  CHECK(fault_with("EL\r\n") == DeviceFault::refused);
  CHECK(fault_with("ES\r\n") == DeviceFault::garbled);
  CHECK(fault_with("ET\r\n") == DeviceFault::garbled);
  CHECK(fault_with("S S      1.0000 pcs\r\n") == DeviceFault::garbled);
  CHECK(fault_with("S X\r\n") == DeviceFault::garbled);
  const Instant before = labs.lab.clock.now();
  CHECK(fault_with("") == DeviceFault::timed_out);
  CHECK(labs.lab.clock.now() - before < 1200ms);
  labs.fake.tamper = nullptr;
  CHECK(labs.run(labs.balance.read()).grams == doctest::Approx(12.3456));
}

TEST_CASE("mettler faults: a restart that lost the tare is found before a weight is believed") {
  BalanceLab labs;
  labs.run(labs.balance.arm());
  labs.run(labs.balance.tare());
  bool off = true;
  labs.fake.tamper = [&](const std::string&, Utterances usual) { return off ? Utterances{} : usual; };
  CHECK(labs.fault(labs.balance.read()) == DeviceFault::timed_out);
  off = false;
  labs.fake.tare_weight = "TA A      0.0000 g";
  CHECK(labs.fault(labs.balance.read()) == DeviceFault::refused);
  CHECK(labs.fault(labs.balance.read()) == DeviceFault::refused);
  labs.run(labs.balance.arm());
  CHECK(labs.run(labs.balance.read()).grams == doctest::Approx(12.3456));
}

TEST_CASE("mettler faults: a balance that announces itself while it is read has restarted") {
  BalanceLab labs;
  labs.run(labs.balance.arm());
  bool boots = true;
  labs.fake.tamper = [&](const std::string&, Utterances usual) {
    if (std::exchange(boots, false)) usual.insert(usual.begin(), Utterance{"I4 A \"B123456789\"\r\n"});
    return usual;
  };
  CHECK(labs.fault(labs.balance.read()) == DeviceFault::refused);
  labs.run(labs.balance.arm());
  CHECK(labs.run(labs.balance.read()).stable);
}

TEST_CASE("mettler faults: another balance after a silence is refused by its serial number") {
  BalanceLab labs;
  labs.run(labs.balance.arm());
  bool bad = true;
  labs.fake.tamper = [&](const std::string&, Utterances usual) {
    return std::exchange(bad, false) ? Utterances{} : usual;
  };
  labs.fake.serial = "B000000001";
  CHECK(labs.fault(labs.balance.read()) == DeviceFault::refused);
}

TEST_CASE("mettler faults: who is silent or speaks otherwise is named at arming") {
  BalanceLab labs;
  std::string says;
  labs.fake.tamper = [&](const std::string&, Utterances) {
    return says.empty() ? Utterances{} : Utterances{{says}};
  };
  CHECK(labs.fault(labs.balance.arm()) == DeviceFault::timed_out);
  says = "CP03\r";
  CHECK(labs.fault(labs.balance.arm()) == DeviceFault::garbled);
  CHECK_THROWS_WITH_AS(labs.run(labs.balance.arm()), doctest::Contains("as an MT-SICS balance"), DeviceError);
  CHECK(labs.fault(labs.balance.read()) == DeviceFault::refused);
}

TEST_CASE("mettler faults: unplugged it is unreachable at once, plugged in again it must be armed") {
  VirtualLab lab;
  std::unique_ptr<FakeBalance> fake;
  const Line::Opener opener = [&]() -> Task<std::unique_ptr<ByteLink>> {
    MemoryLinkPair pair = make_memory_link(lab.clock, "balance", 0);
    fake = std::make_unique<FakeBalance>(lab.clock, std::move(pair.instrument));
    co_return std::move(pair.host);
  };
  Line line{lab.clock, "balance", opener};
  MettlerBalance balance{lab.clock, line, {"scale"}};
  auto serve = [&]() -> Task<void> {
    while (!fake) co_await lab.clock.sleep_for(1ms);
    co_await fake->serve();
  };
  run_beside(lab, serve(), balance.arm());
  fake.reset();
  CHECK(fault_of([&] { lab.run(balance.read()); }) == DeviceFault::unreachable);
  CHECK(fault_of([&] { run_beside(lab, serve(), balance.read()); }) == DeviceFault::refused);
  run_beside(lab, serve(), balance.arm());
  CHECK(run_beside(lab, serve(), balance.read()).grams == doctest::Approx(12.3456));
}

}  // namespace
}  // namespace nocturne::test
