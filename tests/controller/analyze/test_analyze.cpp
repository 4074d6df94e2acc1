#include <doctest/doctest.h>
#include <unistd.h>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <vector>

#include "controller/analyze/analyze.hpp"
#include "support/cspbbr3_curve.hpp"

namespace nocturne::test {

namespace {

namespace fs = std::filesystem;

/// A folder of its own that goes with the test.
class Folder {
 public:
  Folder() : path_{fs::temp_directory_path() / ("nocturne_analyze_" + std::to_string(::getpid()))} {
    fs::create_directories(path_);
  }
  ~Folder() { fs::remove_all(path_); }
  fs::path file(const std::string& name, const std::string& text) const {
    std::ofstream(path_ / name, std::ios::binary) << text;
    return path_ / name;
  }
  const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

std::string line_at(double peak_nm) {
  std::ostringstream text;
  for (int nm = 400; nm <= 650; ++nm)
    text << nm << ',' << 1e4 * std::exp(-std::pow((nm - peak_nm) / 11.0, 2)) << '\n';
  return text.str();
}

Material bromide() {
  Material m = cspbbr3_curve();
  m.name = "CsPbBr3";
  m.platelets = {{8, 505, 509}};
  return m;
}

struct Result {
  int status;
  std::vector<nlohmann::json> lines;
  std::string messages;
};

Result json_of(AnalyzeOptions options, const std::string& input = "") {
  options.json = true;
  std::istringstream in(input);
  std::ostringstream out, messages;
  const int status = analyze(options, bromide(), in, out, messages);
  Result result{status, {}, messages.str()};
  std::istringstream lines(out.str());
  for (std::string line; std::getline(lines, line);) result.lines.push_back(nlohmann::json::parse(line));
  return result;
}

}  // namespace

TEST_CASE("analyze: one JSON line per file with the promised fields") {
  const Folder folder;
  AnalyzeOptions options;
  options.files = {folder.file("a.csv", line_at(507.0)), folder.file("b.csv", line_at(530.0))};
  const Result result = json_of(options);
  CHECK(result.status == 0);
  REQUIRE(result.lines.size() == 2);
  const auto& a = result.lines[0];
  CHECK(a["file"] == options.files[0].string());
  CHECK(a["kind"] == "pl");
  CHECK(a["emission"] == true);
  CHECK(a["peak_nm"].get<double>() == doctest::Approx(507.0).epsilon(0.0001));
  CHECK(a.contains("peak_nm_se"));
  CHECK(a["fwhm_nm"].get<double>() == doctest::Approx(22.0 * std::sqrt(std::log(2.0))).epsilon(0.01));
  CHECK(a["fwhm_eV"].get<double>() > 0.05);
  CHECK(a["edge_length_nm"]["low"].get<double>() < a["edge_length_nm"]["value"].get<double>());
  CHECK(a["edge_length_nm"]["high"].get<double>() > a["edge_length_nm"]["value"].get<double>());
  CHECK(a["monolayers"] == 8);
  CHECK(a["peaks"].size() == 1);
  CHECK(a["flags"].empty());
  const auto& b = result.lines[1];
  CHECK_FALSE(b.contains("edge_length_nm"));
  CHECK_FALSE(b.contains("monolayers"));
  CHECK(b["flags"] == nlohmann::json::array({"outside_sizing_curve"}));
}

TEST_CASE("analyze: what cannot be read is reported in its place, the others are done, and the status is 2") {
  const Folder folder;
  AnalyzeOptions options;
  options.files = {folder.path() / "missing.csv", folder.path(), folder.file("empty.txt", ""),
                   folder.file("notes.txt", "The dots were green.\n"),
                   folder.file("good.csv", line_at(507.0))};
  const Result result = json_of(options);
  CHECK(result.status == 2);
  REQUIRE(result.lines.size() == 5);
  for (std::size_t i = 0; i < 4; ++i) {
    CHECK(result.lines[i]["file"] == options.files[i].string());
    CHECK(result.lines[i]["error"].get<std::string>().find(options.files[i].string() + ":1: ") == 0);
    CHECK(result.lines[i].size() == 2);
  }
  CHECK(result.lines[4]["emission"] == true);
}

TEST_CASE("analyze: without emission nothing about a peak is said") {
  const Folder folder;
  AnalyzeOptions options;
  std::string flat;
  for (int nm = 400; nm <= 650; ++nm) flat += std::to_string(nm) + ",17\n";
  options.files = {folder.file("flat.csv", flat)};
  const Result result = json_of(options);
  CHECK(result.status == 0);
  CHECK(result.lines[0]["emission"] == false);
  for (const char* absent : {"peak_nm", "peak_nm_se", "fwhm_eV", "fwhm_nm", "edge_length_nm", "monolayers"}) {
    CHECK_FALSE(result.lines[0].contains(absent));
  }
}

TEST_CASE("analyze: a dark that cannot be read or does not fit fails every file, by name") {
  const Folder folder;
  AnalyzeOptions options;
  options.files = {folder.file("a.csv", line_at(507.0))};
  SUBCASE("missing") { options.dark = folder.path() / "none"; }
  SUBCASE("another grid") { options.dark = folder.file("dark.csv", "400,1\n401,1\n402,1\n"); }
  const Result result = json_of(options);
  CHECK(result.status == 2);
  REQUIRE(result.lines.size() == 1);
  CHECK(result.lines[0].contains("error"));
}

TEST_CASE("analyze: people get one line, and are told which of several columns was used") {
  const Folder folder;
  AnalyzeOptions options;
  std::string two = "nm,early,late\n";
  for (int nm = 400; nm <= 650; ++nm)
    two += std::to_string(nm) + ",1," + std::to_string(100.0 * std::exp(-std::pow((nm - 507.0) / 11.0, 2))) +
           "\n";
  options.files = {folder.file("two.csv", two)};
  std::istringstream in;
  std::ostringstream out, messages;
  CHECK(analyze(options, bromide(), in, out, messages) == 0);
  CHECK(out.str().find("peak 507.0") != std::string::npos);
  CHECK(messages.str().find("used late") != std::string::npos);
}

TEST_CASE("analyze: the standard input is read once, under the name -") {
  const Folder folder;
  AnalyzeOptions options;
  options.files = {"-", folder.file("a.csv", line_at(530.0)), "-"};
  const Result result = json_of(options, line_at(507.0));
  CHECK(result.status == 2);
  REQUIRE(result.lines.size() == 3);
  CHECK(result.lines[0]["file"] == "-");
  CHECK(result.lines[0]["peak_nm"].get<double>() == doctest::Approx(507.0).epsilon(0.0001));
  CHECK(result.lines[1]["emission"] == true);
  CHECK(result.lines[2]["error"].get<std::string>().find("-:1: ") == 0);
}

TEST_CASE("analyze: a large file comes over the standard input in pieces, and an empty one is refused") {
  AnalyzeOptions options;
  options.files = {"-"};
  std::ostringstream text;
  for (int i = 0; i < 20000; ++i)
    text << 400.0 + 0.0125 * i << ',' << 1e4 * std::exp(-std::pow((0.0125 * i - 107.0) / 11.0, 2)) << '\n';
  const Result result = json_of(options, text.str());
  CHECK(result.status == 0);
  CHECK(result.lines[0]["peak_nm"].get<double>() == doctest::Approx(507.0).epsilon(0.0001));
  CHECK(json_of(options).lines[0]["error"].get<std::string>().find("-:1: the file is empty") == 0);
}

TEST_CASE("analyze: the lines of a log among the data are counted in the answer") {
  const Folder folder;
  AnalyzeOptions options;
  std::string text = line_at(507.0);
  text.insert(text.find("450,"), "23/10/2025 09:43:32 lamp on\n");
  options.files = {folder.file("log.csv", text)};
  const Result result = json_of(options);
  CHECK(result.lines[0]["skipped_lines"] == 1);
  CHECK(result.lines[0]["flags"] == nlohmann::json::array({"skipped_lines"}));
  options.files = {folder.file("plain.csv", line_at(507.0))};
  CHECK_FALSE(json_of(options).lines[0].contains("skipped_lines"));
}

TEST_CASE("analyze: people are told that a peak is clipped instead of where it is") {
  const Folder folder;
  AnalyzeOptions options;
  std::ostringstream text;
  for (int nm = 400; nm <= 650; ++nm)
    text << nm << ',' << std::min(65535.0, 1e5 * std::exp(-std::pow((nm - 510.0) / 13.0, 2))) << '\n';
  options.files = {folder.file("clipped.csv", text.str())};
  std::istringstream in;
  std::ostringstream out, messages;
  CHECK(analyze(options, bromide(), in, out, messages) == 0);
  CHECK(out.str().find("the peak is clipped") != std::string::npos);
  CHECK(out.str().find("[saturated") != std::string::npos);
  CHECK_FALSE(json_of(options).lines[0].contains("peak_nm"));
}

TEST_CASE("analyze: the kinds have names, and nothing else is one") {
  CHECK(spectrum_kind("pl") == SpectrumKind::pl);
  CHECK(spectrum_kind("absorbance") == SpectrumKind::absorbance);
  CHECK(spectrum_kind("automatic") == SpectrumKind::automatic);
  for (const char* name : {"foo", "1", "", "PL "}) CHECK_FALSE(spectrum_kind(name));
}

TEST_CASE("analyze: every quantity comes with its standard error, and colour with its place in Rec. 2020") {
  const Folder folder;
  AnalyzeOptions options;
  options.files = {folder.file("a.csv", line_at(507.0))};
  const auto quantities = json_of(options).lines.at(0)["quantities"];
  for (const char* name : {"peak_nm", "fwhm_meV", "asymmetry", "area", "component_peak_eV", "cie_x"}) {
    CAPTURE(name);
    REQUIRE(quantities.contains(name));
    CHECK(quantities[name]["standard_error"].get<double>() > 0.0);
  }
  CHECK(quantities["asymmetry"]["value"].get<double>() == doctest::Approx(1.0).epsilon(0.02));
  CHECK(quantities["within_rec2020"].is_boolean());
}

TEST_CASE("analyze: the absorbance of the same droplet undoes what it absorbed, and gives the lead") {
  const Folder folder;
  std::ostringstream absorbance, emission;
  const auto absorbed = [](double nm) { return 0.25 / (1.0 + std::exp((nm - 505.0) / 4.0)); };
  absorbance << "wavelength,absorbance\n";
  for (double nm = 350; nm <= 800; nm += 2) absorbance << nm << ',' << absorbed(nm) << '\n';
  for (double nm = 400; nm <= 650; nm += 1) {
    const double light = 1e4 * std::exp(-std::pow((nm - 507.0) / 11.0, 2));
    emission << nm << ',' << light * std::pow(10.0, -0.5 * (absorbed(nm) + absorbed(365.0))) << '\n';
  }
  AnalyzeOptions options;
  options.files = {folder.file("pl.csv", emission.str())};
  const double alone = json_of(options).lines.at(0)["quantities"]["peak_nm"]["value"];
  options.absorbance = folder.file("a.csv", absorbance.str());
  const auto seen = json_of(options).lines.at(0);
  CHECK(alone > 507.3);
  CHECK(seen["peak_nm"].get<double>() == doctest::Approx(alone));
  CHECK(seen["quantities"]["observed_peak_nm"]["value"].get<double>() == doctest::Approx(alone));
  CHECK(std::abs(seen["quantities"]["peak_nm"]["value"].get<double>() - 507.0) < 0.1);
  CHECK_FALSE(seen["quantities"].contains("crystal_lead_mmol_per_L"));
}

TEST_CASE("analyze: counts where the absorbance should be are refused by name") {
  const Folder folder;
  AnalyzeOptions options;
  options.files = {folder.file("pl.csv", line_at(507.0))};
  std::string counts = "wavelength,counts\n" + line_at(507.0);
  options.absorbance = folder.file("counts.csv", counts);
  const Result result = json_of(options);
  CHECK(result.status == 2);
  CHECK(result.lines.at(0)["error"].get<std::string>().find("absorbance") != std::string::npos);
}

TEST_CASE("analyze: --plot draws one SVG per file, and a name that comes twice does not overwrite") {
  const Folder folder;
  fs::create_directories(folder.path() / "other");
  AnalyzeOptions options;
  options.files = {folder.file("a.csv", line_at(507.0)), folder.file("other/a.csv", line_at(520.0))};
  options.plots = folder.path() / "charts";
  CHECK(json_of(options).status == 0);
  for (const char* name : {"a.csv.svg", "a.csv-2.svg"}) {
    std::ifstream in(*options.plots / name);
    std::stringstream svg;
    svg << in.rdbuf();
    CHECK(svg.str().find("<svg") != std::string::npos);
    CHECK(svg.str().find("wavelength, nm") != std::string::npos);
    CHECK(svg.str().find("residual") != std::string::npos);
  }
  options.plots = folder.file("a_file", "");
  CHECK(json_of(options).status == 2);
}

}  // namespace nocturne::test
