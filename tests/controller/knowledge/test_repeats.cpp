#include <doctest/doctest.h>

#include "controller/campaign/campaign_record.hpp"
#include "controller/knowledge/earlier_studies.hpp"
#include "controller/knowledge/repeats.hpp"
#include "support/toy_import.hpp"

namespace nocturne::test {
namespace {

StudyRecord record_of(double ratio, Estimate peak_nm) { return {{{"br_pb", ratio}}, {{"peak_nm", peak_nm}}}; }

constexpr const char* kSameConditions = "4,5;413,15;toluene;";

}  // namespace

TEST_CASE("repeats: values disagree when they lie more than three of their errors apart") {
  const StudyRecord one = record_of(4.0, {490.0, 1.0});
  CHECK(disagreement(one, record_of(4.0, {494.0, 1.0})) == "");
  CHECK(disagreement(one, record_of(4.0, {494.5, 1.0})) == "peak_nm 490 ± 1, not 494.5 ± 1");
  CHECK(disagreement(record_of(4.0, {490.0, 0.0}), record_of(4.0, {490.5, 0.0})) ==
        "peak_nm 490, not 490.5 (no errors are told)");
  CHECK(disagreement(record_of(4.0, {490.0, 0.0}), record_of(4.0, {490.0, 0.0})) == "");
  CHECK(disagreement(one, {{{"br_pb", 4.0}}, {{"plqy", {0.5, 0.1}}}}) == "");
}

TEST_CASE("repeats: a record that another study holds in every number is left out, once") {
  const std::vector<Study> known{
      {"a", "log a", {record_of(4.0, {490.0, 1.0}), record_of(5.0, {485.0, 1.0})}}};
  Study more{"b",
             "log b",
             {record_of(5.0, {485.0, 1.0}), record_of(5.0, {485.0, 0.9}), record_of(6.0, {485.0, 1.0})}};
  CHECK(leave_out_known(known, more) == 1);
  CHECK(more.records.size() == 2);
  Study itself = known[0];
  CHECK(leave_out_known(known, itself) == 0);
}

TEST_CASE("repeats: rows of one table are compared with those of the same conditions before them") {
  RecordsSeen seen;
  CHECK_FALSE(seen.see(record_of(4.0, {490.0, 1.0}), "", 2).repeats);
  CHECK(seen.see(record_of(4.0, {490.0, 1.0}), "", 3).repeats == 2);
  const auto other = seen.see(record_of(4.0, {480.0, 1.0}), "", 4);
  CHECK_FALSE(other.repeats);
  CHECK(other.contradicts == "peak_nm 480 ± 1, not 490 ± 1 as line 2 says of the same conditions");
  CHECK_FALSE(seen.see(record_of(4.0, {490.0, 1.0}), "another spectrum", 5).repeats);
  CHECK(seen.see(record_of(4.1, {480.0, 1.0}), "", 6).contradicts == "");
  CHECK(seen.see(record_of(4.0, {480.0, 1.0}), "", 7).repeats == 4);
}

TEST_CASE("repeats: an import counts a repeated row once, tells contradictions, and drops none of these") {
  Import import;
  import.map = kMap.substr(0, kMap.find("[spectrum]"));
  import.table = kTable.substr(0, kTable.find('\n') + 1);
  for (const char* rest :
       {"490,5;0,1;0,002;0.8;", "490,5;0,1;0,002;0.8;", "490,5;0,2;0,002;0.8;", "478;;;0.8;"})
    import.table += std::string{"a;"} + kSameConditions + rest + "\n";
  const ImportResult result = import_table(import.request());
  CHECK(result.experiments == 4);
  CHECK(result.repeated_rows == 1);
  const Log log = Log::open(import.folder / "a.db", Log::Access::read);
  CHECK(study_of(log).records.size() == 3);
  CHECK(is_repeated(read_campaign(log).outcomes.at(2)));
  CHECK_FALSE(is_repeated(read_campaign(log).outcomes.at(3)));
  REQUIRE(result.messages.size() == 3);
  const std::string table = (import.folder / "table.csv").string();
  CHECK(result.messages[0] == table + ":3: says in everything what line 2 says: counted once");
  CHECK(result.messages[1] ==
        table + ":4: fwhm_meV 200 ± 2, not 100 ± 2 as line 2 says of the same conditions");
  CHECK(result.messages[2] ==
        table + ":5: peak_nm 478, not 490.5 (no errors are told) as line 2 says of the same conditions");
}

TEST_CASE("repeats: a log that holds rows of another one adds only what is new") {
  Import first, second;
  const std::string map = kMap.substr(0, kMap.find("[spectrum]"));
  first.map = map;
  second.map = replaced(map, "name = \"toy\"", "name = \"toy again\"");
  second.table += "new;5;420;toluene;495,5;0,1;0,002;0.8;\n";
  import_table(first.request());
  import_table(second.request());
  Variable ratio;
  ratio.name = "br_pb";
  ratio.low = 3.0;
  ratio.high = 8.0;
  EarlierRequest request;
  request.logs = {first.folder / "a.db", second.folder / "a.db"};
  const EarlierStudies studies = read_earlier(request, {{ratio}, {}, {}});
  REQUIRE(studies.studies.size() == 2);
  CHECK(studies.studies[0].records.size() == 1);
  CHECK(studies.studies[1].records.size() == 1);
  CHECK(studies.studies[1].records[0].measured.at("peak_nm").value == 495.5);
  REQUIRE(studies.messages.size() == 2);
  CHECK(studies.messages[1].find("1 in another log, too") != std::string::npos);
}

}  // namespace nocturne::test
