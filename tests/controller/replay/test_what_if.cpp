#include <doctest/doctest.h>

#include <cmath>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>

#include "controller/replay/what_if.hpp"
#include "optimizer/emission_problem.hpp"
#include "support/refusal.hpp"
#include "support/surrogate_here.hpp"
#include "support/toy_import.hpp"
#include "support/virtual_night.hpp"

namespace nocturne::test {
namespace {

/// A night that went from 480 to 510 nm, and what might have been.
const CampaignRecord& logged_night() {
  static const CampaignRecord record = [] {
    VirtualNight night;
    night.overrides.targets_nm = {480.0, 495.0, 510.0};
    night.run();
    return night.record();
  }();
  return record;
}

double peak_nm(const Outcome& outcome) { return std::get<Observation>(outcome).peak_nm->value; }

}  // namespace

TEST_CASE("what if: over logged outcomes every answer is a logged experiment, each once, and the nearest") {
  WhatIf change;
  change.answers = Answers::outcomes;
  change.optimizer = "sobol";
  change.targets_nm = {700.0};
  const CampaignRecord& record = logged_night();
  const ImaginedNight night = imagine(record, change);
  CHECK(night.experiments.size() == record.outcomes.size());  // then no answer is left
  std::set<int> used;
  for (const Imagined& one : night.experiments) {
    REQUIRE(one.experiment);
    CHECK(used.insert(*one.experiment).second);
    CHECK(one.conditions == record.decisions.at(*one.experiment).suggestion.conditions);
    CHECK(peak_nm(one.outcome) == peak_nm(record.outcomes.at(*one.experiment)));
    CHECK(one.away >= 0.0);
  }
  CHECK_FALSE(night.targets.at(0).reached_at);
  CHECK_FALSE(night.targets.at(0).reached_in_log);
  CHECK(night.caveat.find("on average") != std::string::npos);
}

TEST_CASE("what if: unchanged, over its own outcomes, the night is the one that was logged") {
  const CampaignRecord& record = logged_night();
  WhatIf nothing;
  nothing.answers = Answers::outcomes;
  const ImaginedNight night = imagine(record, nothing);
  REQUIRE(night.experiments.size() == record.outcomes.size());
  for (std::size_t i = 0; i < night.experiments.size(); ++i) {
    CHECK(night.experiments[i].experiment == static_cast<int>(i + 1));
    CHECK(night.experiments[i].away < 0.02);
  }
  for (const ImaginedNight::Aimed& aimed : night.targets) CHECK(aimed.reached_at == aimed.reached_in_log);
}

TEST_CASE("what if: over a model another target is reached, with intervals, and the same twice") {
  if (skipped()) return;
  WhatIf change;
  change.targets_nm = {488.0};
  change.budget = 12;
  const ImaginedNight night = imagine(logged_night(), change), again = imagine(logged_night(), change);
  REQUIRE(night.targets.size() == 1);
  REQUIRE(night.targets[0].reached_at);
  CHECK(*night.targets[0].reached_at == std::ssize(night.experiments));
  CHECK(std::abs(peak_nm(night.experiments.back().outcome) - 488.0) <= 2.0);
  for (const Imagined& one : night.experiments) {
    REQUIRE(one.peak_nm);
    CHECK(one.peak_nm->low < one.peak_nm->value);
    CHECK(one.peak_nm->value < one.peak_nm->high);
    CHECK_FALSE(one.experiment);
  }
  REQUIRE(again.experiments.size() == night.experiments.size());
  for (std::size_t i = 0; i < night.experiments.size(); ++i)
    CHECK(again.experiments[i].conditions == night.experiments[i].conditions);
  CHECK(night.caveat.starts_with("nothing of this was measured"));
}

TEST_CASE("what if: the model agrees with what the log measured where it measured") {
  if (skipped()) return;
  WhatIf nothing;
  nothing.budget = 1;
  const ImaginedNight night = imagine(logged_night(), nothing);
  const CampaignRecord& record = logged_night();
  REQUIRE(night.experiments.size() == 1);
  CHECK(night.experiments[0].conditions == record.decisions.at(1).suggestion.conditions);
  CHECK(std::abs(peak_nm(night.experiments[0].outcome) - peak_nm(record.outcomes.at(1))) < 1.0);
}

TEST_CASE("what if: the command tells each experiment, each target and what it does not say") {
  WhatIf change;
  change.answers = Answers::outcomes;
  change.targets_nm = {700.0};
  std::ostringstream people, machines;
  CHECK(replay_what_if(logged_night(), change, false, people) == 1);
  CHECK(replay_what_if(logged_night(), change, true, machines) == 1);
  CHECK(people.str().find("700 ± 2 nm: not met; in the log not met") != std::string::npos);
  CHECK(people.str().find("take care: nothing was made that was wished for") != std::string::npos);
  std::istringstream lines{machines.str()};
  std::size_t count = 0;
  nlohmann::json last;
  for (std::string line; std::getline(lines, line); ++count) last = nlohmann::json::parse(line);
  CHECK(count == logged_night().outcomes.size() + 1);
  CHECK(last.at("targets").at(0).at("reached_at").is_null());
  CHECK(last.at("experiments") == count - 1);
}

TEST_CASE("what if: of an import its rows are chosen, each once, a repeated one never") {
  if (skipped()) return;
  Import import;
  import.map = kMap.substr(0, kMap.find("[spectrum]"));
  import.table = kTable.substr(0, kTable.find('\n') + 1);
  for (int row = 0; row < 12; ++row) {
    const std::string peak = std::to_string(460 + 5 * row);
    import.table += "a;" + std::to_string(12 - row) + ";420;toluene;" + peak + ";0,1;0,002;0.8;\n";
  }
  import.table += import.table.substr(import.table.rfind("a;"));
  import_table(import.request());
  const CampaignRecord record = read_campaign(Log::open(import.folder / "a.db", Log::Access::read));
  WhatIf change;
  change.answers = Answers::outcomes;
  change.targets_nm = {495.0};
  const ImaginedNight night = imagine(record, change);
  REQUIRE(night.targets.at(0).reached_at);
  CHECK(night.targets.at(0).reached_in_log == 8);
  CHECK(night.experiments.back().experiment == 8);
  CHECK(peak_nm(night.experiments.back().outcome) == 495.0);
  CHECK(night.caveat.starts_with("only the 12 rows of the table could be chosen"));
  change.optimizer = "sobol";
  change.targets_nm = {600.0};
  std::set<int> used;
  for (const Imagined& one : imagine(record, change).experiments) CHECK(used.insert(*one.experiment).second);
  CHECK(used.size() == 12);
  CHECK_FALSE(used.contains(13));
}

TEST_CASE("what if: a target that nothing can meet is given up, as a campaign gives it up") {
  if (skipped()) return;
  WhatIf change;
  change.targets_nm = {700.0};
  change.budget = 40;
  const ImaginedNight night = imagine(logged_night(), change);
  CHECK(night.experiments.size() < 20);
  CHECK_FALSE(night.targets.at(0).reached_at);
  CHECK(night.targets.at(0).given_up.starts_with("700 nm is not reachable within the bounds"));
}

TEST_CASE("what if: what others and earlier nights know counts from the first choice on") {
  if (skipped()) return;
  VirtualNight earlier;
  earlier.overrides.targets_nm = {500.0};
  earlier.overrides.optimizer = "sobol";
  earlier.overrides.budget = 4;
  earlier.run();
  WhatIf without, with;
  without.targets_nm = with.targets_nm = {470.0};
  without.budget = with.budget = 1;
  SUBCASE("literature") { with.earlier.literature = {"cspbbr3"}; }
  SUBCASE("a log") { with.earlier.logs = {earlier.log_file()}; }
  CHECK(imagine(logged_night(), with).experiments.at(0).conditions !=
        imagine(logged_night(), without).experiments.at(0).conditions);
  with.earlier.literature = {"nobody"};
  CHECK(refusal([&] { imagine(logged_night(), with); }).find("nobody") != std::string::npos);
}

TEST_CASE("what if: a log without a product, an import and a wrong wish are refused") {
  CampaignRecord empty = logged_night();
  empty.outcomes.clear();
  CHECK(refusal([&] { imagine(empty, {}); }).find("no product yet") != std::string::npos);
  CampaignRecord imported = logged_night();
  imported.header.origin = "import";
  WhatIf change;
  change.log = "theirs.db";
  CHECK(refusal([&] { imagine(imported, change); }) ==
        "theirs.db: is imported, and what its bench can make is unknown (allowed: --over outcomes)");
  change.answers = Answers::outcomes;
  CHECK(refusal([&] { imagine(imported, change); }) ==
        "theirs.db: is imported and has no target (needed: --target)");
  change = {};
  change.targets_nm = {5000.0};
  CHECK(refusal([&] { imagine(logged_night(), change); }).find("300 to 1100 nm") != std::string::npos);
  change = {};
  change.optimizer = "luck";
  CHECK_THROWS_AS(imagine(logged_night(), change), std::invalid_argument);
}

}  // namespace nocturne::test
