#include "models/spectra/file_analysis.hpp"

#include <algorithm>
#include <cmath>
#include <optional>
#include <set>
#include <stdexcept>

#include "models/spectra/absorption.hpp"
#include "models/spectra/emission.hpp"
#include "models/spectra/smoothing.hpp"
#include "models/spectra/table_columns.hpp"

namespace nocturne {

namespace {

constexpr double shortest_emission_nm = 400.0;  // beyond the UV sources that excite dots
constexpr double excitation_guard_nm = 35.0;    // likewise, for sources in the blue
constexpr double precise_points = 0.02;         // noise of a point over the height, for the unsmoothed width
constexpr double noticeable_offset = 0.05;      // baseline over height, to be subtracted
constexpr double noticeable_file_line = 0.03;
constexpr double width_reach = 3.0;  // of the line to either side, for the unsmoothed width
constexpr double largest_absorbance = 10.0, least_absorbance = 0.005;
constexpr double broad_meV = 400.0;  // wider than ensembles of dots
constexpr std::size_t most_lamp_lines = 20;
constexpr double least_lamp_line = 0.01;    // of the highest
constexpr double blue_share = 0.1;          // of the points, at the short end
constexpr Eigen::Index fewest_line_points = 20;  // for a line and its surroundings
constexpr double clearly_negative = 5.0;    // deviations
constexpr double negative_share = 0.02;     // of the points
constexpr double noticeable_depth = 0.01;   // of the highest point
constexpr double negative_absorbance = -0.1;
constexpr double baseline_low_nm = 600.0, baseline_high_nm = 900.0;
constexpr double shortest_exciton_nm = 370.0;
constexpr double exciton_reach_nm = 15.0;  // of the cubics that find it

EmissionSearch search_with(bool subtract_baseline, double excitation_nm) {
  EmissionSearch search;
  search.low_nm = std::max(shortest_emission_nm, excitation_nm + excitation_guard_nm);
  search.subtract_baseline = subtract_baseline;
  return search;
}

/// Emission over the file's own zero, or over a straight baseline if the zero is clearly off.
Emission emission_of(const Spectrum& spectrum, double excitation_nm, bool& subtracted) {
  Emission over_baseline = find_emission(spectrum, search_with(true, excitation_nm));
  Emission over_zero = find_emission(spectrum, search_with(false, excitation_nm));
  subtracted = false;
  if (over_baseline.lines.empty()) return over_baseline;
  if (!over_zero.lines.empty()) {
    const double offset = over_zero.lines.front().height - over_baseline.lines.front().height;
    if (std::abs(offset) <= noticeable_offset * over_baseline.lines.front().height) return over_zero;
  }
  subtracted = true;
  return over_baseline;
}

/// The signal around one line, for a width without smoothing.
Spectrum around(const Spectrum& signal, const EmissionLine& line) {
  const double reach = width_reach * (line.high_half_nm - line.low_half_nm);
  const Eigen::Index begin = index_at(signal, line.low_half_nm - reach);
  const Eigen::Index end = index_at(signal, line.high_half_nm + reach);
  return {signal.wavelength_nm.segment(begin, end - begin), signal.value.segment(begin, end - begin), {}};
}

void set_width(FileAnalysis& analysis, const Emission& emission) {
  const EmissionLine& line = emission.lines.front();
  if (!line.fwhm_meV) return;
  const Eigen::Index top =
      std::min(index_at(emission.signal, line.peak_nm.value), emission.signal.size() - 1);
  const bool precise = std::sqrt(emission.signal.variance[top]) < precise_points * line.height;
  const auto edges = precise ? half_maximum_nm(around(emission.signal, line)) : std::nullopt;
  if (edges) {
    analysis.fwhm_nm = edges->second - edges->first;
    analysis.fwhm_eV = hc_eV_nm / edges->first - hc_eV_nm / edges->second;
  } else {
    analysis.fwhm_nm = line.fwhm_nm->value;
    analysis.fwhm_eV = 1e-3 * line.fwhm_meV->value;
  }
}

/// True if a saturated point lies within [low_nm, high_nm].
bool clipped(const ChosenColumn& chosen, double low_nm, double high_nm) {
  for (std::size_t i = 0; i < chosen.saturated.size(); ++i) {
    const double nm = chosen.spectrum.wavelength_nm[static_cast<Eigen::Index>(i)];
    if (chosen.saturated[i] && nm >= low_nm && nm <= high_nm) return true;
  }
  return false;
}

bool clipped(const ChosenColumn& chosen, const EmissionLine& line) {
  return clipped(chosen, line.low_half_nm, line.high_half_nm);
}

/// True if more points than noise explains lie clearly below zero: a dark that is too high, or not one.
bool is_negative(const Spectrum& spectrum, bool absorbs) {
  const Spectrum noisy = with_noise(spectrum, 15.0);
  double largest = 0.0;
  for (const double v : spectrum.value) largest = std::isfinite(v) ? std::max(largest, v) : largest;
  Eigen::Index negative = 0;
  for (Eigen::Index i = 0; i < spectrum.size(); ++i) {
    const double depth =
        absorbs ? -negative_absorbance
                : std::max(clearly_negative * std::sqrt(noisy.variance[i]), noticeable_depth * largest);
    const bool seen = !absorbs || spectrum.wavelength_nm[i] >= shortest_exciton_nm;
    if (seen && spectrum.value[i] < -depth) ++negative;
  }
  return static_cast<double>(negative) > negative_share * static_cast<double>(spectrum.size());
}

/// Absorbance as its shape tells: small numbers, more at the short end than any line stands above its
/// surroundings.
bool looks_like_absorbance(const Spectrum& spectrum, const Emission& emission) {
  const double first = spectrum.wavelength_nm[0], last = spectrum.wavelength_nm[spectrum.size() - 1];
  double largest = 0.0;
  for (const double v : spectrum.value) largest = std::isfinite(v) ? std::max(largest, std::abs(v)) : largest;
  const auto blue = median_within(spectrum, first, first + blue_share * (last - first));
  const auto red = median_within(spectrum, last - blue_share * (last - first), last);
  if (!blue || !red || largest > largest_absorbance) return false;
  const double line = emission.lines.empty() ? 0.0 : emission.lines.front().height;
  return *blue - *red > 0.5 * line && *blue - *red > least_absorbance;
}

void describe_edge(FileAnalysis& analysis, std::set<std::string>& flags, const EdgeLength& edge) {
  if (edge.outside_sizing_curve) flags.insert("outside_sizing_curve");
  if (edge.value || edge.low || edge.high) analysis.edge_length_nm = edge;
}

/// A clipped line has no peak, width or size: only those beside it are told.
void describe_emission(FileAnalysis& analysis, std::set<std::string>& flags, const Emission& emission,
                       const ChosenColumn& chosen, const Material& material) {
  const EmissionLine& main = emission.lines.front();
  analysis.emission = true;
  for (const EmissionLine& line : emission.lines) {
    if (!clipped(chosen, line)) analysis.peaks.push_back({line.peak_nm.value, line.height});
  }
  if (clipped(chosen, main)) return;
  analysis.peak_nm = main.peak_nm;
  set_width(analysis, emission);
  if (!analysis.fwhm_eV) flags.insert("truncated_peak");
  if (analysis.fwhm_eV && 1e3 * *analysis.fwhm_eV > broad_meV) flags.insert("broad_emission");
  if (several_peaks(emission)) flags.insert("several_peaks");
  if (!emission.narrow_lines.empty() &&
      emission.narrow_lines.front().height > noticeable_file_line * main.height) {
    flags.insert("narrow_lines");
  }
  if (!material.sizing_by_exciton) describe_edge(analysis, flags, edge_length(material, main.peak_nm));
  analysis.monolayers = monolayers_at(material, main.peak_nm.value);
}

void describe_lamp(FileAnalysis& analysis, std::set<std::string>& flags, const Spectrum& spectrum) {
  EmissionSearch everywhere;
  everywhere.subtract_baseline = false;
  const Emission lamp = find_emission(spectrum, everywhere);
  for (const NarrowLine& line : lamp.narrow_lines) {
    if (line.height < least_lamp_line * lamp.narrow_lines.front().height) break;
    if (analysis.peaks.size() < most_lamp_lines) analysis.peaks.push_back({line.nm, line.height});
  }
  if (!analysis.peaks.empty()) flags.insert("narrow_lines");
}

void describe_absorption(FileAnalysis& analysis, std::set<std::string>& flags, const ChosenColumn& chosen,
                         const Material& material) {
  Spectrum spectrum = analysis.spectrum;
  const double high = std::min(baseline_high_nm, spectrum.wavelength_nm[spectrum.size() - 1]);
  spectrum = with_noise(spectrum, 15.0);
  if (!subtract_offset(spectrum, baseline_low_nm, high)) flags.insert("no_absorbance_baseline");
  const auto exciton = first_exciton(spectrum, shortest_exciton_nm, baseline_low_nm + 100.0);
  const auto height = exciton ? mean_around(spectrum, exciton->nm.value, 2.0) : std::nullopt;
  if (!height || !(height->value > least_absorbance)) return;
  if (clipped(chosen, exciton->nm.value - exciton_reach_nm, exciton->nm.value + exciton_reach_nm)) return;
  analysis.first_exciton_nm = exciton->nm;
  analysis.peak_valley_ratio = exciton->peak_valley_ratio;
  if (exciton->shoulder) flags.insert("shoulder");
  analysis.peaks.push_back({exciton->nm.value, height->value});
  if (material.sizing_by_exciton) describe_edge(analysis, flags, edge_length(material, exciton->nm));
}

/// The absorbance that belongs to an emission spectrum.
Spectrum absorbance_of(const SpectrumTable& table) {
  const ChosenColumn chosen = chosen_column(table, nullptr, nullptr, false);
  if (chosen.kind == ValueKind::light)
    throw std::invalid_argument("the absorbance is none: its column " + chosen.name + " holds light");
  return without_saturated(chosen);
}

void describe_product(FileAnalysis& analysis, std::set<std::string>& flags, const FileContext& context,
                      bool subtracted, const Material& material) {
  CharacterizationSettings settings;
  settings.search = search_with(subtracted, context.excitation_nm);
  settings.excitation_nm = context.excitation_nm;
  settings.path_cm = context.path_cm;
  const bool light = analysis.kind == "pl";
  std::optional<Spectrum> absorbed;
  if (light && context.absorbance != nullptr) absorbed = absorbance_of(*context.absorbance);
  if (!light) absorbed = analysis.spectrum;
  analysis.product =
      characterize(light ? &analysis.spectrum : nullptr, absorbed ? &*absorbed : nullptr, material, settings);
  flags.insert(analysis.product.flags.begin(), analysis.product.flags.end());
}

void add_flags_of(const SpectrumTable& table, std::set<std::string>& flags) {
  if (table.skipped_lines > 0) flags.insert("skipped_lines");
  if (table.promised_points > table.found_points && table.found_points > 0) flags.insert("truncated_file");
  if (table.axis_unit != "nm") flags.insert("axis_converted");
  if (table.wavelength_nm.size() < fewest_line_points) flags.insert("too_few_points");
}

}  // namespace

FileAnalysis analyze_table(const SpectrumTable& table, const FileContext& context, const Material& material) {
  const SpectrumKind kind = context.kind;
  const ChosenColumn chosen = chosen_column(table, context.dark, context.reference, kind == SpectrumKind::pl);
  FileAnalysis analysis;
  std::set<std::string> flags = chosen.flags;
  add_flags_of(table, flags);
  analysis.column = chosen.name;
  analysis.spectrum = without_saturated(chosen);
  bool subtracted = false;
  const Emission emission = emission_of(chosen.spectrum, context.excitation_nm, subtracted);
  const bool absorbs =
      kind == SpectrumKind::absorbance ||
      (kind == SpectrumKind::automatic &&
       (chosen.kind == ValueKind::absorbance ||
        (chosen.kind == ValueKind::unknown && looks_like_absorbance(chosen.spectrum, emission))));
  if (is_negative(chosen.spectrum, absorbs)) flags.insert("negative_values");
  if (absorbs) {
    analysis.kind = "absorbance";
    describe_absorption(analysis, flags, chosen, material);
    describe_product(analysis, flags, context, subtracted, material);
  } else if (!emission.lines.empty()) {
    analysis.kind = "pl";
    if (subtracted) flags.insert("baseline_subtracted");
    describe_emission(analysis, flags, emission, chosen, material);
    if (analysis.peak_nm) describe_product(analysis, flags, context, subtracted, material);
  } else {
    analysis.kind = kind == SpectrumKind::pl ? "pl" : "counts";
    describe_lamp(analysis, flags, chosen.spectrum);
  }
  analysis.flags.assign(flags.begin(), flags.end());
  return analysis;
}

}  // namespace nocturne
