#pragma once

#include <doctest/doctest.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <string>
#include <utility>
#include <vector>

#include "devices/concurrency.hpp"
#include "devices/error.hpp"
#include "devices/modbus_bus.hpp"
#include "devices/pseudo_terminal.hpp"
#include "devices/tcp_link.hpp"

// Another project's Modbus, by other people, in another language: what it understands is Modbus and not only
// ours.

extern char** environ;

namespace nocturne::test {

/// An interpreter answers later than an instrument.
inline constexpr ModbusTiming python_timing{std::chrono::seconds{1}, std::chrono::milliseconds{100},
                                            std::chrono::milliseconds{200}};

inline void require_pymodbus() {
  const bool there =
      std::system("/usr/bin/python3 -c 'import pymodbus.server, serial_asyncio' 2>/dev/null") == 0;
  REQUIRE_MESSAGE(there, "pymodbus is missing: apt-get install python3-pymodbus python3-serial-asyncio");
}

/// A server in a process of its own, which ends with this object.
class PymodbusServer {
 public:
  /// `script` is one of tests/devices.
  PymodbusServer(const std::string& script, std::vector<std::string> arguments) {
    constexpr const char* python = "/usr/bin/python3";
    arguments.insert(arguments.begin(), {python, NOCTURNE_SOURCE_DIR "/tests/devices/" + script});
    std::vector<char*> pointers;
    for (std::string& argument : arguments) pointers.push_back(argument.data());
    pointers.push_back(nullptr);
    posix_spawn_file_actions_t actions;
    ::posix_spawn_file_actions_init(&actions);
    ::posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
    ::posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
    const int error = ::posix_spawn(&process_, python, &actions, nullptr, pointers.data(), environ);
    ::posix_spawn_file_actions_destroy(&actions);
    REQUIRE(error == 0);
  }
  PymodbusServer(const PymodbusServer&) = delete;
  PymodbusServer& operator=(const PymodbusServer&) = delete;
  ~PymodbusServer() {
    ::kill(process_, SIGKILL);
    ::waitpid(process_, nullptr, 0);
  }

 private:
  pid_t process_ = 0;
};

inline int free_port(Clock& clock) {
  const TcpListener listener{clock, "127.0.0.1", 0};
  return listener.port();
}

/// Arms `device`; the server needs a moment until it listens.
template <class Device>
Task<std::string> find(Clock& clock, Device& device) {
  for (const Instant deadline = clock.now() + std::chrono::seconds{30};;) {
    try {
      co_return co_await device.arm();
    } catch (const DeviceError& error) {
      if (error.fault() == DeviceFault::refused || clock.now() > deadline) throw;
    }
    co_await clock.sleep_for(std::chrono::milliseconds{200});
  }
}

inline Task<void> forward(ByteLink& from, ByteLink& to) {
  for (;;) {
    std::string bytes = co_await from.read_some();
    co_await to.write(std::move(bytes));
  }
}

/// Two pseudo-terminals whose masters are joined like the ends of a null-modem cable.
struct NullModem {
  explicit NullModem(Clock& clock) : ours{clock}, theirs{clock} {}
  /// Runs `work` while the cable carries.
  void run(Clock& clock, Task<void> work) {
    auto all_of_it = [&]() -> Task<void> {
      co_await race(std::move(work), forward(ours, theirs), forward(theirs, ours));
    };
    clock.run(all_of_it());
  }
  PseudoTerminal ours, theirs;
};

}  // namespace nocturne::test
