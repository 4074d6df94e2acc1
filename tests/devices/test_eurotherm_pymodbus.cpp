#include <doctest/doctest.h>

#include "devices/eurotherm_heater.hpp"
#include "devices/pymodbus_server.hpp"

namespace nocturne::test {
namespace {

using namespace std::chrono_literals;

constexpr const char* script = "pymodbus_eurotherm.py";
constexpr ModbusTiming patient{1s, 100ms, 200ms};

EurothermSettings settings() {
  EurothermSettings settings;
  settings.name = "reactor";
  settings.max_target = 190.0_degC;
  settings.alarm_threshold = 195.0_degC;
  return settings;
}

Task<void> heat_and_cut(Clock& clock, EurothermHeater& heater) {
  const std::string identity = co_await find(clock, heater);
  CHECK(identity == "Eurotherm firmware 0123");
  const HeaterReading cold = co_await heater.read();
  CHECK(cold.process.celsius() == doctest::Approx(25.3));
  CHECK(cold.manual);
  CHECK(cold.output == 0.0);
  const Temperature held = co_await heater.set_target(120.0_degC);
  CHECK(held.celsius() == doctest::Approx(120.0));
  const HeaterReading heating = co_await heater.read();
  CHECK(heating.target.celsius() == doctest::Approx(120.0));
  CHECK(heating.output == doctest::Approx(1.0));
  CHECK_FALSE(heating.manual);
  CHECK_FALSE(heating.sensor_fault);
  co_await heater.off();
  const HeaterReading off = co_await heater.read();
  CHECK(off.manual);
  CHECK(off.output == 0.0);
}

}  // namespace

TEST_CASE("eurotherm: found, heated and cut on a pymodbus server over TCP") {
  require_pymodbus();
  SystemClock clock;
  const int port = free_port(clock);
  const PymodbusServer server{script, {"tcp", std::to_string(port)}};
  ModbusBus bus{clock, ModbusTcpSettings{"127.0.0.1", port}, patient};
  EurothermHeater heater{clock, bus, settings()};
  clock.run(heat_and_cut(clock, heater));
}

TEST_CASE("eurotherm: found, heated and cut on a pymodbus server over RTU frames in TCP") {
  require_pymodbus();
  SystemClock clock;
  const int port = free_port(clock);
  const PymodbusServer server{script, {"rtu_tcp", std::to_string(port)}};
  ModbusBus bus{clock, RtuOverTcpSettings{"127.0.0.1", port}, patient};
  EurothermHeater heater{clock, bus, settings()};
  clock.run(heat_and_cut(clock, heater));
}

TEST_CASE("eurotherm: found, heated and cut on a pymodbus server over serial RTU") {
  require_pymodbus();
  SystemClock clock;
  NullModem cable{clock};
  const PymodbusServer server{script, {"rtu", cable.theirs.path()}};
  ModbusBus bus{clock, SerialSettings{cable.ours.path(), 9600, Parity::none}, patient};
  EurothermHeater heater{clock, bus, settings()};
  cable.run(clock, heat_and_cut(clock, heater));
}

}  // namespace nocturne::test
