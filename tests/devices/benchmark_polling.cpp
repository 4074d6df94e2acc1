// What watching a bench costs: six pumps on one chain, two heaters on one bus and a spectrometer, each read
// once a second by this process; the virtual instruments run in another one, behind pseudo-terminals and TCP.
// Usage: nocturne_benchmark_polling [SECONDS [CYCLES]]: first SECONDS of readings at 1 Hz, then CYCLES of
// readings as fast as the instruments answer.
#include <dirent.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "devices/concurrency.hpp"
#include "devices/eurotherm_heater.hpp"
#include "devices/new_era_pump.hpp"
#include "devices/ocean_spectrometer.hpp"
#include "devices/pseudo_terminal.hpp"
#include "devices/serial_link.hpp"
#include "devices/tcp_link.hpp"
#include "devices/virtual/virtual_eurotherm.hpp"
#include "devices/virtual/virtual_modbus_line.hpp"
#include "devices/virtual/virtual_new_era_chain.hpp"
#include "devices/virtual/virtual_ocean.hpp"

namespace nocturne::test {
namespace {

constexpr int kPumps = 6, kHeaters = 2, kOpticsPort = 0;
constexpr Eigen::Index kPixels = 2136;

Detector flat_detector() {
  Detector detector;
  detector.wavelength_nm = Eigen::VectorXd::LinSpaced(kPixels, 350.0, 1030.0);
  return detector;
}

/// The other process: serves until it is killed. Writes where to `told`.
void be_the_instruments(int told) {
  SystemClock clock;
  VirtualNewEraChain pumps{clock, "pumps"};
  for (int i = 0; i < kPumps; ++i) {
    VirtualNewEraOptions options;
    options.memory.address = i;
    options.syringe = {millimeters(26.59), milliliters(60.0), milliliters(60.0)};
    pumps.add(options, [](FlowRate, Instant) {});
  }
  VirtualModbusLine heating{clock, "heating", virtual_modbus::Framing::rtu};
  std::vector<std::unique_ptr<VirtualEurotherm>> heaters;
  for (int i = 0; i < kHeaters; ++i) {
    VirtualEurothermOptions options;
    options.address = i + 1;
    heaters.push_back(std::make_unique<VirtualEurotherm>(clock, options, [](Instant) { return 25.0; }));
    heating.add(*heaters.back());
  }
  const auto flicker = [n = 0](Instant, Duration) mutable -> Eigen::VectorXd {
    return Eigen::VectorXd::Constant(kPixels, 1500.0 + static_cast<double>(++n % 7));  // not a frozen one
  };
  VirtualOcean cell{clock, {}, flat_detector(), {flicker, [](bool) {}, [](bool) {}}};
  PseudoTerminal chain{clock}, bus{clock};
  TcpListener listener{clock, "127.0.0.1", kOpticsPort};
  const std::string where = chain.path() + " " + bus.path() + " " + std::to_string(listener.port()) + "\n";
  if (::write(told, where.data(), where.size()) < 0) std::exit(1);
  auto serve = [](VirtualInstrument& instrument, ByteLink& link) -> Task<void> {
    for (;;) co_await instrument.serve(link);
  };
  auto serve_cell = [&]() -> Task<void> {
    const std::unique_ptr<ByteLink> link = co_await listener.accept();
    co_await cell.serve(*link);
  };
  auto serve_all = [&]() -> Task<void> {
    std::vector<Task<void>> lines;
    lines.push_back(serve(pumps, chain));
    lines.push_back(serve(heating, bus));
    lines.push_back(serve_cell());
    co_await all(std::move(lines));
  };
  clock.run(serve_all());
}

struct Used {
  double cpu_s = 0.0;
  long resident_kB = 0, files = 0;
};

Used used_now() {
  Used used;
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  const auto seconds_of = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + 1e-6 * static_cast<double>(t.tv_usec);
  };
  used.cpu_s = seconds_of(usage.ru_utime) + seconds_of(usage.ru_stime);
  long pages = 0;
  std::ifstream{"/proc/self/statm"} >> pages >> pages;
  used.resident_kB = pages * ::sysconf(_SC_PAGESIZE) / 1024;
  DIR* folder = ::opendir("/proc/self/fd");
  while (::readdir(folder) != nullptr) ++used.files;
  ::closedir(folder);
  return used;
}

/// The drivers' side of the bench.
struct Bench {
  Bench(SystemClock& clock, const std::string& chain_path, const std::string& bus_path, int port)
      : chain{clock, open_serial(clock, {chain_path, 115200, Parity::none})},
        bus{clock, SerialSettings{bus_path, 115200, Parity::none}},
        optics{clock, "tcp",
               [&clock, port] { return connect_tcp(clock, "127.0.0.1", port, std::chrono::seconds{2}); }} {
    for (int i = 0; i < kPumps; ++i) {
      NewEraSettings settings;
      settings.name = "pump_" + std::to_string(i);
      settings.address = i;
      settings.syringe_diameter = millimeters(26.59);
      pumps.push_back(std::make_unique<NewEraPump>(clock, chain, settings));
    }
    for (int i = 0; i < kHeaters; ++i) {
      EurothermSettings settings;
      settings.name = "heater_" + std::to_string(i);
      settings.unit = i + 1;
      settings.max_target = settings.alarm_threshold = Temperature::from_celsius(200.0);
      heaters.push_back(std::make_unique<EurothermHeater>(clock, bus, settings));
    }
    OceanSettings settings;
    settings.name = "cell";
    settings.model = ocean_instrument("FX");
    cell = std::make_unique<OceanSpectrometer>(clock, optics, settings);
  }

