#include <doctest/doctest.h>
#include <sys/resource.h>

#include <csignal>

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
};

/// Breaks something ten minutes into a night and watches the true flows and the true heating power until both
/// are nothing.
Aftermath strike(const std::function<void(VirtualBench&)>& fault) {
  VirtualNight night;
  night.overrides.target_nm = 540.0;
  Aftermath after;
  after.result = night.run([&](Night& running) -> Task<void> {
    co_await running.clock().sleep_for(10min);
    VirtualBench& bench = running.built().virtual_side()->instruments();
    fault(bench);
    const Instant struck = running.clock().now();
    for (;;) {
      co_await running.clock().sleep_for(100ms);
      running.built().virtual_side()->plant().probe_celsius(
          in_seconds(running.clock().now()));  // time passes there
      after.flow_uL_min = 0.0;
      for (std::size_t i = 0; i < bench.pumps().size(); ++i)
        after.flow_uL_min += in_microliters_per_minute(bench.pumps().unit(i).true_flow());
      after.heating = bench.heater().loop().output_percent();
      if (after.flow_uL_min > 0.0 || after.heating > 0.0)
        after.time_to_safety = running.clock().now() - struck;
    }
  });
  return after;
}

TEST_CASE("fault: a pump that stalls ends the campaign with everything stopped") {
  const Aftermath after =
      strike([](VirtualBench& bench) { bench.pumps().unit(1).set_back_pressure(1000.0); });
  CHECK(after.result.status == "faulted");
  CHECK(after.flow_uL_min == 0.0);
  CHECK(after.heating == 0.0);
  CHECK(after.time_to_safety < 15s);
}

TEST_CASE("fault: a dead pump is lost in time; its own watchdog stops it") {
  const Aftermath after = strike([](VirtualBench& bench) { bench.pumps().unit(0).faults().deaf = true; });
  CHECK(after.result.status == "faulted");
  CHECK(after.flow_uL_min == 0.0);
  CHECK(after.heating == 0.0);
  CHECK(after.time_to_safety < 30s);
}

TEST_CASE("fault: a broken temperature sensor cuts the heat") {
  const Aftermath after = strike([](VirtualBench& bench) { bench.heater().faults().sensor_break = true; });
  CHECK(after.result.status == "faulted");
  CHECK(after.flow_uL_min == 0.0);
  CHECK(after.heating == 0.0);
  CHECK(after.time_to_safety < 15s);
}

TEST_CASE(
    "fault: a heater that does not answer is lost, and it falls back to its rest temperature by itself") {
  const Aftermath after = strike([](VirtualBench& bench) { bench.heater().faults().reply.deaf = true; });
  CHECK(after.result.status == "faulted");
  CHECK(after.flow_uL_min == 0.0);
  CHECK(after.heating == 0.0);
}

TEST_CASE("fault: a dead spectrometer ends the campaign with everything stopped") {
  const Aftermath after =
      strike([](VirtualBench& bench) { bench.spectrometer().faults().reply.deaf = true; });
  CHECK(after.result.status == "faulted");
  CHECK(after.flow_uL_min == 0.0);
  CHECK(after.heating == 0.0);
}

TEST_CASE(
    "fault: a converter with stuck bits ends the campaign at the next dark, not as products without "
    "emission") {
  const Aftermath after =
      strike([](VirtualBench& bench) { bench.spectrometer().faults().stuck_bits = 0xffff; });
  CHECK(after.result.status == "faulted");
  CHECK_FALSE(after.result.failures.contains("no_emission"));
  CHECK(after.flow_uL_min == 0.0);
  CHECK(after.heating == 0.0);
}

TEST_CASE("fault: one pixel with a stuck bit is left out of every observation, which says so") {
  VirtualNight night;
  night.overrides.budget = 1;
  night.run([](Night& running) -> Task<void> {
    VirtualOceanFaults& faults = running.built().virtual_side()->instruments().spectrometer().faults();
    faults.stuck_bits = 1U << 14U;
    faults.stuck_pixel = 520;  // near 510 nm
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
  night.overrides.target_nm = 540.0;
  double flow_before = 0.0, heating_before = 0.0, flow = -1.0, heating = -1.0;
  {
    FullDisk disk;
    const auto look = [](Night& running, double& flowing, double& heat) {
      VirtualBench& bench = running.built().virtual_side()->instruments();
      flowing = 0.0;
      for (std::size_t i = 0; i < bench.pumps().size(); ++i)
        flowing += in_microliters_per_minute(bench.pumps().unit(i).true_flow());
      heat = bench.heater().loop().output_percent();
    };
    CHECK_THROWS_AS(night.run([&](Night& running) -> Task<void> {
      co_await running.clock().sleep_for(10min);
      look(running, flow_before, heating_before);
      disk.strike(std::filesystem::file_size(night.log_file()));
      for (;;) {
        co_await running.clock().sleep_for(100ms);
        running.built().virtual_side()->plant().probe_celsius(in_seconds(running.clock().now()));
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
