#include <doctest/doctest.h>

#include <vector>

#include "controller/campaign/outlook.hpp"
#include "support/surrogate_here.hpp"
#include "support/virtual_night.hpp"

namespace nocturne::test {
namespace {

using namespace std::chrono_literals;

std::vector<Foreseen> outlooks(const VirtualNight& night) {
  std::vector<Foreseen> found;
  const Log log = Log::open(night.log_file(), Log::Access::read);
  log.for_each([&](const Event& event) {
    if (is<Foreseen>(event)) found.push_back(read<Foreseen>(event));
  });
  return found;
}

VirtualNight& unreachable(VirtualNight& night) {
  night.overrides.targets_nm = {560.0};
  night.overrides.budget = 25;
  return night;
}

}  // namespace

TEST_CASE("outlook: a target that no conditions meet ends the campaign early, with the reason") {
  if (skipped()) return;
  VirtualNight night;
  const CampaignResult result = unreachable(night).run();
  CHECK(result.status == "stopped");
  CHECK(result.experiments <= 12);
  CHECK(result.why.find("560 nm is not reachable within the bounds: nearest expected 5") == 0);
  CHECK(result.why.find("; in the way: ") != std::string::npos);
  const std::vector<Foreseen> seen = outlooks(night);
  REQUIRE(seen.size() >= 2);
  CHECK(seen.back().why_not == result.why);
  CHECK(seen.back().experiments == result.experiments);
  CHECK(seen.back().probability < kHopelessProbability);
  CHECK(seen[seen.size() - 2].probability < kHopelessProbability);
  CHECK(seen[seen.size() - 2].why_not.empty());
  CHECK_FALSE(night.verify().first_difference);
  const std::int64_t events = night.record().events;
  CHECK(night.resume().status == "stopped");
  CHECK(night.record().events == events);
}

TEST_CASE("outlook: a resumed campaign ends where the undisturbed one does, and replays bit for bit") {
  if (skipped()) return;
  VirtualNight whole, halves;
  const CampaignResult undisturbed = unreachable(whole).run();
  unreachable(halves).run([](Night& running) -> Task<void> {
    co_await running.clock().sleep_for(50min);
    running.campaign().request_stop();
  });
  REQUIRE(halves.record().outcomes.size() < halves.record().decisions.size());
  const CampaignResult resumed = halves.resume();
  CHECK(resumed.status == "stopped");
  CHECK(resumed.why.find("560 nm is not reachable") == 0);
  CHECK(resumed.experiments <= undisturbed.experiments + 2);  // the bench drifted in between
  CHECK_FALSE(halves.verify().first_difference);
}

TEST_CASE("outlook: what can be reached is not given up") {
  if (skipped()) return;
  for (const double target_nm : {470.0, 490.0}) {
    CAPTURE(target_nm);
    VirtualNight night;
    night.overrides.targets_nm = {target_nm};
    night.overrides.budget = 14;
    CHECK(night.run().status != "stopped");
    for (const Foreseen& outlook : outlooks(night)) CHECK(outlook.probability > 0.05);
    CHECK_FALSE(night.verify().first_difference);
  }
}

}  // namespace nocturne::test
