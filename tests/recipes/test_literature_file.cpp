#include <doctest/doctest.h>

#include <cmath>

#include "models/sizing.hpp"
#include "recipes/library.hpp"
#include "recipes/literature_file.hpp"
#include "recipes/material_file.hpp"
#include "support/refusal.hpp"

namespace nocturne::test {
namespace {

const std::string kLiteratureText = R"(# what this is
study,source,material,br_pb,temperature_C,peak_nm,peak_nm_se,fwhm_meV,fwhm_meV_se,edge_length_nm,edge_length_nm_se,note

ladder,"Doe, Roe 2020, 10.1/x",CsPbBr3,6,120,489.5,0.5,95,4,,,"a ""quoted"" note"
# a remark between
ladder,"Doe, Roe 2020, 10.1/x",CsPbBr3,4.5,120,503,0.5,,,,,
sizes,Poe 2021,,,100,,,,,5,0.5,
sizes,default,,3,,,,,,,,assumed
)";

Literature parse_studies(const std::string& text, const LiteratureUse& use = {}) {
  return parse_literature(text, "a.csv", use);
}

Material cspbbr3() { return read_material(find_shipped("cspbbr3", "materials")); }

}  // namespace

TEST_CASE(
    "literature: a synthesis is a record of its study, with what was published of it and nothing else") {
  const Literature literature = parse_studies(kLiteratureText);
  REQUIRE(literature.studies.size() == 2);
  const Study& ladder = literature.studies[0];
  CHECK(ladder.name == "ladder");
  CHECK(ladder.source == "Doe, Roe 2020, 10.1/x");
  REQUIRE(ladder.records.size() == 2);
  CHECK(ladder.records[0].conditions == Conditions{{"br_pb", 6.0}, {"temperature_C", 120.0}});
  CHECK(ladder.records[0].measured.at("peak_nm").value == 489.5);
  CHECK(ladder.records[0].measured.at("fwhm_meV").standard_error == 4.0);
  CHECK(ladder.records[1].measured.size() == 1);
}

TEST_CASE("literature: a default fills what its study leaves empty, and nothing of another") {
  const Literature literature = parse_studies(kLiteratureText + "ladder,default,,99,,,,,,,,\n");
  CHECK(literature.studies[0].records[1].conditions.at("br_pb") == 4.5);
  CHECK(literature.studies[1].records[0].conditions == Conditions{{"br_pb", 3.0}, {"temperature_C", 100.0}});
}

TEST_CASE("literature: a size becomes a peak with the curve's slope and scatter, and the source says so") {
  const Material material = cspbbr3();
  const Literature literature = parse_studies(kLiteratureText, {&material, {}, {}});
  const Study& sizes = literature.studies[1];
  const Estimate peak = sizes.records[0].measured.at("peak_nm");
  CHECK(peak.value == doctest::Approx(peak_nm_at(material, 5.0)));
  const double slope = (peak_nm_at(material, 5.01) - peak_nm_at(material, 4.99)) / 0.02;
  CHECK(peak.standard_error == doctest::Approx(std::hypot(0.5 * slope, 0.94)).epsilon(0.02));
  CHECK(sizes.records[0].measured.at("edge_length_nm").value == 5.0);
  CHECK(sizes.source.find("Poe 2021; 1 of 1 peaks computed from the edge length (CsPbBr3: ") == 0);
  CHECK_FALSE(parse_studies(kLiteratureText).studies[1].records[0].measured.contains("peak_nm"));
}

TEST_CASE("literature: syntheses of another material are counted and left out") {
  Material material = cspbbr3();
  material.name = "CsPbI3";
  const Literature literature = parse_studies(kLiteratureText, {&material, {}, {}});
  CHECK(literature.other_material == 2);
  REQUIRE(literature.studies.size() == 1);
  CHECK(literature.studies[0].name == "sizes");
}

TEST_CASE("literature: the variables and outputs of a space are columns, choices in words") {
  const std::string text =
      "study,source,solvent,power_W,colour,colour_se\na,b,toluene,7,1.5,0.1\na,b,ether,8,1,0.1\n";
  const Variable solvent{"solvent", 0.0, 1.0, Scale::linear, VariableKind::categorical, {"water", "toluene"},
                         ""};
  const Variable power{"power_W", 0.0, 10.0, Scale::linear, VariableKind::real, {}, ""};
  const Literature literature = parse_studies(text, {nullptr, {solvent, power}, {"colour"}});
  CHECK(literature.studies[0].records[0].conditions == Conditions{{"power_W", 7.0}, {"solvent", 1.0}});
  CHECK(literature.studies[0].records[1].conditions == Conditions{{"power_W", 8.0}});
  CHECK(literature.studies[0].records[0].measured.at("colour").value == 1.5);
  check_refusal(refusal([&] { parse_studies(text); }), "a.csv:1", {"unknown column 'solvent'"});
}

