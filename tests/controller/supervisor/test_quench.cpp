#include <doctest/doctest.h>

#include "controller/rehearsal/rehearsal.hpp"
#include "support/virtual_night.hpp"

namespace nocturne::test {
namespace {

using namespace std::chrono_literals;

constexpr double kQuench_s = 120.0;
constexpr double kQuench_uL_min = 1000.0;

CampaignFiles quenched(const VirtualNight& night) {
  CampaignFiles files = night.files();
  std::string& text = files.header.recipe_text;
  text.replace(text.find("[safety]"), 8,
               "[safety]\nquench = \"diluent\"\nquench_flow = \"1 mL/min\"\nquench_for = \"2 min\"");
  return campaign_files_of(files.header);
}

/// A night that is stopped when the first product is read, and what flowed and heated from then on.
struct StoppedNight : VirtualNight {
  struct Seen {
    double after_s, others_uL_min, quench_uL_min, heating;
  };
  std::vector<Seen> seen;

  Mischief stopped_after(std::function<void(Night&)> breaking) {
    return [this, breaking](Night& night) -> Task<void> {
      co_await until_product(night);
      const Instant stopped = night.clock().now();
      breaking(night);
      VirtualWorld& world = night.built().virtual_side()->world();
      for (;;) {
        world.probe_celsius(night.clock().now());  // time passes there
        const double quench = world.flow_uL_min("diluent");
        seen.push_back({in_seconds(night.clock().now() - stopped), world.flow_uL_min() - quench, quench,
                        world.heating()});
        co_await night.clock().sleep_for(100ms);
      }
    };
  }

