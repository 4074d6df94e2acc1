#include <doctest/doctest.h>

#include <algorithm>
#include <stdexcept>

#include "models/spectra/file_analysis.hpp"
#include "models/spectra/synthetic.hpp"

namespace nocturne::test {

namespace {

SpectrumTable table_of(const Light& light, double noise = 0.0, double low = 350.0, double high = 850.0) {
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
  return analyze_table(table, nullptr, nullptr, kind, bromide());
}

bool has(const FileAnalysis& analysis, const std::string& flag) {
  return std::find(analysis.flags.begin(), analysis.flags.end(), flag) != analysis.flags.end();
}

Light absorbing(double height) {
  return [=](double nm) {
    return height / (1.0 + std::exp((nm - 460.0) / 15.0)) + gaussian(505.0, 20.0, 0.3 * height)(nm);
  };
}

}  // namespace

TEST_CASE("analyze_table: counts with a line are photoluminescence, with size and monolayers") {
  const FileAnalysis seen = analysed(table_of(gaussian(505.0, 20.0, 8000.0), 20.0));
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
  SpectrumTable table = table_of(absorbing(0.6), 2e-4);
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
  const SpectrumTable dark = table_of([](double) { return 2000.0; });
  const SpectrumTable reference = table_of([&](double nm) { return 2000.0 + lamp(nm); });
  const SpectrumTable sample =
      table_of([&](double nm) { return 2000.0 + lamp(nm) * std::pow(10.0, -absorbing(0.5)(nm)); }, 5.0);
  const FileAnalysis seen = analyze_table(sample, &dark, &reference, SpectrumKind::automatic, bromide());
  CHECK(seen.kind == "absorbance");
  REQUIRE(seen.first_exciton_nm);
  CHECK(std::abs(seen.first_exciton_nm->value - 503.0) < 2.5);
}

TEST_CASE(
    "analyze_table: a table with sample, dark and reference is combined, not taken by its last column") {
  SpectrumTable table = table_of([](double) { return 0.0; });
  table.columns.clear();
  const auto column = [&](const char* name, const Light& light) {
    table.columns.push_back({name, "", table_of(light).columns[0].values});
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
      const FileAnalysis seen = analysed(table_of(light, 4.0), kind);
      CHECK_FALSE(seen.emission);
      CHECK_FALSE(seen.peak_nm);
      CHECK_FALSE(seen.edge_length_nm);
    }
  }
  CHECK(analysed(table_of(mercury, 4.0)).kind == "counts");
  CHECK(has(analysed(table_of(mercury, 4.0)), "narrow_lines"));
  CHECK(std::abs(analysed(table_of(mercury, 4.0)).peaks.front().nm - 435.83) < 150.0);
}

TEST_CASE("analyze_table: a plateau at full scale is flagged") {
  const Light clipped = [](double nm) { return std::min(65535.0, gaussian(505.0, 20.0, 90000.0)(nm)); };
  CHECK(has(analysed(table_of(clipped)), "saturated"));
  CHECK_FALSE(has(analysed(table_of(gaussian(505.0, 20.0, 60000.0), 10.0)), "saturated"));
}

TEST_CASE("analyze_table: an offset is subtracted and said to be") {
  const FileAnalysis seen =
      analysed(table_of(sum(gaussian(505.0, 20.0, 8000.0), [](double) { return 2200.0; }), 10.0));
  CHECK(seen.kind == "pl");
  CHECK(has(seen, "baseline_subtracted"));
  CHECK(*seen.fwhm_nm == doctest::Approx(20.0).epsilon(0.02));
}

TEST_CASE("analyze_table: a dark of another grid or exposure is refused") {
  SpectrumTable sample = table_of(gaussian(505.0, 20.0, 8000.0)),
                dark = table_of([](double) { return 10.0; });
  SUBCASE("grid") {
    dark = table_of([](double) { return 10.0; }, 0.0, 351.0, 851.0);
  }
  SUBCASE("length") {
    dark = table_of([](double) { return 10.0; }, 0.0, 350.0, 700.0);
  }
  SUBCASE("exposure") {
    sample.exposure_s = 0.1;
    dark.exposure_s = 0.2;
  }
  CHECK_THROWS_AS(analyze_table(sample, &dark, nullptr, SpectrumKind::automatic, bromide()),
                  std::invalid_argument);
}

TEST_CASE("analyze_table: columns without any reading are analysed to nothing") {
  const SpectrumTable table = table_of([](double) { return std::nan(""); });
  for (const SpectrumKind kind : {SpectrumKind::automatic, SpectrumKind::pl, SpectrumKind::absorbance}) {
    const FileAnalysis seen = analysed(table, kind);
    CHECK_FALSE(seen.emission);
    CHECK_FALSE(seen.first_exciton_nm);
    CHECK(seen.peaks.empty());
  }
}

}  // namespace nocturne::test
