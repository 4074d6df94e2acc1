#include <doctest/doctest.h>

#include "devices/concurrency.hpp"
#include "devices/modbus_faults.hpp"
#include "devices/watlow_lab.hpp"

namespace nocturne::test {

TEST_CASE(
    "watlow: after a reboot to its defaults it is switched off, reported, and heats only once armed again") {
  bool by_reading = false;
  SUBCASE("found by a reading") { by_reading = true; }
  SUBCASE("found by a new target") {}
  for_every_variant([by_reading](int map, WordOrder order) {
    WatlowLab labs{usual_watlow(map, order)};
    labs.arm();
    labs.run(labs.heater.set_target(120.0_degC));
    labs.fake.reboot();
    CHECK(labs.fake.mode == 10);
    labs.fake.modbus.writes.clear();
    if (by_reading)
      CHECK(labs.fault(labs.heater.read()) == DeviceFault::refused);
    else
      CHECK(labs.fault(labs.heater.set_target(130.0_degC)) == DeviceFault::refused);
    CHECK(labs.writes_to(labs.fake.target_register()) == 0);
    CHECK(labs.fake.mode == 62);
    CHECK(labs.fault(labs.heater.set_target(130.0_degC)) == DeviceFault::refused);
    labs.arm();
    CHECK(labs.run(labs.heater.set_target(130.0_degC)).celsius() == doctest::Approx(130.0));
  });
}

TEST_CASE("watlow: a threshold that somebody moved switches it off") {
  WatlowLab labs;
  labs.arm();
  labs.run(labs.heater.set_target(120.0_degC));
  labs.fake.threshold_C = 400.0;
  labs.fake.publish();
  CHECK(labs.fault(labs.heater.read()) == DeviceFault::refused);
  CHECK(labs.fake.mode == 62);
}

TEST_CASE("watlow: off cuts the heating from any state, more than once, and says so when it does not") {
  WatlowLab labs;
  labs.fake.mode = 54;
  labs.fake.publish();
  labs.run(labs.heater.off());
  labs.run(labs.heater.off());
  CHECK(labs.fake.mode == 62);
  labs.arm();
  labs.run(labs.heater.set_target(120.0_degC));
  labs.fake.obeys_mode = false;
  CHECK(labs.fault(labs.heater.off()) == DeviceFault::refused);
}

TEST_CASE("watlow: whatever happens to any one exchange, the outcome is known and no target is repeated") {
  for (const LineFault fault : every_line_fault)
    for (int nth = 1; nth <= 7; ++nth) {
      CAPTURE(name_of(fault));
      CAPTURE(nth);
      WatlowLab labs{usual_watlow(), impatient};
      labs.arm();
      spoil_exchange(labs.fake.modbus, nth, fault);
      const auto failed = labs.fault(labs.heater.set_target(120.0_degC));
      CHECK(labs.writes_to(labs.fake.target_register()) <= 1);
      if (!failed) CHECK(labs.fake.target_C == doctest::Approx(120.0));
      if (!failed) CHECK(labs.fake.mode == 10);
      if (nth > 4) continue;
      heal(labs.fake.modbus);
      CHECK(labs.run(labs.heater.set_target(130.0_degC)).celsius() == doctest::Approx(130.0));
      spoil_exchange(labs.fake.modbus, 1 + nth % 2, fault);
      CHECK(labs.fault(labs.heater.read()).has_value());
      spoil_exchange(labs.fake.modbus, 1 + nth % 4, fault);
      labs.run(labs.heater.off());
      CHECK(labs.fake.mode == 62);
    }
}

TEST_CASE("watlow: off arrives although no reply does, once the controller is known") {
  for (const LineFault fault : {LineFault::silence, LineFault::truncated, LineFault::wrong_checksum}) {
    CAPTURE(name_of(fault));
    WatlowSettings settings = usual_watlow();
    settings.off_deadline = 100ms;
    WatlowLab labs{settings, impatient};
    labs.arm();
    labs.run(labs.heater.set_target(120.0_degC));
    labs.fake.modbus.tamper = [fault](const std::string& request, Utterances usual) {
      return spoiled(fault, request, std::move(usual));
    };
    CHECK(labs.fault(labs.heater.off()).has_value());
    CHECK(labs.fake.mode == 62);
  }
}

TEST_CASE("watlow: a lost reply to a target that arrived is made good by reading it back") {
  WatlowLab labs{usual_watlow(), impatient};
  labs.arm();
  spoil_exchange(labs.fake.modbus, 3, LineFault::silence);  // unit, saving, target
  CHECK(labs.run(labs.heater.set_target(120.0_degC)).celsius() == doctest::Approx(120.0));
  CHECK(labs.writes_to(2160) == 1);
}

TEST_CASE("watlow: a set_target that off overtakes leaves it off") {
  for (int nth = 1; nth <= 7; ++nth) {
    WatlowLab labs;
    labs.arm();
    Signal reached{labs.lab.clock.io()};
    int said = 0;
    labs.fake.modbus.tamper = [&](const std::string&, Utterances usual_reply) {
      if (++said == nth) reached.notify_all();
      return usual_reply;
    };
    auto heat = [&]() -> Task<void> {
      try {
        co_await labs.heater.set_target(120.0_degC);
      } catch (const DeviceError& error) {
        CHECK(error.fault() == DeviceFault::refused);
      }
    };
    auto cut = [&]() -> Task<void> {
      co_await reached.wait();
      co_await labs.heater.off();
    };
    std::vector<Task<void>> works;
    works.push_back(heat());
    works.push_back(cut());
    labs.run(all(std::move(works)));
    CAPTURE(nth);
    CHECK(labs.fake.mode == 62);
  }
}

}  // namespace nocturne::test
