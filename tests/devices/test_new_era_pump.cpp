#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

#include "devices/concurrency.hpp"
#include "devices/fake_new_era.hpp"
#include "devices/new_era_pump.hpp"

namespace nocturne::test {
namespace {

using namespace std::chrono_literals;
using namespace std::string_literals;

TEST_CASE(
    "new era pump: arming leaves it identified, stopped, set up, and in safe mode with its watchdog armed") {
  NewEraLab pumps;
  SUBCASE("found in basic mode") {}
  SUBCASE("found in safe mode") { pumps.fake.safe = true; }
  SUBCASE("found pumping in safe mode") {
    pumps.fake.safe = true;
    pumps.fake.status = 'I';
  }
  SUBCASE("found just powered up") { pumps.fake.alarm = 'R'; }
  SUBCASE("found stalled while withdrawing") {
    pumps.fake.alarm = 'S';
    pumps.fake.status = 'W';
  }
  SUBCASE("found paused") { pumps.fake.status = 'P'; }
  CHECK(pumps.run(pumps.pump.arm()) == "NE1000V3.928");
  CHECK(pumps.fake.status == 'S');
  CHECK(pumps.fake.safe);
  CHECK(pumps.fake.settings["SAF"] == "10");
  CHECK(pumps.fake.settings["PF"] == "0");
  CHECK(pumps.fake.settings["DIA"] == "26.59");
  CHECK(pumps.fake.settings["DIR"] == "INF");
  CHECK(std::stod(pumps.fake.settings["VOL"]) == 0.0);
  CHECK(pumps.count("CLDINF") == 1);
  CHECK(pumps.count("RUN") == 0);
}

TEST_CASE("new era pump: the first thing it says is the packet that ends safe mode") {
  NewEraLab pumps;
  pumps.run(pumps.pump.arm());
  CHECK(pumps.fake.commands.front() == "SAF0");
}

TEST_CASE(
    "new era pump: on the line it sends a packet to begin with, then text, and packets once it is armed") {
  NewEraLab pumps;
  pumps.run(pumps.pump.arm());
  pumps.run(pumps.pump.set_flow(20.0_mL_min));
  pumps.run(pumps.pump.read());
  pumps.run(pumps.pump.stop());
  const std::vector<std::string>& frames = pumps.fake.frames();
  CHECK(frames.front() == from_hex("02 09 30 53 41 46 30 59 AD 03"));
  for (const std::string& frame :
       {"0STP\r"s, "0\r"s, "0VER\r"s, "0PF0\r"s, "0DIA26.59\r"s, "0VOL0\r"s, "0DIRINF\r"s, "0CLDINF\r"s,
        from_hex("02 0A 30 53 41 46 31 30 63 BE 03"),
        from_hex("02 0F 30 52 41 54 32 30 2E 30 30 4D 4D 6D F9 03"), from_hex("02 08 30 52 55 4E 44 07 03"),
        from_hex("02 08 30 44 49 53 30 46 03"), from_hex("02 08 30 53 54 50 B3 F9 03"),
        from_hex("02 05 30 36 53 03")}) {
    CAPTURE(in_hex(frame));
    CHECK(std::ranges::count(frames, frame) > 0);
  }
}

TEST_CASE("new era pump: nobody at the address is timed_out within two deadlines") {
  NewEraSettings settings = settings_of_60_ml_syringe();
  settings.address = 3;
  NewEraLab pumps{settings};
  CHECK(pumps.fault(pumps.pump.arm()) == DeviceFault::timed_out);
  CHECK(pumps.lab.clock.now() < Instant{1100ms});
}

TEST_CASE("new era pump: what does not hold its settings or is another instrument is refused") {
  NewEraLab pumps;
  std::string lie, about;
  SUBCASE("identity") { pumps.fake.version = "11 ELITE I/W Single 3.0.4"; }
  SUBCASE("diameter") { about = "DIA", lie = "00S14.43"; }
  SUBCASE("direction") { about = "DIR", lie = "00SWDR"; }
  SUBCASE("target volume") { about = "VOL", lie = "00S5.000ML"; }
  SUBCASE("power-fail restart") { about = "PF", lie = "00S1"; }
  SUBCASE("watchdog") { about = "SAF", lie = "00S0"; }
  pumps.fake.tamper = [&](const std::string& command, Utterances usual) {
    if (!about.empty() && command == about) return Utterances{{pumps.fake.frame(lie)}};
    return usual;
  };
  CHECK(pumps.fault(pumps.pump.arm()) == DeviceFault::refused);
  CHECK(pumps.fault(pumps.pump.set_flow(1.0_mL_min)) == DeviceFault::refused);
  CHECK(pumps.count("RUN") == 0);
}

TEST_CASE("new era pump: firmware without the comforts is armed all the same") {
  NewEraLab pumps;
  pumps.fake.tamper = [&](const std::string& command, Utterances usual) {
    const bool unknown = command.starts_with("LOC") || command.starts_with("BP") || command.starts_with("AL");
    return unknown ? Utterances{{pumps.fake.frame("00S?")}} : usual;
  };
  CHECK(pumps.run(pumps.pump.arm()) == "NE1000V3.928");
}

TEST_CASE("new era pump: a pump without safe mode is used only if no watchdog is asked for") {
  NewEraSettings settings = settings_of_60_ml_syringe();
  std::optional<DeviceFault> expected;
  SUBCASE("watchdog asked for") { expected = DeviceFault::timed_out; }
  SUBCASE("none asked for") { settings.watchdog_s = 0; }
  NewEraLab pumps{settings};
  pumps.fake.tamper = [&](const std::string& command, Utterances usual) {
    return command.starts_with("SAF") ? nothing() : usual;
  };
  CHECK(pumps.fault(pumps.pump.arm()) == expected);
  if (!expected)
    CHECK(in_milliliters_per_minute(pumps.run(pumps.pump.set_flow(1.0_mL_min))) == doctest::Approx(1.0));
}

TEST_CASE("new era pump: limits follow from syringe and plunger speed as in the manual's table") {
  const auto limits = [](double diameter_mm) {
    NewEraSettings settings = settings_of_60_ml_syringe();
    settings.syringe_diameter = millimeters(diameter_mm);
    NewEraLab pumps{settings};
    return std::pair{in_microliters_per_minute(pumps.pump.min_flow()) * 60.0,
                     in_milliliters_per_minute(pumps.pump.max_flow())};
  };
  struct Row {
    double diameter_mm, most_mL_min, most_mL_h, least_uL_h;
  };
  for (const Row& row :
       {Row{4.699, 0.8845, 53.07, 0.729}, Row{8.585, 2.952, 177.1, 2.434}, Row{11.99, 5.759, 345.5, 4.748},
        Row{14.43, 8.341, 500.5, 6.877}, Row{19.05, 14.54, 872.2, 11.99}, Row{21.59, 18.67, 1120.0, 15.39},
        Row{26.59, 28.32, 1699.0, 23.35}}) {
    CAPTURE(row.diameter_mm);
    CHECK(limits(row.diameter_mm).first == doctest::Approx(row.least_uL_h).epsilon(0.0005));
    CHECK(limits(row.diameter_mm).second == doctest::Approx(row.most_mL_min).epsilon(0.0005));
    CHECK(limits(row.diameter_mm).second * 60.0 == doctest::Approx(row.most_mL_h).epsilon(0.0005));
  }
}

TEST_CASE("new era pump: a flow outside its limits is refused before anything is sent") {
  NewEraLab pumps;
  pumps.arm();
  CHECK(pumps.fault(pumps.pump.set_flow(28.4_mL_min)) == DeviceFault::out_of_range);
  CHECK(pumps.fault(pumps.pump.set_flow(0.3_uL_min)) == DeviceFault::out_of_range);
  CHECK(pumps.fault(pumps.pump.set_flow(FlowRate::from_si(-1e-9))) == DeviceFault::out_of_range);
  CHECK(pumps.fault(pumps.pump.set_flow(FlowRate::from_si(std::nan("")))) == DeviceFault::out_of_range);
  CHECK(pumps.fake.commands.empty());
}

TEST_CASE("new era pump: starts at the rate as the pump holds it and changes it without stopping") {
  NewEraLab pumps;
  pumps.arm();
  CHECK(in_microliters_per_minute(pumps.run(pumps.pump.set_flow(123.456_uL_min))) == doctest::Approx(123.5));
  CHECK(pumps.fake.rate == "123.5UM");
  CHECK(pumps.fake.status == 'I');
  pumps.fake.commands.clear();
  CHECK(in_microliters_per_minute(pumps.run(pumps.pump.set_flow(1234.56_uL_min))) == doctest::Approx(1235.0));
  CHECK(pumps.fake.rate == "1235.UM");
  CHECK(pumps.count("STP") == 0);
  CHECK(pumps.count("RUN") == 0);
}

TEST_CASE("new era pump: stops in between when the new rate needs another unit") {
  NewEraLab pumps;
  pumps.arm();
  pumps.run(pumps.pump.set_flow(5.0_mL_min));
  CHECK(pumps.fake.rate == "5000.UM");
  pumps.fake.commands.clear();
  CHECK(in_milliliters_per_minute(pumps.run(pumps.pump.set_flow(20.0_mL_min))) == doctest::Approx(20.0));
  CHECK(pumps.fake.rate == "20.00MM");
  CHECK(pumps.count("STP") == 2);
  CHECK(pumps.count("RUN") == 1);
  CHECK(pumps.fake.status == 'I');
}

TEST_CASE("new era pump: below 1 µL/min a rate goes over in µL/h, so that four digits of it hold") {
  NewEraSettings settings = settings_of_60_ml_syringe();
  settings.syringe_diameter = millimeters(4.699);
  NewEraLab pumps{settings};
  pumps.arm();
  CHECK(in_microliters_per_minute(pumps.run(pumps.pump.set_flow(0.123456_uL_min))) ==
        doctest::Approx(7.407 / 60.0).epsilon(1e-9));
  CHECK(pumps.fake.rate == "7.407UH");
  pumps.run(pumps.pump.set_flow(pumps.pump.min_flow()));
  CHECK(std::stod(pumps.fake.rate) == doctest::Approx(0.73));
}

TEST_CASE(
    "new era pump: firmware that knows only microlitres gets no other unit and no more than it can hold") {
  NewEraSettings settings = settings_of_60_ml_syringe();
  settings.only_microliters = true;
  NewEraLab pumps{settings};
  pumps.arm();
  CHECK(pumps.fault(pumps.pump.set_flow(10.0_mL_min)) == DeviceFault::out_of_range);
  pumps.run(pumps.pump.set_flow(9.999_mL_min));
  CHECK(pumps.fake.rate == "9999.UM");
}

TEST_CASE("new era pump: a rate that the pump does not take over is refused and not started") {
  NewEraLab pumps;
  pumps.arm();
  pumps.fake.tamper = [&](const std::string& command, Utterances usual) {
    return command == "RAT" ? Utterances{{pumps.fake.frame("00S2.000MM")}} : usual;
  };
  CHECK(pumps.fault(pumps.pump.set_flow(1.0_mL_min)) == DeviceFault::refused);
  CHECK(pumps.count("RUN") == 0);
}

TEST_CASE("new era pump: what the pump itself calls out of range is out_of_range") {
  NewEraLab pumps;
  pumps.arm();
  pumps.fake.tamper = [&](const std::string& command, Utterances usual) {
    return command.starts_with("RAT1") ? Utterances{{pumps.fake.frame("00S?OOR")}} : usual;
  };
  CHECK(pumps.fault(pumps.pump.set_flow(1.0_mL_min)) == DeviceFault::out_of_range);
  CHECK(pumps.count("RUN") == 0);
}

TEST_CASE("new era pump: flow zero stops") {
  NewEraLab pumps;
  pumps.arm();
  pumps.run(pumps.pump.set_flow(1.0_mL_min));
  CHECK(pumps.run(pumps.pump.set_flow(FlowRate{})) == FlowRate{});
  CHECK(pumps.fake.status == 'S');
}

TEST_CASE("new era pump: stop works from any state, armed or not, and more than once") {
  NewEraLab pumps;
  SUBCASE("never armed, in basic mode") {}
  SUBCASE("never armed, in safe mode") { pumps.fake.safe = true; }
  SUBCASE("armed") { pumps.arm(); }
  for (const char state : {'I', 'W', 'P', 'S'}) {
    pumps.fake.status = state;
    pumps.run(pumps.pump.stop());
    CHECK(pumps.fake.status == 'S');
  }
  pumps.fake.status = 'I';
  pumps.fake.alarm = 'S';
  pumps.run(pumps.pump.stop());
  CHECK(pumps.fake.status == 'S');
}

TEST_CASE("new era pump: stop is over only when a later poll says so") {
  NewEraLab pumps;
  pumps.arm();
  pumps.run(pumps.pump.set_flow(1.0_mL_min));
  int polls = 0;
  pumps.fake.tamper = [&](const std::string& command, Utterances usual) {
    if (command.empty() && ++polls <= 3) return Utterances{{pumps.fake.frame("00I")}};
    return usual;
  };
  pumps.run(pumps.pump.stop());
  CHECK(polls == 4);
}

TEST_CASE("new era pump: one that does not stop is reported, after its deadline") {
  NewEraLab pumps;
  pumps.arm();
  pumps.fake.tamper = [&](const std::string&, Utterances) { return Utterances{{pumps.fake.frame("00I")}}; };
  const Instant start = pumps.lab.clock.now();
  CHECK(pumps.fault(pumps.pump.stop()) == DeviceFault::refused);
  CHECK(pumps.lab.clock.now() - start < 6s);
}

TEST_CASE("new era pump: stop succeeds although replies get lost or damaged on the way") {
  NewEraLab pumps;
  pumps.arm();
  pumps.run(pumps.pump.set_flow(1.0_mL_min));
  int said = 0;
  pumps.fake.tamper = [&](const std::string&, Utterances usual) {
    ++said;
    if (said == 1) return nothing();
    if (said == 3) usual.front().bytes[2] ^= 1;
    return usual;
  };
  pumps.run(pumps.pump.stop());
  CHECK(pumps.fake.status == 'S');
}

TEST_CASE("new era pump: a set_flow that a stop overtakes starts nothing") {
  for (Duration delay = 1ms; delay < 60ms; delay += 3ms) {
    NewEraLab pumps;
    pumps.arm();
    bool refused = false;
    auto start = [&]() -> Task<void> {
      try {
        co_await pumps.pump.set_flow(1.0_mL_min);
      } catch (const DeviceError& error) {
        refused = error.fault() == DeviceFault::refused;
      }
    };
    auto stop = [&]() -> Task<void> {
      co_await pumps.lab.clock.sleep_for(delay);
      co_await pumps.pump.stop();
    };
    std::vector<Task<void>> works;
    works.push_back(start());
    works.push_back(stop());
    pumps.run(all(std::move(works)));
    CAPTURE(in_seconds(delay));
    CHECK(pumps.fake.status == 'S');
    CHECK(refused);
  }
}

TEST_CASE("new era pump: a lost reply to RUN is cleared up by asking, not by running again") {
  NewEraLab pumps;
  pumps.arm();
  pumps.fake.tamper = [&](const std::string& command, Utterances usual) {
    return command == "RUN" ? nothing() : usual;
  };
  CHECK(in_milliliters_per_minute(pumps.run(pumps.pump.set_flow(1.0_mL_min))) == doctest::Approx(1.0));
  CHECK(pumps.count("RUN") == 1);
}

TEST_CASE(
    "new era pump: a RUN that did not reach the pump is sent again only after the pump said that it stands") {
  NewEraLab pumps;
  pumps.arm();
  bool first = true;
  pumps.fake.tamper = [&](const std::string& command, Utterances usual) {
    if (command != "RUN" || !std::exchange(first, false)) return usual;
    pumps.fake.status = 'S';
    return nothing();
  };
  pumps.run(pumps.pump.set_flow(1.0_mL_min));
  CHECK(pumps.fake.status == 'I');
  const auto& said = pumps.fake.commands;
  const auto once = std::ranges::find(said, "RUN");
  const auto again = std::find(once + 1, said.end(), "RUN");
  REQUIRE(again != said.end());
  CHECK(std::find(once, again, "") != again);
}

TEST_CASE("new era pump: read tells state, set rate and delivered volume in one exchange") {
  NewEraLab pumps;
  pumps.arm();
  pumps.run(pumps.pump.set_flow(0.5_mL_min));
  pumps.fake.volumes = "I1.250W0.000ML";
  pumps.fake.commands.clear();
  const PumpReading reading = pumps.run(pumps.pump.read());
  CHECK(reading.moving);
  CHECK_FALSE(reading.stalled);
  CHECK(in_milliliters_per_minute(reading.flow) == doctest::Approx(0.5));
  CHECK(in_milliliters(reading.delivered) == doctest::Approx(1.25));
  CHECK(pumps.fake.commands == std::vector<std::string>{"DIS"});
}

}  // namespace
}  // namespace nocturne::test
