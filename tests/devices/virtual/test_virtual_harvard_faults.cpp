#include <doctest/doctest.h>

#include "harvard_lab.hpp"

namespace nocturne::test {
namespace {

using namespace std::chrono_literals;

TEST_CASE_FIXTURE(HarvardLab, "virtual harvard: every fault of a reply shows on the line") {
  ReplyFaults& faults = pump().faults();
  faults.silent = true;
  faults.replies = 1;
  CHECK(say("irate 3 ml/min") == "");
  CHECK(text("irate") == "3 ml/min");  // it was obeyed
  faults = {};
  faults.deaf = true;
  CHECK(say("irate 4 ml/min") == "");
  faults = {};
  CHECK(text("irate") == "3 ml/min");
  faults.truncated = true;
  faults.replies = 1;
  CHECK(say("diameter") == "\n14.430");
  faults = {};
  faults.garbage = "\x01\xFFzz";
  faults.replies = 1;
  CHECK(say("force") == faults.garbage + "\n50%\r\n:");
  faults = {};
  faults.wrong_address = true;
  faults.replies = 1;
  CHECK(say("force") == "\n01:50%\r\n01:");
  CHECK(say("force") == "\n50%\r\n:");
}

TEST_CASE_FIXTURE(HarvardLab, "virtual harvard: a late reply comes after the next request") {
  pump().faults().delay = 1s;
  pump().faults().replies = 1;
  CHECK(say("force") == "");
  CHECK(say("diameter") == "");
  CHECK(heard(2s) == "\n50%\r\n:\n14.4300 mm\r\n:");
}

TEST_CASE_FIXTURE(HarvardLab, "virtual harvard: a dropped link ends the service and the pump runs on") {
  run(line.host->write("irun\r"));
  CHECK(heard(50ms) == "\n>");
  pump().faults().drop_link = true;
  run(line.host->write("force\r"));
  pass(50ms);
  CHECK(ended);
  CHECK(pump().true_flow() == milliliters_per_minute(1.0));
}

TEST_CASE_FIXTURE(HarvardLab,
                  "virtual harvard: with that quirk it still reports the motion right after a stop") {
  pump().quirks().stale_replies = 2;
  obeyed({"irun"}, ">");
  obeyed({"stp"}, ">");
  CHECK(flows.back().second == 0.0);
  const std::string status = say("status");
  CHECK(status.find(" I..TI.\r\n>") != std::string::npos);
  CHECK(status.starts_with("\n16666666667 "));
  CHECK(say("status").find(" i..TI.\r\n:") != std::string::npos);
}

TEST_CASE_FIXTURE(HarvardLab,
                  "virtual harvard: with that quirk the unit lags behind the number for one query") {
  obeyed({"irate 500 ul/min"});
  pump().quirks().stale_unit = true;
  obeyed({"irate 2 ml/min"});
  CHECK(text("irate") == "2 ul/min");
  CHECK(text("irate") == "2 ml/min");
}

TEST_CASE_FIXTURE(HarvardLab, "virtual harvard: with that quirk numbers are not set for a while") {
  pump().quirks().not_set_replies = 2;
  CHECK(text("irate") == "Infuse rate not set");
  CHECK(text("ivolume") == "Infused volume not set");
  CHECK(text("irate") == "1 ml/min");
}

TEST_CASE_FIXTURE(HarvardLab,
                  "virtual harvard: a diameter taken for show is given away by the rate's limits") {
  pump().quirks().keeps_diameter = true;
  obeyed({"diameter 26.59"});
  CHECK(text("diameter") == "26.5900 mm");
  CHECK(text("irate lim") == "25.0404 nl/min to 26.0035 ml/min");
  pump().quirks().keeps_diameter = false;
  obeyed({"diameter 26.59"});
  CHECK(text("irate lim") == "85.0247 nl/min to 88.2949 ml/min");
}

TEST_CASE_FIXTURE(HarvardLab, "virtual harvard: a request too long for its buffer is refused, not cut") {
  CHECK(say("irate 2" + std::string(200, '0') + " ul/min") == "\nCommand error:\r\n   Unknown command\r\n:");
  CHECK(text("irate") == "1 ml/min");
}

}  // namespace
}  // namespace nocturne::test
