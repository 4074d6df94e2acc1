#include <doctest/doctest.h>

#include <memory>

#include "devices/moxa_input.hpp"
#include "devices/pymodbus_server.hpp"
#include "devices/usual_heaters.hpp"

namespace nocturne::test {
namespace {

using namespace std::chrono_literals;

Task<void> heat_and_cut(Clock& clock, WatlowHeater& heater) {
  const std::string identity = co_await find(clock, heater);
  CHECK(identity.rfind("Watlow EZ-ZONE, map ", 0) == 0);
  const HeaterReading cold = co_await heater.read();
  CHECK(cold.process.celsius() == doctest::Approx(25.3).epsilon(1e-5));
  CHECK(cold.output == 0.0);
  CHECK_FALSE(cold.sensor_fault);
  CHECK_FALSE(cold.alarm);
  const Temperature held = co_await heater.set_target(120.5_degC);
  CHECK(held.celsius() == doctest::Approx(120.5));
  const HeaterReading heating = co_await heater.read();
  CHECK(heating.target.celsius() == doctest::Approx(120.5));
  CHECK(heating.output == doctest::Approx(1.0));
  co_await heater.off();
  const HeaterReading off = co_await heater.read();
  CHECK(off.output == 0.0);
}

MoxaSettings channel(int number) {
  MoxaSettings settings;
  settings.name = "pressure";
  settings.channel = number;
  settings.high = 10.0;
  settings.unit = "bar";
  return settings;
}

Task<void> read_pressures(Clock& clock, ModbusBus& bus) {
  MoxaInput sound{bus, channel(3)}, broken{bus, channel(5)};
  const std::string identity = co_await find(clock, sound);
  CHECK(identity == "ioLogik E1240 firmware 0300 0002, channel 3 at 4-20 mA with burn-out");
  const AnalogReading pressure = co_await sound.read();
  CHECK(pressure.fault.empty());
  CHECK(pressure.value == doctest::Approx(5.0).epsilon(1e-4));
  const AnalogReading nothing = co_await broken.read();
  CHECK(nothing.fault == "broken wire");
}

}  // namespace

TEST_CASE("watlow: found, heated and cut on a pymodbus server over TCP, in both maps and word orders") {
  require_pymodbus();
  for (const int map : {1, 2})
    for (const WordOrder order : {WordOrder::low_first, WordOrder::high_first}) {
      SystemClock clock;
      const int port = free_port(clock);
      const std::string word = order == WordOrder::low_first ? "low" : "high";
      const PymodbusServer server{"pymodbus_watlow.py",
                                  {"tcp", std::to_string(port), std::to_string(map), word}};
      ModbusBus bus{clock, ModbusTcpSettings{"127.0.0.1", port}, python_timing};
      WatlowHeater heater{clock, bus, usual_watlow(map, order)};
      clock.run(heat_and_cut(clock, heater));
    }
}

TEST_CASE("watlow: found, heated and cut on a pymodbus server over serial RTU") {
  require_pymodbus();
  SystemClock clock;
  NullModem cable{clock};
  const PymodbusServer server{"pymodbus_watlow.py", {"rtu", cable.theirs.path(), "1", "low"}};
  ModbusBus bus{clock, SerialSettings{cable.ours.path(), 9600, Parity::none}, python_timing};
  WatlowHeater heater{clock, bus, usual_watlow(1, WordOrder::low_first)};
  cable.run(clock, heat_and_cut(clock, heater));
}

TEST_CASE("watlow: a pymodbus server of another map or word order is refused") {
  require_pymodbus();
  for (const bool other_map : {true, false}) {
    SystemClock clock;
    const int port = free_port(clock);
    const PymodbusServer server{"pymodbus_watlow.py", {"tcp", std::to_string(port), "2", "low"}};
    ModbusBus bus{clock, ModbusTcpSettings{"127.0.0.1", port}, python_timing};
    WatlowHeater heater{
        clock, bus,
        other_map ? usual_watlow(1, WordOrder::low_first) : usual_watlow(2, WordOrder::high_first)};
    try {
      clock.run([](Clock& c, WatlowHeater& h) -> Task<void> { co_await find(c, h); }(clock, heater));
      FAIL("was armed");
    } catch (const DeviceError& error) {
      CHECK(error.fault() == DeviceFault::refused);
    }
  }
}

TEST_CASE("moxa: a pressure and a broken wire on a pymodbus server over TCP") {
  require_pymodbus();
  SystemClock clock;
  const int port = free_port(clock);
  const PymodbusServer server{"pymodbus_moxa.py", {"tcp", std::to_string(port)}};
  ModbusBus bus{clock, ModbusTcpSettings{"127.0.0.1", port}, python_timing};
  clock.run(read_pressures(clock, bus));
}

TEST_CASE("moxa: a pressure and a broken wire on a pymodbus server over serial RTU") {
  require_pymodbus();
  SystemClock clock;
  NullModem cable{clock};
  const PymodbusServer server{"pymodbus_moxa.py", {"rtu", cable.theirs.path()}};
  ModbusBus bus{clock, SerialSettings{cable.ours.path(), 9600, Parity::none}, python_timing};
  cable.run(clock, read_pressures(clock, bus));
}

}  // namespace nocturne::test
