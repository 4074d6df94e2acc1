#include <SQLiteCpp/SQLiteCpp.h>
#include <doctest/doctest.h>

#include <nlohmann/json.hpp>
#include <sstream>

#include "controller/log/log_check.hpp"
#include "support/refusal.hpp"
#include "support/small_campaign.hpp"
#include "support/temporary_folder.hpp"
#include "support/virtual_night.hpp"

namespace nocturne::test {
namespace {

namespace fs = std::filesystem;

/// A small campaign to be damaged.
struct Checked {
  TemporaryFolder folder;
  fs::path file = folder / "a.db";
  int status = -1;

  Checked() { write_small_campaign(file); }
  void damage(const std::string& statements) {
    SQLite::Database{file.string(), SQLite::OPEN_READWRITE}.exec(statements);
  }
  std::vector<std::string> lines(bool json = false) {
    std::ostringstream out;
    status = tell_log_check(file, json, out);
    std::vector<std::string> found;
    std::istringstream in{out.str()};
    for (std::string line; std::getline(in, line);) found.push_back(line);
    return found;
  }
};

bool any_begins(const std::vector<std::string>& lines, const std::string& beginning) {
  return std::ranges::any_of(lines, [&](const std::string& line) { return line.rfind(beginning, 0) == 0; });
}

}  // namespace

TEST_CASE("log check: a log that is as it was written is sound, and stays as it is") {
  Checked log;
  const std::string before = file_text(log.file);
  CHECK(log.lines() == std::vector<std::string>{"sound: 14 events, every one as it was written"});
  CHECK(log.status == 0);
  CHECK(nlohmann::json::parse(log.lines(true).at(0)) ==
        nlohmann::json{
            {"events", 14}, {"sound", true}, {"has_end", true}, {"problems", nlohmann::json::array()}});
  CHECK(file_text(log.file) == before);
  CHECK(std::distance(fs::directory_iterator{log.folder.path()}, {}) == 1);
}

TEST_CASE("log check: a log that was cut between two events is sound, and is said to have no end") {
  Checked log;
  log.damage("DELETE FROM events WHERE seq > 9");
  CHECK(log.lines() == std::vector<std::string>{"sound: 9 events, every one as it was written",
                                                "no end: the campaign runs, was killed, or the log was cut"});
  CHECK(log.status == 0);
  CHECK(nlohmann::json::parse(log.lines(true).at(0)).at("has_end") == false);
}

TEST_CASE("log check: every damaged event is told, and none that only comes after one") {
  Checked log;
  log.damage("UPDATE events SET time_ns = time_ns + 1 WHERE seq IN (3, 4, 11)");
  CHECK(log.lines() == std::vector<std::string>{"event 3: is not what was written (its digest differs)",
                                                "event 4: is not what was written (its digest differs)",
                                                "event 11: is not what was written (its digest differs)"});
  log.damage("UPDATE header SET value = '7' WHERE key = 'seed'");
  CHECK(log.lines().at(0) == "the header is not what was written (its digest differs)");
  CHECK(log.lines().size() == 4);
}

TEST_CASE("log check: every event of a real night is readable") {
  VirtualNight night;
  night.overrides.budget = 1;
  night.run();
  CHECK(check_log(night.log_file()).problems.empty());
  CHECK(check_log(night.log_file()).events > 50);
}

TEST_CASE("log check: each kind of damage is one line with its event") {
  Checked log;
  std::string wanted;
  SUBCASE("a gap") {
    log.damage("DELETE FROM events WHERE seq IN (9, 10)");
    wanted = "event 11: events 9 to 10 are missing";
  }
  SUBCASE("one event gone") {
    log.damage("DELETE FROM events WHERE seq = 9");
    wanted = "event 10: event 9 is missing";
  }
  SUBCASE("a body that says something else") {
    log.damage("UPDATE events SET body = replace(body, 'pump stands', 'pump flows') WHERE seq = 11");
    wanted = "event 11: is not what was written (its digest differs)";
  }
  SUBCASE("a body that its parser does not understand") {
    log.damage("UPDATE events SET body = '{}' WHERE seq = 11");
    wanted = "event 11: its body is damaged: ";
  }
  SUBCASE("an unknown kind") {
    log.damage("UPDATE events SET kind = 'tripp' WHERE seq = 11");
    wanted = "event 11: there is no kind of event 'tripp'";
  }
  SUBCASE("half a number at the end of a spectrum") {
    log.damage(
        "UPDATE frames SET counts = CAST(substr(counts, 1, 20) AS BLOB) WHERE seq = 7 AND position = 2");
    wanted = "event 7: its spectrum 2 has 20 bytes of counts (24 are expected)";
  }
  SUBCASE("the same where no detector tells how long it should be") {
    log.damage(
        "DELETE FROM events WHERE seq = 1;"
        "UPDATE frames SET counts = CAST(substr(counts, 1, 20) AS BLOB) WHERE seq = 7 AND position = 2");
    wanted = "event 7: its spectrum 2 has 20 bytes of counts";
  }
  SUBCASE("a spectrum that is shorter than the detector") {
    log.damage("UPDATE frames SET counts = CAST(substr(counts, 1, 16) AS BLOB) WHERE seq = 6");
    wanted = "event 6: its spectrum 1 has 16 bytes of counts (24 are expected)";
  }
  SUBCASE("spectra of no event") {
    log.damage("UPDATE frames SET seq = 99 WHERE seq = 6");
    wanted = "event 99: its spectra have no event";
  }
  SUBCASE("two outcomes") {
    log.damage("UPDATE events SET experiment = 1 WHERE seq = 12");
    wanted = "event 12: experiment 1 has 2 outcomes";
  }
  SUBCASE("an outcome without decision") {
    log.damage("UPDATE events SET experiment = 9 WHERE seq = 12");
    wanted = "event 12: experiment 9 has an outcome but no decision";
  }
  SUBCASE("a header that lacks something") {
    log.damage("DELETE FROM header WHERE key = 'started'");
    wanted = "the header lacks 'started'";
  }
  SUBCASE("a header that says something else") {
    log.damage("UPDATE header SET value = 'other' WHERE key = 'name'");
    wanted = "the header is not what was written (its digest differs)";
  }
  SUBCASE("a header that cannot be read") {
    log.damage("UPDATE header SET value = 'many' WHERE key = 'seed'");
    wanted = "the header cannot be read: ";
  }
  SUBCASE("a digest that is cut") {
    log.damage("UPDATE events SET digest = X'00' WHERE seq = 14");
    wanted = "the chain of digests cannot be read: ";
  }
  const auto lines = log.lines();
  CAPTURE(lines.front());
  CHECK(any_begins(lines, wanted));
  CHECK(log.status == 1);
}

TEST_CASE("log check: at most 20 problems are told, in the order of the events") {
  Checked log;
  log.damage(
      "INSERT INTO events (seq, time_ns, kind, body, digest) WITH RECURSIVE n(i) AS (SELECT 15 UNION ALL "
      "SELECT "
      "i + 1 FROM n WHERE i < 44) SELECT i, 0, 'noise', '{}', X'00' FROM n");
  const auto lines = log.lines();
  CHECK(log.status == 1);
  REQUIRE(lines.size() == 21);
  CHECK(lines.at(0).rfind("the chain of digests cannot be read: ", 0) == 0);
  CHECK(lines.at(1) == "event 15: there is no kind of event 'noise'");
  CHECK(lines.at(19) == "event 33: there is no kind of event 'noise'");
  CHECK(lines.at(20) == "and 11 more problems");
}

TEST_CASE("log check: a page of the file that is overwritten shows") {
  Checked log;
  std::string bytes = file_text(log.file);
  for (std::size_t i = 4096 * 3; i < 4096 * 4; ++i) bytes[i] = '\x5a';
  write_file(log.file, bytes);
  const auto lines = log.lines();
  CHECK(log.status == 1);
  CHECK(any_begins(lines, "SQLite: "));
}

TEST_CASE("log check: what is no log of this version is refused in one line") {
  Checked log;
  std::string wanted;
  SUBCASE("nothing there") {
    fs::remove(log.file);
    wanted = "no such log";
  }
  SUBCASE("an empty file") {
    write_file(log.file, "");
    wanted = "holds no campaign";
  }
  SUBCASE("a text file") {
    write_file(log.file, "Sample No.;peak\n1;490\n" + std::string(200, ' '));
    wanted = "is not a log (not an SQLite file)";
  }
  SUBCASE("another program's SQLite file") {
    log.damage("PRAGMA application_id = 7");
    wanted = "is not a log (an SQLite file of another program)";
  }
  SUBCASE("a newer log") {
    log.damage("PRAGMA user_version = 99");
    wanted = "was written by a newer version (schema 99, this one reads up to 2)";
  }
  CHECK(refusal([&] { check_log(log.file); }) == log.file.string() + ": " + wanted);
}

TEST_CASE("log check: what a dead process left beside its log is read, and stays there") {
  Checked log;
  const fs::path copy = log.folder / "b.db";
  {
    Log living = Log::open(log.file);
    living.append(event_of(at_second(20), Warned{"one more"}));
    fs::copy_file(log.file, copy);  // as if the process had died here
    fs::copy_file(log.file.string() + "-wal", copy.string() + "-wal");
  }
  const std::string before = file_text(copy), beside = file_text(copy.string() + "-wal");
  REQUIRE_FALSE(beside.empty());
  const LogSoundness result = check_log(copy);
  CHECK(result.events == 15);
  CHECK(result.problems.empty());
  CHECK(file_text(copy) == before);
  CHECK(file_text(copy.string() + "-wal") == beside);
}

TEST_CASE("log check: a log that is being written is sound up to there") {
  Checked log;
  Log living = Log::open(log.file);
  living.append(event_of(at_second(20), Warned{"one more"}));
  CHECK(check_log(log.file).events == 15);
  CHECK(check_log(log.file).problems.empty());
  living.append(event_of(at_second(21), Warned{"and one"}));
  CHECK(check_log(log.file).events == 16);
}

}  // namespace nocturne::test
