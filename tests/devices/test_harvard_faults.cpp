#include <doctest/doctest.h>

#include "devices/concurrency.hpp"
#include "devices/fake_pump_chain.hpp"

namespace nocturne::test {
namespace {

using namespace std::chrono_literals;

TEST_CASE("harvard pump: read survives one bad exchange of every kind, within two seconds") {
  HarvardLab pumps;
  pumps.arm();
  pumps.fake.volume_fL = 1'250'000'000'000;
  const std::string false_status = "9 9 9999000000000 I...i.";
  FakePumpChain::Tamper spoil;
  SUBCASE("silence") {
    spoil = [](const std::string&, Utterances) { return Utterances{}; };
  }
  SUBCASE("truncated") {
    spoil = [](const std::string&, Utterances usual) {
      usual.front().bytes.resize(9);
      return usual;
    };
  }
  SUBCASE("truncated by the end mark") {
    spoil = [](const std::string&, Utterances usual) {
      usual.front().bytes.pop_back();
      return usual;
    };
  }
  SUBCASE("damaged") {
    spoil = [](const std::string&, Utterances usual) {
      usual.front().bytes[3] = '\xB7';
      return usual;
    };
  }
  SUBCASE("another pump's status") {
    spoil = [&](const std::string&, Utterances) {
      return Utterances{{"\n05>" + false_status + "\r\n05>\x11"}};
    };
  }
  SUBCASE("another pump's status before its own") {
    spoil = [&](const std::string&, Utterances usual) {
      usual.insert(usual.begin(), Utterance{"\n05>" + false_status + "\r\n05>\x11"});
      return usual;
    };
  }
  SUBCASE("an unasked-for T* of another pump before it") {
    spoil = [&](const std::string&, Utterances usual) {
      usual.insert(usual.begin(), Utterance{"\n05T*"});
      return usual;
    };
  }
  SUBCASE("garbage before the reply") {
    spoil = [](const std::string&, Utterances usual) {
      usual.front().bytes = "\x02\xFFzz:" + usual.front().bytes;
      return usual;
    };
  }
  SUBCASE("late: after the next request") {
    spoil = [&](const std::string&, Utterances) {
      return Utterances{{pumps.fake.reply(false_status), 510ms}};
    };
  }
  SUBCASE("very late") {
    spoil = [&](const std::string&, Utterances) {
      return Utterances{{pumps.fake.reply(false_status), 900ms}};
    };
  }
  SUBCASE("the answer to another question") {
    spoil = [&](const std::string&, Utterances) { return Utterances{{pumps.fake.reply("15%")}}; };
  }
  bool bad = true;
  pumps.fake.tamper = [&](const std::string& command, Utterances usual) {
    return std::exchange(bad, false) ? spoil(command, std::move(usual)) : usual;
  };
  const Instant start = pumps.lab.clock.now();
  CHECK(in_milliliters(pumps.run(pumps.pump.read()).delivered) == doctest::Approx(1.25));
  CHECK(pumps.lab.clock.now() - start < 2s);
  CHECK(in_milliliters(pumps.run(pumps.pump.read()).delivered) == doctest::Approx(1.25));
}

TEST_CASE("harvard pump: lasting silence is timed_out, garbage garbled, both within three deadlines") {
  HarvardLab pumps;
  pumps.arm();
  DeviceFault expected = DeviceFault::timed_out;
  Utterances said;
  SUBCASE("silence") {}
  SUBCASE("garbage") { said = {{"\xFF\xFE\x11"}}, expected = DeviceFault::garbled; }
  pumps.fake.tamper = [&](const std::string&, Utterances) { return said; };
  const Instant start = pumps.lab.clock.now();
  CHECK(pumps.fault(pumps.pump.read()) == expected);
  CHECK(pumps.lab.clock.now() - start < 2s);
}

TEST_CASE("harvard pump: a late status is not taken for the proof of a stop") {
  HarvardLab pumps;
  pumps.arm();
  pumps.run(pumps.pump.set_flow(1.0_mL_min));
  bool late = true, stopped_too_early = false;
  pumps.fake.tamper = [&](const std::string& command, Utterances usual) {
    if (command == "stp") pumps.fake.run();  // it does not obey at once
    if (command != "status" || !std::exchange(late, false)) return usual;
    return Utterances{{pumps.fake.reply("0 5000 0 i...i."), 505ms}};  // from before it was started
  };
  auto work = [&]() -> Task<void> {
    try {
      co_await with_timeout(pumps.lab.clock, 499ms, pumps.pump.read());
    } catch (const std::exception&) {
    }
    try {
      co_await pumps.pump.stop();
      stopped_too_early = true;
    } catch (const DeviceError&) {
    }
  };
  pumps.run(work());
  CHECK_FALSE(stopped_too_early);
}

TEST_CASE("harvard pump: a stall and a limit switch are in the reading, forbid flow, and end with arming") {
  HarvardLab pumps;
  pumps.arm();
  pumps.run(pumps.pump.set_flow(1.0_mL_min));
  pumps.fake.halt();
  SUBCASE("stall") {
    pumps.fake.flags[2] = 'S';
    pumps.fake.prompt = "*";
  }
  SUBCASE("limit switch") {
    pumps.fake.flags[1] = 'i';
    pumps.fake.prompt = ">*";
  }
  const PumpReading reading = pumps.run(pumps.pump.read());
  CHECK(reading.stalled);
  CHECK_FALSE(reading.moving);
  CHECK(pumps.fault(pumps.pump.set_flow(2.0_mL_min)) == DeviceFault::stalled);
  CHECK(pumps.count("irun") == 1);
  pumps.fake.flags = "i...i.";
  CHECK(pumps.fault(pumps.pump.set_flow(2.0_mL_min)) == DeviceFault::stalled);
  pumps.run(pumps.pump.arm());
  CHECK_FALSE(pumps.run(pumps.pump.read()).stalled);
  CHECK(in_milliliters_per_minute(pumps.run(pumps.pump.set_flow(2.0_mL_min))) == doctest::Approx(2.0));
}

TEST_CASE("harvard pump: an empty syringe is told by the target and not started again") {
  HarvardLab pumps;
  pumps.arm();
  pumps.run(pumps.pump.set_flow(1.0_mL_min));
  pumps.fake.halt();
  pumps.fake.prompt = "T*";
  pumps.fake.flags[5] = 'T';
  CHECK_FALSE(pumps.run(pumps.pump.read()).moving);
  CHECK(pumps.fault(pumps.pump.set_flow(2.0_mL_min)) == DeviceFault::refused);
  CHECK(pumps.count("irun") == 1);
}

TEST_CASE(
    "harvard pump: after a reset it refuses to flow until it is armed again, however it comes to light") {
  HarvardLab pumps;
  pumps.arm();
  bool readable = false;
  SUBCASE("by its counter") {
    pumps.run(pumps.pump.set_flow(1.0_mL_min));
    pumps.fake.volume_fL = 1'000'000;
    pumps.run(pumps.pump.read());
    pumps.fake.reboot(true);
  }
  SUBCASE("by the end marks it has forgotten") { pumps.fake.reboot(false); }
  SUBCASE("by its syringe, at the next start") {
    pumps.fake.reboot(true);
    readable = true;
  }
  if (!readable) CHECK(pumps.fault(pumps.pump.read()) == DeviceFault::refused);
  const auto runs_before = pumps.count("irun");
  CHECK(pumps.fault(pumps.pump.set_flow(1.0_mL_min)) == DeviceFault::refused);
  CHECK(pumps.count("irun") == runs_before);
  pumps.run(pumps.pump.stop());
  pumps.run(pumps.pump.arm());
  CHECK(in_milliliters_per_minute(pumps.run(pumps.pump.set_flow(1.0_mL_min))) == doctest::Approx(1.0));
}

TEST_CASE("harvard pump: another pump in its place is refused") {
  HarvardLab pumps;
  pumps.arm();
  pumps.fake.version = "11 ELITE I/W Single 3.0.4";
  bool silent = true;
  pumps.fake.tamper = [&](const std::string&, Utterances usual) {
    return std::exchange(silent, false) ? Utterances{} : usual;
  };
  CHECK(pumps.fault(pumps.pump.read()) == DeviceFault::refused);
}

TEST_CASE("harvard pump: stop succeeds although replies get lost or damaged on the way") {
  HarvardLab pumps;
  pumps.arm();
  pumps.run(pumps.pump.set_flow(1.0_mL_min));
  int said = 0;
  pumps.fake.tamper = [&](const std::string&, Utterances usual) {
    ++said;
    if (said == 1 || said == 4) return Utterances{};
    if (said == 3) usual.front().bytes[1] = '\xFF';
    return usual;
  };
  pumps.run(pumps.pump.stop());
  CHECK(pumps.fake.flags[0] == 'i');
}

TEST_CASE("harvard pump: without arming it neither flows nor reads") {
  HarvardLab pumps;
  CHECK(pumps.fault(pumps.pump.set_flow(1.0_mL_min)) == DeviceFault::refused);
  CHECK(pumps.fault(pumps.pump.read()) == DeviceFault::refused);
  CHECK(pumps.fake.commands.empty());
}

TEST_CASE("harvard pump: an unplugged line is unreachable at once") {
  HarvardLab pumps;
  pumps.arm();
  pumps.fake.leave();
  const Instant start = pumps.lab.clock.now();
  CHECK(fault_of([&] { pumps.lab.run(pumps.pump.read()); }) == DeviceFault::unreachable);
  CHECK(pumps.lab.clock.now() == start);
}

}  // namespace
}  // namespace nocturne::test
