#include <doctest/doctest.h>

#include "heater_lab.hpp"

namespace nocturne::test {
namespace {

using namespace std::chrono_literals;

TEST_CASE("virtual eurotherm: reaches and holds a set point within 0.5 degrees, overshooting less than 3") {
  for (const double target : {60.0, 120.0, 180.0}) {
    CAPTURE(target);
    HeaterLab lab;
    REQUIRE(lab.write(2, static_cast<int>(10.0 * target)) == 0);
    lab.pass(15min);
    CHECK(lab.read(1) == doctest::Approx(10.0 * target).epsilon(0.003));
    CHECK(lab.model.highest < target + 3.0);
    double worst = 0.0;
    for (int i = 0; i < 100; ++i) {
      lab.pass(5s);
      worst = std::max(worst, std::abs(lab.read_float(1) - target));
    }
    CHECK(worst < 0.5);
  }
}

TEST_CASE_FIXTURE(HeaterLab, "virtual eurotherm: the output at rest is what the losses take") {
  REQUIRE(write(2, 1500) == 0);
  pass(30min);
  CHECK(read_float(4) == doctest::Approx((150.0 - 22.0) / 350.0 / 0.8 * 100.0).epsilon(0.01));
}

TEST_CASE_FIXTURE(HeaterLab,
                  "virtual eurotherm: by hand the output is what the hand sets; that is how to switch off") {
  REQUIRE(write(2, 1500) == 0);
  pass(10min);
  REQUIRE(read(4) > 300);
  CHECK(write(273, 1) == 0);
  CHECK(write(3, 0) == 0);
  CHECK(read(4) == 0);
  CHECK((read(75) & 0x10) == 0x10);
  const float hot = read_float(1);
  pass(10min);
  CHECK(read_float(1) < hot - 50.0F);
  CHECK(write(3, 250) == 0);
  pass(1s);
  CHECK(read(4) == 250);
  CHECK(write(3, 1001) == 3);
  CHECK(write(273, 0) == 0);
  pass(30min);
  CHECK(read_float(1) == doctest::Approx(150.0).epsilon(0.003));
}

TEST_CASE_FIXTURE(HeaterLab,
                  "virtual eurotherm: set points outside their limits are refused and change nothing") {
  REQUIRE(write(111, 1500) == 0);
  CHECK(write(2, 1501) == 3);
  CHECK(write(24, -1) == 3);
  CHECK(read(2) == 200);
  CHECK(write(2, 1500) == 0);
  CHECK(write(111, 1000) == 0);
  CHECK(read(2) == 1000);
}

TEST_CASE("virtual eurotherm: some firmware cuts values to their limits instead") {
  VirtualEurothermOptions options = ready_options();
  options.clamps = true;
  HeaterLab lab{options};
  CHECK(lab.write(2, 9000) == 0);
  CHECK(lab.read(2) == 2500);
}

TEST_CASE_FIXTURE(
    HeaterLab, "virtual eurotherm: alarm 1 cuts the output, latches, and is acknowledged once it is cool") {
  REQUIRE(write(13, 1000) == 0);
  REQUIRE(write(2, 1400) == 0);
  pass(10min);
  CHECK(read(4) == 0);
  CHECK(model.highest > 100.0);
  CHECK(model.highest < 106.0);
  CHECK((read(75) & 0x1001) == 0x1001);
  CHECK(write(2, 200) == 0);
  CHECK(read_float(1) < 99.0F);
  CHECK((read(75) & 1) == 1);
  CHECK(write(274, 1) == 0);
  CHECK((read(75) & 0x1001) == 0);
}

TEST_CASE_FIXTURE(HeaterLab,
                  "virtual eurotherm: acknowledging does not clear an alarm whose cause is still there") {
  REQUIRE(write(13, 1000) == 0);
  REQUIRE(write(2, 1400) == 0);
  while (read_float(1) < 100.5F) pass(1s);
  CHECK(write(274, 1) == 0);
  CHECK((read(75) & 0x1001) == 1);
  CHECK(read(4) == 0);
}

TEST_CASE_FIXTURE(HeaterLab, "virtual eurotherm: alarm 1 cuts the output by hand, too") {
  REQUIRE(write(13, 600) == 0);
  REQUIRE(write(273, 1) == 0);
  REQUIRE(write(3, 1000) == 0);
  pass(30min);
  CHECK(read(1) < 600);  // the model moves on when somebody looks
  CHECK(model.highest > 60.0);
  CHECK(model.highest < 70.0);
}

TEST_CASE("virtual eurotherm: an alarm without latch goes by itself, but only beyond its hysteresis") {
  VirtualEurothermOptions options;
  using virtual_control::Alarm;
  options.parameters.alarms[1] = Alarm{Alarm::Kind::low, false, 50.0, 2.0};
  FixedLab lab{options};
  const auto active_at = [&](double time_s, double celsius) {
    lab.heater.power(time_s, celsius);
    return (lab.heater.status() & 2) != 0;
  };
  CHECK_FALSE(active_at(1, 60.0));
  CHECK(active_at(2, 49.9));
  CHECK(active_at(3, 51.9));
  CHECK_FALSE(active_at(4, 52.1));
}

TEST_CASE_FIXTURE(HeaterLab, "virtual eurotherm: the set point follows its target at the set rate") {
  REQUIRE(write(35, 60) == 0);  // 6 degrees
  REQUIRE(write(531, 0) == 0);  // per minute
  REQUIRE(write(2, 800) == 0);
  pass(5min);
  CHECK(read(2) == 800);
  CHECK(read_float(5) == doctest::Approx(20.0 + 30.0).epsilon(0.02));
  CHECK((read(75) & 0x2000) == 0x2000);
  pass(10min);
  CHECK(read(5) == 800);
  CHECK((read(75) & 0x2000) == 0);
}

TEST_CASE_FIXTURE(
    HeaterLab,
    "virtual eurotherm: a remote set point that is not refreshed fails and the local one takes over") {
  REQUIRE(write(276, 1) == 0);
  CHECK((read(75) & 0x4000) == 0x4000);
  REQUIRE(write(26, 900) == 0);
  for (int i = 0; i < 30; ++i) {
    pass(4s);
    REQUIRE(write(26, 900) == 0);
  }
  CHECK(read(5) == 900);
  CHECK((read(75) & 0x4000) == 0);
  CHECK(heater.memory_writes() == 0);
  pass(6s);
  CHECK((read(75) & 0x4000) == 0x4000);
  CHECK(read(5) == 200);
}

TEST_CASE_FIXTURE(
    HeaterLab, "virtual eurotherm: a broken sensor holds its value, shows it and switches the output off") {
  REQUIRE(write(2, 1500) == 0);
  pass(2min);
  const int before = read(1);
  REQUIRE(read(4) > 0);
  heater.faults().sensor_break = true;
  pass(3min);
  CHECK(read(1) == before);
  CHECK(read(258) == 1);
  CHECK((read(75) & 0x20) == 0x20);
  CHECK(read(4) == 0);
  CHECK(model.probe < before / 10.0);
}

TEST_CASE_FIXTURE(HeaterLab, "virtual eurotherm: a frozen sensor looks good while the heater runs away") {
  REQUIRE(write(2, 1000) == 0);
  pass(1min);
  heater.faults().frozen_reading = true;
  const int before = read(1);
  pass(20min);
  CHECK(read(1) == before);
  CHECK(read(75) == 0);
  CHECK(model.probe > 200.0);
}

TEST_CASE_FIXTURE(HeaterLab, "virtual eurotherm: over range shows in the status") {
  REQUIRE(read(12) == 4000);
  model.probe = 401.0;
  CHECK((read(75) & 0x400) == 0x400);
}

}  // namespace
}  // namespace nocturne::test
