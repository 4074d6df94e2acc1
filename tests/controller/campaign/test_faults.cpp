#include <doctest/doctest.h>
#include <sys/resource.h>

#include <csignal>

#include "recipes/plant_file.hpp"
#include "support/virtual_night.hpp"

namespace nocturne::test {
namespace {

using namespace std::chrono_literals;

/// What the plant really does once the campaign is over, and when the fault struck.
struct Aftermath {
  CampaignResult result;
  double flow_uL_min = 0.0;
  double heating = 0.0;
  Duration time_to_safety{};
  std::map<std::string, double> last_flows_uL_min;  ///< by stock, as the log has them
};

/// Breaks an instrument ten minutes into a night and watches the true flows and the true heating power until
/// both are nothing.
Aftermath strike(const std::string& instrument, const std::string& fault,
                 const std::string& bench = "virtual") {
  VirtualNight night;
  night.bench = bench;
  night.overrides.targets_nm = {540.0};
  Aftermath after;
  after.result = night.run([&](Night& running) -> Task<void> {
    co_await running.clock().sleep_for(10min);
    VirtualSide& side = *running.built().virtual_side();
    side.faults(instrument).set(fault, true);
    const Instant struck = running.clock().now();
    for (;;) {
      co_await running.clock().sleep_for(100ms);
      side.world().probe_celsius(running.clock().now());  // time passes there
      after.heating = side.world().heating();
      after.flow_uL_min = side.world().flow_uL_min();
      if (after.flow_uL_min > 0.0 || after.heating > 0.0)
        after.time_to_safety = running.clock().now() - struck;
    }
  });
  after.last_flows_uL_min = night.events<ReadingTaken>().back().flow_uL_min;
  return after;
}

TEST_CASE("fault: a pump that stalls ends the campaign with everything stopped") {
  const Aftermath after = strike("pump_bromide", "stall");
  CHECK(after.result.status == "faulted");
  CHECK(after.flow_uL_min == 0.0);
  CHECK(after.heating == 0.0);
  CHECK(after.time_to_safety < 15s);
}

TEST_CASE("fault: the log's last reading is of pumps that stand") {
  const Aftermath after = strike("pump_bromide", "stall");
  CHECK(after.last_flows_uL_min.size() == 4);
  for (const auto& [stock, flow] : after.last_flows_uL_min) CHECK_MESSAGE(flow == 0.0, stock);
}

TEST_CASE("fault: a dead pump is lost in time; its own watchdog stops it") {
  const Aftermath after = strike("pump_cs_pb", "deaf");
  CHECK(after.result.status == "faulted");
  CHECK(after.flow_uL_min == 0.0);
  CHECK(after.heating == 0.0);
  CHECK(after.time_to_safety < 30s);
}

TEST_CASE("fault: a clogged outlet stops the pumps before the pressure breaks anything") {
  const Aftermath after = strike("gauge", "over_pressure", "virtual_mixed");
  CHECK(after.result.status == "faulted");
  CHECK(after.result.why.find("is above the limit of 8 bar") != std::string::npos);
  CHECK(after.flow_uL_min == 0.0);
  CHECK(after.heating == 0.0);
}

TEST_CASE(
    "fault: an input beyond its interlock stops a night before it heats, and its driver must be that of an "
    "input") {
  VirtualNight night;
  night.bench = "virtual_mixed";
  CampaignFiles files = night.files();
  const std::string bench = files.bench.text;
  files.header.bench_text = bench + "\n[[interlock]]\nsignal = \"gauge\"\nbelow = 0.5\n";
  const CampaignResult result = night.run(campaign_files_of(files.header));
  CHECK(result.status == "faulted");
  CHECK(result.why == "gauge: 0 bar is below the limit of 0.5 bar");
  CHECK(result.experiments == 0);
  CHECK(result.reagent_mL == 0.0);
  files.header.bench_text = bench + "\n[[interlock]]\nsignal = \"scale\"\nbelow = 0.5\n";
  const CampaignFiles weighed = campaign_files_of(files.header);
  VirtualClock clock;
  CHECK_THROWS_WITH_AS((BuiltBench{clock, weighed.bench, weighed.plant, 1}),
                       doctest::Contains("scale cannot work as interlock with driver mettler"), FileError);
}

TEST_CASE("fault: a pump that stops for a moment to take a rate in another unit does not count as standing") {
  VirtualClock clock;
  const BenchDescription description = read_bench(find_shipped("virtual", "benches"));
  BuiltBench built{clock, description, read_plant(*description.plant), 1};
  Pump& pump = *built.bench().feeds.at("amine");
  int readings = 0, standing = 0;
  auto read_on = [&]() -> Task<void> {
    for (;;) {
      const PumpReading reading = co_await pump.read();
      ++readings;
      if (!reading.moving) ++standing;
      co_await clock.sleep_for(5ms);
    }
  };
  auto change = [&]() -> Task<void> {
    for (const double rate : {0.93, 6.2, 0.5, 80.0}) co_await pump.set_flow(microliters_per_minute(rate));
  };
  auto night = [&]() -> Task<void> {
    co_await pump.arm();
    co_await pump.set_flow(microliters_per_minute(6.2));
    co_await race(change(), read_on());
  };
  clock.run(night());
  CHECK(readings > 5);
  CHECK(standing == 0);
}

TEST_CASE("fault: a pump that is armed anew tells what it delivered since it was armed before") {
  for (const char* name : {"virtual", "virtual_mixed"}) {
    VirtualClock clock;
    const BenchDescription description = read_bench(find_shipped(name, "benches"));
    BuiltBench built{clock, description, read_plant(*description.plant), 1};
    for (const auto& [stock, pump] : built.bench().feeds) {
      CAPTURE(pump->name());
      auto deliver = [&clock, &pump = *pump]() -> Task<void> {
        co_await pump.arm();
        co_await pump.set_flow(microliters_per_minute(600.0));
        co_await clock.sleep_for(6s);  // less than a watchdog waits
        co_await pump.stop();
      };
      clock.run(deliver());
      const Volume from = pump->counter().from;
      clock.run(deliver());
      CHECK(in_microliters(pump->counter().found - from) == doctest::Approx(60.0).epsilon(0.1));
    }
  }
}

TEST_CASE("fault: a pressure gauge whose wire breaks counts as lost, not as no pressure") {
  const Aftermath after = strike("gauge", "sensor_break", "virtual_mixed");
  CHECK(after.result.status == "faulted");
  CHECK(after.result.why.find("gauge") != std::string::npos);
  CHECK(after.flow_uL_min == 0.0);
}

TEST_CASE("fault: air in the tube gives no products, and the night goes on when it is gone") {
  VirtualNight night;
  night.overrides.budget = 3;
  night.overrides.targets_nm = {540.0};
  const CampaignResult result = night.run([](Night& running) -> Task<void> {
    FaultBoard& cell = running.built().virtual_side()->faults("flow_cell");
    co_await running.clock().sleep_for(5min);
    cell.set("bubble_train", true);
    co_await running.clock().sleep_for(8min);
    cell.set("bubble_train", false);
  });
  CHECK(result.experiments == 3);
  CHECK(result.failures.contains("not_settled"));
  const CampaignRecord record = night.record();
  CHECK(std::holds_alternative<Failure>(record.outcomes.at(1)));
  CHECK(std::holds_alternative<Observation>(record.outcomes.at(3)));
}

TEST_CASE("fault: a broken temperature sensor cuts the heat") {
  const Aftermath after = strike("oven", "sensor_break");
  CHECK(after.result.status == "faulted");
  CHECK(after.flow_uL_min == 0.0);
  CHECK(after.heating == 0.0);
  CHECK(after.time_to_safety < 15s);
}

TEST_CASE(
    "fault: a heater that does not answer is lost, and it falls back to its rest temperature by itself") {
  const Aftermath after = strike("oven", "deaf");
  CHECK(after.result.status == "faulted");
  CHECK(after.flow_uL_min == 0.0);
  CHECK(after.heating == 0.0);
}

TEST_CASE("fault: a dead spectrometer ends the campaign with everything stopped") {
  const Aftermath after = strike("flow_cell", "deaf");
  CHECK(after.result.status == "faulted");
  CHECK(after.flow_uL_min == 0.0);
  CHECK(after.heating == 0.0);
}

TEST_CASE(
    "fault: a converter with stuck bits ends the campaign at the next dark, not as products without "
    "emission") {
  const Aftermath after = strike("flow_cell", "stuck_bits");
  CHECK(after.result.status == "faulted");
  CHECK_FALSE(after.result.failures.contains("no_emission"));
  CHECK(after.flow_uL_min == 0.0);
  CHECK(after.heating == 0.0);
}

TEST_CASE("fault: one pixel with a stuck bit is left out of every observation, which says so") {
  VirtualNight night;
  night.overrides.budget = 1;
  night.run([](Night& running) -> Task<void> {
    running.built().virtual_side()->faults("flow_cell").set("stuck_pixel", true);
    co_return;
  });
  const CampaignRecord record = night.record();
  REQUIRE(record.outcomes.size() == 1);
  const auto* seen = std::get_if<Observation>(&record.outcomes.begin()->second);
  REQUIRE(seen);
  CHECK(std::ranges::find(seen->flags, "bad_pixels") != seen->flags.end());
  CHECK(std::ranges::find(seen->flags, "narrow_lines") == seen->flags.end());
  CHECK_FALSE(night.verify().first_difference);
}

/// From now on no file of this process grows beyond `bytes`, as on a full disk.
class FullDisk {
 public:
  FullDisk() { ::getrlimit(RLIMIT_FSIZE, &before_); }
  ~FullDisk() { ::setrlimit(RLIMIT_FSIZE, &before_); }
  FullDisk(const FullDisk&) = delete;
  FullDisk& operator=(const FullDisk&) = delete;
  void strike(std::uintmax_t bytes) {
    std::signal(SIGXFSZ, SIG_IGN);
    rlimit limit = before_;
    limit.rlim_cur = bytes;
    ::setrlimit(RLIMIT_FSIZE, &limit);
  }

 private:
  rlimit before_{};
};

TEST_CASE("fault: a disk that is full stops the flow and cuts the heat before anyone is told") {
  VirtualNight night;
  night.overrides.targets_nm = {540.0};
  double flow_before = 0.0, heating_before = 0.0, flow = -1.0, heating = -1.0;
  {
    FullDisk disk;
    const auto look = [](Night& running, double& flowing, double& heat) {
      VirtualWorld& world = running.built().virtual_side()->world();
      world.probe_celsius(running.clock().now());  // time passes there
      heat = world.heating();
      flowing = world.flow_uL_min();
    };
    CHECK_THROWS_AS(night.run([&](Night& running) -> Task<void> {
      co_await running.clock().sleep_for(10min);
      look(running, flow_before, heating_before);
      disk.strike(std::filesystem::file_size(night.log_file()));
      for (;;) {
        co_await running.clock().sleep_for(100ms);
        look(running, flow, heating);
      }
    }),
                    CampaignBroken);
  }
  CHECK(flow_before > 0.0);
  CHECK(heating_before > 0.0);
  CHECK(flow == 0.0);
  CHECK(heating == 0.0);
}

}  // namespace
}  // namespace nocturne::test
