#include <doctest/doctest.h>

#include <cmath>

#include "devices/watlow_lab.hpp"

namespace nocturne::test {

TEST_CASE(
    "watlow: arming leaves it identified, cold, in °C, guarded and not saving, in both maps and orders") {
  for_every_variant([](int map, WordOrder order) {
    WatlowLab labs{usual_watlow(map, order)};
    labs.fake.mode = 10;
    labs.fake.target_C = 150.0;
    labs.fake.publish();
    const std::string identity = labs.run(labs.heater.arm());
    CHECK(identity.find("map " + std::to_string(map)) != std::string::npos);
    CHECK(labs.fake.mode == 62);
    CHECK(labs.fake.unit == 15);
    CHECK(labs.fake.saving == 59);
    CHECK(labs.fake.threshold_C == doctest::Approx(195.0));
    CHECK(labs.fake.on_sensor_error == (map == 2 ? 62 : 14));
    CHECK(labs.fake.saved == 0);
  });
}

TEST_CASE("watlow: a target is written as a float, controlled to and never saved") {
  for_every_variant([](int map, WordOrder order) {
    WatlowLab labs{usual_watlow(map, order)};
    labs.arm();
    for (int i = 0; i < 5; ++i)
      CHECK(labs.run(labs.heater.set_target(Temperature::from_celsius(120.25 + i))).celsius() ==
            doctest::Approx(120.25 + i));
    CHECK(labs.fake.target_C == doctest::Approx(124.25));
    CHECK(labs.fake.mode == 10);
    CHECK(labs.fake.power == 100.0);
    labs.run(labs.heater.off());
    CHECK(labs.fake.mode == 62);
    CHECK(labs.fake.saved == 0);
  });
}

TEST_CASE("watlow: requests are the frames of the protocol reference, byte for byte") {
  WatlowLab labs;
  labs.fake.mode = 10;
  labs.fake.publish();
  labs.arm();
  labs.run(labs.heater.set_target(75.0_degC));
  CHECK(labs.asked_for("01 03 01 68 00 02 44 2B"));
  CHECK(labs.asked_for("01 06 09 BA 00 0F EB B7"));
  CHECK(labs.asked_for("01 06 07 58 00 3E 88 BD"));
  CHECK(labs.asked_for("01 06 09 BE 00 3B AB A1"));
  CHECK(labs.asked_for("01 10 08 70 00 02 04 00 00 42 96 23 85"));
}

TEST_CASE("watlow: the reply of the protocol reference is read as 77.54") {
  WatlowLab labs;
  labs.fake.has_block = false;
  labs.fake.publish();
  labs.arm();
  labs.fake.overrides = {{360, 0x147B}, {361, 0x429B}};
  labs.fake.publish();
  bool seen = false;
  labs.fake.modbus.tamper = [&](const std::string& request, Utterances usual_reply) {
    seen = seen || (request == from_hex("01 03 01 68 00 02 44 2B") &&
                    usual_reply.front().bytes == from_hex("01 03 04 14 7B 42 9B FE D1"));
    return usual_reply;
  };
  CHECK(labs.run(labs.heater.read()).process.celsius() == doctest::Approx(77.54));
  CHECK(seen);
}

TEST_CASE("watlow: another register map than configured is refused before anything is written") {
  for (const int map : {1, 2}) {
    WatlowLab labs{usual_watlow(map), 3 - map, WordOrder::low_first};
    labs.fake.mode = 10;
    labs.fake.publish();
    CHECK(labs.fault(labs.heater.arm()) == DeviceFault::refused);
    CHECK(labs.fault(labs.heater.off()) == DeviceFault::refused);
    CHECK(labs.fake.modbus.writes.empty());
    CHECK(labs.fault(labs.heater.set_target(50.0_degC)) == DeviceFault::refused);
  }
}

TEST_CASE("watlow: an instrument that looks like both maps or like none is refused") {
  WatlowLab labs;
  SUBCASE("both") {
    for (const int address : {2360, 2362}) labs.fake.overrides[address] = 62;
    for (const int address : {2361, 2363}) labs.fake.overrides[address] = 0;
  }
  SUBCASE("none") { labs.fake.overrides[1880] = 49; }
  SUBCASE("two words where an enumeration has one") { labs.fake.overrides[1881] = 7; }
  labs.fake.publish();
  CHECK(labs.fault(labs.heater.arm()) == DeviceFault::refused);
  CHECK(labs.fake.modbus.writes.empty());
}

TEST_CASE("watlow: an enumeration in the second register of its pair is understood") {
  WatlowLab labs;
  labs.fake.overrides = {{362, 0}, {363, 61}};
  labs.fake.publish();
  labs.arm();
  CHECK_FALSE(labs.run(labs.heater.read()).sensor_fault);
}

TEST_CASE("watlow: floats of the other word order are found out before any is written") {
  for (const WordOrder order : {WordOrder::low_first, WordOrder::high_first}) {
    const WordOrder other = order == WordOrder::low_first ? WordOrder::high_first : WordOrder::low_first;
    for (const int map : {1, 2}) {
      WatlowLab labs{usual_watlow(map, order), map, other};
      CHECK(labs.fault(labs.heater.arm()) == DeviceFault::refused);
      CHECK(labs.writes_to(labs.fake.target_register()) == 0);
      CHECK(labs.writes_to(labs.fake.threshold_register()) == 0);
    }
  }
}

TEST_CASE("watlow: a word order that no number proves is refused") {
  WatlowLab labs;
  for (const int address : {360, 361, 2160, 2161, 1480, 1481}) labs.fake.overrides[address] = 0;
  labs.fake.publish();
  CHECK(labs.fault(labs.heater.arm()) == DeviceFault::refused);
}

TEST_CASE("watlow: a unit that does not change the numbers is refused") {
  WatlowLab labs;
  SUBCASE("°F that stays °F") {
    labs.fake.converts = false;
    labs.fake.target_C = 75.0;
  }
  SUBCASE("a unit that is none") { labs.fake.overrides[2490] = 16; }
  SUBCASE("on a port that is not ours") {  // port 1 says °C, but our port 2 sends °F
    labs.fake.unit = 15;
    labs.fake.second_port = true;
    labs.fake.unit_2 = 30;
    labs.fake.converts = false;
  }
  labs.fake.publish();
  CHECK(labs.fault(labs.heater.arm()) == DeviceFault::refused);
  CHECK(labs.fault(labs.heater.set_target(75.0_degC)) == DeviceFault::refused);
}

TEST_CASE("watlow: with the ports in different units, ours is proved by changing it") {
  WatlowLab labs;
  labs.fake.unit = 15;
  labs.fake.second_port = true;
  labs.fake.publish();
  labs.arm();
  CHECK(labs.fake.unit == 15);
  CHECK(labs.asked_for("01 06 09 BA 00 0F EB B7"));
}

TEST_CASE("watlow: every error of the sensor forbids heating and shows in the reading") {
  for (const int error : {65, 127, 32, 140, 139, 9, 141, 246}) {
    CAPTURE(error);
    WatlowLab broken;
    broken.fake.sensor = error;
    broken.fake.publish();
    CHECK(broken.fault(broken.heater.arm()) == DeviceFault::refused);
    WatlowLab labs;
    labs.arm();
    labs.fake.sensor = error;
    labs.fake.publish();
    CHECK(labs.run(labs.heater.read()).sensor_fault);
  }
}

TEST_CASE("watlow: a guard that does not hold its threshold or does not stand guard forbids heating") {
  const std::vector<std::pair<std::string, std::function<void(FakeWatlow&)>>> troubles{
      {"threshold", [](FakeWatlow& fake) { fake.overrides[1480] = 0, fake.overrides[1481] = 0x42C8; }},
      {"inactive", [](FakeWatlow& fake) { fake.alarm = 0; }},
      {"off", [](FakeWatlow& fake) { fake.alarm = 62; }},
      {"error", [](FakeWatlow& fake) { fake.alarm = 28; }},
      {"already high", [](FakeWatlow& fake) { fake.alarm = 7; }}};
  for (const auto& [what, trouble] : troubles) {
    CAPTURE(what);
    WatlowLab labs;
    trouble(labs.fake);
    labs.fake.publish();
    CHECK(labs.fault(labs.heater.arm()) == DeviceFault::refused);
    CHECK(labs.fault(labs.heater.set_target(75.0_degC)) == DeviceFault::refused);
    CHECK(labs.fake.mode == 62);
  }
}

TEST_CASE("watlow: the limit stands guard instead of an alarm where the settings say so") {
  for (const int map : {1, 2}) {
    WatlowSettings settings = usual_watlow(map);
    settings.guard = WatlowGuard::limit;
    WatlowLab labs{settings};
    labs.fake.alarm = 62;
    labs.fake.publish();
    labs.arm();
    CHECK(labs.fake.limit_C == doctest::Approx(195.0));
    labs.fake.limit = 51;
    labs.fake.publish();
    CHECK(labs.run(labs.heater.read()).alarm);
    CHECK(labs.fault(labs.heater.arm()) == DeviceFault::refused);
  }
  WatlowSettings settings = usual_watlow(2);
  settings.guard = WatlowGuard::limit;
  WatlowLab labs{settings};
  labs.fake.limit_status = 32;
  labs.fake.publish();
  CHECK(labs.fault(labs.heater.arm()) == DeviceFault::refused);
}

TEST_CASE("watlow: its own set-point limit, where it is known, must allow what ours allows") {
  WatlowLab labs{usual_watlow(2)};
  SUBCASE("too low") { labs.fake.highest_C = 150.0; }
  SUBCASE("none") { labs.fake.lowest_C = 2000.0; }
  labs.fake.publish();
  CHECK(labs.fault(labs.heater.arm()) == DeviceFault::refused);
}

TEST_CASE("watlow: targets outside our limits are refused before anything is sent") {
  WatlowLab labs;
  labs.arm();
  const std::size_t before = labs.fake.modbus.requests();
  for (const double celsius : {190.1, -0.1, std::nan("")})
    CHECK(labs.fault(labs.heater.set_target(Temperature::from_celsius(celsius))) ==
          DeviceFault::out_of_range);
  CHECK(labs.fake.modbus.requests() == before);
}

TEST_CASE("watlow: a target that is clamped without a word, or a mode that does not come, is found out") {
  WatlowLab labs;
  labs.arm();
  SUBCASE("clamped") { labs.fake.target_up_to = 100.0; }
  SUBCASE("stays off") { labs.fake.obeys_mode = false; }
  CHECK(labs.fault(labs.heater.set_target(120.0_degC)) == DeviceFault::refused);
  CHECK(labs.fake.mode == 62);
}

TEST_CASE("watlow: a reading is one block, in °C, and right even before arming, in °F") {
  for_every_variant([](int map, WordOrder order) {
    WatlowLab labs{usual_watlow(map, order)};
    labs.fake.process_C = 118.7;
    labs.fake.target_C = 120.0;
    labs.fake.mode = 10;
    labs.fake.publish();
    const HeaterReading early = labs.run(labs.heater.read());
    CHECK(early.process.celsius() == doctest::Approx(118.7));
    CHECK(early.target.celsius() == doctest::Approx(120.0));
    CHECK(early.output == doctest::Approx(1.0));
    labs.arm();
    const std::size_t before = labs.fake.modbus.requests();
    const HeaterReading reading = labs.run(labs.heater.read());
    CHECK(labs.fake.modbus.requests() == before + 2);
    CHECK(reading.process.celsius() == doctest::Approx(118.7));
    CHECK(reading.output == 0.0);
    CHECK_FALSE(reading.sensor_fault);
    CHECK_FALSE(reading.alarm);
    CHECK_FALSE(reading.manual);
  });
}

TEST_CASE("watlow: a block that somebody else points elsewhere, or that is not there, changes no reading") {
  WatlowLab labs;
  bool has_block = true;
  SUBCASE("pointed elsewhere") {}
  SUBCASE("not there") { has_block = false; }
  labs.fake.has_block = has_block;
  labs.fake.publish();
  labs.arm();
  labs.fake.process_C = 99.5;
  labs.fake.publish();
  if (has_block) {
    labs.fake.modbus.registers[40] = 366;
    labs.fake.modbus.registers[200] = 0;
  }
  CHECK(labs.run(labs.heater.read()).process.celsius() == doctest::Approx(99.5));
  CHECK(labs.run(labs.heater.read()).process.celsius() == doctest::Approx(99.5));
}

TEST_CASE("watlow: alarm and manual mode show in the reading") {
  WatlowLab labs;
  labs.arm();
  for (const int state : {7, 8, 28, 0}) {
    labs.fake.alarm = state;
    labs.fake.publish();
    CHECK(labs.run(labs.heater.read()).alarm);
  }
  labs.fake.mode = 54;
  labs.fake.publish();
  CHECK(labs.run(labs.heater.read()).manual);
}

}  // namespace nocturne::test
