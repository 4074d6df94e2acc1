#include <doctest/doctest.h>
#include <sqlite3.h>

#include <algorithm>
#include <thread>

#include "controller/campaign/steering.hpp"
#include "support/small_campaign.hpp"
#include "support/surrogate_here.hpp"
#include "support/temporary_folder.hpp"
#include "support/toy_import.hpp"
#include "support/virtual_night.hpp"
#include "tests/controller/window/asking.hpp"
#include "tests/controller/window/schema_check.hpp"

namespace nocturne::test {
namespace {

using namespace std::chrono_literals;

/// A log that this process writes, as a campaign would.
struct WrittenNight {
  TemporaryFolder folder;
  std::filesystem::path file = folder.path() / "night.db";
  std::optional<Log> log = Log::create(file, header_with_lot());

  template <class T>
  void add(double time_s, const T& event) {
    log->append(event_of(at_second(time_s), event));
  }
  void begin() {
    Target target;
    target.value = 508.0;
    add(0, CampaignStarted{{target}, 10});
    add(1, StateChanged{"idle", "arming", ""});
    add(2, StateChanged{"arming", "running", ""});
  }
  void end_process() { log.reset(); }
};

std::string verdict(Site& site) { return ask(site, "/campaign").at("verdict"); }
std::string verdict_text(Site& site) { return ask(site, "/campaign").at("verdict_text"); }

const char* const kReason = R"({"why": "she wants it", "who": "Ada"})";

std::string acted(Site& site, const std::string& what, const std::string& body,
                  const QueryValues& parameters = {}) {
  const Answer answer = site.act(what, body, parameters);
  return answer.status == 202 ? "202" : problem_of(answer);
}

void run_sql(const std::filesystem::path& file, const char* text) {
  sqlite3* database = nullptr;
  REQUIRE(sqlite3_open(file.c_str(), &database) == SQLITE_OK);
  CHECK(sqlite3_exec(database, text, nullptr, nullptr, nullptr) == SQLITE_OK);
  sqlite3_close(database);
}

}  // namespace

TEST_CASE("window, live: what is appended is news once, a sentence, a row and a spectrum as they come") {
  WrittenNight night;
  night.begin();
  Site site{{night.file, {}}};
  const SchemaCheck schemas{ask(site, "/openapi.json")};
  CHECK(ask(site, "/campaign").at("live") == true);
  CHECK(ask(site, "/").at("replay") == false);
  CHECK(site.news().empty());
  Detector detector;
  detector.wavelength_nm = Eigen::VectorXd::LinSpaced(3, 500.0, 502.0);
  night.add(3, DetectorRead{detector});
  night.add(4, Calibrated{"dark", {some_spectrum("emission_dark", 1.0)}});
  decide(*night.log, 5, 1);
  const std::vector<News> chosen = site.news();
  CHECK(of_kind(chosen, "sentence").size() == 1);
  REQUIRE(of_kind(chosen, "experiment").size() == 1);
  CHECK(of_kind(chosen, "experiment")[0].at("outcome") == "running");
  CHECK(schemas.problems("Experiment", of_kind(chosen, "experiment")[0]).empty());
  CHECK(of_kind(chosen, "spectrum").empty());
  CHECK(site.news().empty());
  night.add(6, Planned{1, some_plan()});
  Frame frame;
  frame.counts = Eigen::Vector3d{100.0, 200.0, 100.0};
  frame.exposure_s = 0.3;
  night.add(7, FramesTaken{1, "settling", {spectrum_record("emission", frame)}});
  night.add(8, FramesTaken{1, "settling", {spectrum_record("emission", frame)}});
  night.add(9, Finished{1, Failure{FailureKind::no_emission, "dark"}, false});
  ask(site, "/campaign");  // that somebody asks takes no news away
  const std::vector<News> ended = site.news();
  CHECK(of_kind(ended, "sentence").size() == 1);
  REQUIRE(of_kind(ended, "experiment").size() == 1);
  CHECK(of_kind(ended, "experiment")[0].at("outcome") == "no_emission");
  CHECK(of_kind(ended, "spectrum").size() <= 1);  // three pixels make none that can be corrected
  CHECK(site.news().empty());
}

TEST_CASE("window, live: the newest spectrum is told whole, and again with its fit") {
  VirtualNight night;
  night.overrides.budget = 1;
  night.run();
  const Log whole = Log::open(night.log_file(), Log::Access::read);
  const std::filesystem::path file = night.folder.path() / "again.db";
  Log again = Log::create(file, whole.header());
  Site site{{file, {}}};
  const SchemaCheck schemas{ask(site, "/openapi.json")};
  int spectra = 0, with_fit = 0;
  whole.for_each([&](const Event& event) {
    again.append(event);
    for (const Json& spectrum : of_kind(site.news(), "spectrum")) {
      ++spectra;
      CHECK(schemas.problems("Spectrum", spectrum).empty());
      CHECK(spectrum.at("emission").at("counts_per_s").size() > 1000);
      if (spectrum.contains("fit")) ++with_fit;
    }
  });
  CHECK(spectra >= 6);
  CHECK(with_fit == 1);
}

TEST_CASE("window, live: the campaign is told at most four times a second") {
  WrittenNight night;
  night.begin();
  Site site{{night.file, {}}};
  std::size_t told = 0;
  for (int i = 0; i < 50; ++i) {
    night.add(10 + i, ReadingTaken{{{"oven", 100.0 + i}}, {}, {}, {}, {}, {}});
    told += of_kind(site.news(), "campaign").size();
    if (i == 0) CHECK(told == 1);
  }
  CHECK(told < 25);  // not one for each
  std::this_thread::sleep_for(300ms);
  const auto last = of_kind(site.news(), "campaign");
  REQUIRE(last.size() == 1);
  CHECK(last[0].at("now_s") == 59.0);
}

TEST_CASE("window, live: one glance tells whether a night is fine") {
  WrittenNight night;
  night.begin();
  Site site{{night.file, {}}};
  CHECK(verdict(site) == "fine");
  night.add(5, Warned{"the gauge does not follow"});
  CHECK(verdict(site) == "look");
  CHECK(verdict_text(site) == "A warning: the gauge does not follow.");
  night.add(6, Steered{{"acknowledge", {}, {}, "Ada", "known"}});
  CHECK(verdict(site) == "fine");
  CHECK(ask(site, "/campaign").at("alarm").at("acknowledged") == true);
  night.add(7, StateChanged{"running", "holding", "the spectrometer is silent"});
  CHECK(verdict(site) == "look");
  night.add(8, StateChanged{"holding", "paused", "the fume hood"});
  CHECK(verdict_text(site) == "Paused until somebody resumes, nothing flows or heats: the fume hood.");
  CHECK(verdict(site) == "look");
  night.add(8, StateChanged{"paused", "running", ""});
  CHECK(verdict(site) == "fine");
  night.add(9, Warned{std::string{kDisobeyed} + "oven"});
  CHECK(verdict(site) == "trouble");
  night.add(10, Steered{{"acknowledge", {}, {}, "Ada", "switched off by hand"}});
  CHECK(verdict(site) == "fine");
  night.add(11, Tripped{"pump stands"});
  CHECK(verdict_text(site) == "Trouble: pump stands.");
  night.add(12, StateChanged{"running", "faulted", "pump stands"});
  night.add(13, Steered{{"acknowledge", {}, {}, "Ada", "I come"}});
  CHECK(verdict(site) == "trouble");
  night.add(14, CampaignEnded{"stopped", "by hand"});
  CHECK(ask(site, "/campaign", {{"at_s", "4"}}).at("verdict") == "fine");
}

TEST_CASE("window, live: a night that ended is done, by a fault it is trouble") {
  for (const std::string status : {"reached", "stopped", "budget_spent", "faulted"}) {
    WrittenNight night;
    night.begin();
    night.add(3, CampaignEnded{status, "by hand"});
    night.add(4, StateChanged{"stopping", "done", ""});
    night.end_process();
    Site site{{night.file, {}}};
    CHECK(verdict(site) == (status == "faulted" ? "trouble" : status == "reached" ? "done" : "ended"));
    CHECK(ask(site, "/campaign").at("status") == status);
    if (status == "stopped") CHECK(verdict_text(site).find("by hand") != std::string::npos);
  }
}

TEST_CASE("window, live: a night whose process is gone, and one that is silent, want somebody") {
  WrittenNight night;
  night.begin();
  Site site{{night.file, {}}};
  run_sql(night.file, "UPDATE events SET wall_clock = strftime('%Y-%m-%dT%H:%M:%fZ', 'now', '-90 seconds')");
  CHECK(verdict(site) == "look");
  CHECK(ask(site, "/campaign").at("quiet_s") > 80.0);
  CHECK(verdict_text(site).find("Nothing was heard") != std::string::npos);
  night.end_process();
  CHECK(verdict(site) == "trouble");
  CHECK(verdict_text(site).find("its process is gone") != std::string::npos);
}

TEST_CASE(
    "window, live: the instrument that an alarm names is marked on the bench until somebody has seen it") {
  WrittenNight night;
  night.begin();
  Site site{{night.file, {}}};
  const auto marked = [&] {
    std::vector<std::string> found;
    for (const Json& instrument : ask_list(site, "/bench", "instruments"))
      if (instrument.contains("alarm")) found.push_back(instrument.at("name"));
    return found;
  };
  CHECK(marked().empty());
  night.add(3, Tripped{"pump of bromide: the motor is stalled"});
  CHECK(marked() == std::vector<std::string>{"pump_bromide"});
  night.add(4, Steered{{"acknowledge", {}, {}, "Ada", "I come"}});
  CHECK(marked().empty());
  night.add(5, StateChanged{"running", "faulted", "the motor is stalled"});
  CHECK(marked() == std::vector<std::string>{"pump_bromide"});
  night.add(6, Warned{std::string{kDisobeyed} + "oven"});
  CHECK(marked() == std::vector<std::string>{"oven"});
  CHECK(SchemaCheck{ask(site, "/openapi.json")}.problems("Bench", ask(site, "/bench")).empty());
}

TEST_CASE("window, live: what is left is told from what experiments took, while there is a budget") {
  WrittenNight night;
  night.begin();
  Site site{{night.file, {}}};
  CHECK_FALSE(ask(site, "/campaign").contains("expected_left_s"));
  for (int experiment = 1; experiment <= 3; ++experiment) {
    decide(*night.log, 100.0 * experiment, experiment);
    night.add(100.0 * experiment + 100.0, Finished{experiment, Failure{FailureKind::bubble, ""}, false});
  }
  CHECK(ask(site, "/campaign").at("expected_left_s") == doctest::Approx(700.0));
}

TEST_CASE("window, actions: what a person asks is posted to the campaign, with who and why") {
  WrittenNight night;
  night.begin();
  night.add(3, Warned{"look here"});
  Site site{{night.file, {}}};
  CHECK(acted(site, "pause", kReason) == "202");
  CHECK(acted(site, "budget", R"({"why": "more", "experiments": 30})") == "202");
  CHECK(acted(site, "target", R"({"why": "more", "who": "Ada", "peak_nm": 505})") == "202");
  CHECK(acted(site, "acknowledge", kReason) == "202");
  const std::vector<SteerRequest> taken = SteerBox{night.file}.take();
  REQUIRE(taken.size() == 4);
  CHECK(taken[0] == SteerRequest{"pause", {}, {}, "Ada", "she wants it"});
  CHECK(taken[1].experiments == 30);
  CHECK(taken[1].who == "somebody at the window");
  CHECK(taken[2].target->value == 505.0);
  CHECK(taken[3].what == "acknowledge");
}

TEST_CASE("window, actions: what cannot be understood is refused with a reason, and nothing is posted") {
  WrittenNight night;
  night.begin();
  Site site{{night.file, {}}};
  const std::vector<std::pair<std::string, std::string>> wrong{
      {"pause", ""},
      {"pause", "[1]"},
      {"pause", "{\"why\": \"\xff\"}"},
      {"pause", R"({"who": "Ada"})"},
      {"pause", R"({"why": "  "})"},
      {"pause", R"({"why": 5})"},
      {"pause", R"({"why": "x", "more": 1})"},
      {"pause", R"({"why": "x", "experiments": 5})"},
      {"pause", R"({"why": "x", "peak_nm": 500})"},
      {"budget", R"({"why": "x"})"},
      {"budget", R"({"why": "x", "experiments": 0})"},
      {"budget", R"({"why": "x", "experiments": 2.5})"},
      {"budget", R"({"why": "x", "experiments": 1e300})"},
      {"budget", R"({"why": "x", "experiments": "5"})"},
      {"target", R"({"why": "x"})"},
      {"target", R"({"why": "x", "peak_nm": 50})"},
      {"abort", R"({"why": ")" + std::string(2000, 'x') + R"("})"}};
  for (const auto& [what, body] : wrong) {
    CAPTURE(what);
    CAPTURE(body.substr(0, 80));
    CHECK(acted(site, what, body).starts_with("400 "));
  }
  CHECK(acted(site, "explode", kReason).starts_with("404 nobody can ask for explode"));
  CHECK(acted(site, "acknowledge", kReason) == "409 there is no alarm that nobody has seen");
  CHECK(SteerBox{night.file}.take().empty());
}

TEST_CASE("window, actions: a replay, an ended night and one that nobody runs cannot be steered") {
  WrittenNight night;
  night.begin();
  Site site{{night.file, {night.folder.path() / "other.db"}}};
  CHECK(acted(site, "pause", kReason, {{"at_s", "1"}}).starts_with("409 this is a replay"));
  CHECK(acted(site, "pause", kReason, {{"log", "other.db"}}).starts_with("409 this is a replay"));
  CHECK(acted(site, "pause", kReason, {{"log", "night.db"}}) == "202");
  CHECK(acted(site, "pause", kReason, {{"x", "1"}}).starts_with("400 "));
  SteerBox{night.file}.clear();
  night.add(3, CampaignEnded{"stopped", "by hand"});
  CHECK(acted(site, "pause", kReason) == "409 the campaign has ended");
  night.end_process();
  WrittenNight left;
  left.begin();
  left.end_process();
  Site of_left{{left.file, {}}};
  CHECK(acted(of_left, "pause", kReason).starts_with("409 no process runs this campaign"));
  CHECK(SteerBox{night.file}.take().empty());
  CHECK(SteerBox{left.file}.take().empty());
}

TEST_CASE("window, bad input: every question that has no answer says why in a problem document") {
  WrittenNight night;
  night.begin();
  Site site{{night.file, {night.folder.path() / "gone.db"}}};
  CHECK(problem(site, "/nothing") == "404 nothing is at /nothing");
  CHECK(problem(site, "/campaign/pause").starts_with("404 "));
  CHECK(problem(site, "/campaign", {{"log", "../night.db"}}).starts_with("404 no log is called ../night.db"));
  CHECK(problem(site, "/campaign", {{"log", "gone.db"}}).starts_with("500 "));
  CHECK(problem(site, "/campaign", {{"at_s", "-1"}}).starts_with("400 at_s must be"));
  CHECK(problem(site, "/campaign", {{"at_s", "nan"}}).starts_with("400 "));
  CHECK(problem(site, "/campaign", {{"at_s", "1 "}}).starts_with("400 "));
  CHECK(problem(site, "/campaign", {{"speed", "2"}}).starts_with("400 nothing is called speed here"));
  CHECK(problem(site, "/journal", {{"limit", "0"}}).starts_with("400 limit must be a whole number"));
  CHECK(problem(site, "/journal", {{"after_seq", "1e3"}}).starts_with("400 "));
  CHECK(problem(site, "/spectra/latest") == "404 no spectrum was taken yet");
  CHECK(problem(site, "/trend").starts_with("400 this log has no readings"));
  CHECK(problem(site, "/map").starts_with("409 There is no model to show yet: 0 experiments gave a product"));
  CHECK(problem(site, "/design").starts_with("400 target_nm is missing"));
  CHECK(problem(site, "/design", {{"target_nm", "5000"}}).starts_with("400 target_nm must be"));
  CHECK(problem(site, "/design", {{"target_nm", "500"}, {"plqy_min", "0.5"}}).starts_with("409 "));
}

TEST_CASE("window, bad input: a map refuses what is no variable, and values outside the bounds") {
  if (skipped()) return;
  VirtualNight night;
  night.overrides.targets_nm = {540.0};
  night.overrides.budget = 5;
  night.overrides.optimizer = "sobol";
  night.run();
  Site site{{night.log_file(), {}}};
  CHECK(problem(site, "/map", {{"x", "colour"}}).starts_with("400 colour is no variable of this campaign"));
  CHECK(problem(site, "/map", {{"x", "br_pb"}, {"y", "br_pb"}}) == "400 x and y must be two variables");
  CHECK(problem(site, "/map", {{"temperature_C", "900"}})
            .starts_with("400 temperature_C must be a number between"));
  CHECK(problem(site, "/map", {{"points", "1000"}}).starts_with("400 points"));
}

TEST_CASE("window, bad input: a damaged log is told as such, and what was before it is not lost to others") {
  WrittenNight night;
  night.begin();
  night.add(3, Warned{"look here"});
  night.end_process();
  run_sql(night.file, "UPDATE events SET body = '{\"x\":1}' WHERE kind = 'warning'");
  CHECK_THROWS_AS((Site{{night.file, {}}}), LogError);
  const TemporaryFolder folder;
  write_small_campaign(folder.path() / "sound.db");
  Site site{{folder.path() / "sound.db", {night.file}}};
  CHECK(problem(site, "/campaign", {{"log", "night.db"}}).starts_with("500 "));
  CHECK(ask(site, "/campaign").at("finished") == 2);
}

TEST_CASE("window, bad input: a log that is damaged while it is watched stays refused") {
  WrittenNight night;
  night.begin();
  Site site{{night.file, {}}};
  Event nonsense;
  nonsense.kind = Warned::kind;
  nonsense.time = at_second(3);
  night.log->append(nonsense);
  CHECK(problem(site, "/campaign").starts_with("500 "));
  CHECK(problem(site, "/campaign").starts_with("500 "));
  CHECK_THROWS_AS(site.news(), LogError);
  CHECK(site.metrics().find("nocturne_readable 0") != std::string::npos);
  CHECK(acted(site, "pause", kReason).starts_with("500 "));
}

TEST_CASE("window: a log that another one replaced is read from its beginning, one that is gone is told") {
  const TemporaryFolder folder;
  const auto file = folder.path() / "night.db";
  write_small_campaign(file);
  Site site{{file, {}}};
  CHECK(ask(site, "/campaign").at("finished") == 2);
  std::filesystem::remove(file);
  CHECK(problem(site, "/campaign") == "500 the log night.db is not there any more");
  CHECK_THROWS(site.news());
  Log log = Log::create(file, header_with_lot());
  decide(log, 2, 1);
  CHECK(ask(site, "/campaign").at("finished") == 0);
  CHECK(ask(site, "/experiments").at("experiments").size() == 1);
}

TEST_CASE("window: logs are asked for by ids that are no paths, each once") {
  const TemporaryFolder folder;
  write_small_campaign(folder.path() / "night.db");
  write_small_campaign(folder.path() / "other.db", false);
  std::filesystem::create_directory(folder.path() / "more");
  write_small_campaign(folder.path() / "more" / "night.db", false);
  write_file(folder.path() / "notes.db", "no log");
  Site site{{folder.path() / "night.db",
             {folder.path() / "night.db", folder.path() / "other.db", folder.path() / "more" / "night.db",
              folder.path() / "notes.db"}}};
  const Json logs = ask(site, "/logs").at("logs");
  REQUIRE(logs.size() == 4);
  CHECK(SchemaCheck{ask(site, "/openapi.json")}.problems("Logs", ask(site, "/logs")).empty());
  CHECK(logs[0].at("id") == "night.db");
  CHECK(logs[0].at("length_s") == 13.0);
  CHECK(logs[2].at("id") == "night.db-2");
  CHECK(logs[2].at("file") == "night.db");
  CHECK(logs[3].contains("problem"));
  CHECK(ask(site, "/campaign", {{"log", "night.db-2"}}).at("ended") == false);
  CHECK(ask(site, "/campaign", {{"log", "night.db-2"}}).at("log") == "night.db-2");
  CHECK(problem(site, "/bench", {{"log", "notes.db"}}).starts_with("500 "));
}

TEST_CASE("window: an import shows its experiments, and says what it has not") {
  Import toy;
  import_table(toy.request());
  Site site{{toy.folder / "a.db", {}}};
  const SchemaCheck schemas{ask(site, "/openapi.json")};
  CHECK(schemas.problems("Campaign", ask(site, "/campaign")).empty());
  CHECK(schemas.problems("Experiments", ask(site, "/experiments")).empty());
  CHECK(verdict(site) == "done");
  CHECK_FALSE(ask(site, "/experiments").at("experiments").empty());
  CHECK(problem(site, "/bench").starts_with("409 imported experiments"));
  CHECK(problem(site, "/map").starts_with("409 the experiments were imported"));
}

TEST_CASE("window: metrics have a help, a type and a value each") {
  WrittenNight night;
  night.begin();
  Site site{{night.file, {}}};
  const std::string text = site.metrics();
  CHECK(text.find("# TYPE nocturne_live gauge\nnocturne_live 1\n") != std::string::npos);
  CHECK(text.find("# TYPE nocturne_readable gauge\nnocturne_readable 1\n") != std::string::npos);
  CHECK(text.find("nocturne_state{state=\"running\"} 1\n") != std::string::npos);
  CHECK(text.find("nocturne_verdict{verdict=\"fine\"} 1\n") != std::string::npos);
  CHECK(text.find("nocturne_left_milliliters{stock=\"cs_pb\"} 60\n") != std::string::npos);
  std::string::size_type types = 0, helps = 0;
  for (auto at = text.find("# TYPE"); at != text.npos; at = text.find("# TYPE", at + 1)) ++types;
  for (auto at = text.find("# HELP"); at != text.npos; at = text.find("# HELP", at + 1)) ++helps;
  CHECK(types == helps);
  CHECK(types > 10);
}

}  // namespace nocturne::test
