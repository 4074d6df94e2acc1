#include <SQLiteCpp/SQLiteCpp.h>
#include <doctest/doctest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <random>
#include <thread>

#include "controller/log/fingerprint.hpp"
#include "controller/log/log.hpp"
#include "controller/log/log_lock.hpp"
#include "support/numbered_event.hpp"
#include "support/temporary_folder.hpp"

namespace nocturne::test {
namespace {

using Access = Log::Access;

CampaignHeader some_header() {
  CampaignHeader header;
  header.name = "cyan";
  header.id = campaign_id("cyan", 7);
  header.recipe_file = "recipes/cyan.toml";
  header.recipe_text = "name = \"cyan\"\n# µL\n";
  header.bench_text = "bench";
  header.seed = 0xFFFF'FFFF'FFFF'FFF0u;
  header.targets = {Target{"peak_nm", 490.5, 1.0 / 3.0, 0.1}};
  header.budget = 12;
  header.versions = {{"eigen", "3.4.0"}, {"kernels", "Haswell"}};
  header.surrogate_sha256 = "0123";
  return header;
}

Eigen::VectorXd awkward_numbers() {
  Eigen::VectorXd values(6);
  values << 0.1, -0.0, 5e-324, 1.7976931348623157e308, 65535.0, 1.0 / 3.0;
  return values;
}

Event awkward_event(int n) { return numbered_event(n, awkward_numbers()); }

bool same_bits(const Eigen::VectorXd& a, const Eigen::VectorXd& b) {
  return a.size() == b.size() &&
         (a.size() == 0 ||
          std::memcmp(a.data(), b.data(), sizeof(double) * static_cast<std::size_t>(a.size())) == 0);
}

void check_same(const Event& got, const Event& wanted) {
  CHECK(got.time == wanted.time);
  CHECK(got.kind == wanted.kind);
  CHECK(got.experiment == wanted.experiment);
  CHECK(got.body == wanted.body);
  REQUIRE(got.spectra.size() == wanted.spectra.size());
  for (std::size_t i = 0; i < got.spectra.size(); ++i) {
    const auto& [role, frame, wavelength_nm] = got.spectra[i];
    CHECK(role == wanted.spectra[i].role);
    CHECK(same_bits(wavelength_nm, wanted.spectra[i].wavelength_nm));
    CHECK(same_bits(frame.counts, wanted.spectra[i].frame.counts));
    CHECK(frame.exposure_s == wanted.spectra[i].frame.exposure_s);
    CHECK(frame.scans == wanted.spectra[i].frame.scans);
    CHECK(frame.dark_subtracted == wanted.spectra[i].frame.dark_subtracted);
    CHECK(frame.lamp_on == wanted.spectra[i].frame.lamp_on);
    CHECK(frame.led_on == wanted.spectra[i].frame.led_on);
  }
}

void write_events(const std::filesystem::path& file, int count) {
  Log log = Log::create(file, some_header());
  for (int n = 1; n <= count; ++n) log.append(awkward_event(n));
}

void alter(const std::filesystem::path& file, const std::string& statement) {
  SQLite::Database database{file.string(), SQLite::OPEN_READWRITE};
  REQUIRE(database.exec(statement) == 1);
}

std::string error_of(const std::function<void()>& action) {
  try {
    action();
  } catch (const LogError& error) {
    return error.what();
  }
  return "";
}

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("log: gives back header and events bit for bit, in order") {
  TemporaryFolder folder;
  write_events(folder / "a.db", 9);
  const Log log = Log::open(folder / "a.db", Access::read);
  const CampaignHeader wanted = some_header();
  const CampaignHeader& header = log.header();
  CHECK(header.name == wanted.name);
  CHECK(header.id == "cyan-7");
  CHECK(header.recipe_text == wanted.recipe_text);
  CHECK(header.recipe_file == wanted.recipe_file);
  CHECK(header.seed == wanted.seed);
  REQUIRE(header.targets.size() == 1);
  CHECK(header.targets[0].value == 490.5);
  CHECK(header.targets[0].tolerance == 1.0 / 3.0);
  CHECK(header.budget == 12);
  CHECK(header.versions == wanted.versions);
  CHECK(header.surrogate_sha256 == "0123");
  CHECK(header.started.size() == std::string{"2026-01-01T00:00:00.000Z"}.size());
  const auto events = log.events();
  REQUIRE(events.size() == 9);
  for (int n = 1; n <= 9; ++n) {
    CHECK(events[static_cast<std::size_t>(n - 1)].seq == n);
    check_same(events[static_cast<std::size_t>(n - 1)], awkward_event(n));
  }
}

TEST_CASE("log: a part is read by its numbers, and without counts with all that is known of its spectra") {
  TemporaryFolder folder;
  write_events(folder / "a.db", 9);
  const Log log = Log::open(folder / "a.db", Access::read);
  std::vector<Event> part;
  log.for_each([&](const Event& event) { part.push_back(event); },
               {.first = 3, .last = 7, .detail = LogDetail::outline});
  REQUIRE(part.size() == 5);
  std::size_t spectra = 0;
  for (const Event& event : part) {
    const Event whole = awkward_event(static_cast<int>(event.seq));
    CHECK(event.body == whole.body);
    REQUIRE(event.spectra.size() == whole.spectra.size());
    for (std::size_t i = 0; i < event.spectra.size(); ++i) {
      ++spectra;
      CHECK(event.spectra[i].role == whole.spectra[i].role);
      CHECK(event.spectra[i].frame.scans == whole.spectra[i].frame.scans);
      CHECK(event.spectra[i].frame.counts.size() == 0);
      CHECK(event.spectra[i].wavelength_nm.size() == 0);
    }
  }
  CHECK(spectra > 0);
}

TEST_CASE("log: it knows how long ago it was written last") {
  TemporaryFolder folder;
  Log log = Log::create(folder / "a.db", some_header());
  CHECK_FALSE(log.seconds_since_last());
  log.append(awkward_event(1));
  CHECK(*log.seconds_since_last() >= 0.0);
  CHECK(*log.seconds_since_last() < 60.0);
}

TEST_CASE("log: who only looks whether it is written keeps nobody from writing it") {
  TemporaryFolder folder;
  write_file(folder / "a.db-lock", "1");  // left behind by a process that died
  std::atomic<bool> done = false;
  std::thread looking{[&] {
    while (!done) LogLock::is_held(folder / "a.db");
  }};
  for (int i = 0; i < 200; ++i) CHECK_NOTHROW(LogLock{folder / "a.db"});
  done = true;
  looking.join();
}

TEST_CASE("log: the running fingerprint is the one computed from the file") {
  TemporaryFolder folder;
  Log log = Log::create(folder / "a.db", some_header());
  CHECK(log.fingerprint().size() == 64);
  for (int n = 1; n <= 6; ++n) {
    const std::string before = log.fingerprint();
    log.append(awkward_event(n));
    CHECK(log.fingerprint() != before);
    CHECK(log.check().fingerprint == log.fingerprint());
    CHECK_FALSE(log.check().first_damaged());
  }
  const std::string whole = log.fingerprint();
  { Log closing = std::move(log); }
  CHECK(Log::open(folder / "a.db").fingerprint() == whole);
}

TEST_CASE("log: same events at another wall clock and under other file names have the same fingerprint") {
  TemporaryFolder folder;
  CampaignHeader other = some_header();
  other.started = "1999-12-31T23:59:59.000Z";
  other.recipe_file = "/elsewhere/cyan.toml";
  other.surrogate_sha256 = "another build";
  Log a = Log::create(folder / "a.db", some_header());
  Log b = Log::create(folder / "b.db", other);
  for (int n = 1; n <= 4; ++n) {
    a.append(awkward_event(n));
    b.append(awkward_event(n));
  }
  CHECK(a.fingerprint() == b.fingerprint());
  other.seed += 1;
  CHECK(Log::create(folder / "c.db", other).fingerprint() !=
        Log::create(folder / "d.db", some_header()).fingerprint());
}

TEST_CASE("log: any change to what was written shows, and where") {
  TemporaryFolder folder;
  const auto file = folder / "a.db";
  write_events(file, 8);
  const std::string original = Log::open(file, Access::read).check().fingerprint;
  std::int64_t where = 5;
  SUBCASE("a body") { alter(file, "UPDATE events SET body = '{\"n\":6}' WHERE seq = 5"); }
  SUBCASE("a time") { alter(file, "UPDATE events SET time_ns = time_ns + 1 WHERE seq = 5"); }
  SUBCASE("a kind") { alter(file, "UPDATE events SET kind = 'trip' WHERE seq = 5"); }
  SUBCASE("an experiment") { alter(file, "UPDATE events SET experiment = 0 WHERE seq = 5"); }
  SUBCASE("one bit of the counts") {
    alter(
        file,
        "UPDATE frames SET counts = CAST(X'9B' || substr(counts, 2) AS BLOB) WHERE seq = 5 AND position = 2");
  }
  SUBCASE("a wavelength") {
    alter(file,
          "UPDATE frames SET wavelength_nm = CAST(X'01' || substr(wavelength_nm, 2) AS BLOB) "
          "WHERE seq = 5 AND position = 2");
  }
  SUBCASE("a lamp") { alter(file, "UPDATE frames SET lamp_on = 1 - lamp_on WHERE seq = 5 AND position = 1"); }
  SUBCASE("a spectrum gone") { alter(file, "DELETE FROM frames WHERE seq = 5 AND position = 2"); }
  SUBCASE("an event gone") { alter(file, "DELETE FROM events WHERE seq = 5"); }
  SUBCASE("the header") {
    alter(file, "UPDATE header SET value = 'bench!' WHERE key = 'bench_text'");
    where = 0;
  }
  const Log log = Log::open(file, Access::read);
  CHECK(log.check().first_damaged() == where);
  CHECK(log.check().fingerprint != original);
}

TEST_CASE("log: nothing is added to a log that is not what was written, and what is left can still be read") {
  TemporaryFolder folder;
  const auto file = folder / "a.db";
  write_events(file, 9);
  alter(file, "UPDATE events SET body = '{}' WHERE seq = 5");
  const std::string damage =
      file.string() + ": event 5 is not what was written (nocturne log check tells all)";
  CHECK(error_of([&] { Log::open(file); }) == damage);
  const Log log = Log::open(file, Access::read);
  CHECK(log.damage() == damage);
  CHECK(log.size() == 9);
  CHECK(log.events().size() == 9);
}

TEST_CASE("log: the wall clock may be changed without anybody noticing") {
  TemporaryFolder folder;
  write_events(folder / "a.db", 3);
  alter(folder / "a.db", "UPDATE events SET wall_clock = '1970-01-01' WHERE seq = 2");
  alter(folder / "a.db", "UPDATE header SET value = '1970-01-01' WHERE key = 'started'");
  const Log log = Log::open(folder / "a.db", Access::read);
  CHECK_FALSE(log.check().first_damaged());
  CHECK(log.check().fingerprint == log.fingerprint());
}

TEST_CASE("log: a note is in the file at once, in order with the other events") {
  TemporaryFolder folder;
  Log log = Log::create(folder / "a.db", some_header());
  const Log reader = Log::open(folder / "a.db", Access::read);
  CHECK(log.note(awkward_event(1)) == 1);
  CHECK(reader.size() == 1);
  CHECK(log.append(awkward_event(2)) == 2);
  CHECK(log.note(awkward_event(3)) == 3);
  CHECK(reader.size() == 3);
  CHECK(reader.fingerprint() == log.fingerprint());
  check_same(reader.events().at(2), awkward_event(3));
  CHECK_FALSE(reader.check().first_damaged());
}

TEST_CASE("log: the last event until a time: between, at and beyond those that there are") {
  TemporaryFolder folder;
  Log log = Log::create(folder / "a.db", some_header());
  const auto until = [&](std::int64_t seconds) {
    return log.last_until(Instant{std::chrono::seconds{seconds}});
  };
  CHECK(until(9) == 0);
  for (const std::int64_t seconds : {1, 3, 3, 6}) {
    Event event;
    event.time = Instant{std::chrono::seconds{seconds}};
    event.kind = "warning";
    log.append(event);
  }
  const std::vector<std::int64_t> wanted{0, 1, 1, 3, 3, 3, 4, 4};
  for (std::size_t second = 0; second < wanted.size(); ++second)
    CHECK(until(static_cast<std::int64_t>(second)) == wanted[second]);
}

TEST_CASE("log: in brief all events come in their order, and of readings in a row the last") {
  TemporaryFolder folder;
  Log log = Log::create(folder / "a.db", some_header());
  const auto brief = [&](std::int64_t first, std::int64_t last = kLastEvent) {
    std::string seqs;
    log.for_each([&](const Event& event) { seqs += std::to_string(event.seq) + " "; },
                 {.first = first, .last = last, .detail = LogDetail::brief});
    return seqs;
  };
  CHECK(brief(1) == "");
  for (const char* kind :
       {"reading", "reading", "warning", "trip", "reading", "frames", "reading", "reading"}) {
    Event event;
    event.kind = kind;
    log.append(event);
  }
  CHECK(brief(1) == "2 3 4 5 6 8 ");
  CHECK(brief(2) == "2 3 4 5 6 8 ");
  CHECK(brief(3) == "3 4 5 6 8 ");
  CHECK(brief(7) == "8 ");
  CHECK(brief(9) == "");
  CHECK(brief(1, 7) == "2 3 4 5 6 7 ");
  CHECK(brief(4, 5) == "4 5 ");
}

TEST_CASE("log: in brief spectra come without what they hold") {
  TemporaryFolder folder;
  Log log = Log::create(folder / "a.db", some_header());
  log.append(awkward_event(1));
  const std::string role = awkward_event(1).spectra.at(0).role;
  int events = 0;
  log.for_each(
      [&](const Event& event) {
        ++events;
        REQUIRE_FALSE(event.spectra.empty());
        CHECK(event.spectra[0].role == role);
        CHECK(event.spectra[0].frame.counts.size() == 0);
      },
      {.detail = LogDetail::brief});
  CHECK(events == 1);
}

TEST_CASE("log: an event that cannot be written leaves no trace") {
  TemporaryFolder folder;
  Log log = Log::create(folder / "a.db", some_header());
  log.append(awkward_event(1));
  const std::string before = log.fingerprint();
  Event wrong = awkward_event(2);
  SUBCASE("its body is no JSON") { wrong.body = "{"; }
  SUBCASE("a spectrum has more counts than wavelengths") {
    wrong.spectra.resize(1);
    wrong.spectra[0].wavelength_nm = Eigen::VectorXd::Zero(5);
    wrong.spectra[0].frame.counts = Eigen::VectorXd::Zero(6);
  }
  CHECK_THROWS_AS(log.append(wrong), LogError);
  CHECK(log.fingerprint() == before);
  CHECK(log.append(awkward_event(2)) == 2);
  CHECK(log.check().fingerprint == log.fingerprint());
}

TEST_CASE("log: one campaign per file") {
  TemporaryFolder folder;
  write_events(folder / "a.db", 1);
  CHECK(error_of([&] { Log::create(folder / "a.db", some_header()); }) ==
        (folder / "a.db").string() + ": already holds a campaign (resume it, or choose another --log)");
  CHECK(Log::open(folder / "a.db", Access::read).size() == 1);
  write_file(folder / "empty.db", "");
  CHECK(Log::create(folder / "empty.db", some_header()).size() == 0);
}

TEST_CASE("log: refuses what is not a log of this version, and leaves it as it was") {
  TemporaryFolder folder;
  const auto file = folder / "a.db";
  std::string wanted;
  SUBCASE("a text file") {
    write_file(file, "Sample No.;peak\n1;490\n" + std::string(200, ' '));
    wanted = "is not a log (not an SQLite file)";
  }
  SUBCASE("another program's SQLite file") {
    SQLite::Database{file.string(), SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE}.exec(
        "CREATE TABLE birds (name)");
    wanted = "is not a log (an SQLite file of another program)";
  }
  SUBCASE("a newer log") {
    write_events(file, 1);
    SQLite::Database{file.string(), SQLite::OPEN_READWRITE}.exec("PRAGMA user_version = 99");
    wanted = "was written by a newer version (schema 99, this one reads up to 2)";
  }
  const std::string before = file_text(file);
  CHECK(error_of([&] { Log::open(file); }) == file.string() + ": " + wanted);
  CHECK(error_of([&] { Log::open(file, Access::read); }) == file.string() + ": " + wanted);
  CHECK(error_of([&] { Log::create(file, some_header()); }) == file.string() + ": " + wanted);
  CHECK(file_text(file) == before);
  CHECK_FALSE(std::filesystem::exists(file.string() + "-lock"));
}

TEST_CASE("log: says in one line what is missing") {
  TemporaryFolder folder;
  CHECK(has(error_of([&] { Log::open(folder / "none.db"); }), "none.db: no such log"));
  CHECK(has(error_of([&] { Log::open(folder.path()); }), ": is a folder, not a log"));
  CHECK(has(error_of([&] { Log::create(folder.path(), some_header()); }), ": is a folder, not a log"));
  CHECK(has(error_of([&] { Log::create(folder / "no/where.db", some_header()); }), "does not exist"));
  write_file(folder / "empty.db", "");
  CHECK(has(error_of([&] { Log::open(folder / "empty.db"); }), "empty.db: holds no campaign"));
  CHECK_FALSE(std::filesystem::exists(folder / "none.db"));
  CHECK_FALSE(std::filesystem::exists(folder / "none.db-lock"));
}

TEST_CASE("log: one appends, others read meanwhile, and nobody else appends") {
  TemporaryFolder folder;
  const auto file = folder / "a.db";
  Log log = Log::create(file, some_header());
  log.append(awkward_event(1));
  CHECK(has(error_of([&] { Log::open(file); }), "is being written by process " + std::to_string(getpid())));
  CHECK(has(error_of([&] { Log::create(file, some_header()); }), "is being written by process"));
  Log reader = Log::open(file, Access::read);
  CHECK(reader.size() == 1);
  log.append(awkward_event(2));
  CHECK(reader.size() == 2);
  CHECK(reader.fingerprint() == log.fingerprint());
  CHECK(has(error_of([&] { reader.append(awkward_event(3)); }), "was opened for reading only"));
  { Log closing = std::move(log); }
  CHECK_FALSE(std::filesystem::exists(file.string() + "-lock"));
  CHECK(Log::open(file).append(awkward_event(3)) == 3);
}

TEST_CASE("log: a finished log is one file that reads the same where nobody may write") {
  TemporaryFolder folder;
  write_events(folder / "100%?#.db", 3);
  std::size_t files = 0;
  for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator{folder.path()}) ++files;
  CHECK(files == 1);
  namespace fs = std::filesystem;
  fs::permissions(folder / "100%?#.db", fs::perms{0444});
  fs::permissions(folder.path(), fs::perms{0555});
  const pid_t child = fork();
  if (child == 0) {  // as root nothing is forbidden, so the reading is done as nobody
    if (getuid() == 0 && setuid(65534) != 0) _exit(3);
    try {
      _exit(Log::open(folder / "100%?#.db", Access::read).events().size() == 3 ? 0 : 1);
    } catch (const std::exception&) {
      _exit(2);
    }
  }
  int status = 0;
  REQUIRE(waitpid(child, &status, 0) == child);
  fs::permissions(folder.path(), fs::perms::owner_all);
  CHECK(WIFEXITED(status));
  CHECK(WEXITSTATUS(status) == 0);
}

TEST_CASE("log: killed at any moment, it loses nothing acknowledged and stays sound") {
  TemporaryFolder folder;
  const auto file = folder / "a.db";
  { Log::create(file, some_header()); }
  std::mt19937_64 random{20261};
  int acknowledged = 0;
  for (int round = 0; round < 30; ++round) {
    int pipes[2];
    REQUIRE(pipe(pipes) == 0);
    const pid_t child = fork();
    if (child == 0) {
      try {
        Log log = Log::open(file);
        for (int n = static_cast<int>(log.size()) + 1;; ++n) {
          n % 4 == 0 ? log.note(awkward_event(n)) : log.append(awkward_event(n));
          if (::write(pipes[1], &n, sizeof n) != static_cast<ssize_t>(sizeof n)) _exit(1);
        }
      } catch (const std::exception&) {
        _exit(2);
      }
    }
    close(pipes[1]);
    const auto take = [&] { return ::read(pipes[0], &acknowledged, sizeof acknowledged) > 0; };
    for (std::uint64_t left = random() % 20; left > 0 && take();) --left;
    for (std::uint64_t spin = random() % 200'000; spin > 0; --spin)
      [[maybe_unused]] volatile std::uint64_t wait = spin;
    kill(child, SIGKILL);
    int status = 0;
    REQUIRE(waitpid(child, &status, 0) == child);
    CHECK(WIFSIGNALED(status));
    while (take()) {
    }
    close(pipes[0]);
    const Log log = Log::open(file);
    CHECK(log.size() >= acknowledged);
    CHECK(log.size() <= acknowledged + 1);
    CHECK_FALSE(log.check().first_damaged());
  }
  CHECK(acknowledged > 50);
  const Log log = Log::open(file, Access::read);
  log.for_each([](const Event& event) { check_same(event, awkward_event(static_cast<int>(event.seq))); });
}

TEST_CASE("log: a log without a name is refused, not kept in memory") {
  CHECK_THROWS_AS(Log::create("", CampaignHeader{}), LogError);
  CHECK_THROWS_AS(Log::open(""), LogError);
}

TEST_CASE("digest: of a file of several blocks it is that of its bytes, and a missing file has none") {
  const TemporaryFolder folder;
  std::string bytes(3'000'000, 'a');
  bytes[2'500'000] = '\0';
  write_file(folder / "a", bytes);
  write_file(folder / "empty", "");
  CHECK(digest_of_file(folder / "a") == digest_of(bytes));
  CHECK(digest_of_file(folder / "empty") ==
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  CHECK_THROWS_AS(digest_of_file(folder / "none"), std::runtime_error);
}

}  // namespace nocturne::test
