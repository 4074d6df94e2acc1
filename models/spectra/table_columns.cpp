#include "models/spectra/table_columns.hpp"

#include <cmath>
#include <initializer_list>
#include <stdexcept>
#include <string_view>

#include "models/spectra/absorption.hpp"
#include "models/spectra/text_scan.hpp"

namespace nocturne {

namespace {

using detail::lower;

constexpr double same_grid_nm = 0.05;
constexpr double same_exposure = 1e-3;  // relative

const SpectrumColumn* column_named(const SpectrumTable& table,
                                   std::initializer_list<std::string_view> names) {
  for (const SpectrumColumn& column : table.columns) {
    for (const std::string_view name : names) {
      if (lower(column.name) == name) return &column;
    }
  }
  return nullptr;
}

std::string label(const SpectrumTable& table, const SpectrumColumn& column) {
  if (!column.name.empty()) return column.name;
  // Counted with the wavelength as the first, as people see it.
  return "column " + std::to_string(&column - table.columns.data() + 2);
}

bool mentions(const SpectrumColumn& column, std::string_view word) {
  return lower(column.name + " " + column.unit).find(word) != std::string::npos;
}

/// Kind by the column's own words, or for a single column by the file's title.
ValueKind kind_of(const SpectrumTable& table, const SpectrumColumn& column) {
  const std::string name = lower(column.name), unit = lower(column.unit);
  if (mentions(column, "absorb") || name == "abs" || unit == "abs" || name == "a" || unit == "au" ||
      unit == "od") {
    return ValueKind::absorbance;
  }
  for (const std::string_view word : {"count", "intensity", "emission", "fluor", "lumin", "cps"}) {
    if (mentions(column, word)) return ValueKind::light;
  }
  if (name == "pl") return ValueKind::light;
  const auto title = table.header.find("title");
  const bool absorbs = table.columns.size() == 1 && title != table.header.end() &&
                       lower(title->second).find("absorbance") != std::string::npos;
  return absorbs ? ValueKind::absorbance : ValueKind::unknown;
}

void check_companion(const SpectrumTable& table, const SpectrumTable& other, const char* what) {
  const auto& x = table.wavelength_nm;
  const auto& y = other.wavelength_nm;
  if (x.size() != y.size() || !((x - y).cwiseAbs().maxCoeff() <= same_grid_nm)) {
    throw std::invalid_argument(std::string{"the "} + what + " has another wavelength grid (the same one)");
  }
  if (table.exposure_s > 0.0 && other.exposure_s > 0.0 &&
      std::abs(table.exposure_s - other.exposure_s) > same_exposure * table.exposure_s) {
    throw std::invalid_argument(std::string{"the "} + what + " was exposed for " +
                                std::to_string(other.exposure_s) + " s, the spectrum for " +
                                std::to_string(table.exposure_s) + " s (the same)");
  }
}

Spectrum spectrum_of(const SpectrumTable& table, const Eigen::VectorXd& values) {
  return {table.wavelength_nm, values, {}};
}

ChosenColumn combined(const SpectrumTable& table, const SpectrumColumn& sample, const SpectrumColumn& dark,
                      const SpectrumColumn& reference, bool as_light) {
  const Spectrum light = spectrum_of(table, sample.values - dark.values);
  if (as_light) return {light, ValueKind::light, sample.name + " - " + dark.name};
  const std::string d = " - " + dark.name + ")";
  return {absorbance(light, spectrum_of(table, reference.values - dark.values)), ValueKind::absorbance,
          "-log10((" + sample.name + d + " / (" + reference.name + d + ")"};
}

}  // namespace

ChosenColumn chosen_column(const SpectrumTable& table, const SpectrumTable* dark,
                           const SpectrumTable* reference, bool as_light) {
  const SpectrumColumn* own_sample = column_named(table, {"s", "sample", "scope"});
  const SpectrumColumn* own_dark = column_named(table, {"d", "dark"});
  const SpectrumColumn* own_reference = column_named(table, {"r", "ref", "reference"});
  if (!dark && !reference && own_sample && own_dark && own_reference) {
    return combined(table, *own_sample, *own_dark, *own_reference, as_light);
  }
  const SpectrumColumn& column = (dark || reference) && own_sample ? *own_sample : table.columns.back();
  ChosenColumn chosen{spectrum_of(table, column.values), kind_of(table, column), label(table, column)};
  if (dark) {
    check_companion(table, *dark, "dark");
    chosen.spectrum.value -= dark->columns.back().values;
    chosen.kind = ValueKind::light;
  }
  if (reference) {
    check_companion(table, *reference, "reference");
    Eigen::VectorXd full = reference->columns.back().values;
    if (dark) full -= dark->columns.back().values;
    return {absorbance(chosen.spectrum, spectrum_of(table, full)), ValueKind::absorbance, chosen.name};
  }
  const bool percent = mentions(column, "%");
  if (mentions(column, "transmi") || lower(column.name) == "%t" || lower(column.unit) == "%t") {
    const Eigen::VectorXd full = Eigen::VectorXd::Constant(table.wavelength_nm.size(), percent ? 100.0 : 1.0);
    return {absorbance(chosen.spectrum, spectrum_of(table, full)), ValueKind::absorbance, chosen.name};
  }
  return chosen;
}

}  // namespace nocturne
