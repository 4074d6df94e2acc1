#include <doctest/doctest.h>

#include <limits>
#include <nlohmann/json.hpp>

#include "controller/campaign/campaign_events.hpp"
#include "controller/campaign/campaign_record.hpp"
#include "controller/json.hpp"
#include "support/temporary_folder.hpp"

namespace nocturne::test {
namespace {

constexpr Instant kWhen{Duration{12'345}};

/// Through text and back, as a log does it.
template <class T>
T through_text(const T& value) {
  return Json::parse(canonical_text(Json(value))).template get<T>();
}

template <class T>
T through_log(const T& event) {
  Event made = event_of(kWhen, event);
  made.seq = 3;
  CHECK(made.time == kWhen);
  CHECK(made.kind == T::kind);
  return read<T>(made);
}

Observation full_observation() {
  Observation observation;
  observation.peak_nm = Estimate{490.1 + 1.0 / 3.0, 0.1};
  observation.fwhm_meV = Estimate{5e-324, 1.7976931348623157e308};
  observation.intensity = Estimate{1e22, 3e-5};
  observation.absorbance = Estimate{-0.0, 0.1 + 0.2};
  observation.first_exciton_nm = Estimate{480.0, 0.5};
  observation.plqy = Estimate{0.7, 0.0};
  observation.nanoplatelet_fraction = Estimate{0.01, 0.002};
  observation.edge_length_nm = Interval{6.1, 5.0, 7.9};
  observation.flags = {"saturated", "several_peaks"};
  return observation;
}

SpectrumRecord spectrum(const std::string& role) {
  SpectrumRecord record;
  record.role = role;
  record.frame.counts = Eigen::VectorXd::LinSpaced(5, 1.0, 2.0);
  return record;
}

Decided decision(int experiment) {
  Decided made;
  made.experiment = made.asked = experiment;
  made.suggestion.conditions = {{"br_pb", 1.0 / 3.0}, {"temperature_C", 140.0}};
  made.suggestion.predicted.outputs["peak_nm"] = {490.25, 480.1, 500.3};
  made.suggestion.predicted.probability = 0.1 + 0.2;
  made.suggestion.reason = "log expected improvement 0.31";
  made.pending = {{{"br_pb", 4.0}}, {}};
  made.left_mL = {{"bromide", 12.5}};
  return made;
}

Finished outcome(int experiment) {
  Finished finished;
  finished.experiment = experiment;
  finished.outcome = full_observation();
  return finished;
}

}  // namespace

TEST_CASE("json: an observation survives text bit for bit") {
  const Observation before = full_observation();
  const Observation after = through_text(before);
  for (const auto& [name, estimate] : outputs(before)) {
    CAPTURE(name);
    const auto same = output(after, name);
    REQUIRE(same);
    CHECK(same->value == estimate.value);
    CHECK(same->standard_error == estimate.standard_error);
  }
  CHECK(std::signbit(after.absorbance->value));
  CHECK(after.edge_length_nm->low == 5.0);
  CHECK(after.edge_length_nm->high == 7.9);
  CHECK(after.flags == before.flags);
}

TEST_CASE("json: what was not measured is absent, and an unknown standard error too") {
  CHECK(canonical_text(Json(Observation{})) == R"({"flags":[]})");
  Observation observation;
  observation.peak_nm = Estimate{490.5, 0.0};
  CHECK(canonical_text(Json(observation)) == R"({"flags":[],"peak_nm":490.5})");
  CHECK_FALSE(through_text(observation).fwhm_meV);
}

TEST_CASE("json: numbers that are not finite are refused") {
  Observation observation;
  observation.peak_nm = Estimate{std::numeric_limits<double>::quiet_NaN(), 0.1};
  CHECK_THROWS_AS(Json{observation}, std::invalid_argument);
  CHECK_THROWS_AS(Json{(Interval{1.0, 0.0, std::numeric_limits<double>::infinity()})}, std::invalid_argument);
}

TEST_CASE("json: every failure has its name") {
  for (const auto kind : {FailureKind::no_emission, FailureKind::stalled, FailureKind::interrupted}) {
    const Outcome after = through_text(Outcome{Failure{kind, "why \"so\"\n"}});
    REQUIRE(std::holds_alternative<Failure>(after));
    CHECK(std::get<Failure>(after).kind == kind);
    CHECK(std::get<Failure>(after).detail == "why \"so\"\n");
  }
  CHECK_THROWS_AS(Json::parse(R"({"failure": {"kind": "bored", "detail": ""}})").get<Outcome>(),
                  Json::exception);
}

TEST_CASE("json: a flow plan is in the units of the bench") {
  FlowPlan plan;
  plan.feeds["cs_pb"] = microliters_per_minute(120.0);
  plan.temperature = Temperature::from_celsius(140.0);
  plan.residence_time = Seconds{90.0};
  const Json json = plan;
  CHECK(json.at("feeds_uL_min").at("cs_pb").get<double>() == doctest::Approx(120.0).epsilon(1e-14));
  CHECK(json.at("temperature_C").get<double>() == doctest::Approx(140.0).epsilon(1e-14));
  const FlowPlan after = through_text(plan);
  CHECK(after.feeds.at("cs_pb").si() == doctest::Approx(plan.feeds.at("cs_pb").si()).epsilon(1e-14));
  CHECK(after.residence_time == plan.residence_time);
}

TEST_CASE("json: a detector survives text bit for bit") {
  Detector detector{"FX", "S\xFF", Eigen::VectorXd::LinSpaced(2136, 350.1, 1000.7), 65535.0, {1.0, -3e-7},
                    4.1,  12.5};
  const Detector after = through_text(detector);
  CHECK(after.wavelength_nm == detector.wavelength_nm);
  CHECK(after.nonlinearity == detector.nonlinearity);
  CHECK(after.gain_electrons_per_count == 4.1);
  CHECK(after.serial == "S\xEF\xBF\xBD");
}

TEST_CASE("events: every kind comes back as it was made") {
  const auto foreseen = through_log(Foreseen{7, 1, 0.1 + 0.2, 0.25, "in the way: \"a\""});
  CHECK(foreseen.experiments == 7);
  CHECK(foreseen.target == 1);
  CHECK(foreseen.narrowing_meV == 0.25);
  CHECK(foreseen.probability == 0.1 + 0.2);
  CHECK(foreseen.why_not == "in the way: \"a\"");
  const auto started = through_log(CampaignStarted{{{"peak_nm", 490.0, 0.5, 110.0}}, 12});
  CHECK(started.experiments == 12);
  CHECK(started.targets[0].fwhm_max_meV == 110.0);
  const auto limited =
      through_log(CampaignStarted{{{"peak_nm", 490.0, 0.5, 0.0, true, 0.6, 0.45}}, 12}).targets[0];
  CHECK(limited.plqy_min == 0.6);
  CHECK(limited.yield_min == 0.45);
  CHECK(through_log(StateChanged{"idle", "running", "start"}).to == "running");
  CHECK(through_log(InstrumentArmed{"heater", "E3216 V2.05"}).identity == "E3216 V2.05");
  CHECK(through_log(Calibrated{"dark", {spectrum("emission_dark")}}).spectra.at(0).role == "emission_dark");
  CHECK(through_log(Planned{4, {}}).experiment == 4);
  CHECK(through_log(FramesTaken{4, "read 1", {spectrum("emission")}}).spectra.size() == 1);
  FramesTaken arriving{4, "settling", {spectrum("emission")}, 0.97, 151.5};
  CHECK(through_log(arriving).arrived == 0.97);
  CHECK(through_log(arriving).temperature_C == 151.5);
  const auto settled = through_log(Settled{4, "the peak stands still", 3});
  CHECK(settled.experiment == 4);
  CHECK(settled.reads == 3);
  CHECK(through_log(Warned{"bubble seen"}).what == "bubble seen");
  CHECK(through_log(TargetAdded{{"peak_nm", 505.5, 0.5}}).target.value == 505.5);
  const auto recovering = through_log(Recovering{3, {FailureKind::not_settled, "it moves"}, Recovery::clean});
  CHECK(recovering.experiment == 3);
  CHECK(recovering.failure.kind == FailureKind::not_settled);
  CHECK(recovering.action == Recovery::clean);
  const SteerRequest asked{"target", std::nullopt, Target{"peak_nm", 505.5, 0.5}, "Ada", "she wants it"};
  CHECK(through_log(Steered{asked}).request == asked);
  const auto begins = through_log(Refilling{"amine", 8.25});
  CHECK(begins.stock == "amine");
  CHECK(begins.volume_mL == 8.25);
  const auto refilled = through_log(Refilled{"amine", 8.24, 91.5, -120.5});
  CHECK(refilled.stock == "amine");
  CHECK(refilled.volume_mL == 8.24);
  CHECK(refilled.bottle_left_mL == 91.5);
  CHECK(refilled.counts_from_uL == -120.5);
  CHECK_FALSE(through_log(Refilled{"amine", 8.24, 91.5, {}}).counts_from_uL);
  PumpsArmed counted;
  counted.counters = {{"amine", {2.0_mL, 1.0_mL, 0.5_mL}}, {"diluent", {3.0_mL, Volume{}, {}}}};
  const auto counters = through_log(counted).counters;
  CHECK(in_milliliters(counters.at("amine").found) == doctest::Approx(2.0));
  CHECK(in_milliliters(counters.at("amine").drawn.value()) == doctest::Approx(0.5));
  CHECK_FALSE(counters.at("diluent").drawn);
  CHECK(through_log(Tripped{"190 °C"}).what == "190 °C");
  CHECK(through_log(Resumed{{2, 5}}).unfinished == std::vector<int>{2, 5});
  CHECK(through_log(CampaignEnded{"reached", "490.2 nm"}).status == "reached");
  const Finished finished{7, Failure{FailureKind::bubble, "air"}, false};
  CHECK(through_log(finished).experiment == 7);
  CHECK_FALSE(through_log(finished).interpreted);
}

TEST_CASE("events: a decision comes back bit for bit") {
  const Decided before = decision(2);
  const Decided after = through_log(before);
  CHECK(after.experiment == 2);
  CHECK(after.suggestion.conditions == before.suggestion.conditions);
  CHECK(after.suggestion.predicted.probability == before.suggestion.predicted.probability);
  CHECK(after.suggestion.predicted.outputs.at("peak_nm").low == 480.1);
  CHECK(after.suggestion.reason == before.suggestion.reason);
  CHECK(after.pending == before.pending);
  CHECK(after.left_mL == before.left_mL);
}

TEST_CASE("events: a reading without a finite value is a reading of the others") {
  ReadingTaken reading;
  reading.temperature_C = {{"reactor", 140.25}, {"room", std::numeric_limits<double>::quiet_NaN()}};
  CHECK(through_log(reading).temperature_C == std::map<std::string, double>{{"reactor", 140.25}});
}

TEST_CASE("events: a reading knows the balance's weight, and one of an older log has none") {
  ReadingTaken reading;
  reading.mass_g = {{"scale", 12.345}};
  CHECK(through_log(reading).mass_g == reading.mass_g);
  Event older = event_of(kWhen, ReadingTaken{});
  CHECK(older.body.find("mass_g") == std::string::npos);
  CHECK(nocturne::read<ReadingTaken>(older).mass_g.empty());
}

TEST_CASE("events: another kind or a damaged body is refused with the event's number") {
  Event event = event_of(kWhen, Warned{"x"});
  event.seq = 17;
  CHECK_THROWS_WITH_AS(read<Tripped>(event), "event 17 (warning): is no trip", LogError);
  event.body = "{}";
  CHECK_THROWS_AS(read<Warned>(event), LogError);
  Event decided = event_of(kWhen, decision(1));
  decided.experiment.reset();
  CHECK_THROWS_AS(read<Decided>(decided), LogError);
}

TEST_CASE("record: a log restores what a campaign needs to go on") {
  TemporaryFolder folder;
  Log log = Log::create(folder / "a.db", {});
  log.append(event_of(kWhen, StateChanged{"idle", "running", ""}));
  log.append(event_of(
      kWhen, DetectorRead{{"FX", "1", Eigen::VectorXd::LinSpaced(5, 400.0, 500.0), 65535.0, {}, 1.0, 2.0}}));
  log.append(event_of(kWhen, Calibrated{"dark", {spectrum("emission_dark"), spectrum("reference")}}));
  SpectrumRecord newer = spectrum("emission_dark");
  newer.frame.scans = 50;
  log.append(event_of(kWhen, Calibrated{"dark", {newer}}));
  log.append(event_of(kWhen, decision(1)));
  log.append(event_of(kWhen, decision(2)));
  log.append(event_of(kWhen, outcome(2)));
  log.append(event_of(kWhen, CampaignEnded{"stopped", "Ctrl-C"}));
  log.append(event_of(Instant{Duration{99'999}}, decision(3)));

  const CampaignRecord record = read_campaign(log);
  CHECK(record.state == "running");
  REQUIRE(record.detector);
  CHECK(record.detector->serial == "1");
  CHECK(record.calibration.size() == 2);
  CHECK(record.calibration.at("emission_dark").frame.scans == 50);
  CHECK(record.decisions.size() == 3);
  CHECK(record.outcomes.size() == 1);
  CHECK(record.unfinished == std::vector<int>{1, 3});
  CHECK(record.last_time == Instant{Duration{99'999}});
  CHECK(record.events == 9);
  REQUIRE(record.ended);
  CHECK(record.ended->status == "stopped");
  REQUIRE(record.steps.size() == 4);
  CHECK(record.steps[1].call == CampaignRecord::Step::Call::ask);
  CHECK(record.steps[2].call == CampaignRecord::Step::Call::tell);
  CHECK(record.steps[2].number == 2);
  log.append(event_of(kWhen, Resumed{record.unfinished}));
  CHECK_FALSE(read_campaign(log).ended);
}

TEST_CASE("record: events that contradict one another are refused") {
  TemporaryFolder folder;
  Log log = Log::create(folder / "a.db", {});
  const std::string file = (folder / "a.db").string();
  log.append(event_of(kWhen, decision(1)));
  SUBCASE("two decisions") {
    log.append(event_of(kWhen, decision(1)));
    CHECK_THROWS_WITH_AS(read_campaign(log), (file + ": experiment 1 is decided twice").c_str(), LogError);
  }
  SUBCASE("two outcomes") {
    log.append(event_of(kWhen, outcome(1)));
    log.append(event_of(kWhen, outcome(1)));
    CHECK_THROWS_WITH_AS(read_campaign(log), (file + ": experiment 1 has two outcomes").c_str(), LogError);
  }
  SUBCASE("an outcome of nothing") {
    log.append(event_of(kWhen, outcome(2)));
    CHECK_THROWS_WITH_AS(read_campaign(log), (file + ": experiment 2 has an outcome but no decision").c_str(),
                         LogError);
  }
}

}  // namespace nocturne::test
