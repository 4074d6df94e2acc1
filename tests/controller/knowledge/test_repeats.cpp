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
  const auto conflicts = [](const StudyRecord& one, const StudyRecord& other) {
    RecordsSeen seen;
    seen.see(one, "", 2);
    seen.see(other, "", 3);
    return seen.conflicts();
  };
  const StudyRecord one = record_of(4.0, {490.0, 1.0});
  CHECK(conflicts(one, record_of(4.0, {494.0, 1.0})).empty());
  REQUIRE(conflicts(one, record_of(4.0, {494.5, 1.0})).size() == 1);
  CHECK(conflicts(one, record_of(4.0, {494.5, 1.0}))[0].text ==
        "lines 2 and 3 are of the same conditions, but: peak_nm 490 ± 1 (line 2) to 494.5 ± 1 (line 3), "
        "1.1 times what such errors may differ by");
  CHECK(conflicts(one, record_of(4.1, {480.0, 1.0})).empty());
  CHECK(conflicts(one, {{{"br_pb", 4.0}}, {{"plqy", {0.5, 0.1}}}}).empty());
}

TEST_CASE("repeats: values without errors disagree when they lie further apart than repeats do") {
  const auto conflicts = [](const std::string& output, double low, double high) {
    RecordsSeen seen;
    seen.see({{{"br_pb", 4.0}}, {{output, {low, 0.0}}}}, "", 2);
    seen.see({{{"br_pb", 4.0}}, {{output, {high, 0.0}}}}, "", 3);
    return seen.conflicts().size();
  };
  CHECK(conflicts("peak_nm", 490.0, 496.0) == 0);
  CHECK(conflicts("peak_nm", 480.0, 496.0) == 1);
  CHECK(conflicts("fwhm_meV", 100.0, 140.0) == 0);
  CHECK(conflicts("fwhm_meV", 100.0, 180.0) == 1);
  CHECK(conflicts("plqy", 0.5, 0.6) == 0);
  CHECK(conflicts("plqy", 0.2, 0.6) == 1);
}

TEST_CASE(
    "repeats: all records of the same conditions make one conflict, whichever comes first, the largest "
    "first") {
  RecordsSeen seen;
  seen.see(record_of(5.0, {480.0, 1.0}), "", 2);
  seen.see(record_of(5.0, {486.0, 1.0}), "", 3);
  seen.see(record_of(4.0, {490.0, 5.0}), "", 4);
  for (int line = 5; line < 15; ++line) seen.see(record_of(4.0, {478.0 + 2.0 * line, 1.0}), "", line);
  const auto conflicts = seen.conflicts();
  REQUIRE(conflicts.size() == 2);
  CHECK(conflicts[0].lines.size() == 11);
  CHECK(conflicts[0].excess > conflicts[1].excess);
  CHECK(conflicts[0].text.find("lines 4, 5, 6, 7, 8, 9, 10, 11 and 3 more are") == 0);
  CHECK(conflicts[0].text.find("peak_nm 488 ± 1 (line 5) to 506 ± 1 (line 14)") != std::string::npos);
  CHECK(conflicts[1].lines == std::vector<int>{2, 3});
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

TEST_CASE("repeats: a row is a repetition only of one that says the same in everything") {
  RecordsSeen seen;
  CHECK_FALSE(seen.see(record_of(4.0, {490.0, 1.0}), "", 2));
  CHECK(seen.see(record_of(4.0, {490.0, 1.0}), "", 3) == 2);
  CHECK_FALSE(seen.see(record_of(4.0, {480.0, 1.0}), "", 4));
  CHECK_FALSE(seen.see(record_of(4.0, {490.0, 1.0}), "another spectrum", 5));
  CHECK_FALSE(seen.see(record_of(4.1, {480.0, 1.0}), "", 6));
  CHECK(seen.see(record_of(4.0, {480.0, 1.0}), "", 7) == 4);
}

TEST_CASE("repeats: an import counts a repeated row once, tells contradictions, and drops none of these") {
  Import import;
  import.map = kMap.substr(0, kMap.find("[spectrum]"));
  import.table = kTable.substr(0, kTable.find('\n') + 1);
  for (const char* rest :
       {"490,5;0,1;0,002;0.8;", "490,5;0,1;0,002;0.8;", "490,5;0,2;0,002;0.8;", "470;;;0.8;"})
    import.table += std::string{"a;"} + kSameConditions + rest + "\n";
  const ImportResult result = import_table(import.request());
  CHECK(result.experiments == 4);
  CHECK(result.repeated_rows == 1);
  const Log log = Log::open(import.folder / "a.db", Log::Access::read);
  CHECK(study_of(log).records.size() == 3);
  CHECK(is_repeated(read_campaign(log).outcomes.at(2)));
  CHECK_FALSE(is_repeated(read_campaign(log).outcomes.at(3)));
  REQUIRE(result.messages.size() == 2);
  const std::string table = (import.folder / "table.csv").string();
  CHECK(result.messages[0] ==
        table +
            ":2: lines 2, 4 and 5 are of the same conditions, but: fwhm_meV 100 ± 2 (line 2) to 200 ± 2 "
            "(line 4), 11.8 times what such errors may differ by; peak_nm 470 (line 5) to 490.5 (line 2), "
            "1.4 times what repeats may differ by");
  CHECK(result.messages[1] == table + ":3: says in everything what line 2 says: counted once");
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
