#include "models/spectra/table_grid.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <numeric>

#include "models/sizing.hpp"
#include "models/spectra/text_scan.hpp"

namespace nocturne::detail {

namespace {

constexpr double shortest_nm = 100.0;
constexpr double longest_nm = 50000.0;
constexpr std::size_t fewest_points = 3;

[[noreturn]] void fail(const RawTable& raw, const std::string& file, const std::string& what) {
  throw SpectrumFormatError(file + ":" + std::to_string(raw.line) + ": " + what);
}

/// Wavelength in nm of an abscissa in `unit`.
std::function<double(double)> converter(const RawTable& raw, const std::string& file) {
  const std::string unit = lower(raw.wavelength_unit);
  if (unit.empty() || unit == "nm" || unit.starts_with("nanomet")) return [](double x) { return x; };
  if (unit == "1/cm" || unit == "cm-1" || unit == "cm^-1" || unit == "wavenumber") {
    return [](double x) { return 1e7 / x; };
  }
  if (unit == "ev") return [](double x) { return hc_eV_nm / x; };
  if (unit == "um" || unit == "\xC2\xB5m" || unit == "\xCE\xBCm" || unit.starts_with("micromet")) {
    return [](double x) { return 1e3 * x; };
  }
  if (unit == "a" || unit == "\xC3\x85" || unit.starts_with("angstr"))
    return [](double x) { return 0.1 * x; };
  fail(raw, file, "the axis is in " + raw.wavelength_unit + " (nm, um, angstrom, eV or 1/cm)");
}

void check(const RawTable& raw, const std::string& file) {
  const auto& x = raw.wavelength;
  if (x.size() < fewest_points)
    fail(raw, file, "fewer than three points (a wavelength and a value on each line)");
  const auto outside = [](double w) { return !(w >= shortest_nm && w <= longest_nm); };
  if (std::any_of(x.begin(), x.end(), outside)) {
    fail(raw, file, "the first column is no wavelength (100 to 50000 nm)");
  }
  if (!std::is_sorted(x.begin(), x.end())) fail(raw, file, "wavelengths go up and down (one direction)");
  std::size_t distinct = 1;
  for (std::size_t i = 1; i < x.size(); ++i) distinct += x[i] != x[i - 1] ? 1 : 0;
  if (distinct < fewest_points || 2 * distinct < x.size()) {
    fail(raw, file, "wavelengths repeat (each once; a decimal comma needs another separator)");
  }
}

Eigen::VectorXd averaged(const std::vector<double>& values, const std::vector<Eigen::Index>& place,
                         Eigen::Index size) {
  Eigen::VectorXd sum = Eigen::VectorXd::Zero(size), count = Eigen::VectorXd::Zero(size);
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (!std::isfinite(values[i])) continue;
    sum[place[i]] += values[i];
    count[place[i]] += 1.0;
  }
  return (count.array() > 0.0).select(sum.array() / count.array(), std::nan(""));
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
  const auto to_nm = converter(raw, file);
  std::transform(raw.wavelength.begin(), raw.wavelength.end(), raw.wavelength.begin(), to_nm);
  if (raw.wavelength.size() > 1 && raw.wavelength.front() > raw.wavelength.back()) {
    std::reverse(raw.wavelength.begin(), raw.wavelength.end());
    for (auto& column : raw.columns) std::reverse(column.begin(), column.end());
  }
  check(raw, file);
  const auto& x = raw.wavelength;
  std::vector<Eigen::Index> place(x.size(), 0);
  for (std::size_t i = 1; i < x.size(); ++i) place[i] = place[i - 1] + (x[i] != x[i - 1] ? 1 : 0);
  const Eigen::Index size = place.back() + 1;

  SpectrumTable table;
  table.wavelength_nm = averaged(x, place, size);
  for (std::size_t c = 0; c < raw.columns.size(); ++c) {
    SpectrumColumn column{raw.names[c], raw.units.empty() ? "" : raw.units[c],
                          averaged(raw.columns[c], place, size)};
    split_unit(column);
    table.columns.push_back(std::move(column));
  }
  return table;
}

}  // namespace nocturne::detail
