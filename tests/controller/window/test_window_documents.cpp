#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <sstream>

#include "controller/export/export_command.hpp"
#include "controller/knowledge/design.hpp"
#include "controller/knowledge/logged_model.hpp"
#include "controller/watch/night_view.hpp"
#include "support/surrogate_here.hpp"
#include "support/virtual_night.hpp"
#include "tests/controller/window/asking.hpp"
#include "tests/controller/window/schema_check.hpp"

namespace nocturne::test {
namespace {

/// One night for all: long enough for several checkpoints, with a standard optimizer only where there is one.
struct SharedVirtualNight {
  VirtualNight night;
  std::vector<Event> events;

  SharedVirtualNight() {
    night.overrides.targets_nm = {540.0};
    night.overrides.budget = 12;
    night.overrides.optimizer = "sobol";
    night.run();
    events = Log::open(night.log_file(), Log::Access::read).events();
  }
  NightFacts facts_at(double time_s) const {
    NightView view{Log::open(night.log_file(), Log::Access::read).header()};
    for (const Event& event : events)
      if (in_seconds(event.time) <= time_s) view.take(event);
    return view.facts();
  }
  double length_s() const { return in_seconds(events.back().time); }
};

const SharedVirtualNight& the_night() {
  static const SharedVirtualNight night;
  return night;
}

Site site_of_the_night() { return Site{{the_night().night.log_file(), {}, "digest"}}; }

std::string seconds_text(double time_s) { return std::to_string(time_s); }

double wavelength_of_highest(const Json& curve, const char* values) {
  const auto all = curve.at(values).get<std::vector<double>>();
  const auto highest = std::ranges::max_element(all) - all.begin();
  return curve.at("wavelength_nm").at(static_cast<std::size_t>(highest));
}

}  // namespace

TEST_CASE("window: every document is as its schema says, at the end and at any time") {
  Site site = site_of_the_night();
  const SchemaCheck schemas{ask(site, "/openapi.json")};
  const std::pair<const char*, const char*> documents[] = {
      {"/campaign", "Campaign"},       {"/journal", "Journal"}, {"/experiments", "Experiments"},
      {"/spectra", "Spectra"},         {"/bench", "Bench"},     {"/trend", "Trend"},
      {"/spectra/latest", "Spectrum"}, {"/map", "Map"}};
  for (const auto& [path, schema] : documents)
    for (const double share : {2.0, 1.0, 0.9, 0.7}) {
      const std::string at_s = seconds_text(share * the_night().length_s());
      if (std::string{path} == "/map" && (share < 1.0 || !surrogate_available())) continue;
      const Json document = ask(site, path, share > 1.0 ? QueryValues{} : QueryValues{{"at_s", at_s}});
      CHECK(schemas.problems(schema, document) == std::vector<std::string>{});
    }
  CHECK(schemas.problems("Program", ask(site, "/")) == std::vector<std::string>{});
  CHECK(ask(site, "/").at("build") == "digest");
  CHECK(ask(site, "/").at("replay") == true);
  CHECK(schemas.problems("Logs", ask(site, "/logs")) == std::vector<std::string>{});
}

TEST_CASE("window: the check of schemas finds what is wrong") {
  Site site = site_of_the_night();
  const SchemaCheck schemas{ask(site, "/openapi.json")};
  Json campaign = ask(site, "/campaign");
  campaign["verdict"] = "splendid";
  campaign["budget"] = 1.5;
  campaign["more"] = 1;
  campaign.erase("state");
  CHECK(schemas.problems("Campaign", campaign).size() == 4);
}

TEST_CASE("window: a night at any time is what one saw then, whichever time was asked for before") {
  Site site = site_of_the_night();
  REQUIRE(the_night().events.size() > 600);
  for (const double share : {0.5, 0.1, 0.95, 0.3, 0.301, 0.0, 1.0}) {
    const double time_s = share * the_night().length_s();
    CAPTURE(time_s);
    const NightFacts facts = the_night().facts_at(time_s);
    const Json seen = ask(site, "/campaign", {{"at_s", seconds_text(time_s)}});
    CHECK(seen.at("state") == facts.state);
    CHECK(seen.at("step") == facts.step);
    CHECK(seen.at("finished") == facts.finished);
    CHECK(seen.at("ended") == facts.ended);
    CHECK(seen.at("live") == false);
    CHECK(seen.contains("experiment") == facts.experiment.has_value());
    CHECK(seen.at("feeds").size() == facts.feeds.size());
    for (const Json& feed : seen.at("feeds")) {
      const NightFacts::Feed& expected = facts.feeds.at(feed.at("stock"));
      CHECK(feed.at("used_mL") == expected.used_mL);
      CHECK(feed.at("left_mL") == doctest::Approx(expected.syringe_mL - expected.used_mL));
    }
  }
}

TEST_CASE("window: the API describes who may ask, what the stream tells and what each action wants") {
  Site site = site_of_the_night();
  const Json openapi = ask(site, "/openapi.json");
  const Json& schemas = openapi.at("components").at("schemas");
  for (const auto& [path, methods] : openapi.at("paths").items()) {
    CAPTURE(path);
    const bool acts = methods.contains("post");
    const Json& operation = methods.at(acts ? "post" : "get");
    CHECK(operation.at("security").size() == (acts ? 1 : 2));  // looking needs no token on this machine
  }
  const Json& events = openapi.at("paths")
                           .at("/stream")
                           .at("get")
                           .at("responses")
                           .at("200")
                           .at("content")
                           .at("text/event-stream")
                           .at("x-events");
  for (const char* event : {"campaign", "sentence", "experiment", "spectrum", "unreadable"})
    CHECK(schemas.contains(events.at(event).at("$ref").get<std::string>().substr(21)));
  CHECK(openapi.at("paths").at("/metrics").at("servers")[0].at("url") == "/");
  const SchemaCheck check{openapi};
  CHECK(check.problems("Wish", {{"why", "x"}, {"peak_nm", 500}}).size() == 1);
  CHECK(check.problems("BudgetWish", {{"why", "x"}}).size() == 1);
  CHECK(check.problems("TargetWish", {{"why", "x"}, {"peak_nm", 500}}).empty());
}

TEST_CASE("window: nothing that happened later is told of an earlier time") {
  Site site = site_of_the_night();
  const double time_s = 0.4 * the_night().length_s();
  const QueryValues then{{"at_s", seconds_text(time_s)}};
  for (const Json& sentence : ask_list(site, "/journal", "sentences", then))
    CHECK(sentence.at("time_s") <= time_s);
  for (const Json& spectrum : ask_list(site, "/spectra", "spectra", then))
    CHECK(spectrum.at("time_s") <= time_s);
  CHECK(ask(site, "/trend", then).at("time_s").back() <= time_s);
  int running = 0;
  for (const Json& row : ask_list(site, "/experiments", "experiments", then)) {
    CHECK(row.at("decided_s") <= time_s);
    if (row.at("outcome") == "running") {
      ++running;
      CHECK_FALSE(row.contains("finished_s"));
      CHECK(row.at("observed").empty());
    }
  }
  CHECK(running == 1);
}

TEST_CASE("window: the journal gives the last sentences after a number") {
  Site site = site_of_the_night();
  const Json all = ask(site, "/journal", {{"limit", "10000"}}).at("sentences");
  const Json last = ask(site, "/journal", {{"limit", "3"}}).at("sentences");
  REQUIRE(all.size() > 20);
  REQUIRE(last.size() == 3);
  CHECK(last[0] == all[all.size() - 3]);
  const Json after =
      ask(site, "/journal", {{"after_seq", all[all.size() - 3].at("seq").dump()}}).at("sentences");
  CHECK(after.size() == 2);
  CHECK(all[0].at("text").get<std::string>().starts_with("A campaign begins"));
}

TEST_CASE("window: the table of experiments is the one that export writes") {
  Site site = site_of_the_night();
  const TemporaryFolder folder;
  std::ostringstream none;
  const auto log = the_night().night.log_file();
  export_log({log, folder.path() / "out", {"csv"}}, none);
  const Answer table = site.answer({"/experiments.csv", {}});
  CHECK(table.media_type.starts_with("text/csv"));
  CHECK(table.body == file_text(folder.path() / "out" / "experiments.csv"));
  const double first_s = ask(site, "/experiments").at("experiments")[0].at("finished_s");
  const std::string before = site.answer({"/experiments.csv", {{"at_s", seconds_text(first_s - 1.0)}}}).body;
  CHECK(std::ranges::count(before, '\n') == 2);
  CHECK(before.find("unfinished") != std::string::npos);
}

TEST_CASE("window: a spectrum is light without the dark, with absorbance and, once it is finished, its fit") {
  Site site = site_of_the_night();
  const Json experiment = ask(site, "/experiments").at("experiments")[1];
  const double peak_nm = experiment.at("observed").at("peak_nm").at("value");
  const double finished_s = experiment.at("finished_s");
  std::int64_t emission = 0, transmission = 0;
  for (const Json& taken : ask_list(site, "/spectra", "spectra")) {
    if (taken.at("experiment") != 2) continue;
    (taken.at("roles")[0] == "emission" ? emission : transmission) = taken.at("seq");
  }
  const Json light = ask(site, "/spectra/" + std::to_string(emission));
  CHECK(std::abs(wavelength_of_highest(light.at("emission"), "counts_per_s") - peak_nm) < 3.0);
  CHECK_FALSE(light.contains("absorbance"));
  CHECK(std::abs(wavelength_of_highest(light.at("fit"), "counts_per_s") - peak_nm) < 3.0);
  CHECK(light.at("fit").at("peak_nm") == peak_nm);
  const auto counts = light.at("emission").at("counts_per_s").get<std::vector<double>>();
  const double highest = *std::ranges::max_element(counts);
  CHECK(std::abs(counts.back()) < 0.01 * highest);  // the dark of the far red is gone
  const Json absorbed = ask(site, "/spectra/" + std::to_string(transmission));
  CHECK(absorbed.at("absorbance").at("wavelength_nm").size() ==
        absorbed.at("absorbance").at("absorbance").size());
  const Json before =
      ask(site, "/spectra/" + std::to_string(emission), {{"at_s", seconds_text(finished_s - 1e-3)}});
  CHECK_FALSE(before.contains("fit"));
  CHECK(before.at("emission") == light.at("emission"));
}

TEST_CASE("window: the bench tells every reading with its limits, and what watches it in words") {
  Site site = site_of_the_night();
  const Json bench = ask(site, "/bench", {{"at_s", seconds_text(0.5 * the_night().length_s())}});
  int readings = 0;
  for (const Json& instrument : bench.at("instruments")) {
    if (instrument.at("name") == "oven") {
      CHECK(instrument.contains("identity"));
      CHECK(instrument.at("readings")[0].at("high") == 190.0);
      CHECK(instrument.at("readings")[0].contains("target"));
    }
    for (const Json& reading : instrument.at("readings")) {
      ++readings;
      const Json trend =
          ask(site, "/trend", {{"quantity", reading.at("quantity")}, {"name", reading.at("name")}});
      CHECK(trend.at("unit") == reading.at("unit"));
      CHECK_FALSE(trend.at("value").empty());
    }
  }
  CHECK(readings >= 10);
  CHECK(bench.at("interlocks")[0].at("when") == "above 190 °C");
  CHECK(bench.at("interlocks")[0].at("unit") == "°C");
  CHECK(bench.at("interlocks")[0].at("action") == "safe");
  CHECK(bench.at("interlocks")[0].at("ok") == true);
}

TEST_CASE("window: a thinned trend keeps its extremes, and has a target beside each value") {
  Site site = site_of_the_night();
  const Json whole = ask(site, "/trend", {{"points", "10000"}}),
             thin = ask(site, "/trend", {{"points", "40"}});
  CHECK(thin.at("time_s").size() <= 40);
  CHECK(thin.at("value").size() == thin.at("target").size());
  const auto highest = [](const Json& trend) {
    const auto values = trend.at("value").get<std::vector<double>>();
    return *std::ranges::max_element(values);
  };
  CHECK(highest(thin) == highest(whole));
  CHECK(thin.at("target").front().is_null());
  CHECK(std::ranges::any_of(thin.at("target"), [](const Json& target) { return target.is_number(); }));
}

TEST_CASE("window: a map is what the model expects, and tells what was tried") {
  if (skipped()) return;
  Site site = site_of_the_night();
  const Json map =
      ask(site, "/map", {{"x", "temperature_C"}, {"y", "br_pb"}, {"amine_pb", "2.5"}, {"points", "5"}});
  CHECK(map.at("tried").size() == 12);
  CHECK(map.at("experiments_known") == 12);
  CHECK_FALSE(map.contains("next"));
  CHECK(map.at("x").at("values").size() == 5);
  CHECK(map.at("mean_nm").size() == 5);
  const Log log = Log::open(the_night().night.log_file(), Log::Access::read);
  const LoggedModel model = logged_model(read_campaign(log), "log", std::nullopt);
  Conditions at = map.at("around").get<Conditions>();
  CHECK(at.at("amine_pb") == 2.5);
  at["temperature_C"] = map.at("x").at("values")[3];
  at["br_pb"] = map.at("y").at("values")[1];
  const Prediction predicted = model.optimizer->predict(at);
  CHECK(map.at("mean_nm")[1][3] == predicted.outputs.at("peak_nm").value);
  CHECK(map.at("probability")[1][3] == predicted.probability);
  CHECK(ask(site, "/map", {{"y", "br_pb"}}).at("y").at("name") == "br_pb");
}

TEST_CASE("window: of several targets each may be asked for on the map, and no other") {
  if (skipped()) return;
  VirtualNight night;
  night.overrides.targets_nm = {540.0, 500.0};
  night.overrides.budget = 7;
  night.overrides.optimizer = "sobol";
  night.run();
  Site site{{night.log_file(), {}, "digest"}};
  const Log log = Log::open(night.log_file(), Log::Access::read);
  const LoggedModel model = logged_model(read_campaign(log), "log", std::nullopt);
  for (const std::size_t target : {0, 1}) {
    const Json map = ask(site, "/map", {{"target", std::to_string(target + 1)}, {"points", "3"}});
    CHECK(map.at("target_nm") == night.overrides.targets_nm[target]);
    Conditions at = map.at("around").get<Conditions>();
    at[map.at("x").at("name")] = map.at("x").at("values")[2];
    at[map.at("y").at("name")] = map.at("y").at("values")[1];
    CHECK(map.at("probability")[1][2] == model.optimizer->predict(at, target).probability);
  }
  CHECK(ask(site, "/map", {{"points", "3"}}).at("target") == model.optimizer->aim() + 1);
  CHECK(problem(site, "/map", {{"target", "3"}}) == "400 target must be between 1 and 2");
  CHECK(problem(site, "/map", {{"target", "0"}}).starts_with("400 target must be"));
}

TEST_CASE("window: a map of an earlier time knows less, and what comes next and why") {
  if (skipped()) return;
  Site site = site_of_the_night();
  const Json row = ask(site, "/experiments").at("experiments")[7];
  const Json map =
      ask(site, "/map", {{"at_s", seconds_text(row.at("finished_s").get<double>() - 1.0)}, {"points", "3"}});
  CHECK(map.at("experiments_known") == 7);
  CHECK(map.at("next").at("experiment") == 8);
  CHECK(map.at("next").at("why") == row.at("why"));
}

TEST_CASE("window: a design is the one of the command, and is as its schema says") {
  if (skipped()) return;
  Site site = site_of_the_night();
  const Json answer = ask(site, "/design", {{"target_nm", "492"}, {"tolerance_nm", "2"}, {"count", "2"}});
  CHECK(SchemaCheck{ask(site, "/openapi.json")}.problems("Design", answer) == std::vector<std::string>{});
  DesignOptions options;
  options.target.value = 492.0;
  options.target.tolerance = 2.0;
  options.count = 2;
  options.json = true;
  const Log log = Log::open(the_night().night.log_file(), Log::Access::read);
  const CampaignRecord record = read_campaign(log);
  const LoggedModel model = logged_model(record, "log", options.target);
  const MadeExperiments made{record, model.variables};
  options.made = &made;
  std::ostringstream told;
  tell(model.optimizer->design(options.target, 2), options, told);
  CHECK(answer == Json::parse(told.str()));
  CHECK(ask(site, "/design", {{"target_nm", "492"}, {"tolerance_nm", "2"}, {"count", "2"}}) == answer);
}

TEST_CASE("window: questions that take long are known as such") {
  for (const char* path : {"/map", "/design", "/logs"}) CHECK(Site::is_slow({path, {}}));
  CHECK(Site::is_slow({"/campaign", {{"log", "other.db"}}}));
  CHECK_FALSE(Site::is_slow({"/campaign", {{"at_s", "5"}}}));
}

}  // namespace nocturne::test
