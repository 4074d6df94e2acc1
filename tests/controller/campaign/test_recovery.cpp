#include <doctest/doctest.h>

#include "support/virtual_night.hpp"

namespace nocturne::test {
namespace {

using namespace std::chrono_literals;

std::vector<Event> events_of(const VirtualNight& night) {
  return Log::open(night.log_file(), Log::Access::read).events();
}

template <class T>
int count_of(const VirtualNight& night) {
  return static_cast<int>(std::ranges::count_if(events_of(night), is<T>));
}

/// Both lights are dark during the first attempts, until as many are recovered from.
VirtualNight::Mischief dark_attempts(const VirtualNight& night, int attempts) {
  return [&night, attempts](Night& running) -> Task<void> {
    FaultBoard& faults = running.built().virtual_side()->faults("flow_cell");
    faults.set("lights_dead", true);
    while (count_of<Recovering>(night) < attempts) co_await running.clock().sleep_for(5s);
    faults.set("lights_dead", false);
  };
}

CampaignFiles recovering(VirtualNight& night, Recovery action) {
  night.overrides.budget = 1;
  CampaignFiles files = night.files();
  files.recipe.recovery[FailureKind::no_emission] = action;
  return files;
}

int references_in(const VirtualNight& night) {
  int count = 0;
  Log::open(night.log_file(), Log::Access::read).for_each_with_spectra([&](const Event& event) {
    if (is<Calibrated>(event)) count += event.spectra.front().role == "reference";
  });
  return count;
}

Outcome first_outcome(const VirtualNight& night) { return night.record().outcomes.at(1); }

}  // namespace

TEST_CASE("recovery: an experiment without emission is made once more, and what it then gives counts") {
  VirtualNight night;
  const CampaignFiles files = recovering(night, Recovery::retry);
  const CampaignResult result = night.run(files, dark_attempts(night, 1));
  CHECK(result.experiments == 1);
  CHECK(result.failures.empty());
  CHECK(std::holds_alternative<Observation>(first_outcome(night)));
  CHECK(count_of<Planned>(night) == 2);
  CHECK(references_in(night) == 1);
  CHECK_FALSE(night.verify().first_difference);
}

TEST_CASE("recovery: cleaning takes a new reference before the second attempt") {
  VirtualNight night;
  const CampaignFiles files = recovering(night, Recovery::clean);
  night.run(files, dark_attempts(night, 1));
  CHECK(std::holds_alternative<Observation>(first_outcome(night)));
  CHECK(references_in(night) == 2);
  CHECK_FALSE(night.verify().first_difference);
}

TEST_CASE("recovery: an experiment that fails twice has failed, and is not tried a third time") {
  VirtualNight night;
  const CampaignFiles files = recovering(night, Recovery::retry);
  night.run(files, dark_attempts(night, 2));
  CHECK(std::get<Failure>(first_outcome(night)).kind == FailureKind::no_emission);
  CHECK(count_of<Planned>(night) == 2);
}

TEST_CASE("recovery: without a word in the recipe a failure counts as it is") {
  VirtualNight night;
  const CampaignFiles files = recovering(night, Recovery::skip);
  night.run(files, dark_attempts(night, 1));
  CHECK(std::get<Failure>(first_outcome(night)).kind == FailureKind::no_emission);
  CHECK(count_of<Planned>(night) == 1);
  CHECK(count_of<Recovering>(night) == 0);
}

TEST_CASE("recovery: the standard is measured next, and replay does the same") {
  VirtualNight night;
  night.overrides.targets_nm = {540.0};
  CampaignFiles files = recovering(night, Recovery::standard);
  files.recipe.budget.experiments = 3;
  night.run(files, [&](Night& running) -> Task<void> {
    while (night.record().outcomes.empty()) co_await running.clock().sleep_for(5s);
    co_await dark_attempts(night, 1)(running);
  });
  const CampaignRecord record = night.record();
  CHECK(std::holds_alternative<Failure>(record.outcomes.at(2)));
  CHECK(record.decisions.at(3).suggestion.reason == "standard");
  CHECK(record.decisions.at(3).suggestion.conditions == record.decisions.at(1).suggestion.conditions);
  CHECK_FALSE(night.verify().first_difference);
}

TEST_CASE("recovery: a failure that the recipe calls unsafe ends the night, with nothing hot or flowing") {
  VirtualNight night;
  const CampaignFiles files = recovering(night, Recovery::safe);
  double flow = -1.0, heating = -1.0;
  const CampaignResult result = night.run(files, [&](Night& running) -> Task<void> {
    co_await dark_attempts(night, 1)(running);
    co_await running.clock().sleep_for(10s);
    flow = running.built().virtual_side()->world().flow_uL_min();
    heating = running.built().virtual_side()->world().heating();
  });
  CHECK(result.status == "faulted");
  CHECK(result.why.starts_with("experiment 1: no_emission"));
  CHECK(flow == 0.0);
  CHECK(heating == 0.0);
}

}  // namespace nocturne::test
