#include <SQLiteCpp/SQLiteCpp.h>
#include <doctest/doctest.h>

#include <cmath>
#include <nlohmann/json.hpp>
#include <sstream>

#include "controller/json.hpp"
#include "controller/replay/replay.hpp"
#include "controller/replay/replay_frames.hpp"
#include "optimizer/posterior_draws.hpp"
#include "support/temporary_folder.hpp"

namespace nocturne::test {
namespace {

/// A model that expects the same everywhere, whatever it is told: the asks are the initial design's.
struct FlatModel final : Surrogate {
  static constexpr double kLevel = 2.5, kDeviation = 0.1;

  void fit(const TrainingData&) override {}
  Posterior posterior(const Eigen::MatrixXd& points, int) const override {
    const auto n = points.rows();
    return {Eigen::VectorXd::Constant(n, kLevel), kDeviation * kDeviation * Eigen::MatrixXd::Identity(n, n)};
  }
  PosteriorGradient marginals(const Eigen::MatrixXd& points, const std::vector<int>& outputs) const override {
    const auto count = std::ssize(outputs);
    const std::vector<Eigen::MatrixXd> flat(outputs.size(),
                                            Eigen::MatrixXd::Zero(points.rows(), points.cols()));
    return {Eigen::MatrixXd::Constant(points.rows(), count, kLevel),
            Eigen::MatrixXd::Constant(points.rows(), count, kDeviation), flat, flat};
  }
  std::unique_ptr<JointDraws> joint_draws(const Eigen::MatrixXd& anchors, const std::vector<int>& outputs,
                                          const std::vector<Eigen::MatrixXd>& normals) const override {
    return posterior_draws(*this, anchors, outputs, normals);
  }
  Eigen::VectorXd scatter(const Eigen::MatrixXd& points, int) const override {
    return Eigen::VectorXd::Zero(points.rows());
  }
  std::vector<std::string> describe() const override { return {}; }
};

std::unique_ptr<Optimizer> some_optimizer(std::uint64_t seed = 5) {
  Optimizer::Options options;
  options.variables = {{"br_pb", 3.2, 12.0, Scale::linear, VariableKind::real, {}, ""},
                       {"temperature_C", 70.0, 180.0, Scale::linear, VariableKind::real, {}, "°C"}};
  options.targets = {{"peak_nm", 490.0, 1.0, 0.0}};
  options.initial_design = 100;
  options.seed = seed;
  options.make_surrogate = [](const SurrogateOptions&) { return std::make_unique<FlatModel>(); };
  return std::make_unique<Optimizer>(std::move(options));
}

/// An analysis whose result depends on every frame that it is given.
Outcome weigh(const MeasurementFrames& frames, const Detector& detector) {
  if (frames.emission.empty()) throw std::invalid_argument{"there is no emission frame"};
  double sum = detector.wavelength_nm.sum() / 11.0;
  for (const Frame& dark : frames.darks) sum += dark.counts.sum() / 7.0;
  for (const Frame& frame : frames.emission) sum = sum / 3.0 + frame.counts.sum();
  for (const Frame& frame : frames.transmission) sum = sum / 5.0 + frame.counts.sum();
  Observation observation;
  observation.peak_nm = Estimate{sum, 0.1};
  observation.fwhm_meV = Estimate{std::sqrt(sum), 1.0};
  return observation;
}

ReplayTools some_tools() {
  return {[] { return some_optimizer(); }, weigh};
}

SpectrumRecord spectrum(const std::string& role, double level) {
  SpectrumRecord record;
  record.role = role;
  record.frame.counts = Eigen::VectorXd::Constant(4, level);
  return record;
}

/// A short campaign as a controller would log it; changes to what it logs are the tests'.
struct Campaign {
  std::function<void(Decided&)> change_decision = [](Decided&) {};
  std::function<void(Finished&)> change_outcome = [](Finished&) {};
  std::function<void(Foreseen&)> change_outlook = [](Foreseen&) {};
  bool looks_ahead = false;  ///< logs of earlier versions have no outlooks
  std::unique_ptr<Optimizer> optimizer = some_optimizer();

