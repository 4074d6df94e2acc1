#include <doctest/doctest.h>

#include <array>
#include <cstdio>
#include <memory>
#include <string>

#include "devices/concurrency.hpp"
#include "devices/error.hpp"
#include "devices/pseudo_terminal.hpp"
#include "devices/tcp_link.hpp"
#include "devices/virtual/virtual_eurotherm.hpp"
#include "devices/worker.hpp"

namespace nocturne::test {
namespace {

struct Finished {
  int status = -1;
  std::string output;
};

Finished execute(const std::string& command) {
  Finished result;
  std::FILE* const pipe = popen((command + " 2>&1").c_str(), "r");
  if (!pipe) return result;
  std::array<char, 512> part{};
  while (std::fgets(part.data(), part.size(), pipe)) result.output += part.data();
  result.status = pclose(pipe);
  return result;
}

/// Lines such as "[1]: \t253" as "1=253 ".
std::string values_in(const std::string& output) {
  std::string values;
  for (std::size_t at = output.find("\n["); at != std::string::npos; at = output.find("\n[", at + 1)) {
    const std::size_t close = output.find("]:", at), end = output.find('\n', at + 1);
    const std::size_t value = output.find_first_not_of(" \t", close + 2);
    values += output.substr(at + 2, close - at - 2) + "=" + output.substr(value, end - value) + " ";
  }
  return values;
}

/// A Eurotherm at 25.3 °C in real time, and Debian's mbpoll as its partner.
struct MbpollLab {
  SystemClock clock;
  VirtualEurotherm heater;
  Background serving{clock};
  Worker worker{clock};

  explicit MbpollLab(virtual_modbus::Framing framing)
      : heater{clock, with(framing), [](Instant) { return 25.3; }} {
    REQUIRE_MESSAGE(
        execute("command -v mbpoll").status == 0,
        "mbpoll is not installed; ./nocturne installs it with the other packages (Debian: mbpoll)");
  }
  static VirtualEurothermOptions with(virtual_modbus::Framing framing) {
    VirtualEurothermOptions options;
    options.framing = framing;
    return options;
  }
  Finished call(std::string command) {
    Finished result;
    auto job = [&] { result = execute(command); };
    auto root = [&]() -> Task<void> { co_await worker.run(job); };
    clock.run(root());
    return result;
  }
  /// `line` are mbpoll's options for the connection, `device` what it connects to.
  void converse(const std::string& line, const std::string& device) {
    const std::string start = "mbpoll " + line + " -0 -1 -o 3 ";
    const auto poll = [&](const std::string& options, const std::string& values = "") {
      const Finished finished = call(start + options + " " + device + " " + values);
      INFO(finished.output);
      CHECK(finished.status == 0);
      return values_in(finished.output);
    };
    CHECK(poll("-r 1 -c 5") == "1=253 2=200 3=0 4=0 5=200 ");
    CHECK(poll("-r 75 -c 1") == "75=0 ");
    CHECK(poll("-r 75 -c 1 -t 3") == "75=0 ");  // function 04
    poll("-r 2", "1200");
    CHECK(poll("-r 2 -c 1") == "2=1200 ");
    CHECK(heater.loop().target_set_point() == doctest::Approx(120.0));
    CHECK(poll("-r 32770 -c 1 -t 4:float -B") == "32770=25.3 ");
    poll("-r 32772 -t 4:float -B", "123.5");
    CHECK(poll("-r 32772 -c 1 -t 4:float -B") == "32772=123.5 ");
    CHECK(poll("-r 2 -c 1") == "2=1235 ");
    const Finished refused = call(start + "-r 1000 -c 1 " + device);
    CHECK(refused.output.find("Illegal data address") != std::string::npos);
    const Finished too_hot = call(start + "-r 2 " + device + " 30000");
    CHECK(too_hot.output.find("Illegal data value") != std::string::npos);
  }
};

TEST_CASE("virtual eurotherm: Debian's mbpoll reads and writes it over TCP") {
  MbpollLab lab{virtual_modbus::Framing::tcp};
  TcpListener listener{lab.clock, "127.0.0.1", 0};
  auto serve_all = [&]() -> Task<void> {
    for (;;) {
      const std::unique_ptr<ByteLink> link = co_await listener.accept();
      try {
        co_await lab.heater.serve(*link);
      } catch (const DeviceError&) {
        continue;  // mbpoll hung up
      }
    }
  };
  lab.serving.start(serve_all(), [](std::exception_ptr failure) { std::rethrow_exception(failure); });
  lab.converse("-m tcp -a 1 -p " + std::to_string(listener.port()), "127.0.0.1");
}

TEST_CASE("virtual eurotherm: Debian's mbpoll reads and writes it over RTU on a pseudo-terminal") {
  MbpollLab lab{virtual_modbus::Framing::rtu};
  PseudoTerminal terminal{lab.clock};
  lab.serving.start(lab.heater.serve(terminal),
                    [](std::exception_ptr failure) { std::rethrow_exception(failure); });
  lab.converse("-m rtu -a 1 -b 9600 -P none", terminal.path());
}

}  // namespace
}  // namespace nocturne::test
