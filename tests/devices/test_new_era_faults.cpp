#include <doctest/doctest.h>

#include "devices/concurrency.hpp"
#include "devices/fake_new_era.hpp"

namespace nocturne::test {
namespace {

using namespace std::chrono_literals;

TEST_CASE("new era pump: read survives one bad exchange of every kind") {
  NewEraLab pumps;
  pumps.arm();
  pumps.fake.volumes = "I1.250W0.000ML";
  bool bad = true;
  FakeNewEra::Tamper spoil;
  SUBCASE("silence") {
    spoil = [](const std::string&, Utterances) { return nothing(); };
  }
  SUBCASE("truncated") {
    spoil = [](const std::string&, Utterances usual) {
      usual.front().bytes.resize(5);
      return usual;
    };
  }
  SUBCASE("wrong checksum") {
    spoil = [](const std::string&, Utterances usual) {
      usual.front().bytes[5] ^= 4;
      return usual;
    };
  }
  SUBCASE("wrong address") {
    spoil = [](const std::string&, Utterances) { return Utterances{{new_era::packet("05SI9.999W0.000ML")}}; };
  }
  SUBCASE("garbage before the reply") {
    spoil = [](const std::string&, Utterances usual) {
      usual.front().bytes = "\x02\x30\xFF\x02\x19zz" + usual.front().bytes;
      return usual;
    };
  }
  SUBCASE("?COM") {
    spoil = [](const std::string&, Utterances) { return Utterances{{new_era::packet("00S?COM")}}; };
  }
  SUBCASE("late: after the next request") {
    spoil = [](const std::string&, Utterances) {
      return Utterances{{new_era::packet("00SI9.999W0.000ML"), 510ms}};
    };
  }
  SUBCASE("very late") {
    spoil = [](const std::string&, Utterances) {
      return Utterances{{new_era::packet("00SI9.999W0.000ML"), 900ms}};
    };
  }
  SUBCASE("the reply of another pump in between") {
    spoil = [](const std::string&, Utterances usual) {
      usual.insert(usual.begin(), Utterance{new_era::packet("02A?T")});
      return usual;
    };
  }
  pumps.fake.tamper = [&](const std::string& command, Utterances usual) {
    return std::exchange(bad, false) ? spoil(command, std::move(usual)) : usual;
  };
  CHECK(in_milliliters(pumps.run(pumps.pump.read()).delivered) == doctest::Approx(1.25));
  CHECK(in_milliliters(pumps.run(pumps.pump.read()).delivered) == doctest::Approx(1.25));
}

TEST_CASE("new era pump: silence for longer than one repeat is timed_out") {
  NewEraLab pumps;
  pumps.arm();
  pumps.fake.tamper = [](const std::string&, Utterances) { return nothing(); };
  CHECK(pumps.fault(pumps.pump.read()) == DeviceFault::timed_out);
}

TEST_CASE("new era pump: a late status is not taken for the proof of a stop") {
  NewEraLab pumps;
  pumps.arm();
  pumps.run(pumps.pump.set_flow(1.0_mL_min));
  int polls = 0;
  bool stopped_too_early = false;
  pumps.fake.tamper = [&](const std::string& command, Utterances usual) {
    if (command == "DIS") return Utterances{{new_era::packet("00S"), 505ms}};  // long overdue when it comes
    polls += command.empty() ? 1 : 0;
    return usual;
  };
  auto work = [&]() -> Task<void> {
    try {
      co_await with_timeout(pumps.lab.clock, 600ms, pumps.pump.read());
    } catch (const std::exception&) {
    }
    co_await pumps.pump.stop();
    stopped_too_early = pumps.fake.status != 'S';
  };
  pumps.run(work());
  CHECK_FALSE(stopped_too_early);
  CHECK(polls > 0);
}

TEST_CASE("new era pump: a stall is in the reading, forbids flow, and ends with arming") {
  NewEraLab pumps;
  pumps.arm();
  pumps.run(pumps.pump.set_flow(1.0_mL_min));
  pumps.fake.status = 'S';
  pumps.fake.alarm = 'S';
  SUBCASE("seen by read") {
    const PumpReading reading = pumps.run(pumps.pump.read());
    CHECK(reading.stalled);
    CHECK_FALSE(reading.moving);
  }
  SUBCASE("seen by set_flow") { CHECK(pumps.fault(pumps.pump.set_flow(2.0_mL_min)) == DeviceFault::stalled); }
  CHECK(pumps.run(pumps.pump.read()).stalled);
  CHECK(pumps.fault(pumps.pump.set_flow(2.0_mL_min)) == DeviceFault::stalled);
  pumps.run(pumps.pump.stop());
  pumps.run(pumps.pump.arm());
  CHECK_FALSE(pumps.run(pumps.pump.read()).stalled);
  CHECK(in_milliliters_per_minute(pumps.run(pumps.pump.set_flow(2.0_mL_min))) == doctest::Approx(2.0));
}

TEST_CASE(
    "new era pump: after a watchdog stop or a reset it refuses everything but stop, until it is armed "
    "again") {
  NewEraLab pumps;
  pumps.arm();
  pumps.run(pumps.pump.set_flow(1.0_mL_min));
  pumps.fake.status = 'S';
  SUBCASE("watchdog") { pumps.fake.alarm = 'T'; }
  SUBCASE("reset") { pumps.fake.alarm = 'R'; }
  CHECK(pumps.fault(pumps.pump.read()) == DeviceFault::refused);
  CHECK(pumps.fault(pumps.pump.read()) == DeviceFault::refused);
  CHECK(pumps.fault(pumps.pump.set_flow(1.0_mL_min)) == DeviceFault::refused);
  CHECK(pumps.count("RUN") == 1);
  pumps.run(pumps.pump.stop());
  pumps.run(pumps.pump.arm());
  CHECK(in_milliliters_per_minute(pumps.run(pumps.pump.set_flow(1.0_mL_min))) == doctest::Approx(1.0));
}

TEST_CASE("new era pump: an alarm announced unasked just before the reply does not put it out of step") {
  NewEraLab pumps;
  pumps.arm();
  pumps.run(pumps.pump.set_flow(1.0_mL_min));
  pumps.fake.status = 'S';
  pumps.fake.alarm = 'S';
  pumps.fake.volumes = "I0.700W0.000ML";
  bool announced = false;
  pumps.fake.tamper = [&](const std::string&, Utterances usual) {
    if (!std::exchange(announced, true)) usual.insert(usual.begin(), Utterance{new_era::packet("00A?S")});
    return usual;
  };
  const PumpReading reading = pumps.run(pumps.pump.read());
  CHECK(reading.stalled);
  CHECK(in_milliliters(reading.delivered) == doctest::Approx(0.7));
}

TEST_CASE("new era pump: a watchdog alarm that shows up while it gets back in step is not forgotten") {
  NewEraLab pumps;
  pumps.arm();
  bool silent = true;
  pumps.fake.tamper = [&](const std::string&, Utterances usual) {
    if (!std::exchange(silent, false)) return usual;
    pumps.fake.alarm = 'T';
    return nothing();
  };
  CHECK(pumps.fault(pumps.pump.read()) == DeviceFault::refused);
}

TEST_CASE("new era pump: without arming it neither flows nor reads") {
  NewEraLab pumps;
  CHECK(pumps.fault(pumps.pump.set_flow(1.0_mL_min)) == DeviceFault::refused);
  CHECK(pumps.fault(pumps.pump.read()) == DeviceFault::refused);
  CHECK(pumps.fake.commands.empty());
}

TEST_CASE("new era pump: an unplugged line is unreachable at once") {
  NewEraLab pumps;
  pumps.arm();
  pumps.fake.leave();
  const Instant start = pumps.lab.clock.now();
  CHECK(fault_of([&] { pumps.lab.run(pumps.pump.read()); }) == DeviceFault::unreachable);
  CHECK(pumps.lab.clock.now() == start);
}

}  // namespace
}  // namespace nocturne::test
