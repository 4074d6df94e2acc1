#include <doctest/doctest.h>

#include <sstream>

#include "controller/rehearsal/rehearsal.hpp"
#include "controller/rehearsal/rehearse_command.hpp"
#include "recipes/library.hpp"

namespace nocturne::test {
namespace {

CampaignFiles rehearsed_on(const std::string& bench) {
  CampaignOverrides overrides;
  overrides.budget = 1;
  overrides.optimizer = "sobol";
  CampaignFiles files =
      read_campaign_files(find_shipped("cspbbr3_green_510", ""), find_shipped(bench, "benches"), overrides);
  make_virtual(files, find_shipped("cspbbr3", "plants"));
  return files;
}

const Phase& phase_called(const std::vector<Phase>& phases, const std::string& name) {
  return *std::ranges::find(phases, name, &Phase::name);
}

}  // namespace

TEST_CASE("rehearsal: a night has six phases, in this order; each is struck where it is under way") {
  const std::vector<Phase> phases = phases_of(rehearsed_on("virtual"));
  std::string names;
  Seconds before{0.0};
  for (const Phase& phase : phases) {
    names += phase.name + " ";
    CHECK(phase.at > before);
    before = phase.at;
  }
  CHECK(names == "priming heating flushing settling measuring cooling ");
}

TEST_CASE(
    "rehearsal: where syringes are filled again that is a phase, too, and a valve that fails in it does no "
    "harm") {
  CampaignOverrides overrides;
  overrides.budget = 4;
  overrides.targets_nm = {1000.0};
  overrides.optimizer = "sobol";
  CampaignFiles files = read_campaign_files(find_shipped("cspbbr3_green_510", ""),
                                            find_shipped("virtual_refill", "benches"), overrides);
  make_virtual(files, find_shipped("cspbbr3", "plants"));
  const std::vector<Phase> phases = phases_of(files);
  CHECK(phases.size() == 7);
  const Phase refilling = phase_called(phases, "refilling");
  for (const char* fault : {"stuck", "deaf"}) {
    CAPTURE(fault);
    const Rehearsed night = rehearse(files, {"tap_bromide", fault, refilling});
    CHECK(night.status == "faulted");
    CHECK(night.noticed_as.find("tap_bromide") == 0);
    CHECK(night.breaches.empty());
  }
}

TEST_CASE("rehearsal: a stall is noticed and everything off in time; what flowed in vain is told") {
  const CampaignFiles files = rehearsed_on("virtual");
  const Rehearsed night =
      rehearse(files, {"pump_cs_pb", "stall", phase_called(phases_of(files), "settling")});
  CHECK(night.status == "faulted");
  CHECK(night.breaches.empty());
  REQUIRE(night.noticed_s);
  CHECK(*night.noticed_s <= 3.0);
  REQUIRE(night.heat_off_s);
  CHECK(*night.heat_off_s <= *night.noticed_s + 2.0);
  CHECK(night.attempts_lost == 1);
  CHECK(night.reagent_lost_mL > 0.5);
  CHECK(night.reagent_lost_mL < 5.0);
}

TEST_CASE("rehearsal: a bench that takes its time to miss an instrument breaches what is promised") {
  CampaignFiles files = rehearsed_on("virtual");
  const Phase heating = phase_called(phases_of(files), "heating");
  CHECK(rehearse(files, {"pump_cs_pb", "deaf", heating}).breaches.empty());
  files.bench.limits.lost_after = Seconds{8.0};
  const Rehearsed careless = rehearse(files, {"pump_cs_pb", "deaf", heating});
  REQUIRE(careless.breaches.size() == 1);
  CHECK(careless.breaches[0] == "noticed later than after 3 s");
}

TEST_CASE(
    "rehearsal: a heater that is stuck is stopped by its own limit, and the night says that it heats on") {
  const CampaignFiles files = rehearsed_on("virtual");
  const Rehearsed night = rehearse(files, {"oven", "runaway", phase_called(phases_of(files), "settling")});
  CHECK(night.status == "faulted");
  CHECK(night.breaches.empty());
  CHECK(night.hottest_C <= 208.0);
}

TEST_CASE("rehearsal: a bench of real instruments is rehearsed with their virtual twins") {
  const CampaignFiles files = rehearsed_on("example_lab");
  for (const LineDescription& line : files.bench.lines) CHECK(line.kind == "virtual");
  CHECK_FALSE(faults_of(files).empty());
  CHECK(phases_of(files).size() == 6);
}

TEST_CASE("rehearsal: an unknown fault, instrument or phase is refused with those that there are") {
  RehearseOptions options;
  options.bench = find_shipped("virtual", "benches");
  options.recipe = find_shipped("cspbbr3_green_510", "");
  options.plant = find_shipped("cspbbr3", "plants");
  std::ostringstream out, messages;
  options.faults = {"stal"};
  CHECK_THROWS_WITH_AS(rehearse(options, out, messages), doctest::Contains("no fault stal here (there are: "),
                       FileError);
  options.faults = {"stall"};
  options.phases = {"sleeping"};
  CHECK_THROWS_WITH_AS(rehearse(options, out, messages), doctest::Contains("no phase sleeping"), FileError);
  options.phases = {"heating"};
  options.instruments = {"pump_amine"};
  CHECK(rehearse(options, out, messages) == 0);
  CHECK(out.str().find("made safe") != std::string::npos);
  CHECK(messages.str().find("0 of 1 nights with a breach") != std::string::npos);
}

}  // namespace nocturne::test
