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
#include "devices/virtual/virtual_moxa.hpp"
#include "devices/virtual/virtual_watlow.hpp"
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

/// Real time, virtual instruments, and Debian's mbpoll as their partner.
struct MbpollLab {
  SystemClock clock;
  Background serving{clock};
  Worker worker{clock};
  std::unique_ptr<TcpListener> listener;
  std::unique_ptr<PseudoTerminal> terminal;
  std::string connection;  // mbpoll's options for the line
  std::string device;      // what it connects to

  MbpollLab() {
    REQUIRE_MESSAGE(
        execute("command -v mbpoll").status == 0,
        "mbpoll is not installed; ./nocturne installs it with the other packages (Debian: mbpoll)");
  }
  static void fail(std::exception_ptr failure) { std::rethrow_exception(failure); }
  Task<void> serve_all(VirtualInstrument& instrument) {
    for (;;) {
      const std::unique_ptr<ByteLink> link = co_await listener->accept();
      try {
        co_await instrument.serve(*link);
      } catch (const DeviceError&) {
        continue;  // mbpoll hung up
      }
    }
  }
  void offer_tcp(VirtualInstrument& instrument) {
    listener = std::make_unique<TcpListener>(clock, "127.0.0.1", 0);
    connection = "-m tcp -p " + std::to_string(listener->port());
    device = "127.0.0.1";
    serving.start(serve_all(instrument), fail);
  }
  void offer_rtu(VirtualInstrument& instrument) {
    terminal = std::make_unique<PseudoTerminal>(clock);
    connection = "-m rtu -b 9600 -P none";
    device = terminal->path();
    serving.start(instrument.serve(*terminal), fail);
  }
  Finished call(const std::string& options, const std::string& values = "") {
    const std::string command = "mbpoll " + connection + " -0 -1 " + options + " " + device + " " + values;
    Finished result;
    auto job = [&] { result = execute(command); };
    auto root = [&]() -> Task<void> { co_await worker.run(job); };
    clock.run(root());
    return result;
  }
  std::string poll(const std::string& options, const std::string& values = "") {
    const Finished finished = call("-a 1 -o 3 " + options, values);
    INFO(finished.output);
    CHECK(finished.status == 0);
    return values_in(finished.output);
  }
  bool refused(const std::string& options, const std::string& why, const std::string& values = "") {
    return call("-a 1 -o 3 " + options, values).output.find(why) != std::string::npos;
  }
};

void converse(MbpollLab& lab, const VirtualEurotherm& heater) {
  CHECK(lab.poll("-r 1 -c 5") == "1=253 2=200 3=0 4=0 5=200 ");
  CHECK(lab.poll("-r 75 -c 1") == "75=0 ");
  CHECK(lab.poll("-r 75 -c 1 -t 3") == "75=0 ");  // function 04
  lab.poll("-r 2", "1200");
  CHECK(lab.poll("-r 2 -c 1") == "2=1200 ");
  CHECK(heater.loop().target_set_point() == doctest::Approx(120.0));
  CHECK(lab.poll("-r 32770 -c 1 -t 4:float -B") == "32770=25.3 ");
  lab.poll("-r 32772 -t 4:float -B", "123.5");
  CHECK(lab.poll("-r 32772 -c 1 -t 4:float -B") == "32772=123.5 ");
  CHECK(lab.poll("-r 2 -c 1") == "2=1235 ");
  CHECK(lab.refused("-r 1000 -c 1", "Illegal data address"));
  CHECK(lab.refused("-r 2", "Illegal data value", "30000"));
}

VirtualEurothermOptions eurotherm(virtual_modbus::Framing framing) {
  VirtualEurothermOptions options;
  options.framing = framing;
  return options;
}

double room(Instant) { return 25.3; }

TEST_CASE("virtual eurotherm: Debian's mbpoll reads and writes it over TCP") {
  MbpollLab lab;
  VirtualEurotherm heater{lab.clock, eurotherm(virtual_modbus::Framing::tcp), room};
  lab.offer_tcp(heater);
  converse(lab, heater);
}

TEST_CASE("virtual eurotherm: Debian's mbpoll reads and writes it over RTU on a pseudo-terminal") {
  MbpollLab lab;
  VirtualEurotherm heater{lab.clock, eurotherm(virtual_modbus::Framing::rtu), room};
  lab.offer_rtu(heater);
  converse(lab, heater);
}

TEST_CASE("virtual watlow: Debian's mbpoll reads and writes both maps over RTU on a pseudo-terminal") {
  for (const int map : {1, 2}) {
    CAPTURE(map);
    MbpollLab lab;
    VirtualWatlowOptions options;
    options.map = map;
    VirtualWatlow heater{lab.clock, options, room};
    lab.offer_rtu(heater);
    const std::string set_point = map == 1 ? "2160" : "2640", mode = map == 1 ? "1880" : "2360";
    CHECK(lab.poll("-r 360 -c 1 -t 4:float") == "360=77.54 ");
    CHECK(lab.poll("-r 360 -c 1 -t 3:float") == "360=77.54 ");
    CHECK(lab.poll("-r 362 -c 1") == "362=61 ");
    lab.poll("-r 2490", "15");
    CHECK(lab.poll("-r 360 -c 1 -t 4:float") == "360=25.3 ");
    lab.poll("-r " + set_point + " -t 4:float", "120.5");
    CHECK(lab.poll("-r " + set_point + " -c 1 -t 4:float") == set_point + "=120.5 ");
    CHECK(heater.settings().closed_loop_set_point == doctest::Approx(120.5));
    CHECK(lab.poll("-r " + mode + " -c 1") == mode + "=10 ");
    lab.poll("-r " + mode, "62");
    CHECK(heater.settings().mode == virtual_watlow::mode_off);
    lab.poll("-r 40", "360 361 " + set_point + " " + std::to_string(std::stoi(set_point) + 1));
    CHECK(lab.poll("-r 200 -c 2 -t 4:float") == "200=25.3 202=120.5 ");
    CHECK(lab.refused("-r " + std::string{map == 1 ? "2360" : "2160"} + " -c 1", "Illegal data address"));
    CHECK(lab.refused("-r " + mode, "Illegal data value", "11"));
  }
}

TEST_CASE("virtual moxa: Debian's mbpoll reads its inputs, sets modes and resets maxima over TCP") {
  MbpollLab lab;
  double bar = 10.0;
  VirtualMoxaOptions options;
  options.channels[0].quantity = [&](Instant) { return bar; };
  options.channels[0].high = 10.0;
  VirtualMoxa module{lab.clock, options};
  lab.offer_tcp(module);
  CHECK(lab.poll("-r 8 -c 1 -t 3:float -B") == "8=20 ");
  bar = 2.5;
  CHECK(lab.poll("-r 0 -c 2 -t 3") == "0=16384 1=0 ");
  CHECK(lab.poll("-r 60 -c 2 -t 3") == "60=0 61=3 ");
  CHECK(lab.poll("-r 24 -c 2 -t 4") == "24=1 25=1 ");
  lab.poll("-r 25 -t 4", "4");
  CHECK(lab.poll("-r 60 -c 2 -t 3") == "60=0 61=1 ");
  lab.poll("-r 4153 -t 0", "1");
  CHECK(lab.poll("-r 32 -c 1 -t 3") == "32=16384 ");
  CHECK(lab.refused("-r 25 -t 4", "Illegal data value", "3"));
  CHECK(lab.refused("-r 0 -c 1 -t 4", "Illegal data address"));
}

}  // namespace
}  // namespace nocturne::test
