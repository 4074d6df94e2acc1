#include <doctest/doctest.h>

#include "recipes/document.hpp"
#include "support/refusal.hpp"
#include "support/surrogate_here.hpp"
#include "support/virtual_night.hpp"

namespace nocturne::test {
namespace {

using namespace std::chrono_literals;

constexpr double kEvery = 600.0 / 3600.0;  // h

/// A night on the plant whose bromide ages, to the end of its budget, with a standard every ten minutes.
struct AgingNight : VirtualNight {
  explicit AgingNight(int budget) {
    const std::string shipped = read_text_file(find_shipped("cspbbr3_green_510", ""));
    recipe = (folder / "recipe.toml").string();
    bench = (folder / "bench.toml").string();
    write_file(recipe,
               replaced(replaced(shipped, "tolerance = \"2 nm\"", "tolerance = \"6 nm\"\nnarrowest = true"),
                        "[measurement]", "[measurement]\nstandard_every = \"10 min\""));
    write_file(bench, replaced(read_text_file(find_shipped("virtual", "benches")), "../plants/cspbbr3.toml",
                               find_shipped("cspbbr3_aging", "plants").string()));
    overrides.budget = budget;
  }
};

/// Experiments whose decision was the standard; all of them must have been due, and no other.
std::vector<int> standards_of(const CampaignRecord& record) {
  std::vector<int> standards;
  std::optional<Conditions> standard;
  double measured = 0.0, now = 0.0;
  for (const auto& [experiment, decision] : record.decisions) {
    const bool due = standard && now - measured >= kEvery;
    const bool chosen = decision.suggestion.reason == "standard";
    CAPTURE(experiment);
    CHECK(chosen == due);
    if (chosen) standards.push_back(experiment);
    if (chosen) CHECK(decision.suggestion.conditions == *standard);
    if (!record.outcomes.contains(experiment)) break;
    now = hours_of(record.finished.at(experiment));
    const bool product = std::holds_alternative<Observation>(record.outcomes.at(experiment));
    if (!standard && product) standard = decision.suggestion.conditions;
    if (decision.suggestion.conditions == standard) measured = now;
  }
  return standards;
}

}  // namespace

TEST_CASE("standards: a campaign measures its first product again when it is time, and replays bit for bit") {
  if (skipped()) return;
  AgingNight night{10};
  night.run();
  CHECK(standards_of(night.record()).size() >= 2);
  const Verification verification = night.verify();
  CHECK_FALSE(verification.first_difference);
  CHECK(verification.decisions == 10);
}

TEST_CASE("standards: a campaign that was stopped knows when it last measured one") {
  if (skipped()) return;
  AgingNight night{8};
  night.run([](Night& running) -> Task<void> {
    co_await running.clock().sleep_for(40min);
    running.campaign().request_stop();
  });
  const CampaignRecord before = night.record();
  REQUIRE(standards_of(before).size() >= 1);
  REQUIRE(before.outcomes.size() < 8);
  night.resume();
  const CampaignRecord after = night.record();
  CHECK(after.outcomes.size() == 8);
  CHECK(standards_of(after).size() > standards_of(before).size());
  CHECK_FALSE(night.verify().first_difference);
}

TEST_CASE("standards: without the wish no campaign measures any") {
  if (skipped()) return;
  AgingNight night{5};
  write_file(night.recipe, replaced(read_text_file(night.recipe), "standard_every = \"10 min\"", ""));
  night.run();
  for (const auto& [experiment, decision] : night.record().decisions)
    CHECK(decision.suggestion.reason != "standard");
}

}  // namespace nocturne::test
