#include <SQLiteCpp/SQLiteCpp.h>
#include <doctest/doctest.h>

#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "controller/campaign/run.hpp"
#include "controller/journal/alarm.hpp"
#include "controller/journal/alarm_events.hpp"
#include "support/refusal.hpp"
#include "support/virtual_night.hpp"

namespace nocturne::test {
namespace {

using namespace std::chrono_literals;

/// A shell script that may be run.
std::string script(const std::filesystem::path& file, const std::string& text) {
  write_file(file, "#!/bin/sh\n" + text);
  std::filesystem::permissions(file, std::filesystem::perms::owner_all);
  return file.string();
}

/// Appends "EVENT CAMPAIGN ARGUMENTS: input" to the file `told`.
std::string teller(const std::filesystem::path& folder) {
  return script(folder / "tell",
                "{ printf '%s %s %s: ' \"$NOCTURNE_EVENT\" \"$NOCTURNE_CAMPAIGN\" \"$*\"; "
                "cat; } > \"" +
                    folder.string() + "/$$.part\" && cat \"" + folder.string() + "/$$.part\" >> \"" +
                    (folder / "told").string() + "\"\n");
}

int times(const std::string& text, const std::string& words) {
  int count = 0;
  for (auto at = text.find(words); at != std::string::npos; at = text.find(words, at + 1)) ++count;
  return count;
}

/// PATH for as long as it lives.
class SearchPath {
 public:
  explicit SearchPath(const std::filesystem::path& path) : before_{std::getenv("PATH")} {
    ::setenv("PATH", path.c_str(), 1);
  }
  ~SearchPath() { ::setenv("PATH", before_.c_str(), 1); }
  SearchPath(const SearchPath&) = delete;
  SearchPath& operator=(const SearchPath&) = delete;

 private:
  std::string before_;
};

/// A night of one experiment whose bench file ends in an [alarm] table.
struct AlarmedNight : VirtualNight {
  explicit AlarmedNight(const std::string& table) : table_{table} { overrides.budget = 1; }

