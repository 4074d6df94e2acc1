#include <doctest/doctest.h>

#include <atomic>
#include <fstream>
#include <numeric>
#include <sstream>
#include <thread>

#include "controller/campaign/steering.hpp"
#include "controller/journal/journal_command.hpp"
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
  return {what, experiments, std::nullopt, "Ada", "she wants it"};
}

SteerRequest another_target(const VirtualNight& night, double peak_nm) {
  SteerRequest request = a_request("target");
  request.target = further_target(night.log_file(), peak_nm);
  return request;
}

/// Asks for one more target once the first product is read.
VirtualNight::Mischief wishing(const VirtualNight& night, double peak_nm) {
  return [&night, peak_nm](Night& running) -> Task<void> {
    co_await night.until_product(running);
    SteerBox{night.log_file()}.post(another_target(night, peak_nm));
  };
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

TEST_CASE(
    "steering: of requests that are posted while others are taken out none is lost, and none comes twice") {
  const TemporaryFolder folder;
  constexpr int kPosted = 2'000;
  std::atomic<bool> done = false;
  std::thread people{[&] {
    const SteerBox box{folder.path() / "night.db"};
    for (int n = 1; n <= kPosted; ++n) box.post(a_request("budget", n));
    done = true;
  }};
  SteerBox box{folder.path() / "night.db"};
  std::vector<int> taken;
  for (bool last = false; !last;) {
    last = done;
    for (const SteerRequest& request : box.take()) taken.push_back(request.experiments.value_or(0));
  }
  people.join();
  std::vector<int> posted(kPosted);
  std::iota(posted.begin(), posted.end(), 1);
  CHECK(taken == posted);
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

TEST_CASE(
    "steering: an alarm that somebody has seen is in the log and the journal, and changes nothing else") {
  VirtualNight night, undisturbed;
  night.overrides.budget = undisturbed.overrides.budget = 1;
  night.run(people(night, {{5min, a_request("acknowledge")}}));
  const CampaignResult result = undisturbed.run();
  REQUIRE(night.events<Steered>().size() == 1);
  CHECK(night.events<Steered>()[0].request == a_request("acknowledge"));
  CHECK(night.record().outcomes.size() == 1);
  CHECK(night.record().decisions.size() == static_cast<std::size_t>(result.experiments));
  CHECK(night.verify().identical());
  std::ostringstream told, none;
  tell_journal(Log::open(night.log_file(), Log::Access::read), 0, false, told, none);
  CHECK(told.str().find("Ada has seen the alarm: she wants it.") != std::string::npos);
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

TEST_CASE("steering: a target that a person adds is made besides the others, and replay makes it, too") {
  VirtualNight night;
  const CampaignResult result = night.run(wishing(night, 490.0));
  REQUIRE(result.targets.size() == 2);
  CHECK(result.targets[1].target.value == 490.0);
  CHECK(result.targets[1].target.tolerance == result.targets[0].target.tolerance);
  CHECK(result.targets[0].reached_at);
  CHECK(result.targets[1].reached_at);
  CHECK_FALSE(night.verify().first_difference);
}

TEST_CASE("steering: a target that was asked for before the process ended is added by the next one") {
  VirtualNight night;
  night.run([&](Night& running) -> Task<void> {
    co_await wishing(night, 490.0)(running);
    co_await running.clock().sleep_for(5s);  // taken, and the experiment still under way
    running.campaign().request_stop();
  });
  REQUIRE(night.record().wished_targets.size() == 1);
  CHECK(night.record().outcomes.empty());
  const CampaignResult resumed = night.resume();
  REQUIRE(resumed.targets.size() == 2);
  CHECK(resumed.targets[1].reached_at);
  CHECK(night.record().wished_targets.empty());
  CHECK_FALSE(night.verify().first_difference);
}

TEST_CASE("steering: a target that is met already costs no experiment, and is known after a resume") {
  VirtualNight night;
  night.overrides.targets_nm = {509.0, 480.0};
  const CampaignResult first = night.run([&](Night& running) -> Task<void> {
    while (night.record().outcomes.empty()) co_await running.clock().sleep_for(5s);
    const auto seen = std::get<Observation>(night.record().outcomes.at(1)).peak_nm->value;
    SteerBox{night.log_file()}.post(another_target(night, seen));
    while (night.record().added_targets.empty()) co_await running.clock().sleep_for(5s);
    running.campaign().request_stop();
  });
  REQUIRE(first.targets.size() == 3);
  CHECK(first.targets[2].reached_at == 1);
  const CampaignResult resumed = night.resume();
  REQUIRE(resumed.targets.size() == 3);
  CHECK(resumed.targets[2].reached_at == 1);
  CHECK_FALSE(night.verify().first_difference);
}

TEST_CASE("steering: a target that the campaign cannot aim at is refused before anybody is asked") {
  const TemporaryFolder folder;
  CampaignHeader header = VirtualNight{}.files().header;
  const auto plain = folder.path() / "plain.db", narrow = folder.path() / "narrow.db";
  static_cast<void>(Log::create(plain, header));
  header.targets = campaign_files_of(header).recipe.targets;
  header.targets.front().narrowest = true;
  static_cast<void>(Log::create(narrow, header));
  CHECK_THROWS_WITH_AS(further_target(plain, 2000.0), doctest::Contains("300 to 1100 nm"), FileError);
  CHECK_THROWS_WITH_AS(further_target(narrow, 490.0), doctest::Contains("cannot be narrowest"), FileError);
  CHECK(further_target(plain, 490.0).value == 490.0);
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
