#include <doctest/doctest.h>

#include <fstream>
#include <sstream>

#include "models/surrogate_library.hpp"
#include "support/refusal.hpp"
#include "support/virtual_night.hpp"

namespace nocturne::test {
namespace {

bool skipped() {
  if (!surrogate_available()) MESSAGE("skipped: this build has no surrogate library");
  return !surrogate_available();
}

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
    night->overrides.target_nm = 480.0;
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
  REQUIRE(result.reached_at);
  CHECK(*result.reached_at < 5);
  const CampaignRecord record = night.record();
  const Estimate best = result.best->second.fwhm_meV.value();
  for (const auto& [experiment, outcome] : record.outcomes)
    if (const auto* seen = std::get_if<Observation>(&outcome))
      if (std::abs(seen->peak_nm->value - 510.0) <= 6.0) CHECK(best.value <= seen->fwhm_meV->value);
  CHECK_FALSE(night.verify().first_difference);
}

}  // namespace nocturne::test