  CampaignFiles with_alarm() const {
    CampaignFiles made = files();
    made.header.bench_text += "\n[alarm]\n" + table_ + "\n";
    return campaign_files_of(made.header);
  }
  std::vector<std::string> warnings() const {
    std::vector<std::string> found;
    for (const Event& event : Log::open(log_file(), Log::Access::read).events())
      if (is<Warned>(event)) found.push_back(read<Warned>(event).what);
    return found;
  }
  std::string table_;
};

Task<void> stall_pump(Night& running) {
  co_await running.clock().sleep_for(5min);
  running.built().virtual_side()->faults("pump_bromide").set("stall", true);
}

BenchDescription bench_with(std::vector<std::string> command, double limit_s = 30.0) {
  BenchDescription bench;
  bench.file = "b.toml";
  bench.alarm.emplace();
  bench.alarm->command = std::move(command);
  bench.alarm->command_line = 7;
  bench.alarm->limit = Seconds{limit_s};
  return bench;
}

}  // namespace

TEST_CASE(
    "alarm: the command gets the sentence and the log when a night ends, and the log knows nothing of it") {
  TemporaryFolder folder;
  AlarmedNight night{"command = [\"" + teller(folder.path()) + "\", \"--room\", \"4 b\"]"};
  const CampaignFiles files = night.with_alarm();
  const CampaignResult result = night.run(files);
  const std::string told = file_text(folder / "told");
  CHECK(told.find("ended " + files.header.id + " --room 4 b: The campaign ended as ") == 0);
  CHECK(told.find(" Log: " + night.log_file().string() + "\n") != std::string::npos);
  CHECK(times(told, "\n") == 1);
  CHECK(night.warnings().empty());
  const std::string fingerprint = night.fingerprint();
  std::filesystem::remove(night.log_file());
  night.run(files);
  CHECK(night.fingerprint() == fingerprint);
  CHECK(result.experiments == 1);
}

TEST_CASE("alarm: a faulted night tells the trip and the end, each with its event") {
  TemporaryFolder folder;
  AlarmedNight night{"command = [\"" + teller(folder.path()) + "\"]"};
  const CampaignResult result = night.run(night.with_alarm(), stall_pump);
  CHECK(result.status == "faulted");
  const std::string told = file_text(folder / "told");
  CAPTURE(told);
  CHECK(times(told, "trip " + night.files().header.id) == 1);
  CHECK(times(told, "Tripped, everything is being stopped: pump of bromide: ") == 1);
  CHECK(times(told, "The campaign ended as faulted: pump of bromide: ") == 1);
  CHECK(times(told, "disobeyed ") == (result.disobeyed.empty() ? 0 : 1));
}

TEST_CASE("alarm: a campaign that holds tells so") {
  TemporaryFolder folder;
  AlarmedNight night{"command = [\"" + teller(folder.path()) + "\"]"};
  night.run(night.with_alarm(), [&](Night& running) -> Task<void> {
    FaultBoard& cell = running.built().virtual_side()->faults("flow_cell");
    co_await night.until_product(running);
    cell.set("deaf", true);
    co_await running.clock().sleep_for(30s);
    cell.set("deaf", false);
  });
  const std::string told = file_text(folder / "told");
  CAPTURE(told);
  CHECK(times(told, "hold ") >= 1);
  CHECK(times(told, "Holding, with the feeds stopped and the heat kept: flow_cell: ") == 1);
}

TEST_CASE("alarm: a log that breaks is told although it cannot be written any more") {
  TemporaryFolder folder;
  AlarmedNight night{"command = [\"" + teller(folder.path()) + "\"]"};
  CHECK_THROWS_AS(
      night.run(
          night.with_alarm(),
          [&](Night& running) -> Task<void> {
            co_await running.clock().sleep_for(3min);
            SQLite::Database{night.log_file().string(), SQLite::OPEN_READWRITE}.exec("DROP TABLE frames");
          }),
      CampaignBroken);
  CHECK(file_text(folder / "told").find("The campaign broke off, and the log does not say so: ") !=
        std::string::npos);
}

TEST_CASE("alarm: a command that hangs is killed with what it started, and the night's result is the same") {
  TemporaryFolder folder;
  AlarmedNight plain{"command = [\"" + teller(folder.path()) + "\"]"};
  const CampaignResult calm = plain.run(plain.with_alarm());
  AlarmedNight night{
      "command = [\"" +
      script(folder / "hang", "sleep 600 &\necho $! > " + (folder / "sleeper").string() + "\nwait\n") +
      "\"]"};
  CampaignFiles files = night.with_alarm();
  files.bench.alarm->limit = Seconds{0.5};
  const Instant began = night.wall_clock.now();
  const CampaignResult result = night.run(files);
  CHECK(night.wall_clock.now() - began < 60s);
  CHECK(result.status == calm.status);
  CHECK(result.why == calm.why);
  CHECK(result.campaign_hours == calm.campaign_hours);
  REQUIRE(night.warnings().size() == 1);
  CHECK(night.warnings().front().find("hang took longer than 0.5 s and was killed") != std::string::npos);
  const pid_t sleeper = std::stoi(file_text(folder / "sleeper"));
  const auto runs = [&] {
    const std::string status = file_text("/proc/" + std::to_string(sleeper) + "/status");
    return !status.empty() && status.find("State:\tZ") == std::string::npos;
  };
  const Instant killed = night.wall_clock.now();
  while (runs() && night.wall_clock.now() - killed < 5s) {
  }
  CHECK_FALSE(runs());
}

TEST_CASE("alarm: a program that is not there, or fails, is told once, with its line, and ends nothing") {
  TemporaryFolder folder;
  for (const std::string& program : {(folder / "nobody").string(), std::string{"no-such-program-here"},
                                     script(folder / "sad", "exit 3\n")}) {
    CAPTURE(program);
    AlarmedNight night{"command = [\"" + program + "\"]"};
    const CampaignFiles files = night.with_alarm();
    const CampaignResult result = night.run(files, stall_pump);
    CHECK(result.status == "faulted");
    int complaints = 0;
    for (const std::string& warning : night.warnings())
      if (warning.find(program) != std::string::npos) {
        ++complaints;
        CHECK(warning.find(files.bench.file + ":" + std::to_string(files.bench.alarm->command_line) + ": ") ==
              0);
        CHECK((warning.find("could not be started: No such file") != std::string::npos ||
               warning.find("ended with status 3") != std::string::npos));
      }
    CHECK(complaints == 1);
  }
}

TEST_CASE("alarm: nothing of this program stays open in the command, and what it prints goes nowhere") {
  TemporaryFolder folder;
  const std::string list = script(folder / "list", "echo loud; echo loud >&2; ls -l /proc/self/fd > " +
                                                       (folder / "open").string() + "\n");
  const std::ofstream mine{folder / "mine"};
  const SystemClock clock;
  {
    Alarm alarm{bench_with({list}), {"c", folder / "n.db"}, clock};
    alarm.raise("trip", "It happened.");
  }
  const std::string open = file_text(folder / "open");
  CHECK_FALSE(open.empty());
  CHECK(open.find("mine") == std::string::npos);
  CHECK(open.find("socket:") == std::string::npos);
}

TEST_CASE("alarm: raising is quick, and what is too much is said and not sent") {
  TemporaryFolder folder;
  const SystemClock clock;
  Alarm alarm{bench_with({script(folder / "slow", "sleep 600\n")}, 1.0), {"c", folder / "n.db"}, clock};
  std::atomic<int> notified = 0;
  alarm.on_failure([&] { ++notified; });
  const Instant began = clock.now();
  for (int i = 0; i < Alarm::kMostPending + 3; ++i) alarm.raise("trip", "It happened.");
  CHECK(clock.now() - began < 500ms);
  alarm.wait();
  CHECK(clock.now() - began < 20s);
  const std::vector<std::string> failures = alarm.failures();
  REQUIRE(failures.size() == 2);  // of eight that were killed one is told
  CHECK(failures.front().find("8 alarms are pending: 'trip' is not sent") != std::string::npos);
  CHECK(failures.back().find("b.toml:7: ") == 0);
  CHECK(notified == 2);
  CHECK(alarm.failures().empty());
}

TEST_CASE("alarm: mail goes through sendmail where there is no mail, and is refused where there is neither") {
  TemporaryFolder folder;
  AlarmedNight night{"mail = \"someone@example.org\""};
  const CampaignFiles files = night.with_alarm();
  const SearchPath search{folder.path()};
  RunOptions options;
  options.log = night.log_file();
  std::ostringstream out;
  const std::string message = refusal([&] { run(files, options, night.wall_clock, out); });
  check_refusal(message, files.bench.file + ":" + std::to_string(files.bench.alarm->mail_line),
                {"'mail'", "'sendmail'", "apt install bsd-mailx"});
  CHECK_FALSE(std::filesystem::exists(night.log_file()));
  script(folder / "sendmail", "{ echo \"$@\"; /bin/cat; } >> " + (folder / "sent").string() + "\n");
  night.run(files);
  const std::string sent = file_text(folder / "sent");
  CAPTURE(sent);
  CHECK(sent.find("-i someone@example.org\nTo: someone@example.org\nSubject: Nocturne, ended: " +
                  files.header.id + "\n") == 0);
  CHECK(sent.find("\n\nThe campaign ended as ") != std::string::npos);
  script(folder / "mail", "{ echo \"$1 $2 $3\"; /bin/cat; } >> " + (folder / "mailed").string() + "\n");
  std::filesystem::remove(night.log_file());
  night.run(files);
  CHECK(file_text(folder / "mailed")
            .find("-s Nocturne, ended: " + files.header.id +
                  " someone@example.org\nThe campaign ended as ") == 0);
  CHECK(night.warnings().empty());
}

TEST_CASE("alarm: what did not obey is one call, however much it is") {
  AlarmEvents events;
  const auto take = [&](const auto& what) { return events.take(event_of(Instant{}, what)); };
  CHECK(take(Warned{"the gauge is slow"}).empty());
  CHECK(take(Warned{kDisobeyed + std::string{"oven: silence"}}).empty());
  CHECK(take(Warned{kDisobeyed + std::string{"pump: silence"}}).empty());
  const std::vector<AlarmCall> calls = take(CampaignEnded{"faulted", "oven: silence"});
  REQUIRE(calls.size() == 2);
  CHECK(calls[0].event == "disobeyed");
  CHECK(calls[0].sentence == "Did not obey: oven: silence; pump: silence.");
  CHECK(calls[1].event == "ended");
  CHECK(take(StateChanged{"faulted", "done", ""}).empty());
  AlarmEvents others;
  const auto fault = event_of(Instant{}, StateChanged{"running", "faulted", "oven: silence"});
  REQUIRE(others.take(fault).size() == 1);
  CHECK(others.take(event_of(Instant{}, Tripped{"x"})).front().event == "trip");
  CHECK(others.take(fault).empty());  // told already
}

}  // namespace nocturne::test
