#include <SQLiteCpp/SQLiteCpp.h>
#include <doctest/doctest.h>

#include "controller/campaign/campaign_events.hpp"
#include "controller/log/log.hpp"
#include "controller/log/log_snapshot.hpp"
#include "support/small_campaign.hpp"
#include "support/temporary_folder.hpp"

namespace nocturne::test {
namespace {

/// A log with one observed, one failed and one unfinished experiment.
void write_campaign(const std::filesystem::path& file) {
  Log log = Log::create(file, {});
  const Instant when{std::chrono::seconds{90}};
  for (int experiment = 1; experiment <= 3; ++experiment) {
    Decided decided;
    decided.experiment = decided.asked = experiment;
    decided.suggestion.conditions = {{"br_pb", 3.5 + experiment}, {"temperature_C", 140.0}};
    if (experiment == 2) decided.suggestion.predicted.outputs["peak_nm"] = {490.0, 485.0, 495.0};
    log.append(event_of(when, decided));
  }
  SpectrumRecord spectrum;
  spectrum.role = "emission";
  spectrum.frame.counts = Eigen::VectorXd::Zero(2136);
  log.append(event_of(when, FramesTaken{1, "read", {spectrum}}));
  Observation observation;
  observation.peak_nm = Estimate{491.5, 0.25};
  observation.edge_length_nm = Interval{6.0, 5.0, 8.0};
  log.append(event_of(when, Finished{1, observation, true}));
  log.append(event_of(when, Finished{2, Failure{FailureKind::bubble, "air"}, false}));
  ReadingTaken reading;
  reading.temperature_C["reactor"] = 139.5;
  reading.flow_uL_min["cs_pb"] = 120.0;
  log.append(event_of(when, reading));
}

}  // namespace

TEST_CASE("log views: a person with any SQLite tool finds names, units and numbers") {
  TemporaryFolder folder;
  write_campaign(folder / "a.db");
  SQLite::Database database{(folder / "a.db").string()};
  const auto text = [&](const std::string& query) { return database.execAndGet(query).getString(); };
  const auto number = [&](const std::string& query) { return database.execAndGet(query).getDouble(); };

  CHECK(number("SELECT count(*) FROM experiments") == 3);
  CHECK(text("SELECT group_concat(outcome) FROM (SELECT outcome FROM experiments ORDER BY experiment)") ==
        "observed,bubble,unfinished");
  CHECK(number("SELECT peak_nm FROM experiments WHERE experiment = 1") == 491.5);
  CHECK(number("SELECT peak_nm_se FROM observations") == 0.25);
  CHECK(number("SELECT edge_length_high_nm FROM observations") == 8.0);
  CHECK(number("SELECT plqy IS NULL FROM observations") == 1);
  CHECK(number("SELECT yield IS NULL FROM observations") == 1);
  CHECK(text("SELECT detail FROM failures WHERE experiment = 2") == "air");
  CHECK(number("SELECT predicted_peak_low_nm FROM decisions WHERE experiment = 2") == 485.0);
  CHECK(number("SELECT time_s FROM decisions WHERE experiment = 2") == 90.0);
  CHECK(number("SELECT value FROM conditions WHERE experiment = 2 AND name = 'br_pb'") == 5.5);
  CHECK(number("SELECT pixels FROM spectra WHERE experiment = 1 AND role = 'emission'") == 2136);
  CHECK(number("SELECT value FROM readings WHERE quantity = 'temperature_C' AND name = 'reactor'") == 139.5);
  CHECK(number("SELECT value FROM readings WHERE quantity = 'flow_uL_min' AND name = 'cs_pb'") == 120.0);
}

namespace {

/// Experiment 1 begins, is read twice and fails by a stall; then nothing is at hand.
void write_stalled_campaign(const std::filesystem::path& file) {
  Log log = Log::create(file, {});
  const auto at = [](int second) { return Instant{std::chrono::seconds{second}}; };
  const auto reading = [&](int second, double celsius) {
    ReadingTaken taken;
    taken.temperature_C["oven"] = celsius;
    taken.output["oven"] = 0.25;
    log.append(event_of(at(second), taken));
  };
  reading(1, 20.0);
  Decided decided;
  decided.experiment = decided.asked = 1;
  log.append(event_of(at(2), decided));
  Planned planned{1, {}};
  planned.plan.temperature = Temperature::from_celsius(150.0);
  log.append(event_of(at(3), planned));
  reading(4, 149.5);
  log.append(event_of(at(5), Warned{"the lamp flickers"}));
  log.append(event_of(at(6), Warned{std::string{kDisobeyed} + "pump"}));
  log.append(event_of(at(7), StateChanged{"running", "holding", "the spectrometer is lost"}));
  log.append(event_of(at(8), StateChanged{"holding", "running", ""}));
  log.append(event_of(at(9), Tripped{"pump stands"}));
  log.append(event_of(at(10), Finished{1, Failure{FailureKind::stalled, "pump"}, false}));
  log.append(event_of(at(11), Finished{1, Failure{FailureKind::no_emission, "dim"}, false}));
  reading(12, 140.0);
}

std::vector<std::string> rows_of(SQLite::Database& database, const std::string& query) {
  std::vector<std::string> rows;
  SQLite::Statement select{database, query};
  while (select.executeStep()) {
    std::string row;
    for (int i = 0; i < select.getColumnCount(); ++i)
      row += (i == 0 ? "" : "|") + select.getColumn(i).getString();
    rows.push_back(row);
  }
  return rows;
}

}  // namespace

TEST_CASE("log views: temperatures with the target of the experiment at hand") {
  TemporaryFolder folder;
  write_stalled_campaign(folder / "a.db");
  SQLite::Database database{(folder / "a.db").string()};
  CHECK(rows_of(database, "SELECT time_s, experiment, zone, process_C, target_C, output FROM temperatures") ==
        std::vector<std::string>{"1.0||oven|20.0||0.25", "4.0|1|oven|149.5|150.0|0.25",
                                 "12.0||oven|140.0||0.25"});
}

TEST_CASE("log views: no experiment is at hand after its outcome, a trip, a recovery, a resume or the end") {
  TemporaryFolder folder;
  const std::vector<Event> ends{
      event_of(Instant{}, Finished{1, Failure{FailureKind::no_emission, "dim"}, true}),
      event_of(Instant{}, Tripped{"pump stands"}), event_of(Instant{}, Resumed{{1}}),
      event_of(Instant{}, Recovering{1, Failure{FailureKind::no_emission, "dim"}, Recovery::retry}),
      event_of(Instant{}, CampaignEnded{"stopped", "by hand"})};
  ReadingTaken reading;
  reading.temperature_C["oven"] = 100.0;
  for (std::size_t i = 0; i < ends.size(); ++i) {
    const auto file = folder / (std::to_string(i) + ".db");
    {
      Log log = Log::create(file, {});
      log.append(event_of(Instant{}, Planned{1, {}}));
      log.append(event_of(Instant{}, reading));
      log.append(ends[i]);
      log.append(event_of(Instant{}, reading));
    }
    SQLite::Database database{file.string()};
    CAPTURE(ends[i].kind);
    CHECK(rows_of(database, "SELECT experiment FROM temperatures ORDER BY seq") ==
          std::vector<std::string>{"1", ""});
  }
}

TEST_CASE("log views: what went wrong with the bench, and nothing that went wrong with a product") {
  TemporaryFolder folder;
  write_stalled_campaign(folder / "a.db");
  SQLite::Database database{(folder / "a.db").string()};
  CHECK(rows_of(database, "SELECT time_s, experiment, fault, what FROM faults ORDER BY seq") ==
        std::vector<std::string>{"5.0|1|warning|the lamp flickers", "6.0|1|disobeyed|did not obey: pump",
                                 "7.0|1|holding|the spectrometer is lost", "9.0|1|trip|pump stands",
                                 "10.0|1|stalled|pump"});
}

TEST_CASE("log views: a log without today's views gets them when it is written on, not when it is read") {
  TemporaryFolder folder;
  const auto file = folder / "a.db";
  write_stalled_campaign(file);
  SQLite::Database{file.string(), SQLite::OPEN_READWRITE}.exec(
      "DROP VIEW temperatures; DROP VIEW failures; CREATE VIEW failures AS SELECT 1 AS outdated");
  const std::string before = file_text(file);
  {
    const LogSnapshot snapshot{file};
    CHECK(snapshot.query("SELECT * FROM temperatures").executeStep() == true);
    CHECK(snapshot.query("SELECT detail FROM failures").getColumnCount() == 1);
    CHECK(Log::open(file, Log::Access::read).size() == 12);
  }
  CHECK(file_text(file) == before);
  { const Log log = Log::open(file); }
  SQLite::Database database{file.string()};
  CHECK(rows_of(database, "SELECT count(*) FROM temperatures") == std::vector<std::string>{"3"});
  CHECK(rows_of(database, "SELECT detail FROM failures") == std::vector<std::string>{"pump", "dim"});
  CHECK_FALSE(Log::open(file, Log::Access::read).check().first_damaged());
}

TEST_CASE("log views: reading a log that a dead process left changes neither it nor what is beside it") {
  TemporaryFolder folder;
  const auto file = folder / "a.db", copy = folder / "b.db";
  {
    Log log = Log::create(file, {});
    log.append(event_of(Instant{}, Warned{"one"}));
    std::filesystem::copy_file(file, copy);  // as if the process had died here
    std::filesystem::copy_file(file.string() + "-wal", copy.string() + "-wal");
  }
  const std::string before = file_text(copy), beside = file_text(copy.string() + "-wal");
  REQUIRE_FALSE(beside.empty());
  CHECK(Log::open(copy, Log::Access::read).size() == 1);
  CHECK(LogSnapshot{copy}.fingerprint() == Log::open(file, Log::Access::read).fingerprint());
  CHECK(file_text(copy) == before);
  CHECK(file_text(copy.string() + "-wal") == beside);
  CHECK(Log::open(copy).append(event_of(Instant{}, Warned{"two"})) == 2);
}

TEST_CASE("log views: a snapshot after an event knows nothing of later ones, in any view") {
  TemporaryFolder folder;
  write_small_campaign(folder / "a.db");
  const auto count = [](const LogSnapshot& snapshot, const std::string& from) {
    SQLite::Statement counted = snapshot.query("SELECT count(*) FROM " + from);
    counted.executeStep();
    return counted.getColumn(0).getInt();
  };
  const LogSnapshot whole{folder / "a.db"}, early{folder / "a.db", 8};
  CHECK(count(whole, "experiments") == 3);
  CHECK(count(early, "experiments") == 1);
  CHECK(count(whole, "observations") == 1);
  CHECK(count(early, "observations") == 1);
  CHECK(count(LogSnapshot{folder / "a.db", 7}, "observations") == 0);
  CHECK(count(LogSnapshot{folder / "a.db", 6}, "spectra") == 2);
  CHECK(early.fingerprint() != whole.fingerprint());
  int events = 0;
  early.for_each_event([&](const Event&) { ++events; });
  CHECK(events == 8);
}

TEST_CASE("log views: a snapshot stays as it was while others append") {
  TemporaryFolder folder;
  Log log = Log::create(folder / "a.db", {});
  log.append(event_of(Instant{}, Warned{"one"}));
  const LogSnapshot snapshot{folder / "a.db"};
  const std::string fingerprint = log.fingerprint();
  log.append(event_of(Instant{}, Warned{"two"}));
  CHECK(snapshot.fingerprint() == fingerprint);
  int events = 0;
  snapshot.for_each_event([&](const Event& event) { events += is<Warned>(event) ? 1 : 0; });
  CHECK(events == 1);
}

TEST_CASE("log views: the file says whose it is") {
  TemporaryFolder folder;
  write_campaign(folder / "a.db");
  SQLite::Database database{(folder / "a.db").string()};
  CHECK(database.execAndGet("PRAGMA application_id").getInt() == 0x4E6F6374);
  CHECK(database.execAndGet("PRAGMA user_version").getInt() == 2);
  CHECK(database.execAndGet("PRAGMA journal_mode").getString() == "wal");
}

}  // namespace nocturne::test