  void write(const std::filesystem::path& file, int experiments) {
    Log log = Log::create(file, {});
    FrameCollector frames;
    const auto append = [&](const auto& event) {
      Event made = event_of(Instant{Duration{log.size()}}, event);
      frames.take(made);
      log.append(made);
    };
    append(DetectorRead{{"FX", "1", Eigen::VectorXd::LinSpaced(4, 400.0, 500.0), 65535.0, {}, 1.0, 2.0}});
    append(Calibrated{"dark", {spectrum("emission_dark", 0.3)}});
    for (int experiment = 1; experiment <= experiments; ++experiment) {
      if (const auto probability = optimizer->reachable_probability(); probability && looks_ahead) {
        Foreseen foreseen{experiment - 1, 0, *probability, std::nullopt, ""};
        change_outlook(foreseen);
        append(foreseen);
      }
      Decided decided;
      decided.experiment = decided.asked = experiment;
      decided.suggestion = optimizer->ask();
      change_decision(decided);
      append(decided);
      append(Planned{experiment, {}});
      append(FramesTaken{experiment, "settling", {spectrum("emission", 1.0), spectrum("emission", 2.0)}});
      append(Settled{experiment, "steady", 1});
      append(FramesTaken{experiment, "measurement", {spectrum("emission", experiment / 3.0)}});
      Finished finished{experiment, weigh(frames.measurement(experiment), *frames.detector()), true};
      if (experiment == 3) finished = {experiment, Failure{FailureKind::bubble, "air"}, false};
      change_outcome(finished);
      append(finished);
      optimizer->tell(decided.suggestion.conditions, finished.outcome);
    }
    append(CampaignEnded{"stopped", "enough"});
  }
};

Verification verified(const std::filesystem::path& file) {
  return verify(Log::open(file, Log::Access::read), some_tools());
}

}  // namespace

TEST_CASE("replay: a campaign's decisions and observations come out again bit for bit") {
  TemporaryFolder folder;
  Campaign{}.write(folder / "a.db", 6);
  const Verification result = verified(folder / "a.db");
  CHECK(result.events == 2 + 6 * 6 + 1);
  CHECK(result.decisions == 6);
  CHECK(result.observations == 5);
  CHECK_FALSE(result.first_difference);
}

TEST_CASE("replay: a difference of one bit is found and named") {
  TemporaryFolder folder;
  Campaign campaign;
  std::int64_t seq = 2 + 6 * 3 + 1;
  std::string words;
  SUBCASE("in a decision") {
    campaign.change_decision = [](Decided& decided) {
      double& value = decided.suggestion.conditions["br_pb"];
      if (decided.experiment == 4) value = std::nextafter(value, 100.0);
    };
    words = "decision of experiment 4: /conditions/br_pb is ";
  }
  SUBCASE("in the number of asks") {
    campaign.change_decision = [](Decided& decided) { decided.asked += decided.experiment == 4; };
    words = "decision of experiment 4: /asked is 5 in the log and 4 now";
  }
  SUBCASE("in an observation") {
    seq += 5;
    campaign.change_outcome = [](Finished& finished) {
      if (finished.experiment != 4) return;
      double& value = std::get<Observation>(finished.outcome).fwhm_meV->standard_error;
      value = std::nextafter(value, 2.0);
    };
    words = "outcome of experiment 4: /observation/fwhm_meV_se is 1.0000000000000002 in the log and 1.0 now";
  }
  SUBCASE("in the optimizer's seed") {
    seq = 3;
    campaign.optimizer = some_optimizer(6);
    words = "decision of experiment 1: /conditions/";
  }
  campaign.write(folder / "a.db", 6);
  const Verification result = verified(folder / "a.db");
  REQUIRE(result.first_difference);
  CHECK(result.first_difference->seq == seq);
  CHECK(result.first_difference->what.substr(0, words.size()) == words);
}

TEST_CASE("replay: elsewhere numbers may differ in their last digits, and the largest deviation is told") {
  TemporaryFolder folder;
  double off = 1e-12;
  Campaign campaign;
  campaign.change_outcome = [&](Finished& finished) {
    if (finished.experiment == 2) std::get<Observation>(finished.outcome).fwhm_meV->value *= 1.0 + off;
    if (finished.experiment == 4) std::get<Observation>(finished.outcome).fwhm_meV->value *= 1.0 + 2 * off;
  };
  ReplayTools elsewhere = some_tools();
  elsewhere.tolerance = kElsewhere;
  const VirtualClock clock;
  std::ostringstream text, json;
  SUBCASE("in the last digits") {
    campaign.write(folder / "a.db", 6);
    const Log log = Log::open(folder / "a.db", Log::Access::read);
    const Verification result = verify(log, elsewhere);
    CHECK(result.agrees());
    CHECK_FALSE(result.identical());
    CHECK(result.deviation == doctest::Approx(2e-12).epsilon(0.01));
    REQUIRE(result.largest_deviation);
    CHECK(result.largest_deviation->what == "outcome of experiment 4: /observation/fwhm_meV");
    CHECK(verify(log, some_tools()).first_difference);
    CHECK(replay_verify(log, elsewhere, clock, false, text) == 0);
    CHECK(text.str().find("the same within 1e-06") != std::string::npos);
    CHECK(replay_verify(log, elsewhere, clock, true, json) == 0);
    CHECK(Json::parse(json.str()).at("identical") == false);
    CHECK(Json::parse(json.str()).at("largest_deviation").at("seq") == result.largest_deviation->seq);
  }
  SUBCASE("in more than that") {
    off = 1e-5;
    campaign.write(folder / "a.db", 6);
    const Verification result = verify(Log::open(folder / "a.db", Log::Access::read), elsewhere);
    REQUIRE(result.first_difference);
    CHECK(result.first_difference->what.starts_with("outcome of experiment 2: /observation/fwhm_meV is "));
  }
  SUBCASE("in anything but a number") {
    campaign.change_outcome = [](Finished& finished) {
      if (finished.experiment == 2) std::get<Observation>(finished.outcome).flags.push_back("odd");
    };
    campaign.write(folder / "a.db", 6);
    CHECK(verify(Log::open(folder / "a.db", Log::Access::read), elsewhere).first_difference);
  }
}

TEST_CASE("replay: outlooks come out again, where there are any") {
  TemporaryFolder folder;
  Campaign campaign;
  campaign.looks_ahead = true;
  std::string words;
  SUBCASE("as they were") {}
  SUBCASE("one bit off") {
    campaign.change_outlook = [](Foreseen& foreseen) {
      foreseen.probability = std::nextafter(foreseen.probability, 2.0);
    };
    words = "outlook: /probability is ";
  }
  SUBCASE("with another reason") {
    campaign.change_outlook = [](Foreseen& foreseen) { foreseen.why_not = "the moon"; };
    words = "outlook: /why_not is \"the moon\" in the log and \"\" now";
  }
  campaign.write(folder / "a.db", 7);
  const Verification result = verified(folder / "a.db");
  CHECK(result.events > 2 + 6 * 7 + 1);
  CHECK(result.first_difference.has_value() == !words.empty());
  if (result.first_difference) CHECK(result.first_difference->what.substr(0, words.size()) == words);
}

TEST_CASE("replay: a log that was changed afterwards is found out before anything is computed") {
  TemporaryFolder folder;
  Campaign{}.write(folder / "a.db", 2);
  {
    SQLite::Database database{(folder / "a.db").string(), SQLite::OPEN_READWRITE};
    database.exec("UPDATE frames SET exposure_s = 1 WHERE seq = 5");
  }
  const Verification result = verified(folder / "a.db");
  REQUIRE(result.first_difference);
  CHECK(result.first_difference->seq == 5);
  CHECK(result.first_difference->what == "is not what was written");
}

TEST_CASE("replay: --verify prints the contract's line and its exit status") {
  TemporaryFolder folder;
  Campaign{}.write(folder / "a.db", 2);
  Campaign other;
  other.optimizer = some_optimizer(6);
  other.write(folder / "b.db", 2);
  const VirtualClock clock;
  std::ostringstream same, different, text;
  CHECK(replay_verify(Log::open(folder / "a.db"), some_tools(), clock, true, same) == 0);
  CHECK(replay_verify(Log::open(folder / "b.db"), some_tools(), clock, true, different) == 1);
  CHECK(replay_verify(Log::open(folder / "b.db"), some_tools(), clock, false, text) == 1);
  CHECK(
      same.str() ==
      R"({"decisions":2,"events":15,"first_difference":null,"identical":true,"observations":2,"wall_seconds":0.0})"
      "\n");
  const Json line = Json::parse(different.str());
  CHECK(line.at("identical") == false);
  CHECK(line.at("first_difference").at("seq") == 3);
  CHECK(line.at("first_difference").at("what").is_string());
  CHECK(text.str().find("event 3 differs: decision of experiment 1") != std::string::npos);
}

TEST_CASE("replay: a restored optimizer goes on as the campaign's would have") {
  TemporaryFolder folder;
  Campaign campaign;
  campaign.write(folder / "a.db", 5);
  auto restored = some_optimizer();
  restore(*restored, read_campaign(Log::open(folder / "a.db", Log::Access::read)));
  CHECK(restored->ask().conditions == campaign.optimizer->ask().conditions);
  CHECK(restored->best()->first == campaign.optimizer->best()->first);
}

TEST_CASE("replay: only frames of the last attempt, after settling, belong to a measurement") {
  FrameCollector frames;
  const auto take = [&](const auto& event) { frames.take(event_of(Instant{}, event)); };
  const auto listed = [](const std::vector<Frame>& of) {
    std::string text;
    for (const Frame& frame : of) text += std::to_string(static_cast<int>(frame.counts(0))) + " ";
    return text;
  };
  const auto levels = [&](int experiment) { return listed(frames.measurement(experiment).emission); };
  const auto darks = [&](int experiment) { return listed(frames.measurement(experiment).darks); };
  take(Calibrated{"dark", {spectrum("emission_dark", 9.0), spectrum("reference", 8.0)}});
  take(FramesTaken{
      1, "", {spectrum("emission", 1.0), spectrum("transmission", 5.0), spectrum("emission", 2.0)}});
  take(FramesTaken{2, "", {spectrum("emission", 7.0)}});
  CHECK(levels(1) == "1 2 ");
  take(Settled{1, "", 1});
  CHECK(levels(1) == "2 ");
  CHECK(frames.measurement(1).transmission.size() == 1);
  take(FramesTaken{1, "", {spectrum("emission", 3.0), spectrum("emission_dark", 6.0)}});
  CHECK(levels(1) == "2 3 ");
  CHECK(darks(1) == "6 ");
  CHECK(darks(2) == "9 ");
  CHECK(frames.measurement(1).reference.counts(0) == 8.0);
  take(Planned{1, {}});
  CHECK(levels(1) == "");
  CHECK(darks(1) == "9 ");
  CHECK(levels(2) == "7 ");
  take(Resumed{{1, 2}});
  CHECK(levels(2) == "");
}

TEST_CASE("replay: --reanalyze compares every experiment with what was logged") {
  TemporaryFolder folder;
  Campaign{}.write(folder / "a.db", 4);
  const Log log = Log::open(folder / "a.db", Log::Access::read);
  ReplayTools tools = some_tools();
  CHECK(peak_differences(reanalyze(log, tools)).median_absolute == 0.0);
  tools.interpret = [](const MeasurementFrames& frames, const Detector& detector) -> Outcome {
    auto observation = std::get<Observation>(weigh(frames, detector));
    observation.peak_nm->value += 0.5;
    observation.fwhm_meV->value -= 2.0;
    return observation;
  };
  std::ostringstream out, messages;
  CHECK(replay_reanalyze(log, tools, {true, {}}, out, messages) == 0);
  std::istringstream lines{out.str()};
  std::string line;
  int experiment = 0;
  while (std::getline(lines, line)) {
    const Json json = Json::parse(line);
    CHECK(json.at("experiment") == ++experiment);
    if (experiment == 3) {
      CHECK(json.at("logged").at("failure").at("kind") == "bubble");
      CHECK(json.at("new").is_null());
    } else {
      CHECK(json.at("difference").at("peak_nm").get<double>() == doctest::Approx(0.5).epsilon(1e-9));
      CHECK(json.at("new").at("observation").contains("peak_nm_se"));
    }
  }
  CHECK(experiment == 4);
  CHECK(messages.str().find("peak: 3 of 3 compared, median |difference| 0.500 nm, bias +0.500 nm (mean)") ==
        0);
  const auto widths = width_differences(reanalyze(log, tools));
  CHECK(widths.logged == 3);
  CHECK(widths.share_within_one == 0.0);
}

TEST_CASE("replay: an experiment that no longer gives a value is a miss in the summary") {
  std::vector<Reanalyzed> experiments(2);
  for (Reanalyzed& experiment : experiments) {
    Observation observation;
    observation.peak_nm = Estimate{490.0, 0.1};
    experiment.logged = observation;
    experiment.again = observation;
  }
  experiments[1].again = Failure{FailureKind::no_emission, ""};
  const DifferenceSummary summary = peak_differences(experiments);
  CHECK(summary.logged == 2);
  CHECK(summary.compared == 1);
  CHECK(summary.share_within_one == 0.5);
}

TEST_CASE("replay: --reanalyze tells every output, flag and kind of outcome that changed") {
  TemporaryFolder folder;
  Campaign campaign;
  campaign.change_outcome = [](Finished& finished) {
    auto* seen = std::get_if<Observation>(&finished.outcome);
    if (!seen) return;
    seen->plqy = Estimate{0.5, 0.01};
    seen->yield = Estimate{0.2, 0.01};
    seen->flags = {"several_peaks"};
  };
  campaign.write(folder / "a.db", 2);
  const Log log = Log::open(folder / "a.db", Log::Access::read);
  ReplayTools tools = some_tools();
  int asked = 0;
  tools.interpret = [&](const MeasurementFrames& frames, const Detector& detector) -> Outcome {
    if (++asked % 2 == 0) return Failure{FailureKind::saturated, "too bright"};
    auto observation = std::get<Observation>(weigh(frames, detector));
    observation.plqy = Estimate{0.75, 0.01};
    observation.first_exciton_nm = Estimate{470.0, 0.5};
    observation.flags = {"saturated"};
    return observation;
  };
  std::ostringstream people, machines, messages;
  CHECK(replay_reanalyze(log, tools, {}, people, messages) == 0);
  CHECK(
      people.str().find(", first_exciton_nm none -> 470, plqy 0.5 -> 0.75, yield 0.2 -> none, now saturated, "
                        "no longer several_peaks\n") != std::string::npos);
  CHECK(people.str().find("-> none meV, observed -> saturated\n") != std::string::npos);
  CHECK(people.str().find("plqy: 1 of 2 compared, median |difference| 0.25, bias 0.25 (mean)\n") !=
        std::string::npos);
  CHECK(people.str().find("another outcome: 1, other flags: 1\n") != std::string::npos);
  CHECK(replay_reanalyze(log, tools, {true, {}}, machines, messages) == 0);
  std::istringstream lines{machines.str()};
  std::string first, second;
  std::getline(lines, first);
  std::getline(lines, second);
  CHECK(Json::parse(first).at("difference").at("plqy") == 0.25);
  CHECK(Json::parse(first).at("flags") == Json{{"appeared", {"saturated"}}, {"gone", {"several_peaks"}}});
  CHECK(Json::parse(first).at("another_outcome") == false);
  CHECK(Json::parse(second).at("another_outcome") == true);
}

TEST_CASE("replay: --reanalyze does without the experiment whose spectrum is damaged, and says so") {
  TemporaryFolder folder;
  Campaign{}.write(folder / "a.db", 4);
  const auto damage = [&](const std::string& role, int experiment) {
    std::int64_t seq = 0;
    Log::open(folder / "a.db", Log::Access::read)
        .for_each(
            [&](const Event& event) {
              const bool is_it = is<Calibrated>(event) ? experiment == 0 : event.experiment == experiment;
              if (is_it && !event.spectra.empty() && event.spectra.front().role == role) seq = event.seq;
            },
            {.detail = LogDetail::outline});
    SQLite::Database{(folder / "a.db").string(), SQLite::OPEN_READWRITE}.exec(
        "UPDATE frames SET counts = x'00' WHERE seq = " + std::to_string(seq));
    return reanalyze(Log::open(folder / "a.db", Log::Access::read), some_tools());
  };
  const auto one = damage("emission", 2);
  REQUIRE(one.size() == 4);
  CHECK(one[0].again.has_value());
  CHECK_FALSE(one[1].again);
  CHECK(one[1].trouble.find("a.db") != std::string::npos);
  CHECK(one[3].again.has_value());
  std::ostringstream out, messages;
  CHECK(replay_reanalyze(Log::open(folder / "a.db", Log::Access::read), some_tools(), {}, out, messages) ==
        1);
  CHECK(out.str().find("not analysed, because their spectra cannot be read: 1\n") != std::string::npos);
  const auto all = damage("emission_dark", 0);
  REQUIRE(all.size() == 4);
  CHECK_FALSE(all[0].trouble.empty());
  CHECK_FALSE(all[3].trouble.empty());
  CHECK(all[2].trouble.empty());  // a bubble, which no spectrum says
}

}  // namespace nocturne::test
