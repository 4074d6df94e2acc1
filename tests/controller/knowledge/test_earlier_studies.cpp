#include <SQLiteCpp/SQLiteCpp.h>
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

#include "controller/knowledge/earlier_studies.hpp"
#include "recipes/material_file.hpp"
#include "support/toy_import.hpp"
#include "support/virtual_night.hpp"

namespace nocturne::test {
namespace {

const std::string kHeadings =
    "study,source,br_pb,amine_pb,temperature_C,residence_time_s,peak_nm,peak_nm_se\n";

std::vector<Variable> variables() {
  return {{"br_pb", 3.2, 12.0, Scale::logarithmic, VariableKind::real, {}, ""},
          {"temperature_C", 70.0, 180.0, Scale::linear, VariableKind::real, {}, "°C"}};
}

EarlierStudies read_studies(const TemporaryFolder& folder, const std::string& rows, const EarlierUse& use) {
  write_file(folder / "a.csv", kHeadings + rows);
  return read_earlier({{(folder / "a.csv").string()}, {}}, use);
}

std::string ending(const EarlierStudies& studies) {
  const std::string& message = studies.messages.at(0);
  return message.substr(message.find("a.csv: ") + 7);
}

std::vector<double> peaks(const EarlierStudies& studies) {
  std::vector<double> found;
  for (const Study& study : studies.studies)
    for (const StudyRecord& record : study.records) found.push_back(record.measured.at("peak_nm").value);
  return found;
}

}  // namespace

TEST_CASE("earlier studies: records beyond the bounds stay, those without a place in the space are counted") {
  const TemporaryFolder folder;
  const std::string rows =
      "s,x,40,1,250,60,480,1\n"
      "s,x,,1,100,60,481,1\n"
      "s,x,0,1,100,60,482,1\n"
      "t,y,5,1,,60,483,1\n"
      "u,z,6,1,90,60,484,1\n";
  const EarlierStudies studies = read_studies(folder, rows, {variables(), {}, {}, nullptr});
  CHECK(peaks(studies) == std::vector{480.0, 484.0});
  REQUIRE(studies.studies.size() == 2);  // nothing is left of t
  CHECK(studies.studies[0].records[0].conditions == Conditions{{"br_pb", 40.0}, {"temperature_C", 250.0}});
  CHECK(ending(studies) ==
        "2 of 5 records used; left out: 1 br_pb not above 0, 1 without br_pb, 1 without temperature_C");
  EarlierUse other{variables(), {}, {"colour"}, nullptr};
  CHECK(ending(read_studies(folder, rows, other)) ==
        "0 of 5 records used; left out: 1 br_pb not above 0, 2 without an output that is modelled, "
        "1 without br_pb, 1 without temperature_C");
}

TEST_CASE("earlier studies: what stands still here may differ between studies, not within one") {
  const TemporaryFolder folder;
  const std::string rows =
      "same,x,5,1,100,5,480,1\n"
      "same,x,6,1,110,5,481,1\n"
      "varied,y,5,1,100,60,482,1\n"
      "varied,y,6,1,110,90,483,1\n";
  CHECK(peaks(read_studies(folder, rows, {variables(), {{"residence_time_s", 60.0}}, {}, nullptr})) ==
        std::vector{480.0, 481.0, 482.0});
  std::vector<Variable> narrow = variables();
  narrow.push_back({"residence_time_s", 90.0, 90.0, Scale::linear, VariableKind::real, {}, "s"});
  const EarlierStudies studies = read_studies(folder, rows, {narrow, {}, {}, nullptr});
  CHECK(peaks(studies) == std::vector{480.0, 481.0, 483.0});
  CHECK(ending(studies) == "3 of 4 records used; left out: 1 at another residence_time_s");
}

TEST_CASE("earlier studies: one study twice is refused, two of one name are told apart") {
  const TemporaryFolder folder;
  write_file(folder / "a.csv", kHeadings + "s,x,5,1,100,60,480,1\n");
  write_file(folder / "b.csv", kHeadings + "s,another,5,1,100,60,480,1\n");
  const std::string a = (folder / "a.csv").string(), b = (folder / "b.csv").string();
  const EarlierUse use{variables(), {}, {}, nullptr};
  check_refusal(refusal([&] { read_earlier({{a, a}, {}}, use); }), a, {"study 's' is known already"});
  const EarlierStudies both = read_earlier({{a, b}, {}}, use);
  CHECK(both.studies[0].name == "s");
  CHECK(both.studies[1].name == "s (2)");
}

TEST_CASE("earlier studies: text and back is the same, bit for bit") {
  const std::vector<Study> studies{
      {"a \"name\"",
       "ünlaut",
       {{{{"br_pb", 1.0 / 3.0}}, {{"peak_nm", {0.1 + 0.2, 1e-17}}, {"plqy", {0.5, 0.0}}}}}},
      {"empty", "", {}}};
  const std::vector<Study> again = studies_in(text_of(studies));
  REQUIRE(again.size() == 2);
  CHECK(again[0].name == studies[0].name);
  CHECK(again[0].source == studies[0].source);
  CHECK(again[0].records[0].conditions == studies[0].records[0].conditions);
  CHECK(again[0].records[0].measured.at("peak_nm").value == 0.1 + 0.2);
  CHECK(again[0].records[0].measured.at("peak_nm").standard_error == 1e-17);
  CHECK(again[0].records[0].measured.at("plqy").standard_error == 0.0);
  CHECK(again[1].records.empty());
  CHECK(text_of(std::vector<Study>{}).empty());
  CHECK(studies_in("").empty());
}

TEST_CASE("earlier studies: a log gives its observations with its fixed conditions, failures left out") {
  VirtualNight night;
  CampaignHeader header = night.files().header;
  header.recipe_text = replaced(header.recipe_text, "[[variable]]\nname = \"amine_pb\"",
                                "[fixed]\namine_pb = 2\n#[[variable]]\n#");
  header.recipe_text = replaced(header.recipe_text, "low = 0.5\nhigh = 6", "");
  {
    Log log = Log::create(night.log_file(), header);
    for (int i = 1; i <= 3; ++i) {
      Decided decision;
      decision.experiment = decision.asked = i;
      decision.suggestion.conditions = {
          {"br_pb", 4.0 + i}, {"temperature_C", 120.0}, {"residence_time_s", 60.0}};
      log.append(event_of(Instant{}, decision));
      Observation seen;
      seen.peak_nm = Estimate{490.0 + i, 0.1};
      const Outcome outcome = i == 2 ? Outcome{Failure{FailureKind::no_emission, ""}} : Outcome{seen};
      log.append(event_of(Instant{}, Finished{i, outcome, false}));
    }
  }
  const Study study = study_of(Log::open(night.log_file(), Log::Access::read));
  CHECK(study.name == header.id);
  CHECK(study.source == "campaign " + header.id + ", fingerprint " + night.fingerprint());
  REQUIRE(study.records.size() == 2);
  CHECK(study.records[1].conditions ==
        Conditions{{"amine_pb", 2.0}, {"br_pb", 7.0}, {"residence_time_s", 60.0}, {"temperature_C", 120.0}});
  CHECK(study.records[1].measured.size() == 1);
  CHECK(study.records[1].measured.at("peak_nm").value == 493.0);
}

TEST_CASE("earlier studies: an imported log is one, without its words, and only for its own material") {
  Import import;
  import_table(import.request());
  const auto log = import.folder / "a.db";
  const Study study = study_of(Log::open(log, Log::Access::read));
  REQUIRE_FALSE(study.records.empty());
  CHECK(study.source.find("import toy-0, fingerprint ") == 0);
  CHECK_FALSE(study.records[0].conditions.contains("solvent"));
  CHECK(study.records[0].conditions.contains("temperature_C"));
  Material material = read_material(find_shipped("cspbbr3", "materials"));
  CHECK(read_earlier({{}, {log}}, {variables(), {}, {}, &material}).studies.size() == 1);
  material.name = "CsPbI3";
  check_refusal(refusal([&] {
                  read_earlier({{}, {log}}, {variables(), {}, {}, &material});
                }),
                log.string(), {"holds experiments on CsPbBr3", "needed: CsPbI3"});
  CHECK(refusal([&] {
          read_earlier({{}, {"/nowhere.db"}}, {variables(), {}, {}, nullptr});
        }) == "/nowhere.db: no such log");
  check_refusal(refusal([&] {
                  read_earlier({{"cspbbr4"}, {}}, {variables(), {}, {}, nullptr});
                }),
                "cspbbr4", {"cannot be read", "did you mean 'cspbbr3'"});
}

TEST_CASE("earlier studies: a log is this bench's own if instruments and stocks are the same") {
  VirtualNight night;
  night.overrides.budget = 1;
  night.run();
  const CampaignFiles files = night.files();
  const auto own = [&](const CampaignHeader& present) {
    const EarlierUse use{files.recipe.variables, files.recipe.fixed, {}, &files.material, &present};
    return read_earlier({{}, {night.log_file()}}, use).studies.at(0).same_bench;
  };
  CHECK(own(files.header));
  CampaignHeader other = files.header;
  other.recipe_text = replaced(other.recipe_text, "peak = \"510 nm\"", "peak = \"480 nm\"");
  CHECK(own(other));
  other.recipe_text = replaced(other.recipe_text, "Pb = \"33 mmol/L\"", "Pb = \"30 mmol/L\"");
  CHECK_FALSE(own(other));
  {
    const EarlierUse use{files.recipe.variables, {{"stirring", 2.0}}, {}, &files.material, &files.header};
    CHECK_FALSE(read_earlier({{}, {night.log_file()}}, use).studies.at(0).same_bench);
  }
  other = files.header;
  other.bench_text += "# another day\n";
  CHECK_FALSE(own(other));
  CHECK(studies_in(text_of(read_earlier({{}, {night.log_file()}},
                                        {files.recipe.variables, {}, {}, nullptr, &files.header})
                               .studies))
            .at(0)
            .same_bench);
}

TEST_CASE("campaign: begun with literature and an earlier log it replays and resumes without their files") {
  VirtualNight first;
  first.overrides.budget = 2;
  first.run();
  VirtualNight night;
  write_file(night.folder / "mine.csv", kHeadings + "mine,me,5,2,120,60,489,1\n");
  night.overrides.earlier.literature = {"cspbbr3", (night.folder / "mine.csv").string()};
  night.overrides.earlier.logs = {first.log_file()};
  night.overrides.targets_nm = {480.0};
  night.overrides.budget = 3;
  const CampaignFiles files = night.files();
  CHECK(files.messages.size() == 3);
  night.run([](Night& running) -> Task<void> {
    co_await running.clock().sleep_for(std::chrono::minutes{15});
    running.campaign().request_stop();
  });
  const std::string header = night.record().header.earlier_text;
  CHECK(header == files.header.earlier_text);
  CHECK(header.find("\"mine\"") != std::string::npos);
  CHECK(header.find(first.files().header.id) != std::string::npos);
  std::filesystem::remove(night.folder / "mine.csv");
  std::filesystem::remove(first.log_file());
  night.resume();
  CHECK(night.record().outcomes.size() >= 2);
  const Verification verification = night.verify();
  CHECK_FALSE(verification.first_difference);
  CHECK(verification.decisions == static_cast<int>(night.record().decisions.size()));

  {
    SQLite::Database database{night.log_file().string(), SQLite::OPEN_READWRITE};
    database.exec("UPDATE header SET value = replace(value, '489', '499') WHERE key = 'earlier_text'");
  }
  const Verification changed = night.verify();
  REQUIRE(changed.first_difference);
  CHECK(changed.first_difference->seq == 0);
}

TEST_CASE(
    "campaign: a recipe names its literature, by the library or beside it, and a wrong name has a line") {
  const TemporaryFolder folder;
  const std::string recipe = file_text(find_shipped("cspbbr3_green_510", ""));
  write_file(folder / "own.csv", kHeadings + "mine,me,5,2,120,60,489,1\n");
  const auto files_with = [&](const std::string& list) {
    write_file(folder / "r.toml", "literature = " + list + "\n" + recipe);
    return read_campaign_files(folder / "r.toml", find_shipped("virtual", "benches"), {});
  };
  const auto studies = [&](const std::string& list) {
    return studies_in(files_with(list).header.earlier_text).size();
  };
  CHECK(studies("[]") == 0);
  CHECK(studies("[\"own.csv\"]") == 1);
  CHECK(studies("[\"own.csv\", \"cspbbr3\"]") > 1);
  check_refusal(refusal([&] { files_with("[\"cspbbr4\"]"); }), (folder / "r.toml").string() + ":1",
                {"cspbbr4", "did you mean 'cspbbr3'"});
  check_refusal(refusal([&] { files_with("[3]"); }), (folder / "r.toml").string() + ":1", {});
}

TEST_CASE("campaign: literature on another material is counted, and leaves no trace in the log") {
  VirtualNight night;
  night.overrides.earlier.literature = {"fapbbr3"};
  const CampaignFiles files = night.files();
  CHECK(files.header.earlier_text.empty());
  REQUIRE(files.messages.size() == 1);
  CHECK(files.messages[0].find("0 of 2 records used; left out: 2 of another material") != std::string::npos);
}

}  // namespace nocturne::test
