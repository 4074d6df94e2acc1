#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "models/spectra/absorption.hpp"
#include "models/spectra/absorption_background.hpp"
#include "models/spectra/emission.hpp"
#include "models/spectra/file_analysis.hpp"
#include "models/spectra/smoothing.hpp"
#include "models/spectra/spectrum_text.hpp"
#include "models/spectra/synthetic.hpp"
#include "support/measured.hpp"

namespace nocturne::test {

namespace {

namespace fs = std::filesystem;

const fs::path& data = measured_data;

bool absent(const char* test) {
  if (fs::exists(data)) return false;
  MESSAGE("skipped: " << test << " (no folder with measured data)");
  return true;
}

FileAnalysis analysed(const fs::path& file) { return analyze_table(table_of(file), {}, bromide()); }

using Row = std::map<std::string, std::string>;

std::vector<std::string> cells_of(const std::string& line) {
  std::vector<std::string> cells;
  std::istringstream stream(line);
  for (std::string cell; std::getline(stream, cell, ';');) cells.push_back(cell);
  return cells;
}

std::vector<Row> published() {
  std::istringstream table(text_of(data / "cspbbr3_pl/dataset_synthesizer.csv"));
  std::string line;
  std::getline(table, line);
  const std::vector<std::string> names = cells_of(line);
  std::vector<Row> rows;
  while (std::getline(table, line)) {
    const std::vector<std::string> cells = cells_of(line);
    Row row;
    for (std::size_t i = 0; i < std::min(names.size(), cells.size()); ++i) row[names[i]] = cells[i];
    rows.push_back(row);
  }
  return rows;
}

double share(const std::vector<double>& values, double limit) {
  const auto within =
      std::count_if(values.begin(), values.end(), [&](double v) { return std::abs(v) <= limit; });
  return static_cast<double>(within) / static_cast<double>(values.size());
}

double median_size(std::vector<double> values) {
  for (double& v : values) v = std::abs(v);
  std::nth_element(values.begin(), values.begin() + std::ssize(values) / 2, values.end());
  return values[values.size() / 2];
}

/// Maxima of the mean over 9 nm that rise over the saddles to everything higher by a twentieth of the whole
/// height and by eight standard deviations: counted without any of the project's own analysis.
int clear_maxima(const Eigen::VectorXd& nm, const Eigen::VectorXd& value) {
  constexpr double reach_nm = 4.5, share = 0.05, deviations = 8.0;
  const auto n = static_cast<std::size_t>(nm.size());
  std::vector<double> smooth(n), noise;
  for (std::size_t i = 0; i < n; ++i) {
    double sum = 0.0, count = 0.0;
    for (std::size_t j = 0; j < n; ++j) {
      const auto at = static_cast<Eigen::Index>(j);
      if (std::abs(nm[at] - nm[static_cast<Eigen::Index>(i)]) <= reach_nm) sum += value[at], count += 1.0;
    }
    smooth[i] = sum / count;
    noise.push_back(std::abs(value[static_cast<Eigen::Index>(i)] - smooth[i]) / std::sqrt(count));
  }
  std::nth_element(noise.begin(), noise.begin() + std::ssize(noise) / 2, noise.end());
  const auto [low, high] = std::minmax_element(smooth.begin(), smooth.end());
  const double least = std::max(share * (*high - *low), deviations * 1.4826 * noise[n / 2]);
  int found = 0;
  for (std::size_t i = 1; i + 1 < n; ++i) {
    if (!(smooth[i] > smooth[i - 1]) || !(smooth[i] >= smooth[i + 1])) continue;
    double left = smooth[i], right = smooth[i];
    bool higher_left = false, higher_right = false;
    for (std::size_t j = i; j-- > 0 && !higher_left;)
      left = std::min(left, smooth[j]), higher_left = smooth[j] > smooth[i];
    for (std::size_t j = i + 1; j < n && !higher_right; ++j)
      right = std::min(right, smooth[j]), higher_right = smooth[j] > smooth[i];
    const double saddle = higher_left && higher_right ? std::max(left, right)
                          : higher_left               ? left
                          : higher_right              ? right
                                                      : std::max(left, right);
    found += smooth[i] - saddle > least ? 1 : 0;
  }
  return found;
}

}  // namespace

TEST_CASE("194 CsPbBr3 syntheses: peaks agree with the published ones, without bias, and so do the widths") {
  if (absent("194 CsPbBr3 syntheses")) return;
  std::vector<double> peaks, widths, reported;
  for (const Row& row : published()) {
    const fs::path file = data / "cspbbr3_pl/spectrum" / row.at("PL_data");
    const FileAnalysis seen = analysed(file);
    CAPTURE(row.at("PL_data"));
    CHECK(seen.kind == "pl");
    REQUIRE(seen.peak_nm);
    REQUIRE(seen.fwhm_eV);
    peaks.push_back(seen.peak_nm->value - std::stod(row.at("peak_pos")));
    const SpectrumTable table = table_of(file);
    const auto width = half_maximum_width_eV({table.wavelength_nm, table.columns.back().values, {}});
    REQUIRE(width);
    widths.push_back(*width - std::stod(row.at("fwhm")));
    reported.push_back(*seen.fwhm_eV - std::stod(row.at("fwhm")));
  }
  double bias = 0.0;
  for (const double d : peaks) bias += d / static_cast<double>(peaks.size());
  MESSAGE(peaks.size() << " spectra: median |difference| " << median_size(peaks) << " nm, bias " << bias
                       << " nm, " << 100.0 * share(peaks, 1.0)
                       << " % within 1 nm; width within 1 meV: published definition "
                       << 100.0 * share(widths, 1e-3) << " %, reported " << 100.0 * share(reported, 1e-3)
                       << " %");
  CHECK(peaks.size() == 194);
  CHECK(median_size(peaks) <= 0.35);
  CHECK(std::abs(bias) <= 0.1);
  CHECK(share(peaks, 1.0) >= 0.94);
  CHECK(share(widths, 1e-3) >= 0.99);
  CHECK(share(reported, 1e-3) >= 0.99);
}

TEST_CASE(
    "194 CsPbBr3 syntheses: few that are called monodisperse are seen with several peaks; monolayers agree") {
  if (absent("194 CsPbBr3 syntheses, peaks and monolayers")) return;
  int uniform = 0, uniform_flagged = 0, mixed = 0, mixed_flagged = 0, classed = 0, agreeing = 0;
  for (const Row& row : published()) {
    const FileAnalysis seen = analysed(data / "cspbbr3_pl/spectrum" / row.at("PL_data"));
    const bool flagged = std::find(seen.flags.begin(), seen.flags.end(), "several_peaks") != seen.flags.end();
    const bool monodisperse = std::stod(row.at("monodispersity")) == 1.0;
    (monodisperse ? uniform : mixed) += 1;
    (monodisperse ? uniform_flagged : mixed_flagged) += flagged ? 1 : 0;
    const auto expected = monolayers_at(bromide(), std::stod(row.at("peak_pos")));
    if (!expected) continue;
    ++classed;
    agreeing += seen.monolayers == expected ? 1 : 0;
  }
  MESSAGE("several peaks in " << uniform_flagged << " of " << uniform << " called monodisperse and in "
                              << mixed_flagged << " of " << mixed << " others; monolayers agree in "
                              << agreeing << " of " << classed);
  CHECK(uniform_flagged <= 0.05 * uniform);
  CHECK(agreeing >= 0.9 * classed);
}

TEST_CASE(
    "194 CsPbBr3 syntheses: the published peak is the wavelength of the largest point, exactly, in all") {
  if (absent("194 CsPbBr3 syntheses, largest point")) return;
  int all = 0, exact = 0;
  for (const Row& row : published()) {
    const SpectrumTable table = table_of(data / "cspbbr3_pl/spectrum" / row.at("PL_data"));
    Eigen::Index top = 0;
    table.columns.back().values.maxCoeff(&top);
    CAPTURE(row.at("PL_data"));
    // Published to the last bit but one: the authors converted to eV and back.
    const double off_nm = std::abs(table.wavelength_nm[top] - std::stod(row.at("peak_pos")));
    CHECK(off_nm < 1e-9);
    ++all;
    exact += off_nm < 1e-9 ? 1 : 0;
  }
  MESSAGE("exact in " << exact << " of " << all);
  CHECK(all == 194);
  CHECK(exact == all);
}

TEST_CASE("194 CsPbBr3 syntheses: every spectrum with two clear maxima is flagged") {
  if (absent("194 CsPbBr3 syntheses, two clear maxima")) return;
  int clear = 0, flagged = 0;
  for (const Row& row : published()) {
    const fs::path file = data / "cspbbr3_pl/spectrum" / row.at("PL_data");
    const SpectrumTable table = table_of(file);
    if (clear_maxima(table.wavelength_nm, table.columns.back().values) < 2) continue;
    ++clear;
    const FileAnalysis seen = analysed(file);
    const bool said = std::find(seen.flags.begin(), seen.flags.end(), "several_peaks") != seen.flags.end();
    flagged += said ? 1 : 0;
    CAPTURE(row.at("PL_data"));
    MESSAGE(row.at("PL_data") << ", monodispersity " << row.at("monodispersity")
                              << (said ? ": flagged" : ": not flagged"));
    CHECK(said);
  }
  MESSAGE("two clear maxima in " << clear << " of 194, flagged " << flagged);
}

TEST_CASE("CdSe growth: emission peaks follow those of the authors in every column") {
  if (absent("CdSe growth")) return;
  const std::map<std::string, std::vector<double>> authors = {
      {"Run_3_FL_emission.csv", {512.31, 521.68, 527.27, 531.11, 534.33, 536.23, 539.76, 541.58, 542.41}},
      {"Run_5_FL_emission.csv", {474.96, 490.48, 499.94, 506.70, 511.62, 515.53, 518.09, 520.73, 522.33}},
      {"Run_7_FL_emission.csv", {467.30, 492.24, 502.96, 508.98, 513.07, 516.42, 518.74, 521.06, 522.40}}};
  std::vector<double> differences;
  for (const auto& run : authors) {
    const std::string& name = run.first;
    const std::vector<double>& peaks = run.second;
    const SpectrumTable table = table_of(data / "cdse_growth" / name);
    for (std::size_t i = 0; i < peaks.size(); ++i) {
      EmissionSearch search;
      search.low_nm = 400.0;
      const Emission seen = find_emission({table.wavelength_nm, table.columns[i].values, {}}, search);
      CAPTURE(name);
      CAPTURE(i);
      REQUIRE_FALSE(seen.lines.empty());
      CHECK(std::abs(seen.lines.front().peak_nm.value - peaks[i]) < 1.0);
      differences.push_back(seen.lines.front().peak_nm.value - peaks[i]);
    }
  }
  MESSAGE("median |difference| " << median_size(differences) << " nm over " << differences.size()
                                 << " spectra");
  CHECK(median_size(differences) <= 0.4);
}

/// Where absorbance falls most steeply to the red of `from_nm`, by local cubics over 16 nm.
double steepest_nm(const Spectrum& absorbance, double from_nm) {
  double best = 0.0, at = from_nm;
  for (double nm = from_nm; nm < 600.0; nm += 0.25) {
    const auto fit = fit_polynomial(absorbance, nm - 8.0, nm + 8.0, 3, Weighting::tapered);
    if (fit && fit->slope(nm) < best) best = fit->slope(nm), at = nm;
  }
  return at;
}

TEST_CASE(
    "CdSe growth: the authors' UV-Vis values are the steepest fall, red of both named exciton definitions") {
  if (absent("CdSe growth, both definitions")) return;
  const std::map<std::string, std::vector<double>> authors = {
      {"Run_5_UV-Vis.csv",
       {470.010162, 487.99912, 499.00479, 505.0112, 509.98541, 514.99231, 519.99371, 519.99371, 521.01559,
        524.00604, 524.00604, 524.00604, 526.9942, 526.9942, 526.0101, 526.9942, 531.00031, 531.98242}},
      {"Run_7_UV-Vis.csv",
       {460.016937, 483.99588, 495.01016, 503.98062, 509.58987, 514.99249, 514.99249, 516.01593, 516.01593,
        522.00037, 522.00037, 522.98438, 522.98438, 522.98438, 526.0108, 526.0108, 522.00037, 522.00037}}};
  std::vector<double> by_maximum, by_curvature, steepest, edges;
  int columns = 0;
  for (const auto& run : authors) {
    const SpectrumTable table = table_of(data / "cdse_growth" / run.first);
    REQUIRE(table.columns.size() == run.second.size());
    for (std::size_t i = 0; i < table.columns.size(); ++i) {
      Spectrum absorbance = with_noise({table.wavelength_nm, table.columns[i].values, {}}, 15.0);
      subtract_offset(absorbance, 600.0, 650.0);
      const Transitions seen = transitions(absorbance, 400.0, 700.0);
      ++columns;
      const auto& first = seen.by_maximum ? seen.by_maximum : seen.by_curvature;
      REQUIRE(first);
      steepest.push_back(steepest_nm(absorbance, first->nm.value) - run.second[i]);
      if (const auto edge = optical_edge(absorbance, *first, 600.0))
        edges.push_back(edge->value - run.second[i]);
      if (seen.by_maximum) {
        CHECK(seen.by_maximum->nm.value < run.second[i]);
        CHECK(std::string{name_of(seen.by_maximum->definition)} == "local maximum");
        by_maximum.push_back(seen.by_maximum->nm.value - run.second[i]);
      }
      if (seen.by_curvature) {
        CHECK(std::string{name_of(seen.by_curvature->definition)} == "second-derivative minimum");
        by_curvature.push_back(seen.by_curvature->nm.value - run.second[i]);
      }
    }
  }
  MESSAGE(columns << " spectra, median |difference| to the table: local maximum (" << by_maximum.size()
                  << ") " << median_size(by_maximum) << " nm, second-derivative minimum ("
                  << by_curvature.size() << ") " << median_size(by_curvature) << " nm, steepest fall "
                  << median_size(steepest) << " nm, half height (" << edges.size() << ") "
                  << median_size(edges) << " nm");
  CHECK(columns == 36);
  CHECK(by_maximum.size() >= 30);
  CHECK(by_curvature.size() == 36);
  CHECK(edges.size() == 36);
  CHECK(median_size(steepest) <= 1.5);
}

TEST_CASE("CdSe growth: absorbance is recognised, and its first maximum moves to the red as dots grow") {
  if (absent("CdSe growth, absorbance")) return;
  CHECK(analysed(data / "cdse_growth/Run_5_UV-Vis.csv").kind == "absorbance");
  CHECK(analysed(data / "cdse_growth/Run_7_UV-Vis.csv").kind == "absorbance");
  CHECK(analysed(data / "cdse_growth/Run_3_overnight_full_comparison.csv").kind == "absorbance");
  SpectrumTable table = table_of(data / "cdse_growth/Run_5_UV-Vis.csv");
  double last = 0.0;
  while (!table.columns.empty()) {
    const FileAnalysis seen = analyze_table(table, {.kind = SpectrumKind::absorbance}, bromide());
    REQUIRE(seen.first_exciton_nm);
    CHECK((last == 0.0 || seen.first_exciton_nm->value < last));
    last = seen.first_exciton_nm->value;
    table.columns.pop_back();
  }
}

TEST_CASE("Jaz and Avantes files: dark, reference and sample reproduce the instrument's processed column") {
  if (absent("Jaz and Avantes files")) return;
  struct Layout {
    const char* file;
    int dark, reference, sample, processed;
  };
  for (const Layout& layout :
       {Layout{"jazspec.jaz", 0, 1, 2, 3}, Layout{"avantes_export_long.ttt", 0, 1, 2, 3}}) {
    const SpectrumTable table = table_of(data / "spectrometer_formats" / layout.file);
    REQUIRE(table.columns.size() == 4);
    const auto column = [&](int i) { return table.columns[static_cast<std::size_t>(i)].values.array(); };
    const Eigen::ArrayXd full = column(layout.reference) - column(layout.dark);
    const Eigen::ArrayXd percent = 100.0 * (column(layout.sample) - column(layout.dark)) / full;
    int wrong = 0;
    for (Eigen::Index i = 0; i < percent.size(); ++i) {
      if (full[i] > 100.0 && std::abs(percent[i] - column(layout.processed)[i]) > 0.05) ++wrong;
    }
    CHECK(wrong == 0);
    CHECK(analysed(data / "spectrometer_formats" / layout.file).kind == "absorbance");
  }
}

TEST_CASE("Maya raw counts: mercury lines are found where they are, and neither lamp nor LED is emission") {
  if (absent("Maya raw counts")) return;
  const SpectrumTable dark = table_of(data / "raw_counts/hg2016a02.txt");
  const FileAnalysis lamp =
      analyze_table(table_of(data / "raw_counts/hg2016a01.txt"), {.dark = &dark}, bromide());
  CHECK_FALSE(lamp.emission);
  for (const double line : {435.833, 546.074}) {
    // The scale of this instrument is off by 0.3 nm, less than a pixel.
    CHECK(std::any_of(lamp.peaks.begin(), lamp.peaks.end(),
                      [&](const auto& p) { return std::abs(p.nm - line) < 0.47; }));
  }
  const SpectrumTable led_dark = table_of(data / "raw_counts/UVA365-dark-short.txt");
  const SpectrumTable led = table_of(data / "raw_counts/UVA365-light-short.txt");
  CHECK_FALSE(analyze_table(led, {.dark = &led_dark, .kind = SpectrumKind::pl}, bromide()).emission);
  CHECK_FALSE(analyze_table(led_dark, {}, bromide()).emission);
}

TEST_CASE("carbon dots: emission and absorbance files are told apart, decimal commas and all") {
  if (absent("carbon dots")) return;
  for (const auto& entry : fs::directory_iterator(data / "plqy_carbon_dots/fluoro")) {
    const FileAnalysis seen = analysed(entry.path());
    CAPTURE(entry.path().filename().string());
    CHECK(seen.emission);
    CHECK(seen.peak_nm->value > 440.0);
    CHECK(seen.peak_nm->value < 465.0);
  }
  for (const auto& entry : fs::directory_iterator(data / "plqy_carbon_dots/abs")) {
    CHECK(analysed(entry.path()).kind == "absorbance");
  }
}

TEST_CASE("files that are no spectra are refused") {
  if (absent("files that are no spectra")) return;
  for (const char* file :
       {"README.md", "cspbbr3_pl/dataset_synthesizer.csv", "cdse_growth/Peak_Data_Gathering.txt",
        "heater_logs/siso_step_test.csv", "optimizer_pools/snar/data.csv", "optimizer_pools/snar/config.json",
        "qd_literature/CdSe_literature.csv"}) {
    CAPTURE(file);
    CHECK_THROWS_AS(table_of(data / file), SpectrumFormatError);
  }
}

}  // namespace nocturne::test
