#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <sstream>

#include "support/refusal.hpp"
#include "support/surrogate_here.hpp"
#include "support/virtual_night.hpp"

namespace nocturne::test {
namespace {

/// The shipped green recipe with one text changed.
void rewrite(VirtualNight& night, const std::string& from, const std::string& to) {
  std::ifstream shipped{find_shipped("cspbbr3_green_510", "")};
  std::ostringstream text;
  text << shipped.rdbuf();
  night.recipe = (night.folder / "recipe.toml").string();
  write_file(night.recipe, replaced(text.str(), from, to));
}

}  // namespace

TEST_CASE("wishes: a campaign that is sparing with time decides otherwise, and replays bit for bit") {
  if (skipped()) return;
  VirtualNight plain, sparing;
  for (VirtualNight* night : {&plain, &sparing}) {
    night->overrides.targets_nm = {480.0};
    night->overrides.budget = 3;
  }
  rewrite(sparing, "failures_in_a_row = 5", "failures_in_a_row = 5\nscarce = \"time\"");
  plain.run();
  sparing.run();
  CHECK(sparing.record().decisions.at(1).suggestion.reason.find("per cost") != std::string::npos);
  CHECK(plain.record().decisions.at(1).suggestion.reason.find("per cost") == std::string::npos);
  CHECK_FALSE(sparing.verify().first_difference);
}

TEST_CASE("wishes: who wants the narrowest line goes on after the first hit, to the end of the budget") {
  if (skipped()) return;
  VirtualNight night;
  rewrite(night, "tolerance = \"2 nm\"", "tolerance = \"6 nm\"\nnarrowest = true");
  night.overrides.budget = 5;
  const CampaignResult result = night.run();
  CHECK(result.status == "reached");
  CHECK(result.experiments == 5);
  REQUIRE(result.reached_at());
  CHECK(*result.reached_at() < 5);
  const CampaignRecord record = night.record();
  const Estimate best = result.targets[0].best->second.fwhm_meV.value();
  for (const auto& [experiment, outcome] : record.outcomes)
    if (const auto* seen = std::get_if<Observation>(&outcome))
      if (std::abs(seen->peak_nm->value - 510.0) <= 6.0) CHECK(best.value <= seen->fwhm_meV->value);
  CHECK_FALSE(night.verify().first_difference);
}

TEST_CASE("wishes: who wants the narrowest line stops when nothing narrower is to be expected") {
  if (skipped()) return;
  VirtualNight night;
  rewrite(night, "tolerance = \"2 nm\"", "tolerance = \"6 nm\"\nnarrowest = true");
  night.overrides.budget = 40;
  const CampaignResult result = night.run();
  CHECK(result.status == "reached");
  CHECK(result.experiments < 40);
  CHECK(result.why.find("no conditions are expected to narrow the line by more than 0.1 meV") !=
        std::string::npos);
  CHECK_FALSE(night.verify().first_difference);
  const std::int64_t events = night.record().events;
  CHECK(night.resume().status == "reached");
  CHECK(night.record().events == events);
}

TEST_CASE("wishes: several targets are served by one model, each counted once, and replay bit for bit") {
  if (skipped()) return;
  VirtualNight night;
  night.overrides.targets_nm = {480.0, 510.0, 495.0};
  night.overrides.budget = 20;
  const CampaignResult result = night.run();
  CHECK(result.status == "reached");
  REQUIRE(result.targets.size() == 3);
  int last = 0;
  for (const TargetResult& aim : result.targets) {
    CAPTURE(aim.target.value);
    REQUIRE(aim.reached_at);
    REQUIRE(aim.best);
    CHECK(std::abs(aim.best->second.peak_nm->value - aim.target.value) <= aim.target.tolerance);
    last = std::max(last, *aim.reached_at);
  }
  CHECK(result.reached_at() == last);
  CHECK(result.experiments == last);  // nothing is made after the last of them
  CHECK(night.record().decisions.at(1).suggestion.reason.find(", for peak_nm ") != std::string::npos);
  CHECK_FALSE(night.verify().first_difference);
}

TEST_CASE("wishes: one target that no conditions meet is given up, the others are made") {
  if (skipped()) return;
  VirtualNight night;
  night.overrides.targets_nm = {560.0, 500.0};
  night.overrides.budget = 30;
  const CampaignResult result = night.run();
  CHECK(result.status == "stopped");
  CHECK(result.why.find("560 nm is not reachable within the bounds") == 0);
  CHECK(result.why.find("500") == std::string::npos);
  CHECK(result.targets[1].reached_at);
  CHECK_FALSE(result.targets[0].reached_at);
  CHECK_FALSE(result.reached_at());
  CHECK_FALSE(night.verify().first_difference);
}

TEST_CASE("wishes: a resumed night of several targets knows which of them it has") {
  if (skipped()) return;
  VirtualNight night;
  night.overrides.targets_nm = {480.0, 510.0, 495.0};
  night.overrides.budget = 20;
  using namespace std::chrono_literals;
  night.run([](Night& running) -> Task<void> {
    co_await running.clock().sleep_for(65min);
    running.campaign().request_stop();
  });
  const CampaignResult result = night.resume();
  CHECK(result.status == "reached");
  for (const TargetResult& aim : result.targets) CHECK(aim.reached_at);
  CHECK_FALSE(night.verify().first_difference);
}

TEST_CASE(
    "wishes: a line at the target that is too dim does not count, and a campaign finds a brighter one") {
  if (skipped()) return;
  constexpr double kTolerance_nm = 6.0, kBright = 0.53;
  VirtualNight bright;
  rewrite(bright, "tolerance = \"2 nm\"", "tolerance = \"6 nm\"\nplqy_min = 0.53");
  bright.overrides.targets_nm = {512.0};
  bright.overrides.budget = 15;
  const CampaignResult result = bright.run();
  CHECK(result.status == "reached");
  const Observation& best = result.targets[0].best.value().second;
  CHECK(std::abs(best.peak_nm->value - 512.0) <= kTolerance_nm);
  CHECK(best.plqy.value().value >= kBright);
  CHECK(best.yield.value().value > 0.0);
  int too_dim = 0;
  for (const auto& [experiment, outcome] : bright.record().outcomes)
    if (const auto* seen = std::get_if<Observation>(&outcome))
      too_dim += std::abs(seen->peak_nm->value - 512.0) <= kTolerance_nm && seen->plqy->value < kBright;
  CHECK(too_dim > 0);
  CHECK_FALSE(bright.verify().first_difference);
  for (const Reanalyzed& experiment : bright.reanalyzed())
    if (const auto* logged = std::get_if<Observation>(&experiment.logged)) {
      const auto& again = std::get<Observation>(experiment.again.value());
      CHECK(outputs(again).size() == outputs(*logged).size());
      CHECK(again.plqy.has_value() == logged->plqy.has_value());
      if (logged->plqy) CHECK(again.plqy->value == logged->plqy->value);
      if (logged->yield) CHECK(again.yield->value == logged->yield->value);
    }
}

TEST_CASE("wishes: limits that the bench or the material cannot judge are refused with file and line") {
  VirtualNight night;
  const auto refused = [&](const std::string& limit) {
    rewrite(night, "tolerance = \"2 nm\"", limit + "\ntolerance = \"2 nm\"");
    return refusal([&] { night.files(); });
  };
  CHECK(refused("yield_min = 0.5").empty());
  night.overrides.targets_nm = {450.0};
  check_refusal(refused("yield_min = 0.5"),
                night.recipe + ":" + line_of(file_text(night.recipe), "yield_min"),
                {"450 nm", "no yield is measured", "from 454 nm"});
  const Recipe recipe = read_recipe(night.recipe);
  CHECK(recipe.targets[0].yield_min == 0.5);
}

}  // namespace nocturne::test
