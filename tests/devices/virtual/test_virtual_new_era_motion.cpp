#include <doctest/doctest.h>

#include "pump_lab.hpp"

namespace nocturne::test {
namespace {

using namespace std::chrono_literals;

TEST_CASE_FIXTURE(PumpLab, "virtual new era: the diameter sets the volume unit and clears the counters") {
  awaken();
  CHECK(text("DIA 14.00") == "00S");
  CHECK(text("VOL") == "00S0.000UL");
  CHECK(text("DIA 14.01") == "00S");
  CHECK(text("VOL") == "00S0.000ML");
  CHECK(text("DIS") == "00SI0.000W0.000ML");
  CHECK(text("VOLUL") == "00S");
  CHECK(text("DIS") == "00SI0.000W0.000UL");
  CHECK(text("DIA 0.09") == "00S?OOR");
  CHECK(text("DIA 50.1") == "00S?OOR");
  CHECK(text("DIA 1.2.3") == "00S?");
  CHECK(text("DIA 14.001") == "00S?OOR");
  CHECK(text("DIA") == "00S14.01");
}

TEST_CASE_FIXTURE(PumpLab, "virtual new era: the rate's limits follow from plunger speed and diameter") {
  awaken();
  struct Row {
    const char *diameter, *most, *too_much, *least, *too_little;
  };
  const Row rows[] = {
      {"4.699", ".884MM", ".885MM", ".730UH", ".729UH"},  // 0.72921 at least, 0.88454 at most
      {"8.585", "2.952MM", "2.953MM", "2.435UH", "2.434UH"},
      {"11.99", "5.758MM", "5.759MM", "4.748UH", "4.747UH"},
      {"14.43", "8.341MM", "8.342MM", "6.877UH", "6.876UH"},
      {"19.05", "14.53MM", "14.54MM", "11.99UH", "11.98UH"},
      {"21.59", "18.67MM", "18.68MM", "15.40UH", "15.39UH"},
      {"26.59", "28.32MM", "28.33MM", "23.36UH", "23.35UH"},
      {"26.59", "1699MH", "1700MH", ".024MH", ".023MH"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.diameter);
    REQUIRE(text(std::string{"DIA"} + row.diameter) == "00S");
    CHECK(text(std::string{"RAT"} + row.most) == "00S");
    CHECK(text(std::string{"RAT"} + row.too_much) == "00S?OOR");
    CHECK(text(std::string{"RAT"} + row.least) == "00S");
    CHECK(text(std::string{"RAT"} + row.too_little) == "00S?OOR");
    CHECK(text("RAT0MM") == "00S?OOR");
  }
}

TEST_CASE_FIXTURE(PumpLab, "virtual new era: numbers have four digits and come back with a point") {
  awaken();
  REQUIRE(text("DIA26.59") == "00S");
  for (const auto& [sent, kept] : std::vector<std::pair<std::string, std::string>>{{"5MM", "5.000MM"},
                                                                                   {"5.MM", "5.000MM"},
                                                                                   {"12.34MM", "12.34MM"},
                                                                                   {"0.006MH", ""},
                                                                                   {"1200UH", "1200.UH"},
                                                                                   {"123.4UM", "123.4UM"},
                                                                                   {"99.99UM", "99.99UM"},
                                                                                   {"9.999MM", "9.999MM"},
                                                                                   {"12.345MM", ""},
                                                                                   {"1.2345MM", ""}}) {
    CAPTURE(sent);
    if (kept.empty()) {
      CHECK(text("RAT" + sent) == "00S?OOR");
    } else {
      CHECK(text("RAT" + sent) == "00S");
      CHECK(text("RAT") == "00S" + kept);
    }
  }
  REQUIRE(text("DIA4.699") == "00S");
  CHECK(text("RAT0.006MH") == "00S");
  CHECK(text("RAT") == "00S0.006MH");
  CHECK(text("RATxyz") == "00S?");
  CHECK(text("RAT1.0KM") == "00S?");
}

TEST_CASE_FIXTURE(
    PumpLab,
    "virtual new era: while pumping the value may change but not the unit, and the memory is spared") {
  start("1.000MM");
  const int writes = pump().memory_writes();
  CHECK(text("RAT500.0UM") == "00I?NA");
  CHECK(text("RAT2.500MM") == "00I");
  CHECK(flows.back().second == doctest::Approx(2500.0));
  CHECK(text("RAT") == "00I2.500MM");
  CHECK(text("DIA20") == "00I?NA");
  CHECK(text("CLDINF") == "00I?NA");
  CHECK(text("RUN") == "00I?NA");
  CHECK(pump().memory_writes() == writes);
  pump().power_cycle();
  awaken();
  CHECK(text("RAT") == "00S1.000MM");
}

TEST_CASE_FIXTURE(PumpLab, "virtual new era: stop pauses, stops, and then does not apply") {
  start("1.000MM");
  CHECK(text("STP") == "00P");
  CHECK(flows.back().second == 0.0);
  CHECK(text("CLDINF") == "00P?NA");
  CHECK(text("RUN") == "00I");
  CHECK(text("STP") == "00P");
  CHECK(text("STP") == "00S");
  CHECK(text("STP") == "00S?NA");
  CHECK(text("CLDINF") == "00S");
}

TEST_CASE_FIXTURE(PumpLab, "virtual new era: the counters are the integral of the rate, both ways") {
  start("6.000MM");
  pass(10s - 50ms);
  CHECK(text("DIS") == "00II1.000W0.000ML");
  CHECK(text("DIRWDR") == "00W");
  pass(5s - 100ms);
  CHECK(text("DIS") == "00WI1.005W0.495ML");
  CHECK(text("STP") == "00P");
  CHECK(text("STP") == "00S");
  CHECK(text("CLDINF") == "00S");
  CHECK(text("DIS") == "00SI0.000W0.500ML");
  CHECK(text("CLDWDR") == "00S");
  REQUIRE(text("DIRINF") == "00S");
  REQUIRE(text("RUN") == "00I");
  pass(12s - 50ms);
  CHECK(text("DIS") == "00II1.200W0.000ML");
}

TEST_CASE_FIXTURE(PumpLab, "virtual new era: it stops by itself when the target volume is out") {
  awaken();
  for (const char* command : {"DIA26.59", "VOL0.5", "RAT10MM"}) REQUIRE(text(command) == "00S");
  const double begin = in_seconds(clock.now());
  REQUIRE(text("RUN") == "00I");
  CHECK(text("DIRWDR") == "00I?NA");
  pass(10s);
  REQUIRE(flows.size() == 2);
  CHECK(flows[1].first - begin == doctest::Approx(3.0).epsilon(1e-9));
  CHECK(text("") == "00S");
  CHECK(text("DIS") == "00SI0.500W0.000ML");
  CHECK(text("RUN") == "00I");
  pass(10s);
  CHECK(text("DIS") == "00SI1.000W0.000ML");
}

TEST_CASE_FIXTURE(PumpLab, "virtual new era: a paused target volume is continued, not begun again") {
  awaken();
  for (const char* command : {"DIA26.59", "VOL0.5", "RAT10MM"}) REQUIRE(text(command) == "00S");
  REQUIRE(text("RUN") == "00I");
  pass(1s);
  REQUIRE(text("STP") == "00P");
  REQUIRE(text("RUN") == "00I");
  pass(10s);
  CHECK(text("DIS") == "00SI0.500W0.000ML");
}

TEST_CASE_FIXTURE(PumpLab, "virtual new era: a program that it cannot run is the alarm of a program error") {
  awaken();
  REQUIRE(text("PHN1") == "00S");
  REQUIRE(text("FUNINC") == "00S");
  CHECK(in_hex(ask("RUN\r")) == "02 30 30 41 3F 45 03");
  CHECK(flows.empty());
  CHECK(text("") == "00S");
}

TEST_CASE_FIXTURE(PumpLab, "virtual new era: purging runs at top speed until stopped") {
  awaken();
  REQUIRE(text("DIA26.59") == "00S");
  CHECK(text("PUR") == "00X");
  CHECK(flows.back().second == doctest::Approx(28323.0).epsilon(1e-4));
  CHECK(text("RAT1MM") == "00X?NA");
  CHECK(text("STP") == "00S");
}

TEST_CASE_FIXTURE(PumpLab, "virtual new era: an empty syringe stalls the motor") {
  pump().refill(milliliters(1.0));
  start("10.00MM");
  pass(10s);
  CHECK(flows.back().first - flows.front().first == doctest::Approx(6.0).epsilon(1e-9));
  CHECK(text("") == "00A?S");
  CHECK(text("") == "00S");
  CHECK(pump().contents() == Volume{});
  CHECK(text("RUN") == "00I");
  CHECK(flows.back().second == 0.0);
  CHECK(text("") == "00A?S");
  REQUIRE(text("DIRWDR") == "00S");
  REQUIRE(text("RUN") == "00W");
  CHECK(flows.back().second == doctest::Approx(-10000.0));
}

TEST_CASE_FIXTURE(PumpLab,
                  "virtual new era: too much back-pressure stalls the motor, and again until it is gone") {
  start("1.000MM");
  pump().set_back_pressure(1.0);
  CHECK(text("") == "00I");
  pump().set_back_pressure(2.0);
  CHECK(flows.back().second == 0.0);
  CHECK(text("") == "00A?S");
  CHECK(text("RUN") == "00A?S");
  pump().set_back_pressure(0.0);
  CHECK(text("RUN") == "00I");
}

TEST_CASE("virtual new era: the true flow is that of the syringe which is really in it") {
  VirtualNewEraOptions options;
  options.syringe.diameter = millimeters(13.295);  // half of what it is told
  PumpLab lab{options};
  lab.start("1.000MM");
  CHECK(lab.flows.back().second == doctest::Approx(250.0));
  lab.pass(60s);
  lab.text("STP");
  CHECK(in_milliliters(lab.pump().contents()) == doctest::Approx(60.0 - 0.25).epsilon(1e-3));
}

TEST_CASE("virtual new era: with that quirk the status lags one poll behind a stop") {
  VirtualNewEraOptions options;
  options.stale_status_replies = 2;
  PumpLab lab{options};
  lab.start("1.000MM");
  CHECK(lab.text("STP") == "00I");
  CHECK(lab.flows.back().second == 0.0);
  CHECK(lab.text("") == "00I");
  CHECK(lab.text("") == "00P");
}

TEST_CASE_FIXTURE(PumpLab, "virtual new era: a rate that the diameter forbids is a phase out of range") {
  awaken();
  REQUIRE(text("DIA26.59") == "00S");
  REQUIRE(text("RAT20MM") == "00S");
  REQUIRE(text("DIA4.699") == "00S");
  CHECK(text("RUN") == "00A?O");
  CHECK(text("") == "00S");
  CHECK(flows.empty());
}

}  // namespace
}  // namespace nocturne::test
