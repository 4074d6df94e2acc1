#include "models/spectra/table_grid.hpp"

#include <algorithm>
#include <cmath>
#include <optional>
#include <utility>

#include "models/sizing.hpp"
#include "models/spectra/text_scan.hpp"

namespace nocturne::detail {

namespace {

constexpr std::pair<double, double> said_nm{100.0, 50000.0};
constexpr std::pair<double, double> unsaid_nm{150.0, 2600.0};
constexpr std::size_t fewest_grid_points = 3;
constexpr double largest_value = 1e30, smallest_value = 1e-30;

[[noreturn]] void fail(const RawTable& raw, const std::string& file, std::size_t row,
                       const std::string& what) {
  throw SpectrumFormatError(file + ":" + std::to_string(raw.line_of(row)) + ": " + what);
}

/// An axis is factor * x or factor / x nm.
struct Conversion {
  double factor = 1.0;
  bool inverse = false;
};

Conversion conversion(const RawTable& raw, const std::string& file) {
  std::string unit = lower(raw.axis_unit);
  std::erase_if(unit, [](char c) { return c == ' ' || c == '.'; });
  const auto is = [&](std::initializer_list<std::string_view> names) {
    return std::find(names.begin(), names.end(), unit) != names.end();
  };
  if (unit.empty() || unit == "nm" || unit.starts_with("nanomet")) return {};
  if (is({"1/cm", "cm-1", "cm^-1", "cm**-1", "cm\xE2\x81\xBB\xC2\xB9",
          "cm\xE2\x88\x92"
          "1",
          "kayser"}))
    return {1e7, true};
  if (is({"ev", "electronvolt", "electronvolts"})) return {hc_eV_nm, true};
  if (is({"um", "\xC2\xB5m", "\xCE\xBCm"}) || unit.starts_with("micromet") || unit.starts_with("micron"))
    return {1e3, false};
  if (is({"a", "\xC3\xA5", "\xC3\xA5ngstr\xC3\xB6m"}) || unit.starts_with("angstr")) return {0.1, false};
  fail(raw, file, 0, "the axis is in " + raw.axis_unit + " (nm, um, angstrom, eV or 1/cm)");
}

std::string short_number(double value) {
  std::string text = std::to_string(value);
  while (text.ends_with('0')) text.pop_back();
  if (text.ends_with('.')) text.pop_back();
  return text;
}

void check_range(const RawTable& raw, const std::string& file) {
  const auto [low, high] = raw.axis_unit.empty() ? unsaid_nm : said_nm;
  for (std::size_t i = 0; i < raw.axis.size(); ++i) {
    if (raw.axis[i] >= low && raw.axis[i] <= high) continue;
    const std::string limits = short_number(low) + " to " + short_number(high) + " nm";
    fail(raw, file, i,
         raw.axis_unit.empty()
             ? "the first column is no wavelength in nm (" + limits + ", or an axis named with its unit)"
             : "the axis lies outside the range of optical spectra (" + limits + ")");
  }
}

/// Wavelengths must run in one direction; how many differ.
std::size_t distinct_points(const RawTable& raw, const std::string& file, bool descending) {
  std::size_t distinct = 1;
  for (std::size_t i = 1; i < raw.axis.size(); ++i) {
    const double step = descending ? raw.axis[i - 1] - raw.axis[i] : raw.axis[i] - raw.axis[i - 1];
    if (step < 0.0) fail(raw, file, i, "wavelengths go up and down (one direction)");
    distinct += step > 0.0 ? 1 : 0;
  }
  if (distinct < fewest_grid_points || 2 * distinct < raw.axis.size()) {
    fail(raw, file, 0, "wavelengths repeat (each once; a decimal comma needs another separator)");
  }
  return distinct;
}

void check_values(const RawTable& raw, const std::string& file, std::size_t column) {
  double largest = 0.0;
  for (std::size_t i = 0; i < raw.columns[column].size(); ++i) {
    const double size = std::abs(raw.columns[column][i]);
    if (size > largest_value) fail(raw, file, i, "a value beyond 1e30 (no spectrometer measures that)");
    if (size > largest) largest = size;
  }
  if (largest > 0.0 && largest < smallest_value)
    fail(raw, file, 0, "all values below 1e-30 (no spectrometer measures that)");
}

/// The values in ascending order of the axis, those of equal wavelengths averaged without the missing ones.
Eigen::VectorXd gathered(const std::vector<double>& values, const std::vector<double>& axis, bool descending,
                         std::size_t distinct) {
  Eigen::VectorXd result(static_cast<Eigen::Index>(distinct));
  Eigen::Index place = -1;
  double sum = 0.0, count = 0.0;
  for (std::size_t n = 0; n < values.size(); ++n) {
    const std::size_t i = descending ? values.size() - 1 - n : n;
    const std::size_t before = descending ? i + 1 : i - 1;
    if (n == 0 || axis[i] != axis[before]) {
      ++place;
      sum = count = 0.0;
    }
    if (std::isfinite(values[i])) {
      sum += values[i];
      count += 1.0;
    }
    result[place] = count > 0.0 ? sum / count : std::nan("");
  }
  return result;
}

/// "Absorbance (AU)" into a name and its unit.
void split_unit(SpectrumColumn& column) {
  const std::size_t open = column.name.find_last_of("([");
  if (!column.unit.empty() || open == std::string::npos || open == 0) return;
  const std::size_t close = column.name.find_first_of(")]", open);
  if (close == std::string::npos) return;
  column.unit = trimmed(std::string_view{column.name}.substr(open + 1, close - open - 1));
  column.name = std::string{trimmed(std::string_view{column.name}.substr(0, open))};
}

}  // namespace

SpectrumTable on_grid(RawTable raw, const std::string& file) {
  const Conversion to_nm = conversion(raw, file);
  for (double& x : raw.axis) x = to_nm.inverse ? to_nm.factor / x : to_nm.factor * x;
  if (raw.axis.size() < fewest_grid_points)
    fail(raw, file, 0, "fewer than three points (a wavelength and a value on each line)");
  check_range(raw, file);
  const bool descending = raw.axis.front() > raw.axis.back();
  const std::size_t distinct = distinct_points(raw, file, descending);

  SpectrumTable table;
  const bool converted = to_nm.inverse || to_nm.factor != 1.0;
  table.axis_unit = converted ? raw.axis_unit : "nm";
  table.wavelength_nm = gathered(raw.axis, raw.axis, descending, distinct);
  for (std::size_t c = 0; c < raw.columns.size(); ++c) {
    check_values(raw, file, c);
    SpectrumColumn column{std::move(raw.names[c]), raw.units.empty() ? "" : std::move(raw.units[c]),
                          gathered(raw.columns[c], raw.axis, descending, distinct)};
    std::vector<double>{}.swap(raw.columns[c]);  // gives its memory back, which an assignment may not
    split_unit(column);
    table.columns.push_back(std::move(column));
  }
  return table;
}

}  // namespace nocturne::detail
