#include <doctest/doctest.h>
#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <sstream>

#include "controller/calibrate/calibrate.hpp"
#include "controller/campaign/campaign_files.hpp"
#include "models/sizing.hpp"
#include "recipes/document.hpp"
#include "recipes/library.hpp"
#include "recipes/material_file.hpp"
#include "support/refusal.hpp"
#include "support/temporary_folder.hpp"

namespace nocturne::test {
namespace {

/// Six samples whose sizes are a tenth larger than the curve has them.
std::string larger_by_a_tenth(const Material& material, const std::string& wavelength) {
  std::string table = wavelength + ",edge_nm,edge_nm_se,method\n";
  int i = 0;
  for (const double nm : {478.0, 485.0, 492.0, 500.0, 506.0, 512.0}) {
    const double edge = 1.1 * *edge_nm_at(material, nm);
    table += fmt::format("{},{:.6f},{:.6f},{}\n", nm, edge, 0.03 * edge, ++i % 2 ? "TEM" : "SAXS");
  }
  return table;
}

struct Sizing {
  TemporaryFolder folder;
  SizingOptions options;
  std::string table;

  explicit Sizing(const std::string& name = "cspbbr3") {
    options.table = folder / "sizes.csv";
    options.material = find_shipped(name, "materials");
    options.json = true;
    const Material material = read_material(options.material);
    table = larger_by_a_tenth(material, material.sizing_by_exciton ? "first_exciton_nm" : "peak_nm");
  }
  std::string run() {
    write_file(options.table, table);
    std::istringstream none;
    std::ostringstream out;
    CHECK(calibrate_sizing(options, none, out) == 0);
    return out.str();
  }
  std::string refused() {
    write_file(options.table, table);
    std::istringstream none;
    std::ostringstream out;
    const std::string message = refusal([&] { calibrate_sizing(options, none, out); });
    CHECK(out.str().empty());
    return replaced(message, folder.path().string() + "/", "");
  }
};

}  // namespace

TEST_CASE(
    "calibrate sizing: a new material file holds the corrected curve, its error, and all else as it was") {
  for (const char* name : {"cspbbr3", "cdse"}) {
    Sizing sizing{name};
    sizing.options.to = sizing.folder / "mine.toml";
    const auto json = nlohmann::json::parse(sizing.run());
    CHECK(json.at("factor").get<double>() == doctest::Approx(1.1).epsilon(1e-4));
    CHECK(json.at("methods").at("SAXS").at("factor").get<double>() == doctest::Approx(1.1).epsilon(1e-4));
    CHECK(json.at("anchors") == 6);
    CHECK(json.at("flags").empty());
    const Material before = read_material(sizing.options.material), after = read_material(*sizing.options.to);
    CHECK(*edge_nm_at(after, 500.0) == doctest::Approx(1.1 * *edge_nm_at(before, 500.0)).epsilon(1e-4));
    CHECK(after.sizing_scale_error ==
          doctest::Approx(json.at("factor_se").get<double>() / json.at("factor").get<double>()));
    CHECK(after.source.find("by 6 anchors (SAXS, TEM) of sizes.csv") != std::string::npos);
    CHECK(after.name == before.name);
    CHECK(after.platelets.size() == before.platelets.size());
    CHECK(after.absorption_450_per_cm == before.absorption_450_per_cm);
  }
}

TEST_CASE("calibrate sizing: a corrected file can be corrected again, and is never written over") {
  Sizing sizing;
  sizing.options.to = sizing.folder / "mine.toml";
  sizing.run();
  const std::string first = file_text(*sizing.options.to);
  CHECK(sizing.refused() == "mine.toml: exists already (choose another --to)");
  CHECK(file_text(*sizing.options.to) == first);
  sizing.options.material = *sizing.options.to;
  sizing.options.to = sizing.folder / "again.toml";
  const auto json = nlohmann::json::parse(sizing.run());
  CHECK(json.at("factor").get<double>() == doctest::Approx(1.0).epsilon(1e-4));
}

TEST_CASE("calibrate sizing: rows beyond the curve and rows that come twice are told, and do not count") {
  Sizing sizing;
  sizing.table += "530,15,1,TEM\n";
  const auto second = sizing.table.find("485,");
  sizing.table += sizing.table.substr(second, sizing.table.find('\n', second) - second + 1);
  sizing.table += "490,4,3,TEM\n";
  const auto json = nlohmann::json::parse(sizing.run());
  CHECK(json.at("anchors") == 6);
  REQUIRE(json.at("left_out").size() == 3);
  const std::string place = sizing.options.table.string();
  CHECK(json.at("left_out")[0] == place + ":8: 530 nm lies beyond the sizing curve: left out");
  CHECK(json.at("left_out")[1] == place + ":9: is line 3 again: counted once");
  CHECK(json.at("left_out")[2] == place + ":10: the size is not known to a factor of two: left out");
}

TEST_CASE("calibrate sizing: a wrong table is refused with file and line") {
  Sizing sizing;
  std::string wanted;
  SUBCASE("the wrong wavelength") {
    sizing.table = replaced(sizing.table, "peak_nm", "first_exciton_nm");
    wanted = "sizes.csv:1: no column 'peak_nm' (the sizing curve of CsPbBr3 is one of the emission peak)";
  }
  SUBCASE("no method") {
    sizing.table = replaced(sizing.table, "method", "how");
    wanted = "sizes.csv:1: no column 'method'";
  }
  SUBCASE("no number") {
    sizing.table = replaced(sizing.table, "485,", "blue,");
    wanted = "sizes.csv:3: 'blue' in column 'peak_nm' is no positive number (nm)";
  }
  SUBCASE("a size without error") {
    sizing.table += "490,5,0,TEM\n";
    wanted = "sizes.csv:8: '0' in column 'edge_nm_se' is no positive number (nm)";
  }
  SUBCASE("too few") {
    sizing.table = "peak_nm,edge_nm,edge_nm_se,method\n490,5,0.2,TEM\n530,15,1,TEM\n";
    const std::string place = sizing.options.table.string();
    wanted = "sizes.csv:1: 1 anchors can be used (at least 3 are needed); " + place +
             ":3: 530 nm lies beyond the sizing curve: left out";
  }
  CHECK(sizing.refused() == wanted);
}

TEST_CASE("calibrate sizing: sizes in another unit or of another material are no correction") {
  Sizing sizing;
  sizing.options.to = sizing.folder / "mine.toml";
  sizing.table = "peak_nm,edge_nm,edge_nm_se,method\n";
  const Material material = read_material(sizing.options.material);
  double unit = 0.0;
  const char* told = nullptr;
  SUBCASE("Å") {
    unit = 10.0;
    told = "11 ";
  }
  SUBCASE("µm") {
    unit = 0.001;
    told = "0.0011 ";
  }
  for (const double nm : {478.0, 485.0, 492.0, 500.0}) {
    const double edge = 1.1 * unit * *edge_nm_at(material, nm);
    sizing.table += fmt::format("{},{:.6f},{:.6f},TEM\n", nm, edge, 0.03 * edge);
  }
  const std::string message = sizing.refused();
  CHECK(message.starts_with("sizes.csv:1: the sizes are " + std::string{told}));
  CHECK(message.find("times those of the curve (allowed: 0.5 to 2): ") != std::string::npos);
  CHECK(message.ends_with("or not CsPbBr3?"));
  CHECK_FALSE(std::filesystem::exists(*sizing.options.to));
}

TEST_CASE("calibrate sizing: one method under several names is one method") {
  Sizing sizing;
  sizing.table = replaced(sizing.table, ",TEM", ",HR-TEM (n = 200)");
  while (sizing.table.find("SAXS") != std::string::npos) sizing.table = replaced(sizing.table, "SAXS", "tem");
  const auto json = nlohmann::json::parse(sizing.run());
  CHECK(json.at("methods").size() == 1);
  CHECK(json.at("methods").contains("TEM"));
  CHECK(json.at("flags") == nlohmann::json{"one_method"});
}

TEST_CASE("calibrate sizing: a recipe that names the corrected file beside it takes it into its campaign") {
  Sizing sizing;
  sizing.options.to = sizing.folder / "mine.toml";
  sizing.run();
  const auto recipe = sizing.folder / "recipe.toml";
  write_file(recipe, replaced(read_text_file(find_shipped("cspbbr3_green_510", "")), "material = \"cspbbr3\"",
                              "material = \"mine.toml\""));
  const CampaignFiles files = read_campaign_files(recipe, find_shipped("virtual", "benches"), {});
  CHECK(files.material.sizing_scale_error > 0.03);
  CHECK(files.header.material_text == file_text(*sizing.options.to));
  CHECK(campaign_files_of(files.header).material.sizing_scale_error == files.material.sizing_scale_error);
}

}  // namespace nocturne::test
