#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

#include "devices/concurrency.hpp"
#include "devices/fake_modbus.hpp"
#include "devices/modbus_faults.hpp"
#include "devices/usual_heaters.hpp"

namespace nocturne::test {
namespace {

using namespace std::chrono_literals;

/// A heater and the instrument it talks to.
struct EurothermLab : DriverLab<EurothermLab> {
  explicit EurothermLab(EurothermSettings settings = usual_eurotherm())
      : heater{lab.clock, bus, std::move(settings)} {
    fake.registers = {{1, 253}, {2, 1500},     {3, 400},    {4, 400}, {5, 1500}, {13, 9999}, {26, 0},
                      {75, 0},  {107, 0x0123}, {111, 2000}, {112, 0}, {273, 0},  {276, 0}};
    set_float(1, 25.3f);
    set_float(111, 200.0f);
    fake.on_write = [this](int address, std::uint16_t value) { obey(address, value); };
  }
  void set_float(int parameter, float value) {
    const auto words = to_registers(value);
    fake.registers[0x8000 + 2 * parameter] = words[0];
    fake.registers[0x8000 + 2 * parameter + 1] = words[1];
  }
  void set_status(int bit, bool on) {
    auto& status = fake.registers[75];
    status = static_cast<std::uint16_t>(on ? status | 1 << bit : status & ~(1 << bit));
  }
  void obey(int address, std::uint16_t value) {
    if (address == 273) set_status(4, value == 1);
    if (address == 3) fake.registers[4] = value;
  }
  bool is_off() { return fake.registers[273] == 1 && fake.registers[3] == 0; }

  void arm() {
    run(heater.arm());
    fake.writes.clear();
  }
  bool has_written(int address) const {
    return std::ranges::any_of(fake.writes, [&](const auto& write) { return write.first == address; });
  }

