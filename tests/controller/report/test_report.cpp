#include <doctest/doctest.h>
#include <fmt/format.h>
#include <sqlite3.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <regex>
#include <sstream>

#include "controller/campaign/campaign_events.hpp"
#include "controller/log/fingerprint.hpp"
#include "controller/report/logged_night.hpp"
#include "controller/report/report_command.hpp"
#include "support/markup.hpp"
#include "support/refusal.hpp"
#include "support/surrogate_here.hpp"
#include "support/toy_import.hpp"
#include "support/virtual_night.hpp"

namespace nocturne::test {
namespace {

std::string page_from(const fs::path& file) { return report_page(Log::open(file, Log::Access::read)); }

int count_of(const std::string& text, const std::string& words) {
  int count = 0;
  for (auto at = text.find(words); at != text.npos; at = text.find(words, at + 1)) ++count;
  return count;
}

bool holds(const std::string& text, const std::string& words) { return text.find(words) != text.npos; }

/// What every page keeps to, whatever its log.
void check_page(const std::string& page) {
  CHECK(unbalanced(page) == "");
  CHECK(page.size() < 3'000'000);
  for (const char* outside :
       {"<script", "<link", "<img", "<iframe", "src=", "url(", "@import", "href=\"http", "xlink:"}) {
    CAPTURE(outside);
    CHECK_FALSE(holds(page, outside));
  }
  CHECK_FALSE(std::regex_search(page, std::regex{"[^a-z](nan|inf)[^a-z]"}));
  for (const char* id :
       {"result", "progress", "spectra", "surfaces", "choices", "course", "reagents", "methods"}) {
    CAPTURE(id);
    CHECK(count_of(page, std::string{" id=\""} + id + "\"") == 1);
    CHECK(count_of(page, std::string{"href=\"#"} + id + "\"") == 1);
  }
  CHECK(count_of(page, "<figure>") == count_of(page, "<figcaption>"));
  CHECK(count_of(page, "<figcaption>") <= count_of(page, "href=\"data:text/csv"));
}

/// A campaign with outcomes as told, on the shipped bench, without any spectra.
struct ToldNight {
  VirtualNight night;

  void write(const std::vector<Outcome>& outcomes, bool ends = true) {
    const CampaignFiles files = night.files();
    Log log = Log::create(night.log_file(), files.header);
    log.append(event_of(Instant{}, CampaignStarted{files.recipe.targets, 40}));
    int experiment = 0;
    for (const Outcome& outcome : outcomes) {
      const double share = (++experiment % 10) / 10.0;
      Decided decided;
      decided.experiment = decided.asked = experiment;
      decided.suggestion.conditions = {{"br_pb", 4.0 + share},
                                       {"amine_pb", 2.0},
                                       {"temperature_C", 100.0 + 50.0 * share},
                                       {"residence_time_s", 60.0}};
      decided.suggestion.reason = "a reason with <b>markup</b>";
      decided.suggestion.predicted.outputs["peak_nm"] = {505.0, 500.0, 510.0};
      log.append(event_of(at(experiment), decided));
      log.append(event_of(at(experiment), Finished{experiment, outcome, false}));
    }
    log.append(event_of(at(experiment), Warned{"a <i>warning</i>"}));
    if (ends) log.append(event_of(at(experiment), CampaignEnded{"budget_spent", "so it was"}));
  }

