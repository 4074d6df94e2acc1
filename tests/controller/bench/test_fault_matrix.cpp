#include <doctest/doctest.h>

#include <algorithm>
#include <functional>
#include <set>

#include "controller/bench/bench_builder.hpp"
#include "devices/error.hpp"
#include "recipes/library.hpp"
#include "recipes/plant_file.hpp"
#include "support/virtual_lab.hpp"

namespace nocturne::test {
namespace {

using namespace std::chrono_literals;

constexpr Duration kLongestCall = 25s;  // a valve or balance that is given its time, asked again and told
constexpr Duration kNoticed = 30s;
constexpr Duration kUsableAgain = 60s;

/// What no driver of one instrument can know: others compare it with something else (supervisor, analysis).
const std::set<std::string> kBeyondTheDriver{
    "frozen_reading", "heater_dead",    "runaway",    "stuck_output",
    "wrong_syringe",  "lights_dead",    "lamp_dead",  "lamp_flicker",
    "saturation",     "stuck_pixel",    "stuck_bits", "coupling_slips",
    "stale_unit",     "keeps_diameter", "unstable",   "slow",
    "bubble_train",   "over_pressure",  "leak"};
/// What a good line survives without anyone noticing.
const std::set<std::string> kMayBeSurvived{"garbage",        "late_reply", "wrong_address",
                                           "wrong_checksum", "reboot",     "empty_syringe"};

/// A shipped bench in virtual time, and its instruments by their names.
struct Struck : VirtualLab {
  explicit Struck(const std::string& bench)
      : description{read_bench(find_shipped(bench, "benches"))},
        built{clock, description, read_plant(*description.plant), 1} {}

  using Action = std::function<Task<std::string>()>;

  /// Brings an instrument up and to work.
  Task<void> start(std::string name) {
    Bench& bench = built.bench();
    if (Pump* pump = pump_of(name)) {
      co_await pump->arm();
      co_await pump->set_flow(microliters_per_minute(50.0));
    } else if (name == description.heater) {
      co_await bench.reactor.arm();
      co_await bench.reactor.set_target(Temperature::from_celsius(90.0));
    } else if (name == description.spectrometer) {
      co_await bench.flow_cell.arm();
      co_await bench.flow_cell.set_exposure(100ms);
    } else if (name == description.pressure) {
      co_await bench.pressure->arm();
    } else if (name == description.balance) {
      co_await bench.balance->arm();
    } else {
      co_await bench.collector->arm();
    }
  }

  /// Uses it as a night does. Returns what its reading says is wrong; throws DeviceError.
  Task<std::string> use(std::string name) {
    Bench& bench = built.bench();
    if (Pump* pump = pump_of(name)) {
      const PumpReading reading = co_await pump->read();
      co_return reading.stalled ? "stalled" : reading.moving ? "" : "stands still";
    }
    if (name == description.heater) {
      const HeaterReading reading = co_await bench.reactor.read();
      co_return reading.sensor_fault ? "sensor" : reading.alarm ? "alarm" : "";
    }
    if (name == description.spectrometer) {
      static_cast<void>(co_await bench.flow_cell.acquire(1));
      co_return "";
    }
    if (name == description.pressure) {
      const AnalogReading reading = co_await bench.pressure->read();
      co_return reading.fault;
    }
    if (name == description.balance) {
      static_cast<void>(co_await bench.balance->read());
      co_return "";
    }
    const int at = co_await bench.collector->read();
    co_await bench.collector->go_to(at % bench.collector->positions() + 1);
    co_return "";
  }

  /// Within its deadline, or thrown; nothing wrong = empty.
  Task<std::string> trouble(const Action& action) {
    const Instant began = clock.now();
    std::string what;
    try {
      what = co_await action();
    } catch (const DeviceError& error) {
      what = error.what();
    }
    longest = std::max(longest, clock.now() - began);
    co_return what;
  }

  Pump* pump_of(const std::string& name) {
    const auto feed = std::ranges::find(description.feeds, name, &FeedDescription::pump);
    return feed == description.feeds.end() ? nullptr : built.bench().feeds.at(feed->stock);
  }

  BenchDescription description;
  BuiltBench built;
  Duration longest{};
};

/// One cell of the matrix.
struct Cell {
  std::optional<Duration> noticed;
  std::string as;
  std::optional<Duration> usable;
  Duration longest{};
  bool safe = false;
};

Task<void> play(Struck& lab, std::string instrument, std::string fault, Cell& cell) {
  co_await lab.start(instrument);
  const Struck::Action use = [&lab, instrument] { return lab.use(instrument); };
  const Struck::Action start = [&lab, instrument]() -> Task<std::string> {
    co_await lab.start(instrument);
    std::string what = co_await lab.use(instrument);
    co_return what;
  };
  co_await lab.clock.sleep_for(2s);
  static_cast<void>(co_await lab.use(instrument));
  FaultBoard& board = lab.built.virtual_side()->faults(instrument);
  const Instant struck = lab.clock.now();
  board.set(fault, true);
  while (!cell.noticed && lab.clock.now() - struck < kNoticed) {
    cell.as = co_await lab.trouble(use);
    if (!cell.as.empty()) cell.noticed = lab.clock.now() - struck;
    co_await lab.clock.sleep_for(1s);
  }
  board.set(fault, false);
  const Instant healed = lab.clock.now();
  while (!cell.usable && lab.clock.now() - healed < kUsableAgain) {
    const std::string still = co_await lab.trouble(start);
    if (still.empty()) cell.usable = lab.clock.now() - healed;
    if (!still.empty()) cell.as += " | " + still;
    co_await lab.clock.sleep_for(1s);
  }
  cell.longest = lab.longest;
  cell.safe = (co_await make_safe(lab.built.bench())).empty();
}

void check_all(const std::string& bench) {
  const BenchDescription description = read_bench(find_shipped(bench, "benches"));
  for (const InstrumentDescription& instrument : description.instruments) {
    std::vector<std::string> faults = Struck{bench}.built.virtual_side()->faults(instrument.name).names();
    for (const std::string& fault : faults) {
      CAPTURE(instrument.name);
      CAPTURE(instrument.driver);
      CAPTURE(fault);
      Struck lab{bench};
      Cell cell;
      lab.run(play(lab, instrument.name, fault, cell));
      CAPTURE(cell.as);
      const bool noticed = cell.noticed.has_value();
      if (kBeyondTheDriver.contains(fault))
        CHECK_FALSE((noticed && cell.as.empty()));
      else
        CHECK((noticed || kMayBeSurvived.contains(fault)));
      CHECK(cell.usable);
      CHECK(cell.safe);
      CHECK(in_seconds(cell.longest) <= in_seconds(kLongestCall));
    }
  }
}

}  // namespace

TEST_CASE(
    "fault matrix: every fault of every instrument is noticed or survived in time, and heals: one maker") {
  check_all("virtual");
}

TEST_CASE(
    "fault matrix: every fault of every instrument is noticed or survived in time, and heals: many makers") {
  check_all("virtual_mixed");
}

}  // namespace nocturne::test
