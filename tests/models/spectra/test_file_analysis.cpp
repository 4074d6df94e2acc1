#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>

#include "models/spectra/file_analysis.hpp"
#include "models/spectra/flags.hpp"
#include "models/spectra/synthetic.hpp"

namespace nocturne::test {

namespace {

SpectrumTable synthetic_table(const Light& light, double noise = 0.0, double low = 350.0,
                              double high = 850.0) {
  SpectrumTable table;
  const auto points = static_cast<Eigen::Index>((high - low) * 2.0) + 1;
  table.wavelength_nm = Eigen::VectorXd::LinSpaced(points, low, high);
  table.columns.push_back({"", "", Eigen::VectorXd(points)});
  std::mt19937_64 random{4};
  std::normal_distribution<double> normal;
  for (Eigen::Index i = 0; i < points; ++i) {
    table.columns[0].values[i] = light(table.wavelength_nm[i]) + noise * normal(random);
  }
  return table;
}

FileAnalysis analysed(const SpectrumTable& table, SpectrumKind kind = SpectrumKind::automatic) {
  return analyze_table(table, {.kind = kind}, bromide());
}

Light absorbing(double height) {
  return [=](double nm) {
    return height / (1.0 + std::exp((nm - 460.0) / 15.0)) + gaussian(505.0, 20.0, 0.3 * height)(nm);
  };
}

}  // namespace

TEST_CASE("analyze_table: counts with a line are photoluminescence, with size and monolayers") {
  const FileAnalysis seen = analysed(synthetic_table(gaussian(505.0, 20.0, 8000.0), 20.0));
  CHECK(seen.kind == "pl");
  CHECK(seen.emission);
  CHECK(seen.column == "column 2");
  CHECK(seen.peak_nm->value == doctest::Approx(505.0).epsilon(0.0005));
  CHECK(*seen.fwhm_nm == doctest::Approx(20.0).epsilon(0.02));
  CHECK(*seen.fwhm_eV == doctest::Approx(hc_eV_nm / 495.0 - hc_eV_nm / 515.0).epsilon(0.02));
  REQUIRE(seen.edge_length_nm);
  CHECK(seen.edge_length_nm->interval());
  CHECK(seen.monolayers == 8);
  CHECK(seen.peaks.size() == 1);
  CHECK(seen.flags.empty());
}

TEST_CASE("analyze_table: absorbance is known by its unit, its title or its shape") {
  SpectrumTable table = synthetic_table(absorbing(0.6), 2e-4);
  SUBCASE("shape") {}
  SUBCASE("unit") { table.columns[0].unit = "AU"; }
  SUBCASE("title") { table.header["title"] = "Data from Absorbance_18-35.txt Node"; }
  const FileAnalysis seen = analysed(table);
  CHECK(seen.kind == "absorbance");
  CHECK_FALSE(seen.emission);
  CHECK_FALSE(seen.peak_nm);
  REQUIRE(seen.first_exciton_nm);
  CHECK(std::abs(seen.first_exciton_nm->value - 503.0) < 2.5);
  CHECK(seen.peak_valley_ratio);
}

TEST_CASE("analyze_table: dark and reference make absorbance of counts") {
  const Light lamp = [](double) { return 20000.0; };
  const SpectrumTable dark = synthetic_table([](double) { return 2000.0; });
  const SpectrumTable reference = synthetic_table([&](double nm) { return 2000.0 + lamp(nm); });
  const SpectrumTable sample = synthetic_table(
      [&](double nm) { return 2000.0 + lamp(nm) * std::pow(10.0, -absorbing(0.5)(nm)); }, 5.0);
  const FileAnalysis seen = analyze_table(sample, {.dark = &dark, .reference = &reference}, bromide());
  CHECK(seen.kind == "absorbance");
  REQUIRE(seen.first_exciton_nm);
  CHECK(std::abs(seen.first_exciton_nm->value - 503.0) < 2.5);
}

TEST_CASE(
    "analyze_table: a table with sample, dark and reference is combined, not taken by its last column") {
  SpectrumTable table = synthetic_table([](double) { return 0.0; });
  table.columns.clear();
  const auto column = [&](const char* name, const Light& light) {
    table.columns.push_back({name, "", synthetic_table(light).columns[0].values});
  };
  column("D", [](double) { return 1000.0; });
  column("R", [](double) { return 21000.0; });
  column("S", [](double nm) { return 1000.0 + 20000.0 * std::pow(10.0, -absorbing(0.5)(nm)); });
  column("P", [](double) { return 7.0; });
  const FileAnalysis seen = analysed(table);
  CHECK(seen.kind == "absorbance");
  REQUIRE(seen.first_exciton_nm);
  CHECK(std::abs(seen.first_exciton_nm->value - 503.0) < 2.5);
}

TEST_CASE("analyze_table: lamps, darks and LEDs show no emission, whatever kind is asked for") {
  Light mercury = gaussian(404.66, 1.5, 6000.0);
  for (const double nm : {435.83, 546.07, 576.96, 579.07}) mercury = sum(mercury, gaussian(nm, 1.5, 20000.0));
  // Wings as real lines have them.
  const Light wings = [=](double nm) {
    return mercury(nm) + 20000.0 * 0.004 / (1.0 + std::pow((nm - 435.83) / 2.0, 2));
  };
  const Light led = sum(gaussian(367.0, 9.0, 50000.0), gaussian(560.0, 130.0, 280.0));
  for (const SpectrumKind kind : {SpectrumKind::automatic, SpectrumKind::pl}) {
    for (const Light& light : {mercury, Light{wings}, led, Light{[](double) { return 2200.0; }}}) {
      const FileAnalysis seen = analysed(synthetic_table(light, 4.0), kind);
      CHECK_FALSE(seen.emission);
      CHECK_FALSE(seen.peak_nm);
      CHECK_FALSE(seen.edge_length_nm);
    }
  }
  CHECK(analysed(synthetic_table(mercury, 4.0)).kind == "counts");
  CHECK(has(analysed(synthetic_table(mercury, 4.0)), "narrow_lines"));
  CHECK(std::abs(analysed(synthetic_table(mercury, 4.0)).peaks.front().nm - 435.83) < 150.0);
}

TEST_CASE(
    "analyze_table: of a clipped line no peak, width or size is told, whatever the bits of the converter") {
  for (const double full : {4095.0, 16383.0, 65535.0}) {
    CAPTURE(full);
    const Light line = sum(gaussian(510.0, 22.0, 1.6 * full), gaussian(640.0, 24.0, 0.3 * full));
    const FileAnalysis seen = analysed(synthetic_table([&](double nm) { return std::min(full, line(nm)); }));
    CHECK(has(seen, "saturated"));
    CHECK(seen.emission);
    CHECK_FALSE(seen.peak_nm);
    CHECK_FALSE(seen.fwhm_eV);
    CHECK_FALSE(seen.fwhm_nm);
    CHECK_FALSE(seen.edge_length_nm);
    CHECK_FALSE(seen.monolayers);
    REQUIRE(seen.peaks.size() == 1);
    CHECK(seen.peaks.front().nm == doctest::Approx(640.0).epsilon(0.001));
  }
  CHECK_FALSE(has(analysed(synthetic_table(gaussian(505.0, 20.0, 60000.0), 10.0)), "saturated"));
}

TEST_CASE("analyze_table: a clipped source beside the emission leaves the emission's numbers") {
  const Light light = sum(gaussian(365.0, 10.0, 200000.0), gaussian(510.0, 20.0, 30000.0));
  const FileAnalysis seen =
      analysed(synthetic_table([&](double nm) { return std::min(65535.0, light(nm)); }, 0.0));
  CHECK(has(seen, "saturated"));
  REQUIRE(seen.peak_nm);
  CHECK(seen.peak_nm->value == doctest::Approx(510.0).epsilon(0.0005));
}

TEST_CASE("analyze_table: clipping is seen in the counts behind a difference or an absorbance") {
  SpectrumTable table = synthetic_table([](double) { return 0.0; });
  table.columns.clear();
  const auto column = [&](const char* name, const Light& light) {
    table.columns.push_back({name, "", synthetic_table(light).columns[0].values});
  };
  const Light pattern = [](double nm) { return 1000.0 + 30.0 * std::sin(nm); };
  column("Dark", pattern);
  column("Sample",
         [&](double nm) { return std::min(65535.0, pattern(nm) + gaussian(510.0, 22.0, 90000.0)(nm)); });
  const FileAnalysis seen = analysed(table, SpectrumKind::pl);
  CHECK(seen.column == "Sample - Dark");
  CHECK(has(seen, "saturated"));
  CHECK_FALSE(seen.peak_nm);
}

TEST_CASE("analyze_table: a detector that is full everywhere shows nothing, and a flat lamp is not full") {
  const FileAnalysis full = analysed(synthetic_table([](double) { return 65535.0; }));
  CHECK(has(full, "saturated"));
  CHECK_FALSE(full.emission);
  CHECK(full.peaks.empty());
  CHECK_FALSE(has(analysed(synthetic_table([](double) { return 20000.0; })), "saturated"));
}

TEST_CASE("analyze_table: what is doubtful in a file is flagged by name") {
  const Light line = gaussian(505.0, 20.0, 8000.0);
  SpectrumTable table = synthetic_table(line, 10.0);
  CHECK(analysed(table).flags.empty());
  SUBCASE("log lines") {
    table.skipped_lines = 2;
    CHECK(has(analysed(table), "skipped_lines"));
  }
  SUBCASE("fewer pixels than promised") {
    table.promised_points = 2048;
    table.found_points = 1001;
    CHECK(has(analysed(table), "truncated_file"));
  }
  SUBCASE("another axis") {
    table.axis_unit = "eV";
    CHECK(has(analysed(table), "axis_converted"));
  }
  SUBCASE("missing pixels") {
    table.columns[0].values[20] = std::nan("");
    CHECK(has(analysed(table), "missing_values"));
    CHECK(analysed(table).peak_nm);
  }
  SUBCASE("below zero") {
    table.columns[0].values.array() -= 500.0;
    CHECK(has(analysed(table), "negative_values"));
  }
  SUBCASE("three points") {
    table.wavelength_nm = Eigen::Vector3d{500.0, 501.0, 502.0};
    table.columns[0].values = Eigen::Vector3d{1.0, 2.0, 1.0};
    CHECK(has(analysed(table), "too_few_points"));
  }
}

TEST_CASE("analyze_table: an offset is subtracted and said to be") {
  const FileAnalysis seen =
      analysed(synthetic_table(sum(gaussian(505.0, 20.0, 8000.0), [](double) { return 2200.0; }), 10.0));
  CHECK(seen.kind == "pl");
  CHECK(has(seen, "baseline_subtracted"));
  CHECK(*seen.fwhm_nm == doctest::Approx(20.0).epsilon(0.02));
}

TEST_CASE("analyze_table: a dark of another grid or exposure is refused") {
  SpectrumTable sample = synthetic_table(gaussian(505.0, 20.0, 8000.0)),
                dark = synthetic_table([](double) { return 10.0; });
  SUBCASE("grid") {
    dark = synthetic_table([](double) { return 10.0; }, 0.0, 351.0, 851.0);
  }
  SUBCASE("length") {
    dark = synthetic_table([](double) { return 10.0; }, 0.0, 350.0, 700.0);
  }
  SUBCASE("exposure") {
    sample.exposure_s = 0.1;
    dark.exposure_s = 0.2;
  }
  CHECK_THROWS_AS(analyze_table(sample, {.dark = &dark}, bromide()), std::invalid_argument);
}

TEST_CASE("analyze_table: a dark whose exposure is not known is used and flagged") {
  SpectrumTable sample = synthetic_table(gaussian(505.0, 20.0, 8000.0), 5.0),
                dark = synthetic_table([](double) { return 10.0; });
  const auto with_dark = [&] {
    return analyze_table(sample, {.dark = &dark, .kind = SpectrumKind::pl}, bromide());
  };
  CHECK(has(with_dark(), "exposure_unchecked"));
  sample.exposure_s = dark.exposure_s = 0.1;
  CHECK_FALSE(has(with_dark(), "exposure_unchecked"));
}

TEST_CASE("analyze_table: of a dark file with several columns the sample column counts") {
  const SpectrumTable sample =
      synthetic_table(sum(gaussian(505.0, 20.0, 8000.0), [](double) { return 2200.0; }), 5.0);
  SpectrumTable dark = synthetic_table([](double) { return 2200.0; });
  dark.columns[0].name = "S";
  dark.columns.push_back({"P", "", Eigen::VectorXd::Constant(dark.wavelength_nm.size(), -5e4)});
  const FileAnalysis seen = analyze_table(sample, {.dark = &dark, .kind = SpectrumKind::pl}, bromide());
  CHECK_FALSE(has(seen, "baseline_subtracted"));
  CHECK(*seen.fwhm_nm == doctest::Approx(20.0).epsilon(0.02));
}

TEST_CASE("analyze_table: percentages that are none are refused, and counts under such a label combined") {
  SpectrumTable table =
      synthetic_table([](double nm) { return 1000.0 + 20000.0 * std::pow(10.0, -absorbing(0.5)(nm)); });
  table.columns[0].unit = "%";
  table.columns[0].name = "Transmittance";
  CHECK_THROWS_AS(analysed(table), std::invalid_argument);
  table.columns[0].name = "PROCESSED SPECTRUM";
  const auto constant = [&](const char* name, double value) {
    table.columns.insert(table.columns.begin(),
                         {name, "", Eigen::VectorXd::Constant(table.wavelength_nm.size(), value)});
  };
  constant("DARK SPECTRUM", 1000.0);
  constant("REFERENCE SPECTRUM", 21000.0);
  const FileAnalysis seen = analysed(table);
  CHECK(has(seen, "processed_holds_counts"));
  REQUIRE(seen.first_exciton_nm);
  CHECK(std::abs(seen.first_exciton_nm->value - 503.0) < 2.5);
}

TEST_CASE(
    "Jaz and Avantes files: 100 (S - D) / (R - D) is the instrument's column within its printed digits") {
  const std::filesystem::path data = NOCTURNE_SOURCE_DIR "/../shared/data/spectrometer_formats";
  if (!std::filesystem::exists(data)) {
    MESSAGE("skipped: the instruments' processed columns, no folder " << data.string());
    return;
  }
  for (const std::string name : {"jazspec.jaz", "avantes_export_long.ttt"}) {
    CAPTURE(name);
    std::ifstream stream(data / name, std::ios::binary);
    const SpectrumTable table = parse_spectrum(std::string{std::istreambuf_iterator<char>(stream), {}}, name);
    REQUIRE(table.columns.size() == 4);
    int compared = 0, wrong = 0;
    for (Eigen::Index i = 0; i < table.wavelength_nm.size(); ++i) {
      const auto value = [&](std::size_t c) { return table.columns[c].values[i]; };
      const double full = value(1) - value(0), shown = value(3);
      if (!(std::abs(full) > 0.0)) continue;
      const double percent = 100.0 * (value(2) - value(0)) / full;
      // Half a unit of the last printed digit: six decimals, or five digits in all.
      const auto digit = [&](double v) {
        return table.format == "Jaz" || v == 0.0
                   ? 1e-6
                   : 0.5 * std::pow(10.0, std::floor(std::log10(std::abs(v))) - 4.0);
      };
      const double rounding = (100.0 * (digit(value(2)) + digit(value(0))) +
                               std::abs(percent) * (digit(value(1)) + digit(value(0)))) /
                                  std::abs(full) +
                              digit(shown);
      ++compared;
      if (std::abs(percent - shown) > 1e-4 * std::abs(shown) + rounding) ++wrong;
    }
    MESSAGE(name << ": " << compared << " pixels compared, " << wrong << " differ");
    CHECK(compared > 1000);
    CHECK(wrong == 0);
    const FileAnalysis seen = analyze_table(table, {}, bromide());
    CHECK(seen.kind == "absorbance");
    CHECK(seen.column.starts_with("-log10("));
  }
}

TEST_CASE("analyze_table: columns without any reading are analysed to nothing") {
  const SpectrumTable table = synthetic_table([](double) { return std::nan(""); });
  for (const SpectrumKind kind : {SpectrumKind::automatic, SpectrumKind::pl, SpectrumKind::absorbance}) {
    const FileAnalysis seen = analysed(table, kind);
    CHECK_FALSE(seen.emission);
    CHECK_FALSE(seen.first_exciton_nm);
    CHECK(seen.peaks.empty());
  }
}

}  // namespace nocturne::test
