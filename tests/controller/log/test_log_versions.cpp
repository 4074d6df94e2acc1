#include <SQLiteCpp/SQLiteCpp.h>
#include <doctest/doctest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <random>
#include <sstream>
#include <thread>

#include "controller/campaign/campaign_events.hpp"
#include "controller/log/fingerprint.hpp"
#include "controller/log/log_check.hpp"
#include "controller/log/log_snapshot.hpp"
#include "support/surrogate_here.hpp"
#include "support/virtual_night.hpp"

// version_1.db was written by the program of schema 1: a night on the virtual bench that kill -9 ended while
// its first product settled. Only the folder was taken off the names of its files.
namespace nocturne::test {
namespace {

namespace fs = std::filesystem;
using Access = Log::Access;

constexpr const char* kOldLog = NOCTURNE_SOURCE_DIR "/tests/controller/log/version_1.db";
constexpr const char* kOldFingerprint = "c3d821cb995dfb83d1c44676c4e9abad54c234689b5674e3fde2d04e82192649";
constexpr std::int64_t kOldEvents = 64;

std::vector<std::string> rows_in(const fs::path& file, const std::string& query) {
  SQLite::Database database{file.string(), SQLite::OPEN_READWRITE};
  SQLite::Statement select{database, query};
  std::vector<std::string> rows;
  while (select.executeStep()) {
    rows.emplace_back();
    for (int i = 0; i < select.getColumnCount(); ++i) rows.back() += select.getColumn(i).getString() + "|";
  }
  return rows;
}

int version_of(const fs::path& file) { return std::stoi(rows_in(file, "PRAGMA user_version").at(0)); }

struct OldLog {
  TemporaryFolder folder;
  fs::path file = folder / "old.db";

