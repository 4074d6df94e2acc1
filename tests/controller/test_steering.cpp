#include <doctest/doctest.h>

#include <fstream>
#include <sstream>

#include "controller/steering.hpp"
#include "support/virtual_night.hpp"

namespace nocturne::test {
namespace {

using namespace std::chrono_literals;

/// Something asked at its campaign time.
struct Posted {
  Duration when;
  SteerRequest request;
};

SteerRequest a_request(const std::string& what, std::optional<int> experiments = {}) {
  return {what, experiments, "Ada", "she wants it"};
}

VirtualNight::Mischief people(const VirtualNight& night, std::vector<Posted> requests) {
  return [file = night.log_file(), requests](Night& running) -> Task<void> {
    const SteerBox box{file};
    for (const auto& [when, request] : requests) {
      co_await running.clock().sleep_until(Instant{when});
      box.post(request);
    }
  };
}

/// When the campaign first came into a state.
std::optional<Instant> when_in(const VirtualNight& night, const std::string& state) {
  for (const Event& event : Log::open(night.log_file(), Log::Access::read).events())
    if (is<StateChanged>(event) && read<StateChanged>(event).to == state) return event.time;
  return std::nullopt;
}

}  // namespace

TEST_CASE("steering: requests arrive once, in their order; what is no request is left out") {
  const TemporaryFolder folder;
  SteerBox box{folder.path() / "night.db"};
  CHECK(box.take().empty());
  box.post(a_request("pause"));
  box.post(a_request("budget", 7));
  std::ofstream{folder.path() / "night.db-requests", std::ios::app}
      << "nonsense\n{\"what\":\"explode\",\"who\":\"x\",\"why\":\"y\"}\n";
  CHECK(box.take() == std::vector{a_request("pause"), a_request("budget", 7)});
  CHECK(box.take().empty());
}

TEST_CASE("steering: a pause lets the experiment end, then nothing flows or heats until somebody resumes") {
  VirtualNight night;
  night.overrides.budget = 2;
  night.overrides.targets_nm = {540.0};
  double flow = -1.0, heating = -1.0;
  const auto asking = people(night, {{5min, a_request("pause")}, {60min, a_request("resume")}});
  const auto look = [&](Night& running) -> Task<void> {
    co_await running.clock().sleep_until(Instant{59min});
    flow = running.built().virtual_side()->world().flow_uL_min();
    heating = running.built().virtual_side()->world().heating();
  };
  const CampaignResult result = night.run([&](Night& running) -> Task<void> {
    std::vector<Task<void>> both;
    both.push_back(asking(running));
    both.push_back(look(running));
    co_await all(std::move(both));
  });
  CHECK(result.experiments == 2);
  CHECK(flow == 0.0);
  CHECK(heating == 0.0);
  const auto paused = when_in(night, "paused");
  REQUIRE(paused);
  CHECK(*paused > Instant{5min});
  CHECK(*paused < Instant{30min});
  CHECK_FALSE(night.verify().first_difference);
}

TEST_CASE("steering: an abort ends the campaign at once, and the log says who and why") {
  VirtualNight night;
  const CampaignResult result = night.run(people(night, {{6min, a_request("abort")}}));
  CHECK(result.status == "stopped");
  CHECK(result.why == "aborted by Ada: she wants it");
  CHECK(result.campaign_hours < 0.2);
}

TEST_CASE("steering: a budget that a person changed holds for a resumed campaign, too") {
  VirtualNight night;
  night.overrides.targets_nm = {540.0};
  night.overrides.budget = 1;
  const auto asking = people(night, {{6min, a_request("budget", 3)}});
  const CampaignResult first = night.run([&](Night& running) -> Task<void> {
    co_await asking(running);
    co_await running.clock().sleep_until(Instant{20min});
    running.campaign().request_stop();
  });
  CHECK(first.status == "stopped");
  CHECK(first.experiments >= 1);
  CHECK(night.resume().experiments == 3);
}

TEST_CASE("steering: a campaign that nobody runs cannot be steered") {
  VirtualNight night;
  night.overrides.budget = 1;
  night.run();
  std::ostringstream out;
  CHECK_THROWS_WITH_AS(steer(night.log_file(), a_request("pause"), out),
                       doctest::Contains("no campaign is running"), LogError);
  CHECK_FALSE(std::filesystem::exists(night.log_file().string() + "-requests"));
}

}  // namespace nocturne::test
