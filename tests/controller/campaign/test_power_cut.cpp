#include <doctest/doctest.h>

#include <algorithm>
#include <random>
#include <string>
#include <vector>

#include "support/numbered_event.hpp"
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

/// As large as a night's, so that SQLite moves its journal into the database meanwhile.
Event event_before_the_cut(int n) {
  static const Eigen::VectorXd counts = Eigen::VectorXd::LinSpaced(2048, 0.0, 65535.0);
  return numbered_event(n, counts);
}

bool is_noted(std::int64_t n) { return n % 3 == 1; }

/// What was known outside of the machine when its power failed.
struct Witnessed {
  bool created = false;           ///< create() had returned
  std::int64_t acknowledged = 0;  ///< the last event that is on disk for sure
  std::int64_t begun = 0;         ///< the last event that anybody tried to write
};

/// Makes a new log only where there is none.
Log log_at(const std::filesystem::path& file) {
  try {
    return Log::open(file);
  } catch (const LogError&) {
    return Log::create(file, header_before_the_cut());
  }
}

/// Writes a log to its end, or to a power cut. It is closed and opened again on the way.
void write_log(const std::filesystem::path& file, Witnessed& seen,
               std::vector<std::string>* fingerprints = nullptr) {
  try {
    for (std::int64_t n = 0; n < kWritten;) {
      Log log = log_at(file);
      seen.created = true;
      n = log.size();
      seen.acknowledged = std::max(seen.acknowledged, n);  // a log that was closed, or survived, is on disk
      if (fingerprints && n == 0) fingerprints->push_back(log.fingerprint());
      for (const int end = n < kWritten / 3 ? kWritten / 3 : kWritten; n < end;) {
        const Event event = event_before_the_cut(static_cast<int>(++n));
        seen.begun = std::max(seen.begun, n);
        is_noted(n) ? log.note(event) : log.append(event);
        if (!is_noted(n)) seen.acknowledged = n;
        if (fingerprints) fingerprints->push_back(log.fingerprint());
      }
    }
  } catch (const LogError&) {
  }
}

/// What is left when the power fails at `operation` of writing on at the log in `folder`.
void write_until_cut(const std::filesystem::path& folder, std::size_t operation,
                     const std::filesystem::path& left, std::mt19937_64& random, Witnessed& seen) {
  UnreliableDisk disk{folder};
  disk.cut_power_at(operation);
  write_log(folder / "night.db", seen);
  disk.leave_in(left, random);
  write_file(left / "night.db-lock", "4711");  // of the process that was cut off
}

/// What anyone finds: all that was acknowledged, nothing that was not written, no gap, no damage; and the log
/// goes on.
void check_survivor(const std::filesystem::path& file, const Witnessed& seen,
                    const std::vector<std::string>& fingerprints) {
  std::string refusal;
  try {
    Log::open(file);
  } catch (const LogError& error) {
    refusal = error.what();
  }
  if (seen.created) CHECK(refusal == "");
  Log log = log_at(file);
  const Log::Check check = log.check();
  CHECK_FALSE(check.first_damaged());
  CHECK(check.fingerprint == log.fingerprint());
  CHECK(log.size() >= seen.acknowledged);
  CHECK(log.size() <= seen.begun);
  REQUIRE(log.size() < std::ssize(fingerprints));
  CHECK(log.fingerprint() == fingerprints[static_cast<std::size_t>(log.size())]);
  while (log.size() < kWritten && log.size() % 4 != 0)
    log.append(event_before_the_cut(static_cast<int>(log.size()) + 1));
  CHECK(log.fingerprint() == fingerprints[static_cast<std::size_t>(log.size())]);
  CHECK_FALSE(log.check().first_damaged());
}

}  // namespace

TEST_CASE("log: whatever a power cut leaves of unsynced writes, all that was acknowledged is there, intact") {
  std::vector<std::string> fingerprints;
  std::size_t operations = 0;
  {
    const TemporaryFolder folder;
    const UnreliableDisk disk{folder.path()};
    Witnessed seen;
    write_log(folder / "night.db", seen, &fingerprints);
    REQUIRE(seen.acknowledged == kWritten);
    operations = disk.operations();
  }
  REQUIRE(operations > 1000);
  int before_created = 0, with_notes_at_the_end = 0;
  for (std::uint64_t seed = 1; seed <= 300; ++seed) {
    CAPTURE(seed);
    std::mt19937_64 random{seed};
    const TemporaryFolder folder, left, left_again;
    Witnessed seen;
    // Every third cut falls into the making of the log, which is short.
    const std::size_t within = seed % 3 == 0 ? operations / 20 : operations;
    write_until_cut(folder.path(), 1 + random() % within, left.path(), random, seen);
    before_created += !seen.created;
    const bool twice = seed % 2 == 0;  // and once more, soon after the power is back
    if (twice) write_until_cut(left.path(), 1 + random() % 40, left_again.path(), random, seen);
    with_notes_at_the_end += seen.begun > seen.acknowledged;
    check_survivor((twice ? left_again : left) / "night.db", seen, fingerprints);
  }
  CHECK(before_created > 5);
  CHECK(with_notes_at_the_end > 30);
}

}  // namespace nocturne::test
