#include <doctest/doctest.h>

#include "devices/virtual/virtual_julabo.hpp"
#include "heater_lab.hpp"

namespace nocturne::test {
namespace {

using namespace std::chrono_literals;

VirtualJulaboOptions circulator(Duration pause = 250ms) {
  VirtualJulaboOptions options;
  options.pause = pause;
  options.parameters.proportional_band = 13.0;
  options.parameters.integral_s = 64.0;
  options.parameters.derivative_s = 4.0;
  options.parameters.set_point_high = 200.0;
  return options;
}

struct JulaboLab : Conversation {
  ThermalModel model;
  VirtualJulabo bath;
  explicit JulaboLab(VirtualJulaboOptions options = circulator())
      : bath{clock, options, [this](Instant now) { return model.at(in_seconds(now)); }} {
    model.power = [this](double time_s, double celsius) { return bath.power(time_s, celsius); };
    serve(bath);
  }
  /// Time passes under somebody's eyes.
  void pass(Duration time) {
    Conversation::pass(time);
    model.at(in_seconds(clock.now()));
  }
  /// The reply without its end, which must be CR LF; empty without one.
  std::string say(const std::string& words, Duration wait = 300ms) {
    const std::string reply = ask(words + "\r", wait);
    if (reply.empty()) return reply;
    REQUIRE(reply.ends_with("\r\n"));
    return reply.substr(0, reply.size() - 2);
  }
  double value(const std::string& question) { return std::stod(say(question)); }
};

TEST_CASE_FIXTURE(JulaboLab, "virtual julabo: questions have answers, orders have none") {
  CHECK(say("version").starts_with("JULABO"));
  CHECK(say("status") == "02 REMOTE STOP");
  CHECK(say("in_pv_00") == "22.00");
  CHECK(say("in_pv_02") == "22.00");
  CHECK(say("in_mode_05") == "0");
  CHECK(say("out_sp_00 55.5").empty());
  CHECK(say("in_sp_00") == "55.50");
  CHECK(say("out_mode_05 1").empty());
  CHECK(say("in_mode_05") == "1");
  CHECK(say("status") == "03 REMOTE START");
  CHECK(say("").empty());
}

TEST_CASE_FIXTURE(JulaboLab, "virtual julabo: heats only while it runs, and holds its set point") {
  say("out_sp_00 90");
  pass(10min);
  CHECK(value("in_pv_00") == doctest::Approx(22.0));
  say("out_mode_05 1");
  pass(20min);
  CHECK(value("in_pv_00") == doctest::Approx(90.0).epsilon(0.005));
  CHECK(model.highest < 93.0);
  say("out_mode_05 0");
  pass(20min);
  CHECK(value("in_pv_00") < 40.0);
}

TEST_CASE_FIXTURE(JulaboLab, "virtual julabo: what comes in the pause after an order is lost") {
  CHECK(ask("out_sp_00 55.5\rin_sp_00\r", 100ms).empty());
  CHECK(ask("in_sp_00\r", 100ms).empty());
  pass(100ms);
  CHECK(say("in_sp_00") == "55.50");
  JulaboLab quick{circulator(0ms)};
  CHECK(quick.ask("out_sp_00 55.5\rin_sp_00\r") == "55.50\r\n");
}

TEST_CASE_FIXTURE(JulaboLab,
                  "virtual julabo: what it cannot do changes nothing and shows once in the status") {
  say("out_sp_00 50");
  std::string status;
  SUBCASE("too hot") {
    say("out_sp_00 200.01");
    status = "-11 VALUE TOO LARGE";
  }
  SUBCASE("too cold") {
    say("out_sp_00 -0.5");
    status = "-10 VALUE TOO SMALL";
  }
  SUBCASE("no number") {
    for (const char* order :
         {"out_sp_00 5x", "out_sp_00", "out_sp_00 nan", "out_mode_05 2", "out_hil_00 3"}) {
      say(order);
      CHECK(say("status").starts_with("-08"));
    }
    say("nonsense");
    status = "-08 COMMAND";
  }
  SUBCASE("too long") {
    say(std::string(100000, 'a'));
    status = "-08 COMMAND";
  }
  CHECK(say("status") == status);
  CHECK(say("status") == "02 REMOTE STOP");
  CHECK(say("in_sp_00") == "50.00");
}

TEST_CASE_FIXTURE(JulaboLab,
                  "virtual julabo: a broken sensor gives no value, a negative status and no heat") {
  say("out_sp_00 120");
  say("out_mode_05 1");
  pass(5min);
  REQUIRE(bath.loop().output_percent() > 0.0);
  bath.faults().sensor_break = true;
  pass(1min);
  CHECK(say("in_pv_00") == "---.--");
  CHECK(say("status").starts_with("-"));
  CHECK(bath.loop().output_percent() == 0.0);
}

TEST_CASE_FIXTURE(JulaboLab, "virtual julabo: its protector stops a runaway until the next power cycle") {
  say("out_sp_00 80");
  say("out_mode_05 1");
  bath.faults().stuck_output = 1.0;
  SUBCASE("seen") {}
  SUBCASE("with the reading frozen") { bath.faults().frozen_reading = true; }
  pass(1h);
  CHECK(say("status").starts_with("-14"));
  CHECK(say("in_mode_05") == "0");
  CHECK(model.highest > 230.0);
  CHECK(model.highest < 240.0);
  CHECK(model.probe < 40.0);
  bath.faults() = {};
  say("out_mode_05 1");
  CHECK(say("in_mode_05") == "0");
  bath.reboot();
  CHECK(say("version").empty());
  pass(3s);
  CHECK(say("status") == "02 REMOTE STOP");
  CHECK(say("in_sp_00") == "80.00");
}

TEST_CASE_FIXTURE(JulaboLab, "virtual julabo: a dead heater stays cold, a frozen reading looks good") {
  say("out_sp_00 80");
  say("out_mode_05 1");
  SUBCASE("dead") {
    bath.faults().heater_dead = true;
    pass(20min);
    CHECK(value("in_pv_00") == doctest::Approx(22.0));
    CHECK(say("status") == "03 REMOTE START");
  }
  SUBCASE("frozen") {
    bath.faults().frozen_reading = true;
    pass(5min);
    CHECK(value("in_pv_00") == doctest::Approx(22.0));
    CHECK(model.highest > 150.0);
  }
}

TEST_CASE_FIXTURE(JulaboLab, "virtual julabo: faults damage replies as asked") {
  ReplyFaults& faults = bath.faults().reply;
  say("in_sp_00");
  faults.replies = 1;
  SUBCASE("silent") {
    faults.silent = true;
    CHECK(say("in_pv_00").empty());
  }
  SUBCASE("truncated") {
    faults.truncated = true;
    CHECK(ask("in_pv_00\r") == "22.");
  }
  SUBCASE("garbage") {
    faults.garbage = "\xFF\xFE";
    CHECK(ask("in_pv_00\r") ==
          "\xFF\xFE"
          "22.00\r\n");
  }
  SUBCASE("the answer to the question before") {
    faults.wrong_address = true;
    CHECK(say("in_pv_00") == "20.00");
  }
  SUBCASE("late") {
    faults.delay = 1s;
    CHECK(ask("in_pv_00\r", 500ms).empty());
    CHECK(heard(1s) == "22.00\r\n");
  }
  SUBCASE("deaf") {
    faults.deaf = true;
    CHECK(ask("out_sp_00 60\r", 500ms).empty());
    faults.deaf = false;
    CHECK(say("in_sp_00") == "20.00");
  }
  SUBCASE("link drop") {
    faults.drop_link = true;
    ask("in_pv_00\r");
    CHECK(ended);
    serve(bath);
  }
  CHECK(say("in_pv_00") == "22.00");
}

}  // namespace
}  // namespace nocturne::test