  OldLog() { fs::copy_file(kOldLog, file); }
};

/// Opens the log to append in a process of its own, and kills that after a while; at once if it opens
/// nothing.
void open_and_kill(const fs::path& file, std::chrono::microseconds after) {
  const pid_t child = fork();
  if (child == 0) {
    try {
      Log log = Log::open(file);
      for (;;) pause();
    } catch (const std::exception&) {
      _exit(2);
    }
  }
  std::this_thread::sleep_for(after);
  kill(child, SIGKILL);
  int status = 0;
  REQUIRE(waitpid(child, &status, 0) == child);
  CHECK(WIFSIGNALED(status));
}

/// How long it takes to open it to append in a process of its own.
std::chrono::microseconds time_to_open() {
  for (std::chrono::microseconds after{1'000};; after *= 2) {
    OldLog old;
    open_and_kill(old.file, after);
    if (version_of(old.file) == 2) return after;
  }
}

/// Counts of 3 of 9 scans' sums, as a detector gives them.
Event new_frames() {
  SpectrumRecord spectrum;
  spectrum.role = "emission";
  spectrum.frame.counts = Eigen::VectorXd::LinSpaced(2136, 0.0, 2135.0) / 9.0;
  spectrum.frame.scans = 9;
  return event_of(Instant{std::chrono::hours{1}}, FramesTaken{1, "settling", {spectrum}});
}

double sum_of_counts(const Log& log) {
  double sum = 0.0;
  log.for_each([&](const Event& event) {
    for (const SpectrumRecord& spectrum : event.spectra) sum += spectrum.frame.counts.sum();
  });
  return sum;
}

}  // namespace

TEST_CASE("log versions: a log of schema 1 is read whole, and neither it nor its folder changes") {
  OldLog old;
  const std::string before = file_text(old.file);
  {
    const Log log = Log::open(old.file, Access::read);
    CHECK(log.size() == kOldEvents);
    CHECK(log.fingerprint() == kOldFingerprint);
    CHECK_FALSE(log.check().first_damaged());
    CHECK(sum_of_counts(log) > 0.0);
    const LogSnapshot snapshot{old.file};
    CHECK(snapshot.fingerprint() == kOldFingerprint);
    SQLite::Statement spectra = snapshot.query("SELECT encoding, pixels FROM spectra");
    int count = 0;
    for (; spectra.executeStep(); ++count) {
      CHECK(spectra.getColumn(0).getString() == "float64");
      CHECK(spectra.getColumn(1).getInt() == 2136);
    }
    CHECK(count == 7);
    CHECK(check_log(old.file).problems.empty());
  }
  CHECK(file_text(old.file) == before);
  CHECK(std::distance(fs::directory_iterator{old.folder.path()}, fs::directory_iterator{}) == 1);
}

TEST_CASE(
    "log versions: opened to append it has today's tables, its fingerprint and its spectra as they were") {
  OldLog old;
  const std::string spectra = "SELECT seq, position, role, hex(counts) FROM frames ORDER BY seq, position";
  const auto before = rows_in(old.file, spectra);
  const double sum = sum_of_counts(Log::open(old.file, Access::read));
  {
    Log log = Log::open(old.file);
    CHECK(log.fingerprint() == kOldFingerprint);
    CHECK(log.size() == kOldEvents);
    CHECK(rows_in(old.file, spectra) == before);
    log.append(new_frames());
  }
  CHECK(version_of(old.file) == 2);
  CHECK(rows_in(old.file, "SELECT encoding, pixels FROM frames ORDER BY seq DESC LIMIT 2") ==
        std::vector<std::string>{"sums_zlib|2136|", "float64||"});
  CHECK(rows_in(old.file, "SELECT pixels FROM spectra GROUP BY pixels") == std::vector<std::string>{"2136|"});
  const Log log = Log::open(old.file, Access::read);
  CHECK_FALSE(log.check().first_damaged());
  CHECK(sum_of_counts(log) == sum + new_frames().spectra[0].frame.counts.sum());
  CHECK(check_log(old.file).problems.empty());
  { Log::create(old.folder / "new.db", {}); }
  for (const char* table : {"header", "events", "frames"}) {
    const std::string columns = std::string{"SELECT name, type FROM pragma_table_info('"} + table + "')";
    CHECK(rows_in(old.file, columns) == rows_in(old.folder / "new.db", columns));
  }
}

TEST_CASE("log versions: who began to read before it was brought up to date goes on reading") {
  OldLog old;
  const Log reader = Log::open(old.file, Access::read);
  const std::size_t spectra = reader.spectra(kOldEvents).size();
  {
    Log log = Log::open(old.file);
    log.append(new_frames());
  }
  CHECK(reader.spectra(kOldEvents).size() == spectra);
  REQUIRE(reader.spectra(kOldEvents + 1).size() == 1);
  CHECK(reader.spectra(kOldEvents + 1)[0].frame.counts == new_frames().spectra[0].frame.counts);
  CHECK_FALSE(reader.check().first_damaged());
}

TEST_CASE("log versions: killed at any moment while it is brought up to date, it is old or new and sound") {
  std::mt19937_64 random{20261122};
  int old_ones = 0, new_ones = 0;
  const auto longest = time_to_open();
  for (int round = 0; round < 40; ++round) {
    OldLog old;
    open_and_kill(old.file, longest * (random() % 1'000) / 1'000);
    CHECK(check_log(old.file).problems.empty());
    CHECK(Log::open(old.file, Access::read).fingerprint() == kOldFingerprint);
    (version_of(old.file) == 1 ? old_ones : new_ones)++;
    CHECK(Log::open(old.file).append(new_frames()) == kOldEvents + 1);
    CHECK(version_of(old.file) == 2);
    CHECK(check_log(old.file).problems.empty());
  }
  MESSAGE(old_ones << " of 40 were old, " << new_ones << " new");
}

TEST_CASE("log versions: a night that an older program began is resumed and comes to its end") {
  if (skipped()) return;
  VirtualNight night;
  fs::copy_file(kOldLog, night.log_file());
  const CampaignResult result = night.resume();
  CHECK(result.experiments == 2);  // its budget
  CHECK(check_log(night.log_file()).problems.empty());
  CHECK(rows_in(night.log_file(), "SELECT count(*) FROM frames WHERE encoding = 'float64'") ==
        std::vector<std::string>{"7|"});
  CHECK(rows_in(night.log_file(), "SELECT count(*) > 10 FROM frames WHERE encoding = 'sums_zlib'") ==
        std::vector<std::string>{"1|"});
}

TEST_CASE("log versions: a compact spectrum that is damaged is found at its event") {
  OldLog old;
  { Log::open(old.file).append(new_frames()); }
  SUBCASE("its bytes") {
    rows_in(old.file,
            "UPDATE frames SET counts = CAST(substr(counts, 1, 200) || X'0000' || substr(counts, 203) AS "
            "BLOB) WHERE encoding = 'sums_zlib'");
  }
  SUBCASE("its encoding") {
    rows_in(old.file, "UPDATE frames SET encoding = 'float64' WHERE encoding = 'sums_zlib'");
  }
  SUBCASE("its pixels") { rows_in(old.file, "UPDATE frames SET pixels = 2135 WHERE encoding = 'sums_zlib'"); }
  SUBCASE("its scans") { rows_in(old.file, "UPDATE frames SET scans = 8 WHERE encoding = 'sums_zlib'"); }
  CHECK(Log::open(old.file, Access::read).check().first_damaged() == kOldEvents + 1);
  const auto problems = check_log(old.file).problems;
  REQUIRE_FALSE(problems.empty());
  CHECK(problems.front().seq == kOldEvents + 1);
}

TEST_CASE("log versions: events are read without their spectra, however damaged these are") {
  OldLog old;
  rows_in(old.file, "UPDATE frames SET counts = X'00'");
  const Log log = Log::open(old.file, Access::read);
  std::int64_t events = 0;
  log.for_each(
      [&](const Event& event) {
        ++events;
        for (const SpectrumRecord& spectrum : event.spectra) CHECK(spectrum.frame.counts.size() == 0);
      },
      {.detail = LogDetail::outline});
  CHECK(events == kOldEvents);
  CHECK_THROWS_AS(log.events(), LogError);
}

}  // namespace nocturne::test
