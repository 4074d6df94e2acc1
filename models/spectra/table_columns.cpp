#include "models/spectra/table_columns.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <span>
#include <stdexcept>
#include <string_view>

#include "models/spectra/absorption.hpp"
#include "models/spectra/smoothing.hpp"
#include "models/spectra/text_scan.hpp"

namespace nocturne {

namespace {

using detail::lower;

constexpr double same_grid_nm = 0.05;
constexpr double told_exposure_tolerance = 1e-3;          // relative
constexpr double smallest_full_scale = 4000.0;  // counts; a plateau below this is not a converter's end
constexpr double smallest_full_absorbance = 2.0;
constexpr Eigen::Index plateau_points = 3;
constexpr double largest_transmittance = 2.0;  // median; cuvettes may transmit more than their reference

constexpr std::array<std::string_view, 8> sample_names{"s",
                                                       "sample",
                                                       "scope",
                                                       "probe",
                                                       "\xC3\xA9"
                                                       "chantillon",
                                                       "echantillon",
                                                       "muestra",
                                                       "campione"};
constexpr std::array<std::string_view, 8> dark_names{"d",    "dark",   "dunkel",    "obscurit\xC3\xA9",
                                                     "noir", "oscuro", "oscuridad", "buio"};
constexpr std::array<std::string_view, 8> reference_names{"r",
                                                          "ref",
                                                          "reference",
                                                          "referenz",
                                                          "r\xC3\xA9"
                                                          "f",
                                                          "r\xC3\xA9"
                                                          "f\xC3\xA9rence",
                                                          "referencia",
                                                          "riferimento"};

/// The one column with such a name, "dark" or "Dark spectrum"; none if several have.
const SpectrumColumn* column_named(const SpectrumTable& table, std::span<const std::string_view> names) {
  const SpectrumColumn* found = nullptr;
  for (const SpectrumColumn& column : table.columns) {
    std::string name = lower(column.name);
    for (const std::string_view ending : {" spectrum", " spektrum", " counts"}) {
      if (name.ends_with(ending)) name.resize(name.size() - ending.size());
    }
    if (std::find(names.begin(), names.end(), name) == names.end()) continue;
    if (found) return nullptr;
    found = &column;
  }
  return found;
}

std::string label(const SpectrumTable& table, const SpectrumColumn& column) {
  if (!column.name.empty()) return column.name;
  // Counted with the wavelength as the first, as people see it.
  return "column " + std::to_string(&column - table.columns.data() + 2);
}

bool mentions(const SpectrumColumn& column, std::string_view word) {
  return lower(column.name + " " + column.unit).find(word) != std::string::npos;
}

bool mentions_any(const SpectrumColumn& column, std::initializer_list<std::string_view> words) {
  return std::any_of(words.begin(), words.end(), [&](auto word) { return mentions(column, word); });
}

bool is_transmittance(const SpectrumColumn& column) {
  return mentions_any(column, {"transmi", "trasmi"}) || lower(column.name) == "%t" ||
         lower(column.unit) == "%t";
}

bool is_reflectance(const SpectrumColumn& column) {
  return mentions_any(column, {"reflect", "reflex", "riflett",
                               "r\xC3\xA9"
                               "flect"}) ||
         lower(column.name) == "%r" || lower(column.unit) == "%r";
}

/// Kind by the column's own words, or for a single column by the file's title.
ValueKind kind_of(const SpectrumTable& table, const SpectrumColumn& column) {
  const std::string name = lower(column.name), unit = lower(column.unit);
  if (mentions_any(column, {"absorb", "assorb", "extin", "optical density"}) || name == "abs" ||
      unit == "abs" || name == "a" || unit == "au" || name == "od" || unit == "od") {
    return ValueKind::absorbance;
  }
  if (mentions_any(
          column, {"count", "intensi", "emissi", "emisi", "fluor", "lumin", "cps", "z\xC3\xA4hl", "cuentas"}))
    return ValueKind::light;
  if (name == "pl") return ValueKind::light;
  const auto title = table.header.find("title");
  const bool absorbs = table.columns.size() == 1 && title != table.header.end() &&
                       lower(title->second).find("absorb") != std::string::npos;
  return absorbs ? ValueKind::absorbance : ValueKind::unknown;
}

void check_companion(const SpectrumTable& table, const SpectrumTable& other, const char* what,
                     std::set<std::string>& flags) {
  const auto& x = table.wavelength_nm;
  const auto& y = other.wavelength_nm;
  if (x.size() != y.size() || !((x - y).cwiseAbs().maxCoeff() <= same_grid_nm)) {
    throw std::invalid_argument(std::string{"the "} + what + " has another wavelength grid (the same one)");
  }
  if (!(table.exposure_s > 0.0) || !(other.exposure_s > 0.0)) {
    flags.insert("exposure_unchecked");
  } else if (std::abs(table.exposure_s - other.exposure_s) > told_exposure_tolerance * table.exposure_s) {
    throw std::invalid_argument(std::string{"the "} + what + " was exposed for " +
                                std::to_string(other.exposure_s) + " s, the spectrum for " +
                                std::to_string(table.exposure_s) + " s (the same)");
  }
}

Spectrum spectrum_of(const SpectrumTable& table, const Eigen::VectorXd& values) {
  return {table.wavelength_nm, values, {}};
}

/// 4095, 65535, ...: what a converter of 12 to 20 bits gives at the end of its scale.
bool is_full_scale(double value) {
  const double bits = std::log2(value + 1.0);
  return bits == std::round(bits) && bits >= 12.0 && bits <= 20.0;
}

/// Notes saturated points of a column as it came from the instrument: three or more neighbours at its largest
/// value, if that is a converter's end, or could be one and the column is not flat anyway. Also notes missing
/// values.
void look_at(ChosenColumn& chosen, const Eigen::VectorXd& values, double least) {
  double largest = least;
  bool missing = false;
  for (const double v : values) {
    missing = missing || !std::isfinite(v);
    largest = std::isfinite(v) ? std::max(largest, v) : largest;
  }
  if (missing) chosen.flags.insert("missing_values");
  Eigen::Index run = 0, longest = 0, all = 0;
  for (const double v : values) {
    run = v == largest && v > least ? run + 1 : 0;
    longest = std::max(longest, run);
    all += run > 0 ? 1 : 0;
  }
  if (longest < plateau_points || (2 * all > values.size() && !is_full_scale(largest))) return;
  chosen.flags.insert("saturated");
  chosen.saturated.resize(static_cast<std::size_t>(values.size()), false);
  for (Eigen::Index i = 0; i < values.size(); ++i) {
    if (values[i] == largest) chosen.saturated[static_cast<std::size_t>(i)] = true;
  }
}

void combine(ChosenColumn& chosen, const SpectrumTable& table, const SpectrumColumn& sample,
             const SpectrumColumn& dark, const SpectrumColumn& reference, bool as_light) {
  look_at(chosen, sample.values, smallest_full_scale);
  chosen.spectrum = spectrum_of(table, sample.values - dark.values);
  chosen.kind = as_light ? ValueKind::light : ValueKind::absorbance;
  chosen.name = label(table, sample) + " - " + label(table, dark);
  if (as_light) return;
  look_at(chosen, reference.values, smallest_full_scale);
  chosen.spectrum = absorbance(chosen.spectrum, spectrum_of(table, reference.values - dark.values));
  chosen.name =
      "-log10((" + chosen.name + ") / (" + label(table, reference) + " - " + label(table, dark) + "))";
}

/// Some programs label as a processed percentage what they stored as counts.
const SpectrumColumn* counts_labelled_percent(const SpectrumTable& table) {
  const SpectrumColumn& last = table.columns.back();
  if (!lower(last.name).starts_with("processed") || !mentions(last, "%")) return nullptr;
  const auto median = median_within(spectrum_of(table, last.values), 0.0, 1e9);
  return median && *median > 100.0 * largest_transmittance ? &last : nullptr;
}

void take_ratio(ChosenColumn& chosen, const SpectrumTable& table, const SpectrumColumn& column) {
  const double full = mentions(column, "%") ? 100.0 : 1.0;
  const auto median = median_within(chosen.spectrum, 0.0, 1e9);
  if (median && *median > largest_transmittance * full) {
    throw std::invalid_argument("column " + label(table, column) + " is above 200 % at most wavelengths (a " +
                                "transmittance or reflectance, in percent if it says so)");
  }
  if (is_reflectance(column)) chosen.flags.insert("reflectance");
  const Eigen::VectorXd all = Eigen::VectorXd::Constant(table.wavelength_nm.size(), full);
  chosen.spectrum = absorbance(chosen.spectrum, spectrum_of(table, all));
  chosen.kind = ValueKind::absorbance;
}

/// What a dark or reference file measured.
const Eigen::VectorXd& measured(const SpectrumTable& table) {
  const SpectrumColumn* sample = column_named(table, sample_names);
  return sample ? sample->values : table.columns.back().values;
}

void apply_companions(ChosenColumn& chosen, const SpectrumTable& table, const SpectrumTable* dark,
                      const SpectrumTable* reference) {
  look_at(chosen, chosen.spectrum.value, smallest_full_scale);
  if (dark) {
    check_companion(table, *dark, "dark", chosen.flags);
    chosen.spectrum.value -= measured(*dark);
    chosen.kind = ValueKind::light;
  }
  if (!reference) return;
  check_companion(table, *reference, "reference", chosen.flags);
  Eigen::VectorXd full = measured(*reference);
  look_at(chosen, full, smallest_full_scale);
  if (dark) full -= measured(*dark);
  chosen.spectrum = absorbance(chosen.spectrum, spectrum_of(table, full));
  chosen.kind = ValueKind::absorbance;
}

}  // namespace

ChosenColumn chosen_column(const SpectrumTable& table, const SpectrumTable* dark,
                           const SpectrumTable* reference, bool as_light) {
  ChosenColumn chosen;
  const SpectrumColumn* sample = column_named(table, sample_names);
  const SpectrumColumn* own_dark = column_named(table, dark_names);
  const SpectrumColumn* own_reference = column_named(table, reference_names);
  const bool companions = dark || reference;
  if (!sample && own_dark && own_reference && !companions) {
    sample = counts_labelled_percent(table);
    if (sample) chosen.flags.insert("processed_holds_counts");
  }
  if (!companions && sample && own_dark && (own_reference || as_light)) {
    combine(chosen, table, *sample, *own_dark, own_reference ? *own_reference : *sample, as_light);
    if (is_reflectance(table.columns.back())) chosen.flags.insert("reflectance");
    return chosen;
  }
  const SpectrumColumn& column = companions && sample ? *sample : table.columns.back();
  chosen.spectrum = spectrum_of(table, column.values);
  chosen.kind = kind_of(table, column);
  chosen.name = label(table, column);
  if (companions) {
    apply_companions(chosen, table, dark, reference);
    return chosen;
  }
  const bool ratio = is_transmittance(column) || is_reflectance(column);
  const bool absorbs = chosen.kind == ValueKind::absorbance;
  look_at(chosen, column.values, absorbs ? smallest_full_absorbance : smallest_full_scale);
  if (ratio) take_ratio(chosen, table, column);
  return chosen;
}

Spectrum without_saturated(const ChosenColumn& chosen) {
  Spectrum spectrum = chosen.spectrum;
  for (std::size_t i = 0; i < chosen.saturated.size(); ++i) {
    if (chosen.saturated[i]) spectrum.value[static_cast<Eigen::Index>(i)] = std::nan("");
  }
  return spectrum;
}

}  // namespace nocturne