  FakeModbus fake{lab.clock};
  ModbusBus bus{lab.clock, SerialSettings{fake.path(), 9600, Parity::none}, ModbusTiming{50ms, 50ms, 1s}};
  EurothermHeater heater;
};

TEST_CASE(
    "eurotherm: arming leaves it identified, cold, with its alarm set and a harmless target to fall back "
    "to") {
  EurothermLab labs;
  CHECK(labs.run(labs.heater.arm()) == "Eurotherm firmware 0123");
  CHECK(labs.is_off());
  CHECK(labs.fake.registers[13] == 1950);
  CHECK(labs.fake.registers[276] == 0);
  CHECK(labs.fake.registers[2] == 200);
}

TEST_CASE("eurotherm: arming again does not wear out the stored target") {
  EurothermLab labs;
  labs.arm();
  labs.run(labs.heater.arm());
  CHECK_FALSE(labs.has_written(2));
}

TEST_CASE("eurotherm: wrong decimal places are found by comparing integer and float") {
  EurothermSettings settings = usual_eurotherm();
  SUBCASE("0 instead of 1") {
    settings.decimals = 0;
    settings.max_target = 1900.0_degC;
  }
  SUBCASE("2 instead of 1") {
    settings.decimals = 2;
    settings.max_target = 15.0_degC;
  }
  EurothermLab labs{settings};
  CHECK(labs.fault(labs.heater.arm()) == DeviceFault::refused);
  CHECK(labs.is_off());
  CHECK(labs.fault(labs.heater.set_target(15.0_degC)) == DeviceFault::refused);
}

TEST_CASE("eurotherm: an instrument without floats is armed, and says that its decimals are not verified") {
  EurothermLab labs;
  std::erase_if(labs.fake.registers, [](const auto& entry) { return entry.first >= 0x8000; });
  CHECK(labs.run(labs.heater.arm()) == "Eurotherm firmware 0123 (decimals not verified)");
}

TEST_CASE("eurotherm: a broken sensor, too low a limit or an alarm that does not hold forbid heating") {
  EurothermLab labs;
  SUBCASE("sensor break") { labs.set_status(5, true); }
  SUBCASE("over range") { labs.set_status(10, true); }
  SUBCASE("its own limit is lower than ours") {
    labs.fake.registers[111] = 1500;
    labs.set_float(111, 150.0f);
  }
  SUBCASE("limits that are none") { labs.fake.registers[112] = 2500; }
  SUBCASE("alarm threshold") {
    labs.fake.on_write = [&](int address, std::uint16_t value) {
      labs.obey(address, value);
      if (address == 13) labs.fake.registers[13] = 1000;
    };
  }
  CHECK(labs.fault(labs.heater.arm()) == DeviceFault::refused);
  CHECK(labs.is_off());
  CHECK(labs.fault(labs.heater.set_target(100.0_degC)) == DeviceFault::refused);
  CHECK(labs.is_off());
}

TEST_CASE("eurotherm: something else at the address is refused before anything is written") {
  EurothermLab labs;
  SUBCASE("no firmware number") { labs.fake.registers.erase(107); }
  SUBCASE("no limits of the target") { labs.fake.registers.erase(111); }
  SUBCASE("zeros where it has nothing") { labs.fake.registers[111] = labs.fake.registers[112] = 0; }
  CHECK(labs.fault(labs.heater.arm()) == DeviceFault::refused);
  CHECK(labs.fake.writes.empty());
}

TEST_CASE("eurotherm: requests are the frames of the protocol reference, byte for byte") {
  EurothermSettings settings = usual_eurotherm();
  settings.remote_target = false;
  EurothermLab labs{settings};
  labs.arm();
  labs.run(labs.heater.set_target(120.0_degC));
  labs.set_status(5, true);
  std::string told;
  labs.fake.tamper = [&](const std::string& request, Utterances usual) {
    if (request == from_hex("01 03 00 4B 00 01 F4 1C")) told = usual.front().bytes;
    return usual;
  };
  CHECK(labs.run(labs.heater.read()).sensor_fault);
  CHECK(told == from_hex("01 03 02 00 20 B9 9C"));
  for (const char* frame :
       {"01 03 80 02 00 02 4C 0B", "01 03 00 01 00 05 D4 09", "01 06 00 02 04 B0 2B 7E"}) {
    CAPTURE(frame);
    CHECK(std::ranges::count(labs.fake.frames(), from_hex(frame)) > 0);
  }
}

TEST_CASE("eurotherm: nobody at the address is timed_out") {
  EurothermLab labs;
  labs.fake.unit = 2;
  CHECK(labs.fault(labs.heater.arm()) == DeviceFault::timed_out);
}

TEST_CASE(
    "eurotherm: a target goes to the volatile set point, is rounded to the instrument's steps and then "
    "controlled to") {
  EurothermLab labs;
  labs.arm();
  CHECK(labs.run(labs.heater.set_target(Temperature::from_celsius(120.04))).celsius() ==
        doctest::Approx(120.0));
  CHECK(labs.fake.registers[26] == 1200);
  CHECK(labs.fake.registers[276] == 1);
  CHECK(labs.fake.registers[273] == 0);
  CHECK_FALSE(labs.has_written(2));
}

TEST_CASE("eurotherm: without a volatile set point small changes are not written to the stored one") {
  EurothermSettings settings = usual_eurotherm();
  settings.remote_target = false;
  EurothermLab labs{settings};
  labs.arm();
  CHECK(labs.run(labs.heater.set_target(120.0_degC)).celsius() == doctest::Approx(120.0));
  CHECK(labs.fake.registers[2] == 1200);
  labs.fake.writes.clear();
  CHECK(labs.run(labs.heater.set_target(120.3_degC)).celsius() == doctest::Approx(120.0));
  CHECK_FALSE(labs.has_written(2));
  CHECK(labs.run(labs.heater.set_target(120.6_degC)).celsius() == doctest::Approx(120.6));
  CHECK_FALSE(labs.has_written(26));
}

TEST_CASE("eurotherm: a stored target is written so often within an hour, and no more") {
  EurothermSettings settings = usual_eurotherm();
  settings.remote_target = false;
  settings.stored_writes_per_hour = 3;
  EurothermLab labs{settings};
  labs.arm();
  for (const double celsius : {100.0, 110.0, 120.0})
    labs.run(labs.heater.set_target(Temperature::from_celsius(celsius)));
  CHECK(labs.fault(labs.heater.set_target(130.0_degC)) == DeviceFault::refused);
  CHECK(labs.fake.registers[2] == 1200);
  labs.lab.run(labs.lab.clock.sleep_for(1h));
  CHECK(labs.run(labs.heater.set_target(130.0_degC)).celsius() == doctest::Approx(130.0));
}

TEST_CASE("eurotherm: a target whose reply was lost is read back, not repeated") {
  for (const LineFault fault : every_line_fault) {
    CAPTURE(name_of(fault));
    EurothermLab labs;
    labs.arm();
    spoil_exchange(labs.fake, 1, fault);
    const auto failed = labs.fault(labs.heater.set_target(120.0_degC));
    const long written =
        std::ranges::count(labs.fake.writes, 26, [](const auto& write) { return write.first; });
    CHECK(written == (fault == LineFault::unheard || fault == LineFault::exception ? 0 : 1));
    CHECK(failed.has_value() == (written == 0));
    CHECK(labs.is_off() == failed.has_value());
  }
}

TEST_CASE("eurotherm: targets outside its limits or ours are refused before anything is sent") {
  EurothermLab labs;
  labs.arm();
  const std::size_t before = labs.fake.requests();
  CHECK(labs.fault(labs.heater.set_target(190.1_degC)) == DeviceFault::out_of_range);
  CHECK(labs.fault(labs.heater.set_target(Temperature::from_celsius(-0.1))) == DeviceFault::out_of_range);
  CHECK(labs.fault(labs.heater.set_target(Temperature::from_celsius(std::nan("")))) ==
        DeviceFault::out_of_range);
  CHECK(labs.fake.requests() == before);
}

TEST_CASE("eurotherm: firmware that clamps a target without a word is found out and not left heating") {
  EurothermLab labs;
  labs.arm();
  labs.fake.on_write = [&](int address, std::uint16_t value) {
    labs.obey(address, value);
    if (address == 26) labs.fake.registers[26] = std::min<std::uint16_t>(value, 1000);
  };
  CHECK(labs.fault(labs.heater.set_target(120.0_degC)) == DeviceFault::refused);
  CHECK(labs.is_off());
}

TEST_CASE("eurotherm: a reading carries values and status of the same moment, in its units") {
  EurothermLab labs;
  labs.arm();
  labs.run(labs.heater.set_target(120.0_degC));
  labs.fake.registers[1] = 1187;
  labs.fake.registers[4] = 425;
  labs.fake.registers[5] = 1200;
  const HeaterReading reading = labs.run(labs.heater.read());
  CHECK(reading.process.celsius() == doctest::Approx(118.7));
  CHECK(reading.target.celsius() == doctest::Approx(120.0));
  CHECK(reading.output == doctest::Approx(0.425));
  CHECK_FALSE(reading.sensor_fault);
  CHECK_FALSE(reading.alarm);
  CHECK_FALSE(reading.manual);
}

TEST_CASE("eurotherm: a temperature below zero is read as one") {
  EurothermLab labs;
  labs.fake.registers[1] = static_cast<std::uint16_t>(-52);
  CHECK(labs.run(labs.heater.read()).process.celsius() == doctest::Approx(-5.2));
}

TEST_CASE("eurotherm: sensor faults, alarms, manual mode and a lost remote target show in the reading") {
  EurothermLab labs;
  labs.arm();
  labs.run(labs.heater.set_target(120.0_degC));
  for (const int bit : {5, 10}) {
    labs.set_status(bit, true);
    CHECK(labs.run(labs.heater.read()).sensor_fault);
    labs.set_status(bit, false);
  }
  for (const int bit : {0, 1, 2, 3, 14}) {
    labs.set_status(bit, true);
    CHECK(labs.run(labs.heater.read()).alarm);
    labs.set_status(bit, false);
  }
  labs.set_status(4, true);
  CHECK(labs.run(labs.heater.read()).manual);
}

TEST_CASE("eurotherm: reading keeps a remote target alive, and only while there is one") {
  EurothermLab labs;
  labs.arm();
  labs.run(labs.heater.read());
  CHECK_FALSE(labs.has_written(26));
  labs.run(labs.heater.set_target(120.0_degC));
  labs.fake.writes.clear();
  labs.run(labs.heater.read());
  CHECK(labs.fake.writes == std::vector<std::pair<int, std::uint16_t>>{{26, 1200}});
  labs.run(labs.heater.off());
  labs.fake.writes.clear();
  labs.run(labs.heater.read());
  CHECK_FALSE(labs.has_written(26));
}

TEST_CASE("eurotherm: off arrives although no reply does") {
  EurothermLab labs;
  labs.arm();
  labs.run(labs.heater.set_target(120.0_degC));
  labs.fake.registers[3] = 800;  // its manual output, from an earlier day
  labs.fake.tamper = [](const std::string& request, Utterances usual) {
    return spoiled(LineFault::truncated, request, std::move(usual));
  };
  CHECK(labs.fault(labs.heater.off()).has_value());
  CHECK(labs.is_off());
}

TEST_CASE("eurotherm: off cuts the output, before arming and after it, and more than once") {
  EurothermLab labs;
  SUBCASE("before arming") {}
  SUBCASE("while heating") {
    labs.arm();
    labs.run(labs.heater.set_target(120.0_degC));
  }
  labs.run(labs.heater.off());
  CHECK(labs.is_off());
  labs.run(labs.heater.off());
  CHECK(labs.is_off());
}

TEST_CASE("eurotherm: off is over only when the instrument says that its output is zero and in manual") {
  EurothermLab labs;
  labs.arm();
  int attempts = 0;
  SUBCASE("output falls slowly") {
    labs.fake.on_write = [&](int address, std::uint16_t value) {
      labs.obey(address, value);
      if (address == 3) labs.fake.registers[4] = static_cast<std::uint16_t>(++attempts < 4 ? 100 : 0);
    };
  }
  SUBCASE("manual mode comes late") {
    labs.fake.on_write = [&](int address, std::uint16_t value) {
      labs.obey(address, value);
      if (address == 3) labs.set_status(4, ++attempts >= 4);
    };
  }
  labs.run(labs.heater.off());
  CHECK(attempts == 4);
}

TEST_CASE("eurotherm: off survives lost replies, and says so when the output stays on") {
  EurothermLab labs;
  labs.arm();
  labs.run(labs.heater.set_target(120.0_degC));
  SUBCASE("lost replies") {
    int said = 0;
    labs.fake.tamper = [&](const std::string&, Utterances usual) {
      return ++said <= 2 ? Utterances{} : usual;
    };
    labs.run(labs.heater.off());
    CHECK(labs.is_off());
  }
  SUBCASE("stays on") {
    labs.fake.on_write = [&](int, std::uint16_t) { labs.fake.registers[4] = 300; };
    CHECK(labs.fault(labs.heater.off()) == DeviceFault::refused);
  }
}

TEST_CASE("eurotherm: a set_target that off overtakes leaves it off") {
  for (int nth = 1; nth <= 6; ++nth) {
    EurothermLab labs;
    labs.arm();
    Signal reached{labs.lab.clock.io()};
    int said = 0;
    labs.fake.tamper = [&](const std::string&, Utterances usual) {
      if (++said == nth) reached.notify_all();
      return usual;
    };
    bool refused = false;
    auto heat = [&]() -> Task<void> {
      try {
        co_await labs.heater.set_target(120.0_degC);
      } catch (const DeviceError& error) {
        refused = error.fault() == DeviceFault::refused;
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
    if (nth < 6) CHECK(refused);  // with its last reply under way, set_target may also end first
    CHECK(labs.is_off());
  }
}

}  // namespace
}  // namespace nocturne::test
