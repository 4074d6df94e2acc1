#include <doctest/doctest.h>

#include <utility>
#include <vector>

#include "conversation.hpp"
#include "devices/virtual/virtual_chemyx.hpp"

namespace nocturne::test {
namespace {

using namespace std::chrono_literals;

struct ChemyxLab : Conversation {
  std::vector<std::pair<double, double>> flows;  // s, uL/min
  VirtualChemyx pump;

  explicit ChemyxLab(VirtualChemyxOptions options = {})
      : pump{clock, std::move(options), [this](FlowRate flow, Instant when) {
               flows.emplace_back(in_seconds(when), in_microliters_per_minute(flow));
             }} {
    serve(pump);
  }
  std::string say(const std::string& command) { return ask(command + "\r\n"); }
};

TEST_CASE_FIXTURE(ChemyxLab, "virtual chemyx: a set is answered with the value taken") {
  CHECK(say("set units 0") == "units = 0\r\n");
  CHECK(say("set diameter 26.59") == "diameter = 26.5900\r\n");
  CHECK(say("set rate 5") == "rate = 5.0000\r\n");
  CHECK(say("set volume -2.5") == "volume = -2.5000\r\n");
  CHECK(say("set delay 0.5") == "delay = 0.5000\r\n");
  CHECK(say("set primerate 2") == "primerate = 2.0000\r\n");
  CHECK(say("set rate 1.00006") == "rate = 1.0001\r\n");
  CHECK(say("view parameter") ==
        "units = 0\r\ndiameter = 26.5900\r\nrate = 1.0001\r\nvolume = -2.5000\r\ndelay = 0.5000\r\n"
        "primerate = 2.0000\r\n");
}

TEST_CASE_FIXTURE(ChemyxLab, "virtual chemyx: what is outside the limits comes back clamped") {
  // 190 mm/min and 1 um/min on a bore of 14.43 mm: 31.0725 mL/min, 0.000163539 mL/min; 140 mm of travel
  CHECK(say("read limit parameter") == "31.0724 0.0002 22.8955 0.0000\r\n");
  CHECK(say("set rate 100") == "rate = 31.0724\r\n");
  CHECK(say("set rate 0") == "rate = 0.0002\r\n");
  CHECK(say("set volume 500") == "volume = 22.8955\r\n");
  CHECK(say("set units 2") == "units = 2\r\n");
  CHECK(say("read limit parameter") == "31072.4962 0.1636 22895.5235 0.0000\r\n");
  CHECK(say("set units 4") == "units = 2\r\n");
}

TEST_CASE_FIXTURE(ChemyxLab, "virtual chemyx: a carriage return ends a request, a line feed alone does not") {
  CHECK(ask("set rate 5\r") == "rate = 5.0000\r\n");
  CHECK(ask("set rate 6\n") == "");
  CHECK(ask("set rate 7\r\n") == "invalid command\r\n");
  CHECK(ask("set rate 8\r\nset rate 9\r") == "rate = 8.0000\r\nrate = 9.0000\r\n");
  for (const char* wrong : {"SET RATE 5", "set rate", "set rate five", "set rate 1e400", "set speed 5", "fly",
                            "hexw2 0 0 14 1", "hexw2 0 0 14 1 1 0 now", "set rate nan"}) {
    CAPTURE(wrong);
    CHECK(say(wrong) == "invalid command\r\n");
  }
}

TEST_CASE_FIXTURE(ChemyxLab, "virtual chemyx: it delivers its volume at its rate and stops by itself") {
  say("set rate 10");
  say("set volume 0.5");
  const double begin = in_seconds(clock.now());
  CHECK(say("start") == "Pump start running...\r\n");
  CHECK(say("pump status") == "1\r\n");
  pass(10s);
  REQUIRE(flows.size() == 2);
  CHECK(flows[0].second == doctest::Approx(10000.0));
  CHECK(flows[1].first - begin == doctest::Approx(3.0).epsilon(1e-9));
  CHECK(say("pump status") == "0\r\n");
  CHECK(say("dispensed volume") == "dispensed volume = 0.5000\r\n");
  CHECK(say("elapsed time") == "elapsed time = 0.0500\r\n");
  CHECK(in_milliliters(pump.contents()) == doctest::Approx(9.5).epsilon(1e-9));
}

TEST_CASE_FIXTURE(ChemyxLab, "virtual chemyx: a pause is continued, a stop is begun again") {
  say("set rate 10");
  say("set volume 0.5");
  say("start");
  pass(1s);
  CHECK(say("pause") == "Pump pause!\r\n");
  CHECK(flows.back().second == 0.0);
  CHECK(say("pump status") == "2\r\n");
  say("start");
  pass(10s);
  CHECK(say("dispensed volume") == "dispensed volume = 0.5000\r\n");
  say("start");
  pass(1s);
  CHECK(say("stop") == "Pump stop!\r\n");
  CHECK(flows.back().second == 0.0);
  say("start");
  pass(10s);
  CHECK(say("dispensed volume") == "dispensed volume = 0.5000\r\n");
}

TEST_CASE_FIXTURE(ChemyxLab, "virtual chemyx: a negative volume withdraws and a delay comes before") {
  pump.refill(milliliters(1.0));
  CHECK(say("hexw2 1 1 14.43 2 600 0.5 start")
            .ends_with("delay = 0.5000\r\nprimerate = 1.0000\r\n"
                       "Pump start running...\r\n"));
  CHECK(pump.settings().volume == -2.0);
  CHECK(say("pump status") == "3\r\n");
  CHECK(flows.empty());
  pass(31s);
  CHECK(say("pump status") == "1\r\n");
  CHECK(flows.back().second == doctest::Approx(-10000.0));
  pass(60s);
  CHECK(flows.back().first - flows.front().first == doctest::Approx(12.0).epsilon(1e-9));
  CHECK(in_milliliters(pump.contents()) == doctest::Approx(3.0).epsilon(1e-9));
}

TEST_CASE_FIXTURE(ChemyxLab, "virtual chemyx: while it runs only the rate changes, and at once") {
  say("set volume 5");
  say("start");
  CHECK(say("set rate 2") == "rate = 2.0000\r\n");
  CHECK(flows.back().second == doctest::Approx(2000.0));
  CHECK(say("set diameter 20") == "diameter = 14.4300\r\n");
  CHECK(say("set units 1") == "units = 0\r\n");
  CHECK(say("set volume 9") == "volume = 5.0000\r\n");
}

TEST_CASE_FIXTURE(ChemyxLab, "virtual chemyx: empty, jammed or pressed too hard it stalls") {
  say("set volume 5");
  say("start");
  pump.jam(true);
  CHECK(say("pump status") == "4\r\n");
  pump.jam(false);
  say("start");
  pump.set_back_pressure(20.0);  // 327 N on 14.43 mm
  CHECK(say("pump status") == "4\r\n");
  CHECK(flows.back().second == 0.0);
  pump.set_back_pressure(0.0);
  pump.refill(milliliters(0.01));
  say("start");
  pass(10s);
  CHECK(say("pump status") == "4\r\n");
  CHECK(pump.contents() == Volume{});
  pump.power_cycle();
  CHECK(say("pump status") == "0\r\n");
}

TEST_CASE("virtual chemyx: echo, prompt and a status that lags behind a stop") {
  VirtualChemyxOptions options;
  options.echo = true;
  options.prompt = ">";
  options.stale_replies = 1;
  ChemyxLab lab{options};
  CHECK(lab.say("set rate 5") == "set rate 5\r\nrate = 5.0000\r\n>");
  lab.say("start");
  lab.say("stop");
  CHECK(lab.flows.back().second == 0.0);
  CHECK(lab.say("pump status") == "pump status\r\n1\r\n>");
  CHECK(lab.say("pump status") == "pump status\r\n0\r\n>");
}

TEST_CASE_FIXTURE(ChemyxLab, "virtual chemyx: the faults of a reply show on the line") {
  pump.faults().silent = true;
  pump.faults().replies = 1;
  CHECK(say("set rate 5") == "");
  CHECK(pump.settings().rate == doctest::Approx(5.0));
  pump.faults() = {};
  pump.faults().deaf = true;
  CHECK(say("set rate 6") == "");
  pump.faults() = {};
  CHECK(say("set rate 6") == "rate = 6.0000\r\n");
  pump.faults().truncated = true;
  CHECK(say("set rate 7") == "rate = ");
  pump.faults() = {};
  pump.faults().drop_link = true;
  say("start");
  CHECK(ended);
  CHECK(flows.back().second == doctest::Approx(7000.0));
}

}  // namespace
}  // namespace nocturne::test
