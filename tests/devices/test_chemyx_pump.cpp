#include <doctest/doctest.h>

#include <cmath>
#include <vector>

#include "devices/concurrency.hpp"
#include "devices/fake_chemyx.hpp"

namespace nocturne::test {
namespace {

using namespace std::chrono_literals;

TEST_CASE("chemyx pump: arming leaves it stopped, in µL/min, with its syringe and no delay") {
  ChemyxLab pumps;
  SUBCASE("with echo and prompts") {}
  SUBCASE("without echo") { pumps.fake.echo = false; }
  SUBCASE("without prompts") { pumps.fake.prompts = false; }
  SUBCASE("without pump status") { pumps.fake.knows_status = false; }
  SUBCASE("found running") { pumps.fake.run(); }
  CHECK(pumps.run(pumps.pump.arm()).starts_with("Chemyx, 11.106 to 83294"));
  CHECK_FALSE(pumps.fake.running);
  CHECK(std::stod(pumps.fake.settings["units"]) == 2.0);
  CHECK(std::stod(pumps.fake.settings["diameter"]) == 26.59);
  CHECK(std::stod(pumps.fake.settings["delay"]) == 0.0);
  CHECK(in_milliliters_per_minute(pumps.pump.max_flow()) == doctest::Approx(83.2946).epsilon(1e-5));
  CHECK(pumps.count("start") == 0);
}

TEST_CASE("chemyx pump: what it says are the pump's words in lower case, a value behind each set") {
  ChemyxLab pumps;
  pumps.run(pumps.pump.arm());
  pumps.run(pumps.pump.set_flow(1.0_mL_min));
  pumps.run(pumps.pump.stop());
  for (const std::string command : {"set units 2", "set diameter 26.590", "set rate 1000.00", "set delay 0",
                                    "start", "stop", "pump status", "read limit parameter", "elapsed time"}) {
    CAPTURE(command);
    CHECK(pumps.count(command) > 0);
  }
}

TEST_CASE("chemyx pump: without a word that it runs unwatched it is refused before anything is said") {
  ChemyxSettings settings = settings_of_chemyx_syringe();
  settings.unwatched = false;
  ChemyxLab pumps{settings};
  CHECK(pumps.fault(pumps.pump.arm()) == DeviceFault::refused);
  CHECK(pumps.fault(pumps.pump.set_flow(1.0_mL_min)) == DeviceFault::refused);
  CHECK(pumps.fake.commands.empty());
}

TEST_CASE("chemyx pump: a known plunger speed must be that of its limits, or the diameter is another one") {
  ChemyxSettings settings = settings_of_chemyx_syringe();
  settings.speed_is_known = true;
  ChemyxLab pumps{settings};
  std::optional<DeviceFault> expected;
  SUBCASE("right") {}
  SUBCASE("wrong") {
    pumps.fake.fastest_mm_per_min = 100.0;
    expected = DeviceFault::refused;
  }
  CHECK(pumps.fault(pumps.pump.arm()) == expected);
}

TEST_CASE("chemyx pump: while its flow is changed it counts as moving, until it is stopped") {
  ChemyxLab pumps;
  pumps.arm();
  pumps.run(pumps.pump.set_flow(100.0_uL_min));
  bool changed = false, moved = true;
  auto change = [&]() -> Task<void> {
    co_await pumps.pump.set_flow(200.0_uL_min);
    changed = true;
  };
  auto look = [&]() -> Task<void> {
    while (!changed) {
      const PumpReading reading = co_await pumps.pump.read();
      moved = moved && reading.moving;
      co_await pumps.lab.clock.sleep_for(100ms);
    }
  };
  auto both = [&]() -> Task<void> {
    std::vector<Task<void>> tasks;
    tasks.push_back(change());
    tasks.push_back(look());
    co_await all(std::move(tasks));
  };
  pumps.run(both());
  CHECK(moved);
  pumps.run(pumps.pump.stop());
  CHECK_FALSE(pumps.run(pumps.pump.read()).moving);
}

TEST_CASE("chemyx pump: starts at the rate as taken, with what is left in the syringe as target") {
  ChemyxLab pumps;
  pumps.arm();
  CHECK(in_microliters_per_minute(pumps.run(pumps.pump.set_flow(123.45678_uL_min))) ==
        doctest::Approx(123.457));
  CHECK(pumps.fake.running);
  CHECK(std::stod(pumps.fake.settings["volume"]) == 60000.0);
  auto wait = [&]() -> Task<void> { co_await pumps.lab.clock.sleep_for(60s); };
  pumps.run(wait());
  const PumpReading reading = pumps.run(pumps.pump.read());
  CHECK(reading.moving);
  CHECK(in_microliters_per_minute(reading.flow) == doctest::Approx(123.457));
  const double delivered = in_microliters(reading.delivered);
  CHECK(delivered == doctest::Approx(124.0).epsilon(0.01));
  pumps.run(pumps.pump.set_flow(200.0_uL_min));
  CHECK(std::stod(pumps.fake.settings["volume"]) == doctest::Approx(60000.0 - delivered).epsilon(1e-4));
  CHECK(in_microliters(pumps.run(pumps.pump.read()).delivered) >= delivered);
}

TEST_CASE("chemyx pump: a rate is changed only while it stands, and a value clamped on the way is refused") {
  ChemyxLab pumps;
  pumps.arm();
  pumps.run(pumps.pump.set_flow(1.0_mL_min));
  pumps.fake.commands.clear();
  bool moved = false;
  pumps.fake.tamper = [&](const std::string& command, Utterances usual) {
    moved |= command.starts_with("set ") && pumps.fake.running;
    return usual;
  };
  pumps.run(pumps.pump.set_flow(2.0_mL_min));
  CHECK_FALSE(moved);
  CHECK(pumps.count("stop") == 1);
  CHECK(pumps.count("start") == 1);
  pumps.fake.fastest_mm_per_min = 1.0;
  CHECK(pumps.fault(pumps.pump.set_flow(3.0_mL_min)) == DeviceFault::refused);
  CHECK_FALSE(pumps.fake.running);
}

TEST_CASE("chemyx pump: a flow outside its limits is refused before anything is sent") {
  ChemyxLab pumps;
  pumps.arm();
  CHECK(pumps.fault(pumps.pump.set_flow(83.4_mL_min)) == DeviceFault::out_of_range);
  CHECK(pumps.fault(pumps.pump.set_flow(10.0_uL_min)) == DeviceFault::out_of_range);
  CHECK(pumps.fault(pumps.pump.set_flow(FlowRate::from_si(std::nan("")))) == DeviceFault::out_of_range);
  CHECK(pumps.fake.commands.empty());
}

TEST_CASE("chemyx pump: an empty syringe is not started") {
  ChemyxSettings settings = settings_of_chemyx_syringe();
  settings.syringe_volume = microliters(100.0);
  ChemyxLab pumps{settings};
  pumps.arm();
  pumps.run(pumps.pump.set_flow(1.0_mL_min));
  auto wait = [&]() -> Task<void> { co_await pumps.lab.clock.sleep_for(10s); };
  pumps.run(wait());
  CHECK(pumps.fault(pumps.pump.set_flow(1.0_mL_min)) == DeviceFault::refused);
  CHECK(pumps.count("start") == 1);
}

TEST_CASE("chemyx pump: stop works from any state, and is over only when its clock stands") {
  ChemyxLab pumps;
  SUBCASE("with pump status") {}
  SUBCASE("without") { pumps.fake.knows_status = false; }
  pumps.arm();
  pumps.run(pumps.pump.set_flow(1.0_mL_min));
  int stops = 0;
  pumps.fake.tamper = [&](const std::string& command, Utterances usual) {
    if (command == "stop" && ++stops <= 2) pumps.fake.run();  // it goes on
    return usual;
  };
  pumps.run(pumps.pump.stop());
  CHECK(stops == 3);
  CHECK_FALSE(pumps.fake.running);
  pumps.run(pumps.pump.stop());
  CHECK_FALSE(pumps.fake.running);
}

TEST_CASE("chemyx pump: one that does not stop is reported, after its deadline") {
  ChemyxLab pumps;
  pumps.arm();
  pumps.run(pumps.pump.set_flow(1.0_mL_min));
  pumps.fake.tamper = [&](const std::string&, Utterances usual) {
    pumps.fake.run();
    return usual;
  };
  const Instant start = pumps.lab.clock.now();
  CHECK(pumps.fault(pumps.pump.stop()) == DeviceFault::refused);
  CHECK(pumps.lab.clock.now() - start < 12s);
}

TEST_CASE("chemyx pump: a set_flow that a stop overtakes starts nothing") {
  for (Duration delay = 1ms; delay < 3s; delay += 97ms) {
    ChemyxLab pumps;
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
    CHECK_FALSE(pumps.fake.running);
    if (delay < 1s) CHECK(refused);
  }
}

TEST_CASE("chemyx pump: lost replies to start and set are cleared up by asking, not by repeating blindly") {
  ChemyxLab pumps;
  pumps.arm();
  std::string lost;
  SUBCASE("start") { lost = "start"; }
  SUBCASE("set rate") { lost = "set rate 1000.00"; }
  bool moved = false;
  int times = 0;
  pumps.fake.tamper = [&](const std::string& command, Utterances usual) {
    moved |= command.starts_with("set ") && pumps.fake.running;
    return command == lost && ++times == 1 ? Utterances{} : usual;
  };
  CHECK(in_milliliters_per_minute(pumps.run(pumps.pump.set_flow(1.0_mL_min))) == doctest::Approx(1.0));
  CHECK(times > 0);
  CHECK(pumps.count("start") == 1);
  CHECK_FALSE(moved);
}

TEST_CASE("chemyx pump: a start that did not reach it is sent again only after its clock was seen to stand") {
  ChemyxLab pumps;
  pumps.arm();
  bool first = true;
  pumps.fake.tamper = [&](const std::string& command, Utterances usual) {
    if (command != "start" || !std::exchange(first, false)) return usual;
    pumps.fake.halt();
    return Utterances{};
  };
  pumps.run(pumps.pump.set_flow(1.0_mL_min));
  CHECK(pumps.fake.running);
  const auto& said = pumps.fake.commands;
  const auto once = std::ranges::find(said, "start");
  const auto again = std::find(once + 1, said.end(), "start");
  REQUIRE(again != said.end());
  CHECK(std::count(once, again, "elapsed time") >= 2);
}

TEST_CASE("chemyx pump: read survives one bad exchange of every kind, within two seconds") {
  ChemyxLab pumps;
  pumps.arm();
  FakeChemyx::Tamper spoil;
  SUBCASE("silence") {
    spoil = [](const std::string&, Utterances) { return Utterances{}; };
  }
  SUBCASE("echo only") {
    spoil = [](const std::string&, Utterances usual) {
      usual.pop_back();
      return usual;
    };
  }
  SUBCASE("truncated") {
    spoil = [](const std::string&, Utterances usual) {
      usual.back().bytes.resize(20);
      return usual;
    };
  }
  SUBCASE("garbage before the reply") {
    spoil = [](const std::string&, Utterances usual) {
      usual.front().bytes = "\x02\xFFz" + usual.front().bytes;
      return usual;
    };
  }
  SUBCASE("late") {
    spoil = [&](const std::string&, Utterances) {
      return Utterances{{pumps.fake.reply("dispensed volume = 9.0000"), 520ms}};
    };
  }
  SUBCASE("the answer to another question") {
    spoil = [&](const std::string&, Utterances) {
      return Utterances{{pumps.fake.reply("elapsed time = 9.00000")}};
    };
  }
  bool bad = true;
  pumps.fake.tamper = [&](const std::string& command, Utterances usual) {
    return std::exchange(bad, false) ? spoil(command, std::move(usual)) : usual;
  };
  const Instant start = pumps.lab.clock.now();
  CHECK(in_microliters(pumps.run(pumps.pump.read()).delivered) == 0.0);
  CHECK(pumps.lab.clock.now() - start < 2s);
  CHECK(in_microliters(pumps.run(pumps.pump.read()).delivered) == 0.0);
}

TEST_CASE("chemyx pump: a stall is in the reading, forbids flow, and ends with arming") {
  ChemyxLab pumps;
  pumps.arm();
  pumps.run(pumps.pump.set_flow(1.0_mL_min));
  pumps.fake.halt();
  pumps.fake.stalled = true;
  const PumpReading reading = pumps.run(pumps.pump.read());
  CHECK(reading.stalled);
  CHECK_FALSE(reading.moving);
  CHECK(pumps.fault(pumps.pump.set_flow(1.0_mL_min)) == DeviceFault::stalled);
  pumps.fake.stalled = false;
  CHECK(pumps.fault(pumps.pump.set_flow(1.0_mL_min)) == DeviceFault::stalled);
  pumps.run(pumps.pump.arm());
  CHECK(in_milliliters_per_minute(pumps.run(pumps.pump.set_flow(1.0_mL_min))) == doctest::Approx(1.0));
}

TEST_CASE("chemyx pump: one that stands, or was reset, is seen by its counter even without pump status") {
  ChemyxLab pumps;
  pumps.fake.knows_status = false;
  pumps.arm();
  pumps.run(pumps.pump.set_flow(1.0_mL_min));
  CHECK(pumps.run(pumps.pump.read()).moving);
  pumps.fake.halt();
  pumps.run(pumps.pump.read());
  auto wait = [&]() -> Task<void> { co_await pumps.lab.clock.sleep_for(3s); };
  pumps.run(wait());
  CHECK_FALSE(pumps.run(pumps.pump.read()).moving);
}

TEST_CASE("chemyx pump: after a reset the next start brings units and syringe back") {
  ChemyxLab pumps;
  pumps.arm();
  pumps.fake.settings["units"] = "0";
  pumps.fake.settings["diameter"] = "14.43";
  pumps.run(pumps.pump.set_flow(1.0_mL_min));
  CHECK(std::stod(pumps.fake.settings["units"]) == 2.0);
  CHECK(std::stod(pumps.fake.settings["diameter"]) == 26.59);
}

TEST_CASE("chemyx pump: nobody there is timed_out, an unplugged line unreachable") {
  ChemyxLab pumps;
  SUBCASE("nobody") {
    pumps.fake.tamper = [](const std::string&, Utterances) { return Utterances{}; };
    CHECK(pumps.fault(pumps.pump.arm()) == DeviceFault::timed_out);
    CHECK(pumps.lab.clock.now() < Instant{3s});
  }
  SUBCASE("unplugged") {
    pumps.arm();
    pumps.fake.leave();
    CHECK(fault_of([&] { pumps.lab.run(pumps.pump.read()); }) == DeviceFault::unreachable);
  }
}

}  // namespace
}  // namespace nocturne::test