TEST_CASE("literature: what is wrong is refused with its line and what is allowed") {
  const auto wrong = [](const std::string& from, const std::string& to, const std::string& line,
                        std::initializer_list<const char*> words) {
    CAPTURE(to);
    const Material material = cspbbr3();
    check_refusal(refusal([&] {
                    parse_studies(replaced(kLiteratureText, from, to), {&material, {}, {}});
                  }),
                  "a.csv:" + line, words);
  };
  wrong("br_pb", "br_bp", "2", {"unknown column 'br_bp'", "allowed: study, source"});
  wrong("temperature_C", "temprature_C", "2", {"unknown column", "did you mean 'temperature_C'"});
  wrong("br_pb", "temperature_C", "2", {"'temperature_C' stands a second time"});
  wrong("study,source", "study,origin", "2", {"unknown column 'origin'"});
  wrong("study,source", "note,source", "2", {"'note' stands a second time"});
  wrong("fwhm_meV_se", "plqy_se", "2", {"'fwhm_meV' has no standard errors", "fwhm_meV_se"});
  wrong("489.5,0.5", "489.5,", "4", {"peak_nm has no standard error"});
  wrong("489.5,0.5", "489.5,0", "4", {"peak_nm has no standard error", "above 0"});
  wrong("489.5,0.5", ",0.5", "4", {"peak_nm_se stands without peak_nm"});
  wrong("489.5", "2.53", "4", {"peak_nm is 2.53", "300 to 1100"});
  wrong("95,4", "0.5,0.01", "4", {"fwhm_meV is 0.5", "5 to 1000"});
  wrong("6,120", "6,hot", "4", {"temperature_C is 'hot'", "a number"});
  wrong("6,120", "6,nan", "4", {"temperature_C is 'nan'"});
  wrong("6,120", "6,423.15", "4", {"temperature_C is 423.15", "-50 to 400"});
  wrong("503,0.5", ",", "6", {"no output"});
  wrong("ladder,\"Doe, Roe 2020, 10.1/x\",CsPbBr3,4.5", "ladder,Doe,CsPbBr3,4.5", "6",
        {"study 'ladder' has another source on line 4"});
  wrong("503,0.5", "503,0.5,", "6", {"13 cells", "the header has 12"});
  wrong("sizes,Poe 2021", ",Poe 2021", "7", {"the study has no name"});
  wrong("sizes,Poe 2021", "sizes,", "7", {"no source"});
  wrong(",,5,0.5", ",,60,1", "7", {"edge_length_nm 60 lies beyond the sizing curve of CsPbBr3", "3.5 to 20"});
  wrong("sizes,default,,3,", "sizes,default,,,", "8", {"names no condition"});
  wrong("sizes,default,,3,,", "sizes,default,,3,,480", "8", {"peak_nm has no standard error"});
  wrong("sizes,default", "sized,default", "8", {"study 'sized', which has no synthesis"});
  wrong("assumed\n", "assumed\nsizes,default,,3,,,,,,,,\n", "9", {"has a default already (line 8)"});
  wrong("sizes,default,,3,,,,", "sizes,default,,3,,480,1,", "8", {"conditions only"});
  wrong("assumed", "\"assumed", "8", {"a quoted cell has no end"});
  CHECK(refusal([] { parse_studies(""); }).find("a.csv:1: is no table") == 0);
  CHECK(refusal([] { read_literature("/nowhere.csv", {}); }).find("/nowhere.csv: cannot be read") == 0);
}

TEST_CASE("literature: every shipped table reads for its own material, and every size has a peak") {
  const auto names = shipped_names("literature");
  REQUIRE_FALSE(names.empty());
  for (const std::string& name : names) {
    CAPTURE(name);
    const Material material = read_material(find_shipped(name, "materials"));
    const Literature literature = read_literature(find_shipped(name, "literature"), {&material, {}, {}});
    CHECK(literature.other_material == 0);
    CHECK_FALSE(literature.studies.empty());
    for (const Study& study : literature.studies)
      for (const StudyRecord& record : study.records) {
        CHECK(record.measured.contains("peak_nm"));
        CHECK(record.conditions.contains("temperature_C"));
      }
  }
}

}  // namespace nocturne::test
