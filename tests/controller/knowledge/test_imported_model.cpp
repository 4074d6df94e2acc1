#include <doctest/doctest.h>

#include <cmath>
#include <map>
#include <nlohmann/json.hpp>
#include <random>
#include <sstream>

#include "controller/campaign/campaign_record.hpp"
#include "controller/json.hpp"
#include "controller/knowledge/design.hpp"
#include "controller/knowledge/import.hpp"
#include "models/surrogate_library.hpp"
#include "support/measured.hpp"
#include "support/surrogate_here.hpp"
#include "support/toy_import.hpp"

namespace nocturne::test {
namespace {

namespace fs = std::filesystem;

constexpr int kFolds = 10;

/// Each experiment's share of the whole; repeats of a recipe stay together.
std::map<int, int> folds_of(const CampaignRecord& record) {
  std::map<Conditions, int> fold;
  std::mt19937 engine{1};
  std::map<int, int> result;
  for (const auto& [experiment, decided] : record.decisions)
    result[experiment] =
        fold.emplace(decided.suggestion.conditions, static_cast<int>(engine() % kFolds)).first->second;
  return result;
}

}  // namespace

TEST_CASE("imported model: what was imported answers requests, within its own ranges and words") {
  if (skipped()) return;
  Import import;
  import.map =
      replaced(kMap.substr(0, kMap.find("[spectrum]")), "cs_pb = 1.0", "cs_pb = 1.0\namine_pb = 2.0");
  import.table = kTable.substr(0, kTable.find('\n') + 1);
  for (int i = 0; i < 12; ++i)
    import.table += "a;" + std::to_string(4 + i % 4) + ";" + std::to_string(400 + 5 * i) + ";" +
                    (i % 2 ? "toluene" : "\"octane, n\"") + ";" + std::to_string(480 + 2 * i) +
                    ";0.1;0.002;0.8;\n";
  std::string material = "cspbbr3";
  SUBCASE("where the physics is known") {}
  SUBCASE("where it is not") { material = "fapbbr3"; }
  import.map = replaced(import.map, "cspbbr3", material);
  import_table(import.request());
  const CampaignRecord record = read_campaign(Log::open(import.folder / "a.db", Log::Access::read));
  const ImportedModel model = model_of_imported(record, "a.db");
  CHECK(model.left_out.empty());
  DesignOptions wish;
  wish.target = {"peak_nm", 495.0, 2.0, 0.0};
  wish.choices = model.choices;
  wish.json = true;
  std::ostringstream out;
  CHECK(tell(model.optimizer->design(wish.target, wish.count), wish, out) == 0);
  const Json answer = Json::parse(out.str());
  CHECK(answer.at("experiments") == 12);
  const Json& conditions = answer.at("candidates").at(0).at("conditions");
  CHECK(conditions.at("cs_pb") == 1.0);
  CHECK(conditions.at("temperature_C").get<double>() >= 400.0 - 273.15);
  CHECK(conditions.at("temperature_C").get<double>() <= 455.0 - 273.15);
  CHECK((conditions.at("solvent") == "toluene" || conditions.at("solvent") == "octane, n"));
  const DesignOptions too_long{{"peak_nm", 700.0, 2.0, 0.0}, {}, 2, false};
  CHECK(tell(model.optimizer->design(too_long.target, too_long.count), too_long, out) == 1);
}

TEST_CASE("imported model: a log of 194 published syntheses foretells recipes that it was not told") {
  const fs::path data = measured_data / "cspbbr3_pl";
  if (!fs::exists(data) || !surrogate_available()) {
    MESSAGE("skipped: no measured syntheses here, or no surrogate library");
    return;
  }
  const TemporaryFolder folder;
  import_table({data / "dataset_synthesizer.csv",
                NOCTURNE_SOURCE_DIR "/recipes/imports/cspbbr3_synthesizer.toml",
                data / "spectrum",
                folder / "a.db",
                NOCTURNE_SOURCE_DIR "/recipes/materials",
                {}});
  const CampaignRecord whole = read_campaign(Log::open(folder / "a.db", Log::Access::read));
  const std::map<int, int> folds = folds_of(whole);
  double squares = 0.0;
  for (int out = 0; out < kFolds; ++out) {
    CampaignRecord known = whole;
    std::erase_if(known.outcomes, [&](const auto& one) { return folds.at(one.first) == out; });
    std::erase_if(known.steps, [&](const auto& step) {
      return step.call == CampaignRecord::Step::Call::tell && folds.at(step.number) == out;
    });
    const ImportedModel model = model_of_imported(known, "a.db");
    for (const auto& [experiment, outcome] : whole.outcomes) {
      if (folds.at(experiment) != out) continue;
      const Prediction expected =
          model.optimizer->predict(whole.decisions.at(experiment).suggestion.conditions);
      const double peak_nm = std::get<Observation>(outcome).peak_nm->value;
      squares += std::pow(expected.outputs.at("peak_nm").value - peak_nm, 2);
    }
  }
  const double miss_nm = std::sqrt(squares / static_cast<double>(whole.outcomes.size()));
  MESSAGE("root mean square error " << miss_nm << " nm");
  CHECK(miss_nm <= 8.5);
  CHECK(miss_nm > 2.0);  // repeats of a recipe differ by more: less would be leakage
}

TEST_CASE("imported model: conditions that some rows lack are left out, and without any there is no model") {
  if (skipped()) return;
  Import import;
  import.map = replaced(kMap, "column = \"ratio\"", "column = \"ratio\"\noptional = true");
  import.table = replaced(kTable, "4,5;", ";");
  import_table(import.request());
  CampaignRecord record = read_campaign(Log::open(import.folder / "a.db", Log::Access::read));
  CHECK(model_of_imported(record, "a.db").left_out == std::vector<std::string>{"br_pb"});
  record.decisions.at(2).suggestion.conditions = record.decisions.at(1).suggestion.conditions;
  CHECK(refusal([&] {
          model_of_imported(record, "a.db");
        }).find("a.db: the imported experiments do not differ") == 0);
}

}  // namespace nocturne::test
