#include <doctest/doctest.h>

#include <random>
#include <string>
#include <vector>

#include "controller/log.hpp"
#include "support/temporary_folder.hpp"
#include "support/unreliable_disk.hpp"

namespace nocturne::test {
namespace {

constexpr int kWritten = 140;

CampaignHeader header_before_the_cut() {
  CampaignHeader header;
  header.name = "cyan";
  header.id = campaign_id("cyan", 7);
  header.recipe_text = std::string(3000, '#');
  header.seed = 7;
  return header;
}

/// A function of `n` alone. Some are as large as a night's, so that SQLite moves its journal into the
/// database meanwhile.
Event event_before_the_cut(int n) {
  Event event;
  event.time = Instant{Duration{1'000'003LL * n}};
  event.kind = n % 4 == 0 ? "frames" : "reading";
  if (n % 2 == 0) event.experiment = n / 20;
  event.body = "{\"n\":" + std::to_string(n) + "}";
  for (int k = 0; n % 4 == 0 && k < n % 5; ++k) {
    SpectrumRecord spectrum;
    spectrum.role = "emission";
    spectrum.frame = {Eigen::VectorXd::LinSpaced(4096, n, 65535.0 / (k + 1)), 0.3, 1 + k, false, false, true};
    event.spectra.push_back(std::move(spectrum));
  }
  return event;
}

bool is_noted(int n) { return n % 3 == 1; }

/// What a process knew when the power failed.
struct Witnessed {
  bool created = false;                   ///< create() had returned
  std::int64_t acknowledged = 0;          ///< the last event whose append() had returned
  std::vector<std::string> fingerprints;  ///< after 0, 1, 2, ... events, as far as they were written
};

/// A log from its beginning to its end, or to a power cut. It is closed and opened again on the way.
Witnessed write_log(const std::filesystem::path& file) {
  Witnessed seen;
  try {
    for (int n = 0; n < kWritten;) {
      Log log = n == 0 ? Log::create(file, header_before_the_cut()) : Log::open(file);
      seen.created = true;
      if (n == 0) seen.fingerprints = {log.fingerprint()};
      for (const int end = n == 0 ? kWritten / 3 : kWritten; n < end;) {
        const bool noted = is_noted(++n);
        noted ? log.note(event_before_the_cut(n)) : log.append(event_before_the_cut(n));
        seen.fingerprints.push_back(log.fingerprint());
        if (!noted) seen.acknowledged = n;
      }
    }
  } catch (const LogError&) {
  }
  return seen;
}

/// The fingerprints of a night without a cut.
std::vector<std::string> all_fingerprints() {
  const TemporaryFolder folder;
  return write_log(folder / "night.db").fingerprints;
}

/// What any process finds: all that was acknowledged, nothing that was not written, no gap, no damage; and it
/// can go on.
void check_survivor(const std::filesystem::path& file, const Witnessed& seen,
                    const std::vector<std::string>& fingerprints) {
  std::optional<Log> log;
  std::string refusal;
  try {
    log.emplace(Log::open(file));
  } catch (const LogError& error) {
    refusal = error.what();
  }
  CHECK_MESSAGE((log || !seen.created), refusal);
  if (!log) log.emplace(Log::create(file, header_before_the_cut()));
  const Log::Check check = log->check();
  CHECK_FALSE(check.first_damaged);
  CHECK(check.fingerprint == log->fingerprint());
  CHECK(log->size() >= seen.acknowledged);
  REQUIRE(log->size() <=
          static_cast<std::int64_t>(seen.fingerprints.size()));  // the last may be there unsaid
  REQUIRE(log->size() < std::ssize(fingerprints));
  CHECK(log->fingerprint() == fingerprints[static_cast<std::size_t>(log->size())]);
  while (log->size() < kWritten && log->size() % 4 != 0)
    log->append(event_before_the_cut(static_cast<int>(log->size()) + 1));
  CHECK(log->fingerprint() == fingerprints[static_cast<std::size_t>(log->size())]);
  CHECK_FALSE(log->check().first_damaged);
}

}  // namespace

TEST_CASE("log: whatever a power cut leaves of unsynced writes, all that was acknowledged is there, intact") {
  const std::vector<std::string> fingerprints = all_fingerprints();
  REQUIRE(std::ssize(fingerprints) == kWritten + 1);
  std::size_t operations = 0;
  {
    const TemporaryFolder folder;
    const UnreliableDisk disk{folder.path()};
    CHECK(write_log(folder / "night.db").fingerprints == fingerprints);
    operations = disk.operations();
  }
  REQUIRE(operations > 1000);
  std::size_t before_created = 0, lost_notes = 0;
  for (std::uint64_t seed = 1; seed <= 300; ++seed) {
    CAPTURE(seed);
    std::mt19937_64 random{seed};
    const TemporaryFolder folder, left;
    Witnessed seen;
    {
      UnreliableDisk disk{folder.path()};
      // Every third cut falls into the making of the log, which is short.
      const std::size_t within = seed % 3 == 0 ? operations / 20 : operations;
      disk.cut_power_at(1 + random() % within);
      seen = write_log(folder / "night.db");
      CHECK(disk.is_dead());
      disk.leave_in(left.path(), random);
    }
    write_file(left / "night.db-lock", "4711");  // of the process that was cut off
    before_created += !seen.created;
    lost_notes += seen.fingerprints.size() > static_cast<std::size_t>(seen.acknowledged) + 1;
    check_survivor(left / "night.db", seen, fingerprints);
  }
  CHECK(before_created > 5);
  CHECK(lost_notes > 30);
}

}  // namespace nocturne::test