  static Instant at(int experiment) { return Instant{seconds(600.0 * experiment)}; }
  static Outcome product(double peak_nm) {
    Observation seen;
    seen.peak_nm = Estimate{peak_nm, 0.25};
    return seen;
  }
};

}  // namespace

TEST_CASE("report: a night's page tells its targets, best products, costs, choices and methods") {
  if (skipped()) return;
  VirtualNight night;
  night.overrides.targets_nm = {480.0, 505.0};
  const CampaignResult result = night.run();
  REQUIRE(result.status == "reached");
  const std::string page = page_from(night.log_file());
  check_page(page);
  const CampaignRecord record = night.record();
  for (const TargetResult& target : result.targets) {
    REQUIRE(target.reached_at);
    CHECK(holds(page, fmt::format("<td class=\"short\">experiment {}, {:.2f} h</td>", *target.reached_at,
                                  hours_of(record.finished.at(*target.reached_at)))));
  }
  CHECK(holds(page, "The campaign ended as reached"));
  CHECK(holds(page, night.fingerprint()));
  CHECK(holds(page, "every event is as it was written"));
  for (const std::string* text :
       {&record.header.recipe_text, &record.header.bench_text, &record.header.material_text})
    CHECK(holds(page, "SHA-256 " + digest_of(*text)));
  for (const char* fact : {"33 mmol/L", "0.79 g/mL", "26.59 mm", "486 µL", "composite", "Eurotherm firmware",
                           "simulated dye like coumarin", "electrons per count", "of the stock bromide",
                           "Emission of all experiments", "oven"})
    CHECK_MESSAGE(holds(page, fact), fact);
  CHECK(count_of(page, "<li>") == static_cast<int>(record.outcomes.size()));
}

TEST_CASE("report: enough products give maps of what the model expects, too few a sentence why not") {
  if (skipped()) return;
  ToldNight told;
  std::vector<Outcome> outcomes{ToldNight::product(501.0), ToldNight::product(503.0),
                                ToldNight::product(505.0), ToldNight::product(507.0)};
  std::string expected =
      "4 experiments gave a product; fewer than 5 are not enough to tell 4 variables apart.";
  SUBCASE("too few") {}
  SUBCASE("enough") {
    outcomes.push_back(ToldNight::product(509.0));
    expected = "Half width of its 90 % interval";
  }
  told.write(outcomes);
  const std::string page = page_from(told.night.log_file());
  check_page(page);
  CHECK(holds(page, expected));
  CHECK((count_of(page, "class=\"contour\"") > 2) == (outcomes.size() > 4));
}

TEST_CASE("report: one target is told with the first experiment that met it and the one that met it best") {
  ToldNight told;
  told.write({ToldNight::product(501.0), ToldNight::product(511.0), ToldNight::product(509.75)});
  const std::string page = page_from(told.night.log_file());
  CHECK(holds(page, "Target: peak 510 ± 2 nm"));
  CHECK(holds(page,
              "Reached by experiment 2, after 0.33 h. Best: experiment 3, 509.75 ± 0.25 nm, -0.25 nm from "
              "the target."));
}

TEST_CASE("report: nothing that a log says is taken for markup") {
  ToldNight told;
  told.write({ToldNight::product(501.0)});
  const std::string page = page_from(told.night.log_file());
  check_page(page);
  CHECK(holds(page, "a reason with &lt;b&gt;markup&lt;/b&gt;"));
  CHECK(holds(page, "a &lt;i&gt;warning&lt;/i&gt;"));
  CHECK_FALSE(holds(page, "<i>"));
}

TEST_CASE("report: predictions are compared with what came, with the share inside and its uncertainty") {
  ToldNight told;
  told.write({ToldNight::product(501.0), ToldNight::product(509.0), ToldNight::product(520.0),
              Failure{FailureKind::bubble, ""}});
  // Wilson's interval of 2 out of 3 at 90 %: 25 to 92 %.
  CHECK(holds(page_from(told.night.log_file()),
              "2 of 3 products lie within their predicted 90 % interval: 67 % (90 % interval of the share by "
              "the binomial distribution, Wilson: 25 to 92 %)."));
}

TEST_CASE("report: failures are told by kind, with a letter in the figures") {
  ToldNight told;
  told.write({ToldNight::product(501.0), Failure{FailureKind::bubble, ""},
              Failure{FailureKind::not_settled, ""}, Failure{FailureKind::bubble, ""}});
  const std::string page = page_from(told.night.log_file());
  CHECK(holds(page, "= not settled (1)"));
  CHECK(holds(page, "= bubble (2)"));
  CHECK(count_of(page, "class=\"word\"") == 6);  // three in each of two figures
  CHECK(holds(page, "4, 3 of them failed"));
}

TEST_CASE(
    "report: nights without a product, without an experiment, without an end give a page that says so") {
  ToldNight told;
  std::string expected;
  SUBCASE("no product") {
    told.write({Failure{FailureKind::no_emission, ""}, Failure{FailureKind::no_emission, ""}});
    expected = "Not reached. No experiment gave a product.";
  }
  SUBCASE("no experiment") {
    told.write({});
    expected = "No experiment has finished";
  }
  SUBCASE("no end") {
    told.write({ToldNight::product(501.0)}, false);
    expected = "The log has no end yet";
  }
  const std::string page = page_from(told.night.log_file());
  check_page(page);
  CHECK(holds(page, expected));
}

TEST_CASE("report: five hundred experiments are a page, too") {
  ToldNight told;
  std::vector<Outcome> outcomes;
  for (int i = 0; i < 500; ++i)
    outcomes.push_back(i % 5 == 0 ? Outcome{Failure{FailureKind::no_emission, "nothing"}}
                                  : ToldNight::product(470.0 + 0.1 * i));
  if (!surrogate_available()) return;
  told.night.overrides.optimizer = "random";
  told.write(outcomes);
  const std::string page = page_from(told.night.log_file());
  check_page(page);
  CHECK(holds(page, "500, 100 of them failed"));
}

TEST_CASE("report: an imported log has no target and no surfaces, and says so") {
  Import import;
  import_table(import.request());
  const std::string page = page_from(import.folder / "a.db");
  check_page(page);
  CHECK(holds(page, "Imported experiments: no campaign ran"));
  CHECK(holds(page, "no optimizer of a campaign can be restored"));
  CHECK(holds(page, "Import map map.toml, SHA-256 " + digest_of(import.map)));
  CHECK(count_of(page, "<li>") == 2);
}

TEST_CASE("report: a damaged log is told in its result") {
  ToldNight told;
  told.write({ToldNight::product(501.0)});
  sqlite3* database = nullptr;
  REQUIRE(sqlite3_open(told.night.log_file().c_str(), &database) == SQLITE_OK);
  CHECK(sqlite3_exec(database, "UPDATE events SET body = replace(body, '501', '502') WHERE kind = 'outcome'",
                     nullptr, nullptr, nullptr) == SQLITE_OK);
  sqlite3_close(database);
  const std::string page = page_from(told.night.log_file());
  CHECK(holds(page, "The log is damaged: event 3 is not what was written."));
  CHECK(holds(page, "DAMAGED from event 3 on"));
  CHECK_FALSE(holds(page, "every event is as it was written"));
}

TEST_CASE(
    "report: the command writes beside the log, over an earlier report only, and leaves nothing "
    "half-written") {
  ToldNight told;
  told.write({});
  const Log log = Log::open(told.night.log_file(), Log::Access::read);
  const fs::path beside = told.night.folder / "night.html";
  std::ostringstream out;
  CHECK(report(log, {}, out) == 0);
  CHECK(out.str() == "report: " + beside.string() + "\n");
  const std::string first = file_text(beside);
  check_page(first);
  CHECK(report(log, {beside, true}, out) == 0);
  CHECK(holds(out.str(),
              "{\"report\":\"" + beside.string() + "\",\"bytes\":" + std::to_string(first.size()) + "}"));
  CHECK(file_text(beside) == first);

  const auto refused = [&](const fs::path& to) { return refusal([&] { report(log, {to, false}, out); }); };
  write_file(told.night.folder / "mine.html", "<html>my own</html>");
  CHECK(refused(told.night.folder / "mine.html") ==
        (told.night.folder / "mine.html").string() +
            ": exists and is no earlier report (choose another --to)");
  CHECK(file_text(told.night.folder / "mine.html") == "<html>my own</html>");
  CHECK(holds(refused(told.night.folder / "no/such.html"), "does not exist"));
  CHECK(holds(refused(told.night.folder.path()), "is a folder"));
  CHECK(refused(told.night.log_file()) ==
        told.night.log_file().string() + ": exists and is no earlier report (choose another --to)");
  CHECK(holds(refused("/proc/night.html"), "/proc/night.html: cannot be written"));
  for (const auto& entry : fs::directory_iterator{told.night.folder.path()})
    CHECK_FALSE(holds(entry.path().string(), "unfinished"));
}

}  // namespace nocturne::test
