#include <doctest/doctest.h>

#include <cmath>
#include <string>

#include "conversation.hpp"
#include "delivered_mass.hpp"
#include "devices/virtual/virtual_balance.hpp"

namespace nocturne::test {
namespace {

using namespace std::chrono_literals;

VirtualBalanceOptions quiet() {
  VirtualBalanceOptions options;
  options.serial = "B123";
  options.cell.noise_g = 0.0;
  options.cell.drift_g_per_h = 0.0;
  return options;
}

struct BalanceLab : Conversation {
  DeliveredMass stream;
  VirtualBalance balance;

  explicit BalanceLab(VirtualBalanceOptions options = quiet())
      : balance{clock, std::move(options), [this](Instant when) { return stream.at(when); }} {
    serve(balance);
    pass(2s);
  }
  std::string say(const std::string& command, Duration wait = 10ms) { return ask(command + "\r\n", wait); }
  /// Grams of "S S     12.3456 g", or of "S D".
  double grams(const std::string& reply) { return std::stod(reply.substr(4, 10)); }
  /// The reading notices one or two intervals later, as a real one does.
  void put(double grams) {
    balance.set_load(grams);
    pass(250ms);
  }
  void flow(double grams_per_second) {
    stream.set_flow(grams_per_second, clock.now());
    pass(250ms);
  }
};

TEST_CASE_FIXTURE(BalanceLab, "virtual balance: weights stand in ten columns, byte for byte") {
  CHECK(say("SI") == "S S     0.0000 g\r\n");
  put(35.0 + 12.3456);
  CHECK(say("S", 2s) == "S S    12.3456 g\r\n");
  put(35.0 - 2.5);
  CHECK(say("S", 2s) == "S S    -2.5000 g\r\n");
  put(35.0 + 100.0);
  CHECK(say("S", 2s) == "S S   100.0000 g\r\n");
}

TEST_CASE("virtual balance: two decimals give the example of the manual") {
  VirtualBalanceOptions options = quiet();
  options.cell.decimals = 2;
  BalanceLab lab{options};
  lab.put(135.0);
  CHECK(lab.say("S", 2s) == "S S     100.00 g\r\n");
}

TEST_CASE_FIXTURE(BalanceLab,
                  "virtual balance: what moves is dynamic, and stable after enough equal readings") {
  put(45.0);
  const std::string moving = say("SI");
  CHECK(moving.starts_with("S D "));
  CHECK(grams(moving) > 0.0);
  CHECK(grams(moving) < 10.0);  // the filter
  pass(400ms);
  CHECK(say("SI") == "S D    10.0000 g\r\n");
  pass(800ms);
  CHECK(say("SI") == "S S    10.0000 g\r\n");
  const double start = in_seconds(clock.now());
  put(46.0);
  CHECK(say("S", 1ms) == "");
  while (heard(10ms).empty()) REQUIRE(in_seconds(clock.now()) < start + 3.0);
  CHECK(in_seconds(clock.now()) - start == doctest::Approx(1.2).epsilon(0.15));
}

TEST_CASE_FIXTURE(BalanceLab, "virtual balance: a steady stream is never stable: S gives up, SI goes on") {
  flow(0.01);
  CHECK(say("S", 9900ms) == "");
  CHECK(heard(200ms) == "S I\r\n");
  CHECK(say("SI").starts_with("S D "));
  CHECK(say("T", 11s) == "T I\r\n");
  CHECK(say("Z", 11s) == "Z I\r\n");
}

TEST_CASE("virtual balance: the mass is the integral of the flow, in drops") {
  VirtualBalanceOptions options = quiet();
  options.cell.drop_g = 0.0174;
  BalanceLab lab{options};
  const double start = in_seconds(lab.clock.now());
  lab.flow(0.001);
  lab.pass(600s);
  const double faster = in_seconds(lab.clock.now());
  lab.flow(0.003);
  lab.pass(300s);
  const double end = in_seconds(lab.clock.now());
  lab.flow(0.0);
  lab.pass(5s);
  const double expected = 0.001 * (faster - start) + 0.003 * (end - faster);
  CHECK(lab.grams(lab.say("SI")) == doctest::Approx(std::floor(expected / 0.0174) * 0.0174).epsilon(1e-4));

  lab.flow(0.001);  // a drop every 17.4 s, still between them
  int steps = 0, dynamic = 0;
  double last = lab.grams(lab.say("SI"));
  for (int i = 0; i < 1000; ++i) {
    const std::string reply = lab.say("SI", 100ms);
    dynamic += reply[2] == 'D';
    const double now = lab.grams(reply);
    CHECK(now - last < 0.0175);
    steps += now - last > 1e-4;
    last = now;
  }
  CHECK(steps >= 5);
  CHECK(steps <= 36);  // five or six drops, each seen through the filter
  CHECK(dynamic > 20);
  CHECK(dynamic < 100);
}

TEST_CASE("virtual balance: noise and drift are there, and the same reading is the same for everybody") {
  VirtualBalanceOptions options = quiet();
  options.cell.noise_g = 0.001;
  options.cell.drift_g_per_h = 0.1;
  BalanceLab lab{options};
  double sum = 0.0, squares = 0.0;
  constexpr int n = 400;
  for (int i = 0; i < n; ++i) {
    const std::string reply = lab.say("SI", 100ms);
    const double x = lab.grams(reply);
    sum += x;
    squares += x * x;
  }
  CHECK(std::sqrt(squares / n - sum * sum / n / n) == doctest::Approx(0.001).epsilon(0.15));
  lab.pass(10h);
  CHECK(lab.grams(lab.say("SI")) == doctest::Approx(1.0).epsilon(0.01));
  const std::string twice = lab.ask("SI\r\nSI\r\n");
  CHECK(twice.substr(0, twice.size() / 2) == twice.substr(twice.size() / 2));
}

TEST_CASE_FIXTURE(BalanceLab, "virtual balance: zero and tare") {
  put(36.0);
  CHECK(say("Z", 2s) == "Z A\r\n");
  CHECK(say("SI") == "S S     0.0000 g\r\n");
  put(56.0);
  CHECK(say("T", 2s) == "T S    20.0000 g\r\n");
  CHECK(say("SI") == "S S     0.0000 g\r\n");
  CHECK(say("TA") == "TA A    20.0000 g\r\n");
  CHECK(say("TA 5.5 g") == "TA A     5.5000 g\r\n");
  CHECK(say("SI") == "S S    14.5000 g\r\n");
  CHECK(say("TAC") == "TAC A\r\n");
  CHECK(say("SI") == "S S    20.0000 g\r\n");
  CHECK(say("TI") == "TI S    20.0000 g\r\n");
  CHECK(say("ZI") == "ZI +\r\n");  // beyond 2 % of the capacity
  CHECK(say("Z", 2s) == "Z +\r\n");
  put(20.0);
  CHECK(say("Z", 2s) == "Z -\r\n");
  CHECK(say("T", 2s) == "T -\r\n");
  put(36.0);
  pass(2s);
  put(36.5);
  CHECK(say("ZI") == "ZI D\r\n");
  pass(2s);
  CHECK(say("ZI") == "ZI S\r\n");
  put(37.5);
  CHECK(say("TI").starts_with("TI D "));
}

TEST_CASE_FIXTURE(BalanceLab, "virtual balance: it says who it is, and resets") {
  CHECK(say("I4") == "I4 A \"B123\"\r\n");
  CHECK(say("I2") == "I2 A \"XPR204 220.0000 g\"\r\n");
  CHECK(say("I1") == "I1 A \"01\" \"2.30\" \"2.20\" \"\" \"\"\r\n");
  CHECK(say("I3").starts_with("I3 A \""));
  CHECK(say("I5").starts_with("I5 A \""));
  const std::string list = say("I0");
  CHECK(list.starts_with("I0 B 0 \"I0\"\r\n"));
  CHECK(list.ends_with("I0 A 1 \"TI\"\r\n"));
  say("TA 3 g");
  CHECK(say("@") == "I4 A \"B123\"\r\n");
  CHECK(say("TA") == "TA A     0.0000 g\r\n");
}

TEST_CASE_FIXTURE(BalanceLab, "virtual balance: what it does not understand has its error") {
  for (const char* wrong :
       {"X", "s", "S ", "SS", "S 1", "I6", "TA g", "TA 1", "TA 1 g g", "@@", "S\rSI", "TAC 1"})
    CHECK_MESSAGE(say(wrong) == "ES\r\n", wrong);
  CHECK(say("TA 1 kg") == "EL\r\n");
  CHECK(say("TA -1 g") == "EL\r\n");
  CHECK(say("TA 500 g") == "EL\r\n");
  CHECK(say("TA nan g") == "EL\r\n");
  CHECK(say("S\xFF") == "ET\r\n");
  CHECK(say(std::string(5000, 'S')) == "ET\r\n");
  CHECK(ask("\r\n\n") == "");
  CHECK(ask("SI") == "");
  CHECK(ask("\n") == "S S     0.0000 g\r\n");
}

TEST_CASE_FIXTURE(BalanceLab,
                  "virtual balance: one who waits for stability keeps the others off, until reset") {
  flow(0.01);
  CHECK(say("S") == "");
  CHECK(say("S") == "S I\r\n");
  CHECK(say("SI") == "S I\r\n");
  CHECK(say("Z") == "Z I\r\n");
  CHECK(say("I4") == "I4 A \"B123\"\r\n");
  CHECK(say("@") == "I4 A \"B123\"\r\n");
  CHECK(heard(20s) == "");
  CHECK(say("SI").starts_with("S D "));
}

TEST_CASE_FIXTURE(BalanceLab,
                  "virtual balance: a stream of ten readings a second lasts until S, SI or reset") {
  const std::string one = "S S     0.0000 g\r\n";
  const std::string second = say("SIR", 1s);
  CHECK(second.size() >= 9 * one.size());
  CHECK(second.size() <= 11 * one.size());
  CHECK(second.substr(0, one.size()) == one);
  std::string end;
  SUBCASE("S") { end = "S"; }
  SUBCASE("SI") { end = "SI"; }
  SUBCASE("@") { end = "@"; }
  say(end, 200ms);
  CHECK(heard(5s) == "");
}

TEST_CASE_FIXTURE(BalanceLab, "virtual balance: overload and underload, by the load and by fault") {
  put(221.0);
  pass(1s);
  CHECK(say("SI") == "S +\r\n");
  CHECK(say("S") == "S +\r\n");
  CHECK(say("T") == "T +\r\n");
  put(-20.0);
  pass(1s);
  CHECK(say("SI") == "S -\r\n");
  CHECK(say("Z") == "Z -\r\n");
  put(35.0);
  pass(1s);
  balance.faults().overload = true;
  CHECK(say("SI") == "S +\r\n");
  balance.faults() = {};
  balance.faults().underload = true;
  CHECK(say("SI") == "S -\r\n");
}

TEST_CASE_FIXTURE(BalanceLab, "virtual balance: in a draught nothing is stable; frozen nothing changes") {
  SUBCASE("unstable") {
    balance.faults().unstable = true;
    CHECK(say("S", 11s) == "S I\r\n");
    CHECK(say("SI").starts_with("S D "));
    CHECK(std::abs(grams(say("SI"))) < 0.05);
    balance.faults().unstable = false;
    CHECK(say("S", 2s).starts_with("S S "));
  }
  SUBCASE("frozen") {
    balance.faults().frozen = true;
    CHECK(say("SI") == "S S     0.0000 g\r\n");
    flow(0.01);
    pass(100s);
    CHECK(say("SI") == "S S     0.0000 g\r\n");
    balance.faults().frozen = false;
    CHECK(grams(say("SI")) == doctest::Approx(1.0).epsilon(0.01));
  }
}

TEST_CASE_FIXTURE(BalanceLab,
                  "virtual balance: after power-up it sends its serial number and has a new zero") {
  put(60.0);
  say("TA 2 g");
  pass(1s);
  balance.power_cycle();
  CHECK(heard(100ms) == "I4 A \"B123\"\r\n");
  CHECK(say("SI") == "S S     0.0000 g\r\n");
  CHECK(say("TA") == "TA A     0.0000 g\r\n");
}

TEST_CASE_FIXTURE(BalanceLab, "virtual balance: faults damage replies as asked") {
  const std::string good = "S S     0.0000 g\r\n";
  ReplyFaults& faults = balance.faults().reply;
  faults.replies = 1;
  SUBCASE("silent") {
    faults.silent = true;
    CHECK(say("SI") == "");
  }
  SUBCASE("truncated") {
    faults.truncated = true;
    CHECK(say("SI") == good.substr(0, 9));
  }
  SUBCASE("garbage") {
    faults.garbage = "??";
    CHECK(say("SI") == "??" + good);
  }
  SUBCASE("late") {
    faults.delay = 2s;
    CHECK(say("SI", 1s) == "");
    CHECK(heard(2s) == good);
  }
  SUBCASE("link drop, also of a stream") {
    faults.drop_link = true;
    CHECK(say("SIR") == "");
    CHECK(ended);
    serve(balance);
    CHECK(heard(1s) == "");
  }
  CHECK(say("SI") == good);
}

TEST_CASE("delivered mass: the integral of a flow in steps, also a little back in time") {
  DeliveredMass mass;
  const auto at = [&](double s) { return mass.at(Instant{seconds(s)}); };
  CHECK(at(5.0) == 0.0);
  mass.set_flow(2.0, Instant{10s});
  mass.set_flow(0.0, Instant{20s});
  mass.set_flow(-1.0, Instant{30s});
  CHECK(at(0.0) == 0.0);
  CHECK(at(15.0) == doctest::Approx(10.0));
  CHECK(at(25.0) == doctest::Approx(20.0));
  CHECK(at(32.0) == doctest::Approx(18.0));
  for (int i = 0; i < 10'000; ++i) mass.set_flow(i % 2, Instant{40s + i * 1s});
  CHECK(at(10'038.0) == doctest::Approx(20.0 - 10.0 + 4999.0));
}

}  // namespace
}  // namespace nocturne::test