  Task<void> arm(Duration exposure) {
    for (const auto& pump : pumps) co_await pump->arm();
    for (const auto& heater : heaters) co_await heater->arm();
    co_await cell->arm();
    co_await cell->set_exposure(exposure);
  }

  Task<void> read_pumps() {
    for (const auto& pump : pumps) static_cast<void>(co_await pump->read());
  }
  Task<void> read_heaters() {
    for (const auto& heater : heaters) static_cast<void>(co_await heater->read());
  }
  Task<void> read_cell() { static_cast<void>(co_await cell->acquire(1)); }

  /// Every instrument once, the three lines side by side.
  Task<void> poll() {
    std::vector<Task<void>> lines;
    lines.push_back(read_pumps());
    lines.push_back(read_heaters());
    lines.push_back(read_cell());
    co_await all(std::move(lines));
  }

  Line chain;
  ModbusBus bus;
  Line optics;
  std::vector<std::unique_ptr<NewEraPump>> pumps;
  std::vector<std::unique_ptr<EurothermHeater>> heaters;
  std::unique_ptr<OceanSpectrometer> cell;
};

Task<void> measure_share(SystemClock& clock, Bench& bench, int seconds_long) {
  co_await bench.arm(std::chrono::milliseconds{100});
  const Used before = used_now();
  const Instant began = clock.now();
  for (int i = 0; i < seconds_long; ++i) {
    co_await bench.poll();
    co_await clock.sleep_until(began + std::chrono::seconds{i + 1});
  }
  const double share = (used_now().cpu_s - before.cpu_s) / in_seconds(clock.now() - began);
  std::printf("%d s at 1 Hz: %.2f %% of one core\n", seconds_long, 100.0 * share);
  std::fflush(stdout);
}

Task<void> measure_growth(SystemClock& clock, Bench& bench, int cycles) {
  co_await bench.arm(std::chrono::milliseconds{6});
  for (int i = 0; i < cycles / 100; ++i) co_await bench.poll();  // everything has been used once
  const Used before = used_now();
  const Instant began = clock.now();
  for (int i = 0; i < cycles; ++i) co_await bench.poll();
  const Used after = used_now();
  std::printf("%d cycles in %.0f s: resident %ld -> %ld kB, open files %ld -> %ld, %.3f ms of CPU each\n",
              cycles, in_seconds(clock.now() - began), before.resident_kB, after.resident_kB, before.files,
              after.files, 1e3 * (after.cpu_s - before.cpu_s) / cycles);
}

}  // namespace
}  // namespace nocturne::test

int main(int count, char** words) {
  using namespace nocturne;
  const int seconds_long = count > 1 ? std::atoi(words[1]) : 60,
            cycles = count > 2 ? std::atoi(words[2]) : 1000;
  int told[2];
  if (::pipe(told) != 0) return 1;
  const pid_t child = ::fork();
  if (child == 0) test::be_the_instruments(told[1]);
  char text[256]{};
  if (::read(told[0], text, sizeof text - 1) <= 0) return 1;
  char chain[100], bus[100];
  int port = 0;
  std::sscanf(text, "%99s %99s %d", chain, bus, &port);
  {
    SystemClock clock;
    test::Bench bench{clock, chain, bus, port};
    clock.run(test::measure_share(clock, bench, seconds_long));
    if (cycles > 0) clock.run(test::measure_growth(clock, bench, cycles));
    ::kill(child, SIGKILL);
  }
  ::waitpid(child, nullptr, 0);
}
