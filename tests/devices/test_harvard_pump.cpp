#include <doctest/doctest.h>

#include <cmath>

#include "devices/concurrency.hpp"
#include "devices/fake_pump_chain.hpp"

namespace nocturne::test {
namespace {

using namespace std::chrono_literals;

TEST_CASE(
    "harvard pump: arming leaves it identified, stopped, marked, and with its syringe's content as target") {
  HarvardLab pumps;
  SUBCASE("found idle") {}
  SUBCASE("found with echo") { pumps.fake.echo = true; }
  SUBCASE("found with poll on") { pumps.fake.poll = true; }
  SUBCASE("found infusing") { pumps.fake.run(); }
  SUBCASE("found withdrawing") { pumps.fake.flags[0] = 'W'; }
  SUBCASE("found at its target") { pumps.fake.prompt = "T*"; }
  SUBCASE("with a prefix at address 0") { pumps.fake.prefix = true; }
  CHECK(pumps.run(pumps.pump.arm()) == "PHD ULTRA 3.0.5, force 15%");
  CHECK_FALSE(pumps.fake.moving());
  CHECK(pumps.fake.poll);
  CHECK_FALSE(pumps.fake.echo);
  CHECK(pumps.fake.settings["diameter"] == "26.5900 mm");
  CHECK(pumps.fake.settings["tvolume"] == "60 ml");
  CHECK(pumps.fake.settings["ttime"] == "Target time not set");
  CHECK(pumps.fake.settings["force"] == "15%");
  CHECK(pumps.count("nvram off") == 1);
  CHECK(pumps.count("cvolume") == 1);
  CHECK(pumps.count("irun") == 0);
  CHECK(pumps.count("force") == 1);
}

TEST_CASE(
    "harvard pump: without a word that it runs unwatched it is refused, in a sentence that says what to do") {
  HarvardSettings settings = settings_of_plastic_syringe();
  settings.unwatched = false;
  HarvardLab pumps{settings};
  std::string said;
  try {
    pumps.run(pumps.pump.arm());
  } catch (const DeviceError& error) {
    CHECK(error.fault() == DeviceFault::refused);
    said = error.what();
  }
  CHECK(said.find("unwatched = true") != said.npos);
  CHECK(pumps.fake.commands.empty());
  CHECK(pumps.fault(pumps.pump.set_flow(1.0_mL_min)) == DeviceFault::refused);
}

/// Whether `part` is in `whole`, in this order, with anything in between.
bool in_this_order(const std::vector<std::string>& part, const std::vector<std::string>& whole) {
  auto next = part.begin();
  for (const std::string& one : whole)
    if (next != part.end() && one == *next) ++next;
  return next == part.end();
}

TEST_CASE("harvard pump: its requests are those of the recommended sequence, byte for byte") {
  HarvardSettings settings = settings_of_plastic_syringe();
  settings.syringe_diameter = millimeters(14.43);
  settings.syringe_volume = milliliters(10.0);
  HarvardLab pumps{settings};
  pumps.run(pumps.pump.arm());
  pumps.run(pumps.pump.set_flow(5.0_mL_min));
  pumps.run(pumps.pump.stop());
  const std::vector<std::string>& frames = pumps.fake.frames();
  CHECK(frames.front() == "@echo off\r");
  CHECK(in_this_order(
      {"@poll on\r", "@ver\r", "@nvram off\r", "@load qs i\r", "@diameter 14.4300\r", "@diameter\r",
       "@irate lim\r", "@cttime\r", "@ctvolume\r", "@cvolume\r", "@ttime\r", "@tvolume 10 ml\r",
       "@irate 5.00000 ml/min\r", "@irate\r", "@irun\r", "@status\r", "@stp\r", "@status\r", "@status\r"},
      frames));
  CHECK(std::ranges::count(frames, "@force\r") == 1);
  CHECK(std::ranges::all_of(frames, [](const std::string& one) { return one.starts_with('@'); }));
}

TEST_CASE("harvard pump: it is driven by the replies of a recorded Legato 100, byte for byte") {
  HarvardSettings settings = settings_of_plastic_syringe();
  std::map<std::string, std::string> recorded{
      {"poll on", "\n:\x11"}, {"stp", "\n:\x11"}, {"force", "\n15%\r\n:\x11"}, {"irun", "\n>\x11"}};
  double flow_uL_min = 199.49;
  SUBCASE("at 14.43 mm") {
    settings.syringe_diameter = millimeters(14.43);
    recorded["irate lim"] = "\n25.0404 nl/min to 26.0035 ml/min\r\n:\x11";
    recorded["irate 5.00000 ml/min"] = "\n:\x11";
    flow_uL_min = 5000.0;
  }
  SUBCASE("at 7.262 mm") {
    settings.syringe_diameter = millimeters(7.262);
    recorded["diameter"] = "\n7.2620 mm\r\n:\x11";
    recorded["irate"] = "\n199.49 ul/min\r\n:\x11";
  }
  HarvardLab pumps{settings};
  std::map<std::string, std::string> told;
  pumps.fake.tamper = [&](const std::string& command, Utterances usual) {
    if (recorded.contains(command)) told[command] = usual.front().bytes;
    return usual;
  };
  pumps.run(pumps.pump.arm());
  CHECK(in_microliters_per_minute(pumps.run(pumps.pump.set_flow(microliters_per_minute(flow_uL_min)))) ==
        doctest::Approx(flow_uL_min));
  pumps.fake.tamper = nullptr;
  CHECK(told == recorded);
}

TEST_CASE("harvard pump: one at another address is found there, and nobody there is timed_out") {
  HarvardSettings settings = settings_of_plastic_syringe();
  settings.address = 12;
  HarvardLab pumps{settings};
  SUBCASE("found") {
    pumps.fake.address = 12;
    pumps.arm();
    CHECK(in_milliliters_per_minute(pumps.run(pumps.pump.set_flow(1.0_mL_min))) == doctest::Approx(1.0));
  }
  SUBCASE("nobody") {
    CHECK(pumps.fault(pumps.pump.arm()) == DeviceFault::timed_out);
    CHECK(pumps.lab.clock.now() < Instant{1100ms});
  }
}

TEST_CASE("harvard pump: what does not hold its settings or is another instrument is not armed") {
  HarvardLab pumps;
  std::string about, lie;
  DeviceFault expected = DeviceFault::refused;
  SUBCASE("diameter") { about = "diameter", lie = "14.4300 mm"; }
  SUBCASE("target volume") { about = "tvolume", lie = "1 ml"; }
  SUBCASE("target volume not set") { about = "tvolume", lie = "Target volume not set"; }
  SUBCASE("target time") { about = "ttime", lie = "00:03:00"; }
  SUBCASE("identity") {
    about = "ver", lie = "NE1000V3.928";
    expected = DeviceFault::garbled;
  }
  pumps.fake.tamper = [&](const std::string& command, Utterances usual) {
    return command == about ? Utterances{{pumps.fake.reply(lie)}} : usual;
  };
  CHECK(pumps.fault(pumps.pump.arm()) == expected);
  CHECK(pumps.fault(pumps.pump.set_flow(1.0_mL_min)) == DeviceFault::refused);
  CHECK(pumps.count("irun") == 0);
}

TEST_CASE("harvard pump: a diameter that the pump reckons with differently is betrayed by its limits") {
  HarvardLab pumps;
  pumps.fake.tamper = [&](const std::string& command, Utterances usual) {
    if (command != "irate lim") return usual;
    return Utterances{{pumps.fake.reply("25.0404 nl/min to 26.0035 ml/min")}};  // of 14.43 mm
  };
  CHECK(pumps.fault(pumps.pump.arm()) == DeviceFault::refused);
}

TEST_CASE("harvard pump: the plunger speed has to be that of a known model, or the one set") {
  HarvardSettings settings = settings_of_plastic_syringe();
  double step_nm = 0.0;
  std::optional<DeviceFault> expected;
  SUBCASE("Legato 100") { step_nm = 68.9019; }
  SUBCASE("Pump 11 Elite") { step_nm = 82.6823; }
  SUBCASE("PHD Ultra") { step_nm = 93.335; }
  SUBCASE("unknown") { step_nm = 40.0, expected = DeviceFault::refused; }
  SUBCASE("set") {
    step_nm = 40.0;
    settings.top_speed_mm_per_min = 40e-6 / 26e-6 * 60.0;
  }
  SUBCASE("set to another") {
    step_nm = 68.9019, expected = DeviceFault::refused;
    settings.top_speed_mm_per_min = 190.806;
  }
  HarvardLab pumps{settings};
  pumps.fake.step_nm = step_nm;
  CHECK(pumps.fault(pumps.pump.arm()) == expected);
}

TEST_CASE("harvard pump: its own limits hold once it is armed, and before it what every known model can do") {
  HarvardLab pumps;
  const FlowRate low = pumps.pump.min_flow(), high = pumps.pump.max_flow();
  pumps.arm();
  CHECK(in_milliliters_per_minute(pumps.pump.max_flow()) == doctest::Approx(88.2945).epsilon(1e-5));
  CHECK(low >= pumps.pump.min_flow());
  CHECK(high <= pumps.pump.max_flow());
}

TEST_CASE("harvard pump: firmware without the comforts is armed all the same") {
  HarvardLab pumps;
  pumps.fake.tamper = [&](const std::string& command, Utterances usual) {
    const bool unknown = command.starts_with("nvram") || command.starts_with("load") || command == "force" ||
                         command.starts_with("svolume");
    return unknown ? Utterances{{pumps.fake.error("Unknown command")}} : usual;
  };
  CHECK(pumps.run(pumps.pump.arm()) == "PHD ULTRA 3.0.5");
}

TEST_CASE("harvard pump: one that knows no end mark is driven by prompt and silence") {
  HarvardLab pumps;
  pumps.fake.tamper = [&](const std::string& command, Utterances usual) {
    if (command != "poll on") return usual;
    pumps.fake.poll = false;
    return Utterances{{pumps.fake.error("Unknown command")}};
  };
  pumps.arm();
  CHECK(in_milliliters_per_minute(pumps.run(pumps.pump.set_flow(1.0_mL_min))) == doctest::Approx(1.0));
  CHECK(pumps.run(pumps.pump.read()).moving);
  pumps.run(pumps.pump.stop());
  CHECK(pumps.fake.flags[0] == 'i');
}

TEST_CASE("harvard pump: a target volume that the pump does not take keeps it from being armed") {
  HarvardLab pumps;
  pumps.fake.tamper = [&](const std::string& command, Utterances usual) {
    if (!command.starts_with("tvolume ")) return usual;
    return Utterances{{pumps.fake.error("Target volume out of range")}};
  };
  CHECK(pumps.fault(pumps.pump.arm()) == DeviceFault::out_of_range);
}

TEST_CASE("harvard pump: a flow outside its limits is refused before anything is sent") {
  HarvardLab pumps;
  pumps.arm();
  CHECK(pumps.fault(pumps.pump.set_flow(88.3_mL_min)) == DeviceFault::out_of_range);
  CHECK(pumps.fault(pumps.pump.set_flow(0.08_uL_min)) == DeviceFault::out_of_range);
  CHECK(pumps.fault(pumps.pump.set_flow(FlowRate::from_si(-1e-9))) == DeviceFault::out_of_range);
  CHECK(pumps.fault(pumps.pump.set_flow(FlowRate::from_si(std::nan("")))) == DeviceFault::out_of_range);
  CHECK(pumps.fake.commands.empty());
}

TEST_CASE("harvard pump: starts at the rate as the pump holds it and changes it without stopping") {
  HarvardLab pumps;
  pumps.arm();
  CHECK(in_microliters_per_minute(pumps.run(pumps.pump.set_flow(123.456789_uL_min))) ==
        doctest::Approx(123.457).epsilon(1e-9));
  CHECK(pumps.fake.settings["irate"] == "123.457 ul/min");
  CHECK(pumps.fake.flags[0] == 'I');
  pumps.fake.commands.clear();
  CHECK(in_milliliters_per_minute(pumps.run(pumps.pump.set_flow(5.0_mL_min))) == doctest::Approx(5.0));
  CHECK(pumps.fake.settings["irate"] == "5 ml/min");
  CHECK(pumps.count("stp") == 0);
  CHECK(pumps.count("irun") == 0);
}

TEST_CASE("harvard pump: a withdrawing pump is stopped before it infuses") {
  HarvardLab pumps;
  pumps.arm();
  pumps.fake.flags[0] = 'W';
  pumps.run(pumps.pump.set_flow(1.0_mL_min));
  CHECK(pumps.count("stp") == 1);
  CHECK(pumps.fake.flags[0] == 'I');
}

TEST_CASE("harvard pump: an old rate, an old unit and 'not set' right after setting are asked again") {
  HarvardLab pumps;
  pumps.arm();
  std::string stale;
  SUBCASE("value") { stale = "199.49 ul/min"; }
  SUBCASE("unit") { stale = "1 ul/min"; }
  SUBCASE("not set") { stale = "Infuse rate not set"; }
  int asked = 0;
  pumps.fake.tamper = [&](const std::string& command, Utterances usual) {
    return command == "irate" && ++asked <= 3 ? Utterances{{pumps.fake.reply(stale)}} : usual;
  };
  CHECK(in_milliliters_per_minute(pumps.run(pumps.pump.set_flow(1.0_mL_min))) == doctest::Approx(1.0));
  CHECK(asked == 4);
  CHECK(pumps.count("irate 1.00000 ml/min") == 1);
}

TEST_CASE("harvard pump: a rate that the pump does not take over is refused and not started") {
  HarvardLab pumps;
  pumps.arm();
  pumps.fake.tamper = [&](const std::string& command, Utterances usual) {
    return command == "irate" ? Utterances{{pumps.fake.reply("1.001 ml/min")}} : usual;
  };
  CHECK(pumps.fault(pumps.pump.set_flow(1.0_mL_min)) == DeviceFault::refused);
  CHECK(pumps.count("irun") == 0);
}

TEST_CASE("harvard pump: what the pump itself calls out of range is out_of_range") {
  HarvardLab pumps;
  pumps.arm();
  pumps.fake.tamper = [&](const std::string& command, Utterances usual) {
    return command.starts_with("irate ") ? Utterances{{pumps.fake.error("Out of range")}} : usual;
  };
  CHECK(pumps.fault(pumps.pump.set_flow(1.0_mL_min)) == DeviceFault::out_of_range);
  CHECK(pumps.count("irun") == 0);
}

TEST_CASE("harvard pump: flow zero stops, and stop works from any state, armed or not, and more than once") {
  HarvardLab pumps;
  SUBCASE("never armed") {}
  SUBCASE("never armed, with echo") { pumps.fake.echo = true; }
  SUBCASE("armed") {
    pumps.arm();
    pumps.run(pumps.pump.set_flow(1.0_mL_min));
    CHECK(pumps.run(pumps.pump.set_flow(FlowRate{})) == FlowRate{});
    CHECK(pumps.fake.flags[0] == 'i');
  }
  for (const char state : {'I', 'W', 'i'}) {
    pumps.fake.flags[0] = state;
    pumps.run(pumps.pump.stop());
    CHECK_FALSE(pumps.fake.moving());
  }
}

TEST_CASE("harvard pump: stop is over only when two polls in a row say that it stands") {
  HarvardLab pumps;
  pumps.arm();
  pumps.run(pumps.pump.set_flow(1.0_mL_min));
  int polls = 0;
  pumps.fake.tamper = [&](const std::string& command, Utterances usual) {
    if (command != "status") return usual;
    const bool stale = ++polls <= 3 && polls != 2;
    return stale ? Utterances{{pumps.fake.reply("1000 5000 0 I...i.")}} : usual;
  };
  pumps.run(pumps.pump.stop());
  CHECK(polls == 5);
}

TEST_CASE("harvard pump: one that does not stop is reported, after its deadline") {
  HarvardLab pumps;
  pumps.arm();
  pumps.fake.tamper = [&](const std::string& command, Utterances usual) {
    return command == "status" ? Utterances{{pumps.fake.reply("1000 5000 0 I...i.")}} : usual;
  };
  const Instant start = pumps.lab.clock.now();
  CHECK(pumps.fault(pumps.pump.stop()) == DeviceFault::refused);
  CHECK(pumps.lab.clock.now() - start < 6s);
}

TEST_CASE("harvard pump: a set_flow that a stop overtakes starts nothing") {
  for (Duration delay = 1ms; delay < 60ms; delay += 2ms) {
    HarvardLab pumps;
    pumps.arm();
    bool refused = false, ended_before = false, stopping = false;
    auto start = [&]() -> Task<void> {
      try {
        co_await pumps.pump.set_flow(1.0_mL_min);
        ended_before = !stopping;
      } catch (const DeviceError& error) {
        refused = error.fault() == DeviceFault::refused;
      }
    };
    auto stop = [&]() -> Task<void> {
      co_await pumps.lab.clock.sleep_for(delay);
      stopping = true;
      co_await pumps.pump.stop();
    };
    std::vector<Task<void>> works;
    works.push_back(start());
    works.push_back(stop());
    pumps.run(all(std::move(works)));
    CAPTURE(in_seconds(delay));
    CHECK(pumps.fake.flags[0] == 'i');
    CHECK((refused || ended_before));
  }
}

TEST_CASE("harvard pump: a stop that is over before a slow set_flow comes to irun is not undone by it") {
  HarvardLab pumps;
  pumps.arm();
  int asked = 0;
  pumps.fake.tamper = [&](const std::string& command, Utterances usual) {
    const bool stale = command == "irate" && ++asked <= 6;
    return stale ? Utterances{{pumps.fake.reply("199.49 ul/min")}} : usual;
  };
  std::optional<DeviceFault> fault;
  auto start = [&]() -> Task<void> {
    try {
      co_await pumps.pump.set_flow(1.0_mL_min);
    } catch (const DeviceError& error) {
      fault = error.fault();
    }
  };
  bool started_before = false;
  auto stop = [&]() -> Task<void> {
    co_await pumps.lab.clock.sleep_for(60ms);
    co_await pumps.pump.stop();
    started_before = asked > 6;
  };
  std::vector<Task<void>> works;
  works.push_back(start());
  works.push_back(stop());
  pumps.run(all(std::move(works)));
  CHECK_FALSE(started_before);
  CHECK(fault == DeviceFault::refused);
  CHECK(pumps.count("irun") == 0);
  CHECK(pumps.fake.flags[0] == 'i');
}

TEST_CASE("harvard pump: a lost reply to irun is cleared up by asking, not by running again") {
  HarvardLab pumps;
  pumps.arm();
  pumps.fake.tamper = [&](const std::string& command, Utterances usual) {
    return command == "irun" ? Utterances{} : usual;
  };
  CHECK(in_milliliters_per_minute(pumps.run(pumps.pump.set_flow(1.0_mL_min))) == doctest::Approx(1.0));
  CHECK(pumps.count("irun") == 1);
}

TEST_CASE(
    "harvard pump: an irun that did not reach it is sent again only after the pump said that it stands") {
  HarvardLab pumps;
  pumps.arm();
  bool first = true;
  pumps.fake.tamper = [&](const std::string& command, Utterances usual) {
    if (command != "irun" || !std::exchange(first, false)) return usual;
    pumps.fake.halt();
    return Utterances{};
  };
  pumps.run(pumps.pump.set_flow(1.0_mL_min));
  const auto& said = pumps.fake.commands;
  const auto once = std::ranges::find(said, "irun");
  const auto again = std::find(once + 1, said.end(), "irun");
  REQUIRE(again != said.end());
  CHECK(std::find(once, again, "status") != again);
  CHECK(pumps.fake.flags[0] == 'I');
}

TEST_CASE("harvard pump: read tells state, rate and volume since arming in one exchange") {
  HarvardLab pumps;
  pumps.arm();
  pumps.run(pumps.pump.set_flow(0.5_mL_min));
  pumps.fake.volume_fL = 1'250'000'000'000;
  pumps.fake.tamper = [&](const std::string& command, Utterances usual) {
    if (command != "status") return usual;
    return Utterances{{pumps.fake.reply("8333333333 150000 1250000000000 I...i.")}};
  };
  pumps.fake.commands.clear();
  const PumpReading reading = pumps.run(pumps.pump.read());
  CHECK(reading.moving);
  CHECK_FALSE(reading.stalled);
  CHECK(in_milliliters_per_minute(reading.flow) == doctest::Approx(0.5));
  CHECK(in_milliliters(reading.delivered) == doctest::Approx(1.25));
  CHECK(pumps.fake.commands == std::vector<std::string>{"status"});
}

}  // namespace
}  // namespace nocturne::test
