#include <doctest/doctest.h>

#include "devices/drawing_pump.hpp"
#include "devices/fake_new_era.hpp"

namespace nocturne::test {
namespace {

using namespace std::chrono_literals;

/// A pump that is armed and has pushed 12.5 mL.
struct DrawingNewEra : DrawingPump<NewEraLab> {
  DrawingNewEra() {
    arm();
    fake.volumes = "I12.50W0.000ML";
  }
};

}  // namespace

TEST_CASE("new era draw: withdraws to a target of the pump's own, and leaves it ready to push without one") {
  DrawingNewEra pumps;
  CHECK(in_milliliters(pumps.run(pumps.pump.draw(8.0_mL, 16.0_mL_min))) == doctest::Approx(8.0));
  CHECK(pumps.lab.clock.now() > Instant{30s});
  CHECK(pumps.lab.clock.now() < Instant{33s});
  const std::vector<std::string>& said = pumps.fake.commands;
  const auto at = [&](const char* command) { return std::ranges::find(said, command); };
  CHECK(at("VOL8.000") < at("DIRWDR"));
  CHECK(at("DIRWDR") < at("CLDWDR"));
  CHECK(at("CLDWDR") < at("RAT16.00MM"));
  CHECK(at("RAT16.00MM") < at("RUN"));
  CHECK(at("RUN") < at("VOL0"));
  CHECK(at("VOL0") < at("DIRINF"));
  CHECK(pumps.count("RUN") == 1);
  CHECK(pumps.fake.settings["DIR"] == "INF");
  CHECK(std::stod(pumps.fake.settings["VOL"]) == 0.0);
  const PumpReading after = pumps.run(pumps.pump.read());
  CHECK_FALSE(after.moving);
  CHECK(in_milliliters(after.delivered) == doctest::Approx(12.5));
  CHECK(in_milliliters(after.drawn) == doctest::Approx(8.0));
  CHECK(pumps.fake.volumes == "I0.000W8.000ML");  // its four digits are free again
  CHECK(in_milliliters(pumps.pump.counter().from) == doctest::Approx(-12.5));
}

TEST_CASE("new era draw: the bytes are those of the protocol, in packets") {
  DrawingNewEra pumps;
  pumps.run(pumps.pump.draw(8.0_mL, 16.0_mL_min));
  for (const char* frame :
       {"02 0D 30 56 4F 4C 38 2E 30 30 30 E4 EF 03", "02 0B 30 44 49 52 57 44 52 74 9A 03",
        "02 0B 30 43 4C 44 57 44 52 A3 B2 03", "02 0F 30 52 41 54 31 36 2E 30 30 4D 4D 38 9A 03",
        "02 08 30 52 55 4E 44 07 03", "02 0B 30 44 49 52 49 4E 46 91 86 03"}) {
    CAPTURE(frame);
    CHECK(std::ranges::count(pumps.fake.frames(), from_hex(frame)) == 1);
  }
}

TEST_CASE("new era draw: what the pump cannot hold is rounded down, never up") {
  DrawingNewEra pumps;
  CHECK(in_milliliters(pumps.run(pumps.pump.draw(8.00049_mL, 16.0_mL_min))) == doctest::Approx(8.0));
  CHECK(pumps.count("VOL8.000") == 1);
  CHECK(in_milliliters(pumps.run(pumps.pump.draw(12.999_mL, 16.0_mL_min))) == doctest::Approx(12.99));
  CHECK(pumps.count("VOL12.99") == 1);
}

TEST_CASE("new era draw: a flow that is under way is stopped first") {
  DrawingNewEra pumps;
  pumps.run(pumps.pump.set_flow(1.0_mL_min));
  pumps.run(pumps.pump.draw(8.0_mL, 16.0_mL_min));
  const std::vector<std::string>& said = pumps.fake.commands;
  CHECK(std::ranges::find(said, "STP") < std::ranges::find(said, "DIRWDR"));
  CHECK(pumps.fake.status == 'S');
}

TEST_CASE("new era draw: too little, too much, too fast and too slow are refused before anything moves") {
  DrawingNewEra pumps;
  CHECK(pumps.fault(pumps.pump.draw(microliters(0.5), 16.0_mL_min)) == DeviceFault::out_of_range);
  CHECK(pumps.fault(pumps.pump.draw(8.0_mL, 28.4_mL_min)) == DeviceFault::out_of_range);
  CHECK(pumps.fault(pumps.pump.draw(8.0_mL, 0.3_uL_min)) == DeviceFault::out_of_range);
  CHECK(pumps.count("RUN") == 0);
}

TEST_CASE("new era draw: while it draws a reading says so, and that nothing more was delivered") {
  DrawingNewEra pumps;
  PumpReading during;
  auto look = [&]() -> Task<void> {
    co_await pumps.lab.clock.sleep_for(10s);
    during = co_await pumps.pump.read();
  };
  CHECK_FALSE(pumps.fault_beside(look()));
  CHECK(during.moving);
  CHECK(during.drawing);
  CHECK_FALSE(during.stalled);
  CHECK(in_milliliters(during.delivered) == doctest::Approx(12.5));
}

TEST_CASE("new era draw: its watchdog hears something at least once a second") {
  DrawingNewEra pumps;
  Instant last = pumps.lab.clock.now();
  Duration longest{};
  pumps.fake.tamper = [&](const std::string&, Utterances usual) {
    longest = std::max(longest, pumps.lab.clock.now() - last);
    last = pumps.lab.clock.now();
    return usual;
  };
  pumps.run(pumps.pump.draw(8.0_mL, 16.0_mL_min));
  CHECK(longest < 1s);
  CHECK(pumps.fake.settings["SAF"] == "10");
}

TEST_CASE("new era draw: what becomes of a draw that fails, and that the next flow pushes again") {
  DrawingNewEra pumps;
  std::optional<DeviceFault> expected;
  std::function<void()> strike;
  SUBCASE("the motor stalls") {
    expected = DeviceFault::stalled;
    strike = [&] { pumps.fake.alarm = 'S', pumps.fake.status = 'S'; };
  }
  SUBCASE("its watchdog stops it") {
    expected = DeviceFault::refused;
    strike = [&] { pumps.fake.alarm = 'T', pumps.fake.status = 'S'; };
  }
  SUBCASE("somebody stops it at its keys") {
    expected = DeviceFault::refused;
    strike = [&] { pumps.fake.status = 'S'; };
  }
  SUBCASE("it falls silent") {
    expected = DeviceFault::timed_out;
    strike = [&] { pumps.fake.tamper = [](const std::string&, Utterances) { return nothing(); }; };
  }
  auto later = [&]() -> Task<void> {
    co_await pumps.lab.clock.sleep_for(10s);
    strike();
  };
  CHECK(pumps.fault_beside(later()) == expected);
  CHECK(pumps.counted == Volume{});
  pumps.fake.tamper = {};
  pumps.run(pumps.pump.arm());
  pumps.fake.commands.clear();
  pumps.run(pumps.pump.set_flow(1.0_mL_min));
  CHECK(pumps.fake.status == 'I');
}

TEST_CASE(
    "new era draw: one that stop() overtakes stands, says so, and the next flow pushes without arming") {
  DrawingNewEra pumps;
  auto stop = [&]() -> Task<void> {
    co_await pumps.lab.clock.sleep_for(10s);
    co_await pumps.pump.stop();
  };
  CHECK(pumps.fault_beside(stop()) == DeviceFault::refused);
  CHECK(pumps.fake.status == 'S');
  CHECK(pumps.fake.settings["DIR"] == "WDR");
  pumps.run(pumps.pump.set_flow(1.0_mL_min));
  CHECK(pumps.fake.status == 'I');
  CHECK(pumps.fake.settings["DIR"] == "INF");
  CHECK(std::stod(pumps.fake.settings["VOL"]) == 0.0);
}

TEST_CASE("new era draw: a counter that disagrees with the volume is refused") {
  DrawingNewEra pumps;
  pumps.fake.tamper = [&](const std::string& command, Utterances usual) {
    return command == "DIS" ? Utterances{{pumps.fake.frame("00SI12.50W7.500ML")}} : usual;
  };
  CHECK(pumps.fault(pumps.pump.draw(8.0_mL, 16.0_mL_min)) == DeviceFault::refused);
}

TEST_CASE("new era draw: a pump that keeps its direction or its target is refused before it runs") {
  DrawingNewEra pumps;
  std::string about, lie;
  SUBCASE("direction") { about = "DIR", lie = "00SINF"; }
  SUBCASE("target volume") { about = "VOL", lie = "00S5.000ML"; }
  pumps.fake.tamper = [&](const std::string& command, Utterances usual) {
    return command == about ? Utterances{{pumps.fake.frame(lie)}} : usual;
  };
  CHECK(pumps.fault(pumps.pump.draw(8.0_mL, 16.0_mL_min)) == DeviceFault::refused);
  CHECK(pumps.count("RUN") == 0);
}

TEST_CASE("new era draw: a pump that does not come to its target is told to stand by whoever gives up") {
  DrawingNewEra pumps;
  pumps.fake.tamper = [&](const std::string& command, Utterances usual) {
    return command.empty() && pumps.fake.status == 'S' && pumps.count("RUN") > 0
               ? Utterances{{pumps.fake.frame("00W")}}
               : usual;
  };
  CHECK(pumps.fault(pumps.pump.draw(8.0_mL, 16.0_mL_min)) == DeviceFault::refused);
  CHECK(pumps.lab.clock.now() < Instant{45s});
}

TEST_CASE("new era draw: arming finds what was drawn last, and leaves both counters at nothing") {
  NewEraLab pumps;
  pumps.fake.volumes = "I12.50W3.250ML";
  pumps.run(pumps.pump.arm());
  CHECK(in_milliliters(pumps.pump.counter().found) == doctest::Approx(12.5));
  REQUIRE(pumps.pump.counter().drawn);
  CHECK(in_milliliters(*pumps.pump.counter().drawn) == doctest::Approx(3.25));
  CHECK(pumps.count("CLDWDR") == 1);
}

}  // namespace nocturne::test
