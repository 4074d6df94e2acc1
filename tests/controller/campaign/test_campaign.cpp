#include <doctest/doctest.h>

#include "optimizer/emission_problem.hpp"
#include "support/refusal.hpp"
#include "support/virtual_night.hpp"

namespace nocturne::test {
namespace {

using namespace std::chrono_literals;

TEST_CASE("campaign: a night on the virtual bench reaches a green target and leaves nothing hot or flowing") {
  VirtualNight night;
  bool safe = false;
  const CampaignResult result = night.run([&](Night& running) -> Task<void> {
    // Looks at the true instruments, not at what the log says, whenever the campaign has ended.
    for (;;) {
      co_await running.clock().sleep_for(100ms);
      VirtualWorld& world = running.built().virtual_side()->world();
      safe = world.heating() == 0.0 && world.flow_uL_min() == 0.0;
    }
  });
  CHECK(result.status == "reached");
  REQUIRE(result.targets[0].best);
  CHECK(std::abs(result.targets[0].best->second.peak_nm->value - 510.0) <= 2.0);
  CHECK(safe);
}

TEST_CASE("campaign: one seed gives one fingerprint, another seed another") {
  VirtualNight first, second, other;
  first.overrides.budget = second.overrides.budget = other.overrides.budget = 2;
  other.overrides.seed = 2;
  first.run();
  second.run();
  other.run();
  CHECK(first.fingerprint() == second.fingerprint());
  CHECK(first.fingerprint() != other.fingerprint());
}

TEST_CASE("campaign: replay finds every decision and observation bit for bit") {
  VirtualNight night;
  night.overrides.targets_nm = {480.0};
  night.overrides.budget = 3;
  night.run();
  const Verification verification = night.verify();
  CHECK_FALSE(verification.first_difference);
  CHECK(verification.decisions >= 1);
  CHECK(verification.decisions == static_cast<int>(night.record().decisions.size()));
}

TEST_CASE("campaign: another optimizer is in the log, so that resume and replay ask the same one") {
  VirtualNight night, composite;
  night.overrides.optimizer = "sobol";
  for (VirtualNight* one : {&night, &composite}) {
    one->overrides.targets_nm = {480.0};
    one->overrides.budget = 3;
  }
  night.run([](Night& running) -> Task<void> {
    co_await running.clock().sleep_for(20min);
    running.campaign().request_stop();
  });
  night.resume();
  composite.run();
  const CampaignRecord record = night.record();
  CHECK(record.header.optimizer == "sobol");
  REQUIRE(record.decisions.size() == 3);
  for (const auto& [experiment, decision] : record.decisions)
    CHECK(decision.suggestion.reason == "Sobol design");
  CHECK_FALSE(night.verify().first_difference);
  CHECK(night.fingerprint() != composite.fingerprint());
  composite.overrides.optimizer = "magic";
  CHECK_THROWS_AS(composite.files(), std::invalid_argument);
}

TEST_CASE("campaign: a target that cannot be reached spends the budget") {
  VirtualNight night;
  night.overrides.targets_nm = {540.0};
  night.overrides.budget = 2;
  const CampaignResult result = night.run();
  CHECK(result.status == "budget_spent");
  CHECK(result.experiments == 2);
  CHECK_FALSE(result.reached_at());
}

TEST_CASE("campaign: a stop in the middle is safe, and resume repeats no finished experiment") {
  VirtualNight night;
  night.overrides.targets_nm = {540.0};
  night.overrides.budget = 3;
  const CampaignResult stopped = night.run([](Night& running) -> Task<void> {
    co_await running.clock().sleep_for(20min);
    running.campaign().request_stop();
  });
  CHECK(stopped.status == "stopped");
  const CampaignRecord before = night.record();
  REQUIRE(before.decisions.size() > before.outcomes.size());
  const CampaignResult resumed = night.resume();
  CHECK(resumed.experiments == 3);
  const CampaignRecord after = night.record();
  CHECK(after.decisions.size() == 3);
  CHECK(after.outcomes.size() == 3);
  CHECK_FALSE(night.verify().first_difference);
}

TEST_CASE("campaign: a resumed campaign knows what earlier processes took from the syringes") {
  VirtualNight whole, halves;
  for (VirtualNight* night : {&whole, &halves}) {
    night->overrides.targets_nm = {540.0};
    night->overrides.budget = 2;
  }
  const double at_once = whole.run().reagent_mL;
  const CampaignResult first = halves.run([](Night& running) -> Task<void> {
    co_await running.clock().sleep_for(10min);
    running.campaign().request_stop();
  });
  REQUIRE(first.reagent_mL > 0.0);
  CHECK(halves.resume().reagent_mL > at_once);  // the experiment at hand is done again
}

TEST_CASE(
    "campaign: small syringes are used to the last experiment that they allow, never beyond, and replay "
    "agrees") {
  VirtualNight night;
  night.overrides.optimizer = "sobol";  // it never gives up
  night.overrides.targets_nm = {540.0};
  night.overrides.budget = 40;
  CampaignFiles files = night.files();
  const std::string own = "syringe = { diameter = \"26.59 mm\", volume = \"60 mL\" }";
  files.header.bench_text = replaced(files.bench.text, own, "syringe = \"BD 3 mL\"");
  files = campaign_files_of(files.header);
  const CampaignResult result = night.run(files);
  CHECK(result.status == "stopped");
  CAPTURE(result.why);
  CHECK(result.why.find("the syringe of cs_pb holds") != std::string::npos);
  CHECK(result.experiments >= 3);
  const CampaignRecord record = night.record();
  double least = 3.0;
  for (const auto& [experiment, decision] : record.decisions)
    least = std::min(least, decision.left_mL.at("cs_pb"));
  CHECK(least < 1.5);
  CHECK(least >= 0.0);
  CHECK_FALSE(night.verify().first_difference);
}

TEST_CASE("campaign: resuming a campaign that is over touches nothing") {
  VirtualNight night;
  night.overrides.targets_nm = {540.0};
  night.overrides.budget = 1;
  const double reagent_mL = night.run().reagent_mL;
  const std::int64_t events = night.record().events;
  const CampaignResult again = night.resume();
  CHECK(again.status == "budget_spent");
  CHECK(again.reagent_mL == doctest::Approx(reagent_mL).epsilon(0.01));
  CHECK(night.record().events == events);
}

TEST_CASE("probability of the target: one half at its border, nothing without the output") {
  const Target target{"peak_nm", 500.0, 2.0, 0.0};
  Observation seen;
  CHECK(probability_of_target(seen, target) == 0.0);
  seen.peak_nm = Estimate{502.0, 0.1};
  CHECK(probability_of_target(seen, target) == doctest::Approx(0.5).epsilon(1e-6));
  seen.peak_nm = Estimate{500.0, 0.1};
  CHECK(probability_of_target(seen, target) > 0.999);
  const Target narrow{"peak_nm", 500.0, 2.0, 80.0};
  seen.fwhm_meV = Estimate{90.0, 1.0};
  CHECK(probability_of_target(seen, narrow) == 0.0);
}

}  // namespace
}  // namespace nocturne::test
