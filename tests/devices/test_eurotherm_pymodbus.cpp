#include <doctest/doctest.h>

#include "devices/pymodbus_server.hpp"
#include "devices/usual_heaters.hpp"

namespace nocturne::test {
namespace {

using namespace std::chrono_literals;

constexpr const char* eurotherm_script = "pymodbus_eurotherm.py";

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
  const PymodbusServer server{eurotherm_script, {"tcp", std::to_string(port)}};
  ModbusBus bus{clock, ModbusTcpSettings{"127.0.0.1", port}, python_timing};
  EurothermHeater heater{clock, bus, usual_eurotherm()};
  clock.run(heat_and_cut(clock, heater));
}

TEST_CASE("eurotherm: found, heated and cut on a pymodbus server over RTU frames in TCP") {
  require_pymodbus();
  SystemClock clock;
  const int port = free_port(clock);
  const PymodbusServer server{eurotherm_script, {"rtu_tcp", std::to_string(port)}};
  ModbusBus bus{clock, RtuOverTcpSettings{"127.0.0.1", port}, python_timing};
  EurothermHeater heater{clock, bus, usual_eurotherm()};
  clock.run(heat_and_cut(clock, heater));
}

TEST_CASE("eurotherm: found, heated and cut on a pymodbus server over serial RTU") {
  require_pymodbus();
  SystemClock clock;
  NullModem cable{clock};
  const PymodbusServer server{eurotherm_script, {"rtu", cable.theirs.path()}};
  ModbusBus bus{clock, SerialSettings{cable.ours.path(), 9600, Parity::none}, python_timing};
  EurothermHeater heater{clock, bus, usual_eurotherm()};
  cable.run(clock, heat_and_cut(clock, heater));
}

}  // namespace nocturne::test
