#include <doctest/doctest.h>

#include "watlow_lab.hpp"

namespace nocturne::test {
namespace {

using namespace std::chrono_literals;

TEST_CASE("virtual watlow: reaches and holds a set point within 0.5 degrees, overshooting less than 3") {
  for (const int map : {1, 2}) {
    WatlowLab lab{watlow_options(map)};
    REQUIRE(lab.write_float(lab.at.set_point, 120.0F) == 0);
    lab.pass(15min);
    CHECK(lab.model.highest < 123.0);
    double worst = 0.0;
    for (int i = 0; i < 100; ++i) {
      lab.pass(5s);
      worst = std::max(worst, std::abs(lab.float_at(360) - 120.0));
    }
    CHECK(worst < 0.5);
    const double lost = (120.0 - 22.0) / 350.0 / 0.8 * 100.0;
    CHECK(lab.float_at(lab.at.power) == doctest::Approx(lost).epsilon(0.02));
  }
}

TEST_CASE_FIXTURE(WatlowLab, "virtual watlow: off cuts the output, and manual sets it") {
  REQUIRE(write_float(2160, 150.0F) == 0);
  pass(5min);
  REQUIRE(float_at(1908) > 20.0F);
  CHECK(write(1880, 62) == 0);
  CHECK(read(1882) == 62);
  CHECK(float_at(1908) == 0.0F);
  const float hot = float_at(360);
  pass(10min);
  CHECK(float_at(360) < hot - 50.0F);
  CHECK(write_float(2162, 25.0F) == 0);
  CHECK(write(1880, 54) == 0);
  pass(1s);
  CHECK(float_at(1908) == 25.0F);
  pass(1h);
  CHECK(float_at(360) == doctest::Approx(22.0 + 0.25 * 0.8 * 350.0).epsilon(0.01));
}

TEST_CASE("virtual watlow: on-off switches between nothing and everything, no algorithm does not heat") {
  WatlowLab lab;
  REQUIRE(lab.write(1884, 64) == 0);
  REQUIRE(lab.write_float(2160, 100.0F) == 0);
  lab.pass(2min);
  int full = 0, none = 0;
  for (int i = 0; i < 200; ++i) {
    lab.pass(2s);
    const float output = lab.float_at(1908);
    full += output == 100.0F ? 1 : 0;
    none += output == 0.0F ? 1 : 0;
  }
  CHECK(full + none > 190);
  CHECK(full > 10);
  CHECK(none > 10);
  REQUIRE(lab.write(1884, 62) == 0);
  lab.pass(30min);
  CHECK(lab.float_at(1908) == 0.0F);
  CHECK(lab.float_at(360) < 30.0F);
}

TEST_CASE_FIXTURE(WatlowLab, "virtual watlow: the set point ramps at the set rate and scale") {
  REQUIRE(write_float(2160, 30.0F) == 0);
  pass(1min);
  REQUIRE(write(2186, 85) == 0);
  REQUIRE(write_float(2192, 6.0F) == 0);
  REQUIRE(write_float(2160, 90.0F) == 0);
  pass(5min);
  CHECK(float_at(2172) == doctest::Approx(60.0).epsilon(0.005));
  REQUIRE(write(2188, 39) == 0);
  pass(10min);
  CHECK(float_at(2172) == doctest::Approx(61.0).epsilon(0.003));
}

TEST_CASE("virtual watlow: a start-up ramp begins where the block is, and later set points are steps") {
  VirtualWatlowOptions options = watlow_options();
  options.settings.comms_units = {15, 15};
  options.settings.ramp_action = 88;
  options.settings.ramp_rate = 10.0;
  options.settings.closed_loop_set_point = 72.0;
  WatlowLab lab{options, false};
  lab.pass(1s);
  lab.heater.reboot();
  lab.pass(153s);
  CHECK(lab.float_at(2172) == doctest::Approx(22.0 + 25.0).epsilon(0.005));
  lab.pass(10min);
  CHECK(lab.float_at(2172) == 72.0F);
  REQUIRE(lab.write_float(2160, 100.0F) == 0);
  lab.pass(1s);
  CHECK(lab.float_at(2172) == 100.0F);
}

TEST_CASE("virtual watlow: a broken sensor shows its code, and the output does what is set for that case") {
  WatlowLab lab{watlow_options(2)};
  REQUIRE(lab.write_float(2640, 120.0F) == 0);
  REQUIRE(lab.write_float(2642, 7.0F) == 0);
  lab.pass(20min);
  const float before = lab.float_at(2388), held = lab.float_at(360);
  REQUIRE(before > 20.0F);
  int active = 54;
  float output = 0.0F;
  SUBCASE("off") {
    REQUIRE(lab.write(2664, 62) == 0);
    active = 62;
  }
  SUBCASE("bumpless") {
    REQUIRE(lab.write(2664, 14) == 0);
    output = before;
  }
  SUBCASE("fixed") { REQUIRE(lab.write(2664, 33) == 0); }
  SUBCASE("user, as it leaves the factory") {
    CHECK(lab.read(2664) == 100);
    output = 7.0F;
  }
  lab.heater.faults().sensor_break = true;
  SUBCASE("shorted") {
    lab.heater.faults().broken_as = virtual_watlow::sensor_shorted;
    CHECK(lab.read(362) == 127);
    output = 7.0F;
  }
  lab.pass(1s);
  if (lab.heater.faults().broken_as == virtual_watlow::sensor_open) CHECK(lab.read(362) == 65);
  CHECK(lab.read(2360) == 10);
  CHECK(lab.read(2362) == active);
  CHECK(lab.float_at(2388) == doctest::Approx(output).epsilon(0.02));
  CHECK(lab.float_at(360) == doctest::Approx(held).epsilon(0.01));
  CHECK(lab.read(1896) == 28);
  lab.heater.faults().sensor_break = false;
  lab.pass(1s);
  CHECK(lab.read(2362) == 10);
}

void check_runaway(int map, bool frozen) {
  WatlowLab lab{watlow_options(map)};
  REQUIRE(lab.write_float(lab.at.limit_high, 130.0F) == 0);
  REQUIRE(lab.write_float(lab.at.set_point, 80.0F) == 0);
  lab.pass(10min);
  lab.heater.faults().stuck_output = 1.0;
  lab.heater.faults().frozen_reading = frozen;
  lab.pass(20min);
  CHECK(lab.read(lab.at.limit_state) == 51);
  CHECK_FALSE(lab.heater.contactor_closed());
  CHECK(lab.model.highest > 130.0);
  CHECK(lab.model.highest < 140.0);
  CHECK(lab.model.probe < 60.0);
  lab.heater.faults() = {};
  lab.pass(1s);
  CHECK(lab.read(lab.at.limit_state) == 51);
  if (map == 1) {
    CHECK(lab.read(1042) == 62);
    lab.heater.press_reset();
  } else {
    CHECK(lab.read(744) == 32);
    CHECK(lab.write(720, 0) == 0);
    CHECK(lab.read(744) == 1667);
  }
  CHECK(lab.read(lab.at.limit_state) == 61);
  lab.pass(15min);
  CHECK(lab.float_at(360) == doctest::Approx(80.0).epsilon(0.01));
}

TEST_CASE(
    "virtual watlow: the limit's contactor stops a runaway, stays open, and is cleared once it is cool") {
  for (const int map : {1, 2}) {
    CAPTURE(map);
    check_runaway(map, false);
    check_runaway(map, true);
  }
}

TEST_CASE("virtual watlow: clearing the limit does not help while its cause is there") {
  WatlowLab lab{watlow_options(2)};
  lab.heater.faults().stuck_output = 1.0;
  REQUIRE(lab.write_float(726, 60.0F) == 0);
  while (lab.read(730) == 61) lab.pass(1s);
  CHECK(lab.write(720, 0) == 0);
  CHECK(lab.read(730) == 51);
  CHECK_FALSE(lab.heater.contactor_closed());
}

TEST_CASE("virtual watlow: the limit trips when its own sensor breaks, low, and not without a limit") {
  WatlowLab lab{watlow_options(2)};
  lab.heater.faults().limit_sensor_break = true;
  CHECK(lab.read(730) == 255);
  CHECK(lab.read(452) == 65);
  CHECK_FALSE(lab.heater.contactor_closed());
  lab.heater.faults().limit_sensor_break = false;
  CHECK(lab.heater.contactor_closed());
  REQUIRE(lab.write_float(724, 30.0F) == 0);
  lab.pass(2s);
  CHECK(lab.read(730) == 52);
  VirtualWatlowOptions options = watlow_options();
  options.has_limit = false;
  WatlowLab bare{options};
  CHECK(bare.read(686) == -2);
  CHECK(bare.heater.contactor_closed());
}

TEST_CASE("virtual watlow: alarm 1 opens the contactor while it lasts, others only report") {
  WatlowLab lab;
  REQUIRE(lab.write_float(1480, 100.0F) == 0);
  REQUIRE(lab.write_float(2160, 140.0F) == 0);
  lab.pass(10min);
  CHECK(lab.model.highest > 100.0);
  CHECK(lab.model.highest < 110.0);
  while (lab.read(1496) != 7) lab.pass(1s);
  CHECK_FALSE(lab.heater.contactor_closed());
  while (lab.read(1496) == 7) lab.pass(1s);
  CHECK(lab.float_at(360) < 99.5F);
  CHECK(lab.heater.contactor_closed());

  VirtualWatlowOptions options = watlow_options(2);
  options.settings.alarms[1] = {true, true, -200.0, 60.0, 1.0};
  WatlowLab other{options};
  REQUIRE(other.write_float(2640, 80.0F) == 0);
  other.pass(15min);
  CHECK(other.read(1956) == 7);
  CHECK(other.float_at(360) == doctest::Approx(80.0).epsilon(0.01));
  REQUIRE(other.write_float(2640, 22.0F) == 0);
  other.pass(20min);
  CHECK(other.read(1956) == 7);  // it latches
  CHECK(other.write(1964, 0) == 0);
  CHECK(other.read(1956) == 61);
  CHECK(other.write(1966, 1010) == 0);
  CHECK(other.write(1966, 1) == 3);
}

TEST_CASE("virtual watlow: a dead heater is an open loop to a controller that watches for it") {
  VirtualWatlowOptions options = watlow_options(2);
  options.open_loop_time = 4min;
  WatlowLab lab{options};
  REQUIRE(lab.write_float(2640, 100.0F) == 0);
  lab.pass(3min);
  REQUIRE(lab.model.probe > 80.0);
  lab.heater.faults().heater_dead = true;
  lab.pass(10min);
  CHECK(lab.read(2408) == 1274);
  CHECK(lab.read(2362) == 62);
  CHECK(lab.float_at(2388) == 0.0F);
  lab.heater.faults().heater_dead = false;
  CHECK(lab.write(2410, 0) == 0);
  CHECK(lab.read(2408) == 61);
  lab.pass(15min);
  CHECK(lab.read(2408) == 61);
  CHECK(lab.float_at(360) == doctest::Approx(100.0).epsilon(0.01));
}

TEST_CASE_FIXTURE(WatlowLab, "virtual watlow: a frozen reading looks good while the heater runs away") {
  REQUIRE(write_float(2160, 100.0F) == 0);
  pass(1min);
  heater.faults().frozen_reading = true;
  const float before = float_at(360);
  pass(20min);
  CHECK(float_at(360) == before);
  CHECK(read(362) == 61);
  CHECK(model.highest > 200.0);
  CHECK(float_at(440) == doctest::Approx(model.probe));  // the limit's own sensor
}

TEST_CASE_FIXTURE(WatlowLab, "virtual watlow: a reboot interrupts the heating and goes on as saved") {
  REQUIRE(write_float(2160, 100.0F) == 0);
  pass(15min);
  heater.reboot();
  pass(2s);
  CHECK(heater.power(model.time_s, model.probe) == 0.0);
  pass(15min);
  CHECK(float_at(360) == doctest::Approx(100.0).epsilon(0.01));
}

}  // namespace
}  // namespace nocturne::test
