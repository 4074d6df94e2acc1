#include <doctest/doctest.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>

#include "devices/concurrency.hpp"
#include "devices/error.hpp"
#include "devices/eurotherm_heater.hpp"
#include "devices/pseudo_terminal.hpp"
#include "devices/tcp_link.hpp"

// Another project's Modbus, by other people, in another language: what it understands is Modbus and not only
// ours.

extern char** environ;

namespace nocturne::test {
namespace {

using namespace std::chrono_literals;

constexpr const char* python = "/usr/bin/python3";

void require_pymodbus() {
  const bool there =
      std::system("/usr/bin/python3 -c 'import pymodbus.server, serial_asyncio' 2>/dev/null") == 0;
  REQUIRE_MESSAGE(there, "pymodbus is missing: apt-get install python3-pymodbus python3-serial-asyncio");
}

/// The server in a process of its own, which ends with this object.
class PymodbusEurotherm {
 public:
  PymodbusEurotherm(std::string transport, std::string place) {
    std::string script = NOCTURNE_SOURCE_DIR "/tests/devices/pymodbus_eurotherm.py";
    std::string interpreter = python;
    char* const arguments[] = {interpreter.data(), script.data(), transport.data(), place.data(), nullptr};
    posix_spawn_file_actions_t actions;
    ::posix_spawn_file_actions_init(&actions);
    ::posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
    ::posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
    const int error = ::posix_spawn(&process_, python, &actions, nullptr, arguments, environ);
    ::posix_spawn_file_actions_destroy(&actions);
    REQUIRE(error == 0);
  }
  PymodbusEurotherm(const PymodbusEurotherm&) = delete;
  PymodbusEurotherm& operator=(const PymodbusEurotherm&) = delete;
  ~PymodbusEurotherm() {
    ::kill(process_, SIGKILL);
    ::waitpid(process_, nullptr, 0);
  }

 private:
  pid_t process_ = 0;
};

EurothermSettings settings() {
  EurothermSettings settings;
  settings.name = "reactor";
  settings.max_target = 190.0_degC;
  settings.alarm_threshold = 195.0_degC;
  return settings;
}

/// The server needs a moment until it listens.
Task<std::string> find(Clock& clock, EurothermHeater& heater) {
  for (const Instant deadline = clock.now() + 30s;;) {
    try {
      co_return co_await heater.arm();
    } catch (const DeviceError& error) {
      if (error.fault() == DeviceFault::refused || clock.now() > deadline) throw;
    }
    co_await clock.sleep_for(200ms);
  }
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

Task<void> forward(ByteLink& from, ByteLink& to) {
  for (;;) {
    std::string bytes = co_await from.read_some();
    co_await to.write(std::move(bytes));
  }
}

TEST_CASE("eurotherm: found, heated and cut on a pymodbus server over TCP") {
  require_pymodbus();
  SystemClock clock;
  int port = 0;
  {
    const TcpListener free{clock, "127.0.0.1", 0};
    port = free.port();
  }
  const PymodbusEurotherm server{"tcp", std::to_string(port)};
  ModbusBus bus{clock, ModbusTcpSettings{"127.0.0.1", port}, ModbusTiming{1s, 100ms, 200ms}};
  EurothermHeater heater{clock, bus, settings()};
  clock.run(heat_and_cut(clock, heater));
}

TEST_CASE("eurotherm: found, heated and cut on a pymodbus server over serial RTU") {
  require_pymodbus();
  SystemClock clock;
  PseudoTerminal ours{clock}, theirs{clock};  // their masters joined are a null-modem cable
  const PymodbusEurotherm server{"rtu", theirs.path()};
  ModbusBus bus{clock, SerialSettings{ours.path(), 9600, Parity::none}, ModbusTiming{1s, 100ms, 200ms}};
  EurothermHeater heater{clock, bus, settings()};
  auto all_of_it = [&]() -> Task<void> {
    co_await race(heat_and_cut(clock, heater), forward(ours, theirs), forward(theirs, ours));
  };
  clock.run(all_of_it());
}

}  // namespace
}  // namespace nocturne::test
