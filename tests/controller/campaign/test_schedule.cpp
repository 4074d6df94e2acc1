#include <SQLiteCpp/SQLiteCpp.h>
#include <doctest/doctest.h>

#include <nlohmann/json.hpp>
#include <sstream>

#include "controller/campaign/run.hpp"
#include "controller/campaign/schedule.hpp"
#include "controller/json_types.hpp"
#include "support/virtual_night.hpp"

namespace nocturne::test {
namespace {

using namespace std::chrono_literals;

/// What `run` makes of a schedule; the log stays in the night's folder.
Json run_to(const VirtualNight& night, const Schedule& schedule) {
  RunOptions options;
  options.log = night.log_file();
  options.json = true;
  options.progress = Progress::Style::silent;
  options.schedule = schedule;
  std::ostringstream out;
  run(night.files(), options, night.wall_clock, out);
  return Json::parse(out.str());
}

}  // namespace

TEST_CASE("schedule: a time of day is the next one, at most a day away") {
  CHECK(until_time_of_day("22:00", 21h) == 1h);
  CHECK(until_time_of_day("07:00", 22h + 30min) == 8h + 30min);
  CHECK(until_time_of_day("7:05", 7h) == 5min);
  CHECK(until_time_of_day("00:00", 0h) == 24h);
  for (const char* wrong : {"24:00", "7", "07:60", "7pm", "", "-1:00", "07:00:00"})
    CHECK_THROWS_WITH_AS(until_time_of_day(wrong, 0h), doctest::Contains("no time of day (such as 22:00)"),
                         std::invalid_argument);
}

TEST_CASE("schedule: the end is the next one after the start") {
  const Schedule night = make_schedule("22:00", "07:00", 20h);
  CHECK(night.start_after == 2h);
  CHECK(night.end_after == 11h);
  CHECK_FALSE(make_schedule("", "", 20h).end_after);
  CHECK(make_schedule("", "07:00", 20h).end_after == 11h);
}

TEST_CASE("schedule: nothing is touched before the start, nothing is hot or flowing after the end") {
  VirtualNight night;
  night.overrides.targets_nm = {540.0, 505.0};
  const Json result = run_to(night, make_schedule("22:00", "22:45", 21h));
  CHECK(result.at("status") == "budget_spent");
  CHECK(result.at("why").get<std::string>().find("22:45") != std::string::npos);
  CHECK(result.at("experiments") >= 1);
  const std::vector<Event> events = Log::open(night.log_file(), Log::Access::read).events();
  const auto armed =
      std::ranges::find_if(events, [](const Event& event) { return is<InstrumentArmed>(event); });
  REQUIRE(armed != events.end());
  CHECK(armed->time >= Instant{1h});
  const auto stopping = std::ranges::find_if(events, [](const Event& event) {
    return is<StateChanged>(event) && read<StateChanged>(event).to == "stopping";
  });
  REQUIRE(stopping != events.end());
  CHECK(stopping->time <= Instant{1h + 45min});
  double hottest_C = 0.0;
  for (const Event& event : events)
    if (is<ReadingTaken>(event) && event.time > Instant{1h + 45min})
      for (const auto& [name, celsius] : read<ReadingTaken>(event).temperature_C)
        hottest_C = std::max(hottest_C, celsius);
  CHECK(hottest_C < 61.0);
}

TEST_CASE("schedule: the time of the campaign counts from its start, not from when somebody typed it") {
  VirtualNight night;
  night.overrides.budget = 1;
  const Json result = run_to(night, make_schedule("22:00", "", 8h));
  CHECK(result.at("experiments") == 1);
}

TEST_CASE("schedule: the latest end holds for the process that resumes, too, unless it gets another one") {
  const auto began_two_days_ago = [](const VirtualNight& night) {
    SQLite::Database log{night.log_file().string(), SQLite::OPEN_READWRITE};
    const std::string after = " WHERE seq > (SELECT min(seq) FROM events WHERE kind = 'outcome')";
    log.exec("DELETE FROM frames" + after);
    log.exec("DELETE FROM events" + after);
    log.exec(
        "UPDATE header SET value = strftime('%Y-%m-%dT%H:%M:%fZ', 'now', '-2 days') WHERE key = 'started'");
  };
  VirtualNight night;
  night.overrides.targets_nm = {540.0};
  night.overrides.budget = 2;
  run_to(night, make_schedule("", "22:00", 20h));
  REQUIRE(night.record().outcomes.size() == 2);
  began_two_days_ago(night);
  RunOptions options;
  options.log = night.log_file();
  options.progress = Progress::Style::silent;
  std::ostringstream out;
  resume(options, night.wall_clock, out);
  CHECK(night.record().outcomes.size() == 1);
  CHECK(night.events<CampaignEnded>().back().why == "it is 22:00");
  options.schedule = make_schedule("", "22:00", 22h - 1min);
  CHECK_THROWS_AS(resume(options, night.wall_clock, out), FileError);
  options.schedule = make_schedule("", "22:00", 20h);
  resume(options, night.wall_clock, out);
  CHECK(night.record().outcomes.size() == 2);
}

TEST_CASE("schedule: an end before the first experiment can finish is refused, and no log is left") {
  const VirtualNight night;
  CHECK_THROWS_WITH_AS(run_to(night, make_schedule("22:00", "22:02", 21h)),
                       doctest::Contains("--until 22:02: 2 min are left then, the shortest experiment takes"),
                       FileError);
  CHECK_FALSE(std::filesystem::exists(night.log_file()));
}

}  // namespace nocturne::test
