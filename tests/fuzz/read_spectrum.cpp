#include "fuzz/read_spectrum.hpp"

#include <cmath>
#include <optional>
#include <stdexcept>
#include <string>

#include "fuzz/hold.hpp"
#include "models/material.hpp"
#include "models/spectra/file_analysis.hpp"
#include "models/spectra/spectrum_text.hpp"
#include "support/cspbbr3_curve.hpp"

namespace nocturne::test {

namespace {

constexpr Eigen::Index analysed_points =
    4096;  // more are read, but their analysis would take the fuzzer's time

void check(const SpectrumTable& table) {
  const Eigen::VectorXd& x = table.wavelength_nm;
  hold(x.size() >= 3, "a table of fewer than three points");
  hold(!table.columns.empty(), "a table without columns");
  for (Eigen::Index i = 0; i < x.size(); ++i) {
    hold(x[i] >= 100.0 && x[i] <= 50000.0, "a wavelength out of range");
    hold(i == 0 || x[i] > x[i - 1], "a grid that does not rise");
  }
  for (const SpectrumColumn& column : table.columns) {
    hold(column.values.size() == x.size(), "a column of another length");
    for (const double v : column.values) hold(std::isnan(v) || std::abs(v) <= 1e30, "an absurd value");
  }
  hold(table.skipped_lines >= 0 && table.scans >= 1 && table.exposure_s >= 0.0, "a header out of range");
}

Material material() {
  Material m = cspbbr3_curve();
  m.platelets = {{7, 498, 504}, {8, 505, 509}};
  return m;
}

void check(const FileAnalysis& seen) {
  hold(seen.kind == "pl" || seen.kind == "absorbance" || seen.kind == "counts", "an unknown kind");
  hold(!seen.peak_nm || (seen.emission && std::isfinite(seen.peak_nm->value)), "a peak without emission");
  hold(!seen.fwhm_nm || seen.peak_nm, "a width without a peak");
}

std::optional<SpectrumTable> parsed(std::string_view bytes) {
  try {
    return parse_spectrum(bytes, "f");
  } catch (const SpectrumFormatError& error) {
    const std::string_view what = error.what();
    hold(what.starts_with("f:") && what.find('\n') == std::string_view::npos, "a refusal of another form");
    return std::nullopt;
  }
}

}  // namespace

bool read_spectrum(std::string_view bytes) {
  const auto table = parsed(bytes);
  if (table) check(*table);
  return table.has_value();
}

bool read_and_analyze(std::string_view bytes) {
  const auto table = parsed(bytes);
  if (!table) return false;
  check(*table);
  if (table->wavelength_nm.size() > analysed_points) return true;
  for (const SpectrumKind kind : {SpectrumKind::automatic, SpectrumKind::pl, SpectrumKind::absorbance}) {
    try {
      check(analyze_table(*table, {.kind = kind}, material()));
    } catch (const std::invalid_argument&) {
      // A table that contradicts itself, such as a transmittance far above 1.
    }
  }
  return true;
}

}  // namespace nocturne::test
