#include "models/spectra/emission.hpp"

#include <algorithm>
#include <cmath>

#include "models/sizing.hpp"
#include "models/spectra/line_shape.hpp"
#include "models/spectra/narrow_lines.hpp"
#include "models/spectra/smoothing.hpp"

namespace nocturne {

namespace {

constexpr double smoothing_nm = 6.0;
constexpr double emission_noise_reach_nm = 15.0;
constexpr double several_share = 0.05;          // of the highest line, for a second one to count
constexpr double least_relative_height = 0.03;  // of the highest line
constexpr double least_drop = 0.1;              // of a line's height, to either side
constexpr double drop_deviations = 5.0;
constexpr double drop_reach_nm = 150.0;
constexpr double stray_share = 0.01;  // of a lamp line: its light on other pixels
constexpr double wing_share = 0.2, wing_reach_nm = 8.0,
                 wing_widths = 1.5;        // of a lamp line: what its removal leaves
constexpr double background_share = 0.02;  // of the excitation source: its own wide band
constexpr double around_widths = 1.0;      // beyond the half-maximum points, to measure a line again
constexpr Eigen::Index fewest_emission_points = 8;

Spectrum cropped(const Spectrum& spectrum, const EmissionSearch& search) {
  const Eigen::Index begin = index_at(spectrum, search.low_nm);
  Eigen::Index end = begin;
  while (end < spectrum.size() && spectrum.wavelength_nm[end] <= search.high_nm) ++end;
  Spectrum result{
      spectrum.wavelength_nm.segment(begin, end - begin), spectrum.value.segment(begin, end - begin), {}};
  if (spectrum.variance.size() > 0) result.variance = spectrum.variance.segment(begin, end - begin);
  for (Eigen::Index i = 0; i < result.size(); ++i) {
    const double at = result.wavelength_nm[i];
    bool lost = !std::isfinite(result.value[i]);
    for (const auto& [low, high] : search.excluded_nm) lost = lost || (at >= low && at <= high);
    if (lost) result.value[i] = std::nan("");
  }
  return result;
}

/// Standard deviation of `smooth` from the differences between stretches two smoothing widths apart, by their
/// lower quartile: emission lines fill the upper ones.
double stretch_deviation(const Spectrum& smooth, double width_nm) {
  std::vector<double> differences;
  differences.reserve(static_cast<std::size_t>(smooth.size()));
  const double *nm = smooth.wavelength_nm.data(), *value = smooth.value.data();
  Eigen::Index left = 0, right = 0;
  for (Eigen::Index i = 0; i < smooth.size(); ++i) {
    const double at = nm[i];
    while (nm[left] < at - 2.0 * width_nm) ++left;
    while (right < smooth.size() && nm[right] < at + 2.0 * width_nm) ++right;
    if (nm[0] > at - 2.0 * width_nm || right >= smooth.size()) continue;
    const double d = value[left] - 2.0 * value[i] + value[right];
    if (std::isfinite(d)) differences.push_back(std::abs(d));
  }
  if (differences.size() < 4) return 0.0;
  const auto quartile = differences.begin() + static_cast<std::ptrdiff_t>(differences.size() / 4);
  std::nth_element(differences.begin(), quartile, differences.end());
  constexpr double lower_quartile =
      0.31863936396437514;  // of the absolute value of a standard normal variable
  return *quartile / (lower_quartile * std::sqrt(6.0));
}

/// Height of a maximum of `smooth` over its surroundings at two distances, in standard deviations: the larger
/// one.
double significance(const Spectrum& spectrum, const Spectrum& smooth, Eigen::Index i, double width_nm,
                    double deviation) {
  const double at = smooth.wavelength_nm[i];
  double best = 0.0;
  for (const double distance : {2.0 * width_nm, 6.0 * width_nm}) {
    const auto left = median_within(spectrum, at - 2.0 * distance, at - distance);
    const auto right = median_within(spectrum, at + distance, at + 2.0 * distance);
    if (!left && !right) continue;
    const double level = 0.5 * (left.value_or(right.value_or(0.0)) + right.value_or(left.value_or(0.0)));
    // The surroundings are averaged over at least the same width: their mean adds half a variance, one side
    // alone one.
    const double share = left && right ? 1.5 : 2.0;
    best = std::max(best, (smooth.value[i] - level) / (deviation * std::sqrt(share)));
  }
  return best;
}

/// How far `smooth` falls from index i in one direction before it rises above it again.
double drop(const Spectrum& smooth, Eigen::Index i, int step) {
  double lowest = smooth.value[i];
  for (Eigen::Index j = i + step; j >= 0 && j < smooth.size(); j += step) {
    if (std::abs(smooth.wavelength_nm[j] - smooth.wavelength_nm[i]) > drop_reach_nm) break;
    if (smooth.value[j] > smooth.value[i]) break;
    if (std::isfinite(smooth.value[j])) lowest = std::min(lowest, smooth.value[j]);
  }
  return smooth.value[i] - lowest;
}

bool is_top(const Spectrum& s, Eigen::Index i) {
  return std::isfinite(s.value[i]) && !(s.value[i - 1] > s.value[i]) && !(s.value[i + 1] >= s.value[i]);
}

double smoothing_width(const Spectrum& spectrum) {
  const double spacing = (spectrum.wavelength_nm[spectrum.size() - 1] - spectrum.wavelength_nm[0]) /
                         static_cast<double>(spectrum.size() - 1);
  return std::max(smoothing_nm, 1.5 * spacing);
}

/// Indices of significant maxima of `smooth`, highest first.
std::vector<Eigen::Index> tops_of(const Spectrum& spectrum, const Spectrum& smooth, double width,
                                  double sigma) {
  const double seen = stretch_deviation(smooth, width);
  const double floor =
      *median_within(smooth, smooth.wavelength_nm[0], smooth.wavelength_nm[smooth.size() - 1]);
  std::vector<Eigen::Index> tops;
  for (Eigen::Index i = 1; i + 1 < smooth.size(); ++i) {
    if (!is_top(smooth, i)) continue;
    const double deviation = std::max(seen, std::sqrt(smooth.variance[i]));
    const double falls = std::min(drop(smooth, i, -1), drop(smooth, i, 1));
    if (!(falls > std::max(drop_deviations * deviation, least_drop * (smooth.value[i] - floor)))) continue;
    if (significance(spectrum, smooth, i, width, deviation) > sigma) tops.push_back(i);
  }
  std::stable_sort(tops.begin(), tops.end(),
                   [&](auto a, auto b) { return smooth.value[a] > smooth.value[b]; });
  return tops;
}

double largest_of(const Spectrum& spectrum) {
  double largest = 0.0;
  for (const double v : spectrum.value) largest = std::isfinite(v) ? std::max(largest, v) : largest;
  return largest;
}

/// True for what a lamp or the excitation source makes: wings and stray light of narrow lines, the source's
/// own band.
bool comes_from_source(const EmissionLine& line, const Emission& emission, const EmissionSearch& search,
                       double source) {
  const double width = line.fwhm_meV ? line.fwhm_meV->value : 0.0;
  for (const NarrowLine& lamp : emission.narrow_lines) {
    if (line.height < stray_share * lamp.height) return true;
    const bool beside =
        std::abs(lamp.nm - line.peak_nm.value) < wing_reach_nm && line.height < wing_share * lamp.height;
    if (beside && width < wing_widths * search.narrowest_meV) return true;
  }
  const bool wide = !line.fwhm_meV || width > search.widest_beside_source_meV;
  return wide && line.height < background_share * source;
}

/// Adds a line unless it is what the removal of a higher one beside it left.
void add_narrow_line(Emission& emission, const NarrowLine& line) {
  const bool left_over =
      std::any_of(emission.narrow_lines.begin(), emission.narrow_lines.end(), [&](const auto& known) {
        return std::abs(known.nm - line.nm) < wing_reach_nm && known.height > line.height;
      });
  if (!left_over) emission.narrow_lines.push_back(line);
}

void sort_lines(Emission& emission) {
  const auto higher = [](const auto& a, const auto& b) { return a.height > b.height; };
  std::stable_sort(emission.lines.begin(), emission.lines.end(), higher);
  std::stable_sort(emission.narrow_lines.begin(), emission.narrow_lines.end(), higher);
  std::erase_if(emission.lines, [&](const EmissionLine& line) {
    return line.height < least_relative_height * emission.lines.front().height;
  });
}

}  // namespace

Emission find_emission(const Spectrum& spectrum, const EmissionSearch& search) {
  Emission emission;
  emission.signal = with_noise(cropped(spectrum, search), emission_noise_reach_nm);
  if (emission.signal.size() < fewest_emission_points) return emission;
  detail::remove_odd_pixels(emission.signal);
  emission.narrow_lines =
      detail::remove_narrow_lines(emission.signal, search.narrowest_meV, search.detection_sigma);
  const double width = smoothing_width(emission.signal);
  Spectrum smooth = smoothed(emission.signal, width);
  if (!median_within(smooth, smooth.wavelength_nm[0], smooth.wavelength_nm[smooth.size() - 1]))
    return emission;
  const std::vector<Eigen::Index> tops = tops_of(emission.signal, smooth, width, search.detection_sigma);
  if (tops.empty()) return emission;
  if (search.subtract_baseline) emission.baseline = detail::subtract_baseline(emission.signal, smooth, tops);
  const double base_error = emission.baseline.level.standard_error;
  for (const Eigen::Index top : tops) {
    const auto line = detail::measured_line(emission.signal, smooth, top, base_error);
    if (!line) continue;
    if (line->fwhm_meV && line->fwhm_meV->value < search.narrowest_meV) {
      add_narrow_line(emission, {line->peak_nm.value, line->height});
    } else {
      emission.lines.push_back(*line);
    }
  }
  const double source = largest_of(spectrum);
  std::erase_if(emission.lines,
                [&](const EmissionLine& line) { return comes_from_source(line, emission, search, source); });
  if (!emission.lines.empty()) sort_lines(emission);
  return emission;
}

bool several_peaks(const Emission& emission) {
  return emission.lines.size() > 1 && emission.lines[1].height > several_share * emission.lines[0].height;
}

void measure_again(Emission& emission) {
  for (EmissionLine& line : emission.lines) {
    const double reach = around_widths * (line.high_half_nm - line.low_half_nm);
    EmissionSearch around;
    around.low_nm = line.low_half_nm - reach;
    around.high_nm = line.high_half_nm + reach;
    const Spectrum part = cropped(emission.signal, around);
    const Spectrum smooth = smoothed(part, smoothing_width(emission.signal));
    Eigen::Index top = index_at(smooth, line.low_half_nm);
    for (Eigen::Index i = top; i < smooth.size() && smooth.wavelength_nm[i] <= line.high_half_nm; ++i) {
      if (!(smooth.value[i] <= smooth.value[top])) top = i;
    }
    if (top >= smooth.size()) continue;
    if (const auto again = detail::measured_line(part, smooth, top, emission.baseline.level.standard_error))
      line = *again;
  }
}

std::optional<std::pair<double, double>> half_maximum_nm(const Spectrum& spectrum) {
  Eigen::Index top = -1;
  for (Eigen::Index i = 0; i < spectrum.size(); ++i) {
    if (std::isfinite(spectrum.value[i]) && (top < 0 || spectrum.value[i] > spectrum.value[top])) top = i;
  }
  if (top < 0 || !(spectrum.value[top] > 0.0)) return std::nullopt;
  const double level = 0.5 * spectrum.value[top];
  double edges[2] = {0.0, 0.0};
  for (const int step : {-1, 1}) {
    Eigen::Index last = top, i = top;
    do {
      if (std::isfinite(spectrum.value[i])) last = i;
      i += step;
      if (i < 0 || i >= spectrum.size()) return std::nullopt;
    } while (!(spectrum.value[i] <= level));
    const double share = (spectrum.value[last] - level) / (spectrum.value[last] - spectrum.value[i]);
    edges[step > 0] =
        spectrum.wavelength_nm[last] + share * (spectrum.wavelength_nm[i] - spectrum.wavelength_nm[last]);
  }
  return std::pair{edges[0], edges[1]};
}

std::optional<double> half_maximum_width_eV(const Spectrum& spectrum) {
  const auto edges = half_maximum_nm(spectrum);
  if (!edges) return std::nullopt;
  return hc_eV_nm / edges->first - hc_eV_nm / edges->second;
}

}  // namespace nocturne
