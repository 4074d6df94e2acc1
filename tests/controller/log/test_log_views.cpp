#include <SQLiteCpp/SQLiteCpp.h>
#include <doctest/doctest.h>

#include "controller/campaign/campaign_events.hpp"
#include "controller/log/log.hpp"
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

TEST_CASE("log views: the file says whose it is") {
  TemporaryFolder folder;
  write_campaign(folder / "a.db");
  SQLite::Database database{(folder / "a.db").string()};
  CHECK(database.execAndGet("PRAGMA application_id").getInt() == 0x4E6F6374);
  CHECK(database.execAndGet("PRAGMA user_version").getInt() == 1);
  CHECK(database.execAndGet("PRAGMA journal_mode").getString() == "wal");
}

}  // namespace nocturne::test