  double off_after_s(double Seen::*what) const {
    double last_s = 0.0;
    for (const Seen& one : seen)
      if (one.*what > 0.0) last_s = one.after_s;
    return last_s;
  }
  double quenched_mL() const {
    double mL = 0.0;
    for (const Seen& one : seen)
      if (one.others_uL_min == 0.0) mL += one.quench_uL_min * 0.1 / 60e3;
    return mL;
  }
  std::string warnings() const {
    std::string all;
    Log::open(log_file(), Log::Access::read).for_each([&](const Event& event) {
      if (is<Warned>(event)) all += read<Warned>(event).what + "\n";
    });
    return all;
  }
};

void stop(Night& night) { night.campaign().request_stop(); }

}  // namespace

TEST_CASE("quench: heat and all other flow end at once, the solvent flows on for its time and is counted") {
  StoppedNight night;
  const CampaignResult result = night.run(quenched(night), night.stopped_after(stop));
  CHECK(result.status == "stopped");
  CHECK(result.disobeyed.empty());
  CHECK(night.off_after_s(&StoppedNight::Seen::heating) < 2.0);
  CHECK(night.off_after_s(&StoppedNight::Seen::others_uL_min) < 2.0);
  CHECK(night.off_after_s(&StoppedNight::Seen::quench_uL_min) == doctest::Approx(kQuench_s).epsilon(0.03));
  CHECK(night.quenched_mL() == doctest::Approx(kQuench_s * kQuench_uL_min / 60e3).epsilon(0.03));
  double counted_uL = 0.0, last_uL = 0.0;
  Log::open(night.log_file(), Log::Access::read).for_each([&](const Event& event) {
    if (!is<ReadingTaken>(event)) return;
    counted_uL = read<ReadingTaken>(event).delivered_uL.at("diluent");
    last_uL = std::max(last_uL, counted_uL);
  });
  CHECK(1e-3 * counted_uL > 2.6);  // the flush for the reference and the quench
  CHECK(night.warnings().empty());
}

TEST_CASE("quench: an empty syringe is told, and the heat is cut anyway") {
  StoppedNight night;
  const CampaignResult result = night.run(quenched(night), night.stopped_after([](Night& running) {
    running.built().virtual_side()->faults("pump_diluent").set("empty_syringe", true);
    stop(running);
  }));
  CHECK(result.status == "stopped");
  CHECK(night.warnings().find("the quench ended early: pump_diluent") != std::string::npos);
  CHECK(night.off_after_s(&StoppedNight::Seen::heating) < 2.0);
  CHECK(night.quenched_mL() < 0.1);
}

TEST_CASE("quench: nothing is pumped into a clogged tube") {
  StoppedNight night;
  night.bench = "virtual_mixed";
  const CampaignResult result = night.run(quenched(night), night.stopped_after([](Night& running) {
    running.built().virtual_side()->world().clog(true);
    stop(running);
  }));
  CHECK(result.status == "stopped");
  CHECK(night.warnings().find("the quench ended early: gauge: ") != std::string::npos);
  CHECK(night.quenched_mL() < 0.2);
}

TEST_CASE("quench: nothing is pumped while a signal forbids to, whatever stopped the night") {
  StoppedNight night;
  night.bench = "virtual_mixed";
  CampaignFiles files = quenched(night);
  files.header.bench_text += "\n[[interlock]]\nsignal = \"gauge\"\nabove = 2\naction = \"hold\"\n";
  const CampaignResult result = night.run(
      campaign_files_of(files.header),
      night.stopped_after([](Night& running) { running.built().virtual_side()->world().clog(true); }));
  CHECK(result.status == "faulted");
  CHECK(result.why.find("is above the limit of 2 bar") != std::string::npos);
  CHECK(night.quenched_mL() < 0.1);
}

TEST_CASE("quench: a pause quenches first, then nothing flows, and the night goes on") {
  StoppedNight night;
  night.overrides.budget = 2;
  night.overrides.targets_nm = {540.0};
  const std::filesystem::path file = night.log_file();
  const auto asked = night.stopped_after([file](Night&) {
    SteerBox{file}.post({"pause", std::nullopt, std::nullopt, "Ada", "she wants it"});
  });
  const auto resumed_later = [file](Night& running) -> Task<void> {
    co_await running.clock().sleep_until(Instant{60min});
    SteerBox{file}.post({"resume", std::nullopt, std::nullopt, "Ada", "she is back"});
  };
  const CampaignResult result = night.run(quenched(night), [&](Night& running) -> Task<void> {
    std::vector<Task<void>> both;
    both.push_back(asked(running));
    both.push_back(resumed_later(running));
    co_await all(std::move(both));
  });
  CHECK(result.status == "budget_spent");
  CHECK(result.experiments == 2);
  CHECK(night.warnings().empty());
  CHECK(night.quenched_mL() > 3.9);  // in the pause, and at the end
}

TEST_CASE("quench: a leak is not fed") {
  StoppedNight night;
  night.bench = "virtual_mixed";
  const CampaignResult result = night.run(quenched(night), night.stopped_after([](Night& running) {
    for (const char* pump : {"pump_cs_pb", "pump_bromide", "pump_amine", "pump_diluent"})
      running.built().virtual_side()->faults(pump).set("leak", true);
  }));
  CHECK(result.status == "faulted");
  CHECK(result.why.find("a leak") != std::string::npos);
  CHECK(night.quenched_mL() == 0.0);
}

TEST_CASE("quench: a night ends early enough for its quench to be over at the latest end") {
  StoppedNight night;
  const CampaignFiles files = quenched(night);
  Log log = Log::create(night.log_file(), files.header);
  Night running{files, log, nullptr, night.progress, night.wall_clock};
  Schedule schedule;
  schedule.end_after = 30min;
  running.keep_to(schedule);
  Background looking{running.clock()};
  const VirtualNight::Mischief look_on = night.stopped_after([](Night&) {});
  looking.start(look_on(running), [](const std::exception_ptr& e) { std::rethrow_exception(e); });
  Instant still{};
  auto watch_flow = [&]() -> Task<void> {
    for (;;) {
      if (running.built().virtual_side()->world().flow_uL_min() > 0.0) still = running.clock().now();
      co_await running.clock().sleep_for(100ms);
    }
  };
  Background watching{running.clock()};
  watching.start(watch_flow(), [](const std::exception_ptr& e) { std::rethrow_exception(e); });
  running.run();
  CHECK(still <= Instant{} + 30min + 3s);
  CHECK(night.quenched_mL() > 1.9);
}

TEST_CASE("quench: a rehearsal allows it its time and no more") {
  VirtualNight night;
  night.overrides.budget = 1;
  night.overrides.optimizer = "sobol";
  CampaignFiles files = quenched(night);
  const std::vector<Phase> phases = phases_of(files);
  const Phase settling = *std::ranges::find(phases, "settling", &Phase::name);
  const Rehearsed allowed = rehearse(files, {"pump_cs_pb", "stall", settling});
  CHECK(allowed.status == "faulted");
  CHECK(allowed.breaches.empty());
  REQUIRE(allowed.flow_off_s);
  CHECK(*allowed.flow_off_s < 5.0);
  REQUIRE(allowed.quench_off_s);
  CHECK(*allowed.quench_off_s > kQuench_s);
  CHECK(*allowed.quench_off_s < kQuench_s + 5.0);
}

}  // namespace nocturne::test
