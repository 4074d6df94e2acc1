#include <doctest/doctest.h>

#include "controller/bench/drivers.hpp"
#include "recipes/bench_file.hpp"

namespace nocturne::test {
namespace {

/// A bench with one accessory on a line that is never opened.
struct Accessory {
  Accessory(std::string driver, int address, std::map<std::string, std::string> settings) {
    LineDescription line;
    line.name = "usb";
    line.kind = "serial";
    line.device = "/dev/null";
    line.baud = 9600;
    bench.file = "bench.toml";
    bench.lines.push_back(line);
    InstrumentDescription instrument;
    instrument.name = "it";
    instrument.driver = std::move(driver);
    instrument.line = "usb";
    instrument.address = address;
    instrument.settings = std::move(settings);
    instrument.file_line = 7;
    bench.instruments.push_back(instrument);
  }
  template <class Device>
  std::unique_ptr<Device> made(const std::map<std::string, Maker<Device>>& makers) {
    return makers.at(bench.instruments.front().driver)({clock, lines, bench, bench.instruments.front()});
  }
  std::unique_ptr<Valve> valve() { return made(kValves); }
  std::unique_ptr<Balance> balance() { return made(kBalances); }

  VirtualClock clock;
  BenchDescription bench;
  Lines lines{clock, bench, nullptr};
};

TEST_CASE("accessory drivers: a valve and a balance are made by their driver's name, with its settings") {
  CHECK(Accessory{"vici", 0, {}}.valve()->positions() == 10);
  CHECK(Accessory{"vici", 35, {{"positions", "24"}, {"switching_s", "5"}}}.valve()->positions() == 24);
  CHECK(Accessory{"vici", 3, {{"kind", "two_position"}}}.valve()->positions() == 2);
  CHECK(Accessory{"mettler", 0, {{"stable_s", "30"}}}.balance()->name() == "it");
}

TEST_CASE("accessory drivers: what no driver knows is refused where it stands, with what is allowed") {
  CHECK_THROWS_WITH_AS(Accessory("vici", 36, {}).valve(), doctest::Contains("allows 0 to 35"), FileError);
  CHECK_THROWS_WITH_AS(Accessory("vici", 0, {{"kind", "ball"}}).valve(),
                       doctest::Contains("kind = 'ball' (allowed: selector, two_position)"), FileError);
  CHECK_THROWS_WITH_AS(Accessory("vici", 0, {{"kind", "two_position"}, {"positions", "6"}}).valve(),
                       doctest::Contains("knows no setting positions"), FileError);
  CHECK_THROWS_WITH_AS(Accessory("vici", 0, {{"positions", "1"}}).valve(),
                       doctest::Contains("a whole number from 2 to 96"), FileError);
  CHECK_THROWS_WITH_AS(Accessory("mettler", 0, {{"baud", "9600"}}).balance(),
                       doctest::Contains("knows no setting baud"), FileError);
}

}  // namespace
}  // namespace nocturne::test
