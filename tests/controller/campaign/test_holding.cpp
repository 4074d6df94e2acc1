#include <doctest/doctest.h>

#include "controller/campaign/steering.hpp"
#include "support/virtual_night.hpp"

namespace nocturne::test {
namespace {

using namespace std::chrono_literals;

/// Every way that the campaign's state went, with why.
std::vector<StateChanged> moves_of(const VirtualNight& night) {
  std::vector<StateChanged> moves;
  Log::open(night.log_file(), Log::Access::read).for_each([&](const Event& event) {
    if (is<StateChanged>(event)) moves.push_back(read<StateChanged>(event));
  });
  return moves;
}

int times_in(const std::vector<StateChanged>& moves, const std::string& state) {
  return static_cast<int>(std::ranges::count(moves, state, &StateChanged::to));
}

/// What a spectrometer that is away leaves on: heating power and flow, looked at every second until it is
/// back.
struct Left {
  double heating = -1.0;
  double flow_uL_min = -1.0;
};

/// Takes the spectrometer away while the first product is read.
VirtualNight::Mischief without_spectrometer(const VirtualNight& campaign, Duration away, Left& left) {
  return [=, &campaign, &left](Night& night) -> Task<void> {
    VirtualSide& side = *night.built().virtual_side();
    co_await campaign.until_product(night);
    side.faults("flow_cell").set("deaf", true);
    const Instant end = night.clock().now() + away;
    while (night.clock().now() < end) {
      co_await night.clock().sleep_for(1s);
      side.world().probe_celsius(night.clock().now());  // time passes there
      left = {side.world().heating(), side.world().flow_uL_min()};
    }
    side.faults("flow_cell").set("deaf", false);
  };
}

/// The shipped bench of many makers, with more in it.
CampaignFiles with(const VirtualNight& night, const std::string& interlock) {
  CampaignFiles files = night.files();
  files.header.bench_text = files.bench.text + interlock;
  return campaign_files_of(files.header);
}

}  // namespace

TEST_CASE(
    "hold: a spectrometer that comes back in time costs nothing but time; the heat is kept, nothing flows") {
  VirtualNight night;
  night.overrides.budget = 3;
  night.overrides.targets_nm = {505.0};
  Left left;
  const CampaignResult result = night.run(without_spectrometer(night, 50s, left));
  CHECK(result.status != "faulted");
  CHECK(result.experiments == 3);
  CHECK(result.failures.empty());
  CHECK(left.heating > 0.0);
  CHECK(left.flow_uL_min == 0.0);
  CHECK(times_in(moves_of(night), "holding") == 1);
  CHECK_FALSE(night.verify().first_difference);
}

TEST_CASE("hold: a spectrometer that stays away ends the night safe, and its experiment is made on resume") {
  VirtualNight night;
  night.overrides.budget = 3;
  Left left;
  const CampaignResult result = night.run(without_spectrometer(night, 10min, left));
  CHECK(result.status == "faulted");
  CHECK(result.why.starts_with("flow_cell"));
  CHECK(left.heating == 0.0);
  CHECK(left.flow_uL_min == 0.0);
  const CampaignResult resumed = night.resume();
  CHECK(resumed.status != "faulted");
  CHECK(resumed.failures.empty());
}

TEST_CASE("hold: a spectrometer that is lost while a paused night gets ready again costs only time") {
  VirtualNight night;
  night.overrides.budget = 2;
  night.overrides.targets_nm = {540.0};
  const CampaignResult result = night.run([&](Night& running) -> Task<void> {
    const SteerBox people{night.log_file()};
    co_await running.clock().sleep_until(Instant{5min});
    people.post({"pause", {}, {}, "Ada", "lunch"});
    co_await running.clock().sleep_until(Instant{60min});
    people.post({"resume", {}, {}, "Ada", "back"});
    while (night.events<StateChanged>().back().to != "running") co_await running.clock().sleep_for(1s);
    running.built().virtual_side()->faults("flow_cell").set("deaf", true);
    co_await running.clock().sleep_for(50s);
    running.built().virtual_side()->faults("flow_cell").set("deaf", false);
  });
  CHECK(result.experiments == 2);
  CHECK(result.failures.empty());
  std::string way;
  for (const StateChanged& move : moves_of(night)) way += move.to + " ";
  CHECK(way == "arming running paused running holding running stopping done ");
}

TEST_CASE("hold: who asks for a pause meanwhile gets it before anything flows again") {
  VirtualNight night;
  night.overrides.budget = 2;
  night.overrides.targets_nm = {540.0};
  Left left, paused;
  const auto away = without_spectrometer(night, 50s, left);
  const CampaignResult result = night.run([&](Night& running) -> Task<void> {
    const SteerBox people{night.log_file()};
    co_await night.until_product(running);
    people.post({"pause", {}, {}, "Ada", "what is it?"});
    co_await away(running);
    co_await running.clock().sleep_for(5min);
    const VirtualWorld& world = running.built().virtual_side()->world();
    paused = {world.heating(), world.flow_uL_min()};
    people.post({"resume", {}, {}, "Ada", "it is back"});
  });
  CHECK(result.experiments == 2);
  CHECK(paused.flow_uL_min == 0.0);
  CHECK(paused.heating == 0.0);
  std::string way;
  for (const StateChanged& move : moves_of(night)) way += move.to + " ";
  CHECK(way == "arming running holding paused running stopping done ");
}

TEST_CASE("interlock: one that warns is told once and stops nothing") {
  VirtualNight night;
  night.overrides.budget = 1;
  const CampaignResult result =
      night.run(with(night, "\n[[interlock]]\nsignal = \"oven\"\nabove = 60\naction = \"warn\"\n"));
  CHECK(result.experiments == 1);
  std::vector<std::string> warnings;
  Log::open(night.log_file(), Log::Access::read).for_each([&](const Event& event) {
    if (is<Warned>(event)) warnings.push_back(read<Warned>(event).what);
  });
  REQUIRE(warnings.size() == 1);
  CHECK(warnings[0].find("oven: 6") == 0);
  CHECK(warnings[0].find("above the limit of 60 °C") != std::string::npos);
}

TEST_CASE("interlock: one that holds lets the zone cool without its feeds, then everything is made safe") {
  VirtualNight night;
  night.overrides.budget = 1;
  const CampaignResult result =
      night.run(with(night, "\n[[interlock]]\nsignal = \"oven\"\nabove = 60\naction = \"hold\"\n"));
  CHECK(result.status == "faulted");
  CHECK(result.why.find("above the limit of 60 °C") != std::string::npos);
  CHECK(times_in(moves_of(night), "holding") == 1);
}

TEST_CASE("interlock: one that comes to hold during a pause holds when somebody resumes") {
  VirtualNight night;
  night.overrides.budget = 2;
  night.overrides.targets_nm = {540.0};
  const CampaignFiles files = with(
      night, "\n[[interlock]]\nsignal = \"oven\"\nbelow = 35\nlasting = \"10 min\"\naction = \"hold\"\n");
  night.run(files, [&](Night& running) -> Task<void> {
    const SteerBox people{night.log_file()};
    co_await night.until_product(running);
    people.post({"pause", {}, {}, "Ada", "the hood is checked"});
    co_await running.clock().sleep_for(2h);
    people.post({"resume", {}, {}, "Ada", "done"});
  });
  std::string way;
  for (const StateChanged& move : moves_of(night)) way += move.to + " ";
  CHECK(way.find("paused running holding ") != std::string::npos);
}

TEST_CASE("interlock: what does not last long enough is no reason") {
  VirtualNight night;
  night.overrides.budget = 1;
  const std::string below = "\n[[interlock]]\nsignal = \"oven\"\nbelow = 60\n";
  CHECK(night.run(with(night, below + "lasting = \"10 min\"\n")).experiments == 1);
  VirtualNight strict;
  strict.overrides.budget = 1;
  CHECK(strict.run(with(strict, below + "lasting = \"10 s\"\n")).experiments == 0);
}

}  // namespace nocturne::test
