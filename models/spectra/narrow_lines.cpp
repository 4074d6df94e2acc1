#include "models/spectra/narrow_lines.hpp"

#include <algorithm>
#include <cmath>

#include "models/sizing.hpp"
#include "models/spectra/smoothing.hpp"

namespace nocturne::detail {

namespace {

constexpr double odd_deviations = 6.0;
constexpr double near_nm = 4.0, far_nm = 8.0;  // the surroundings of a line lie between these distances
constexpr double fine_width_nm = 0.5;          // of the smoothing that keeps lamp lines
constexpr double narrow_share =
    0.6;  // of the narrowest emission: what rides on emission is measured narrower
constexpr double masked_widths = 1.0;  // beyond the half-maximum points

/// A line above the level of its surroundings.
struct Spike {
  double low_nm, high_nm, height, level;
};

double spike_crossing(const Spectrum& s, Eigen::Index inside, Eigen::Index outside, double level) {
  const double a = s.value[inside], b = s.value[outside];
  const double share = a == b ? 0.5 : std::clamp((a - level) / (a - b), 0.0, 1.0);
  return s.wavelength_nm[inside] + share * (s.wavelength_nm[outside] - s.wavelength_nm[inside]);
}

/// Where the line around index `top` falls below `level` in direction `step`; nothing within `reach_nm`.
std::optional<double> edge(const Spectrum& s, Eigen::Index top, int step, double level, double reach_nm) {
  for (Eigen::Index i = top + step; i >= 0 && i < s.size(); i += step) {
    if (std::abs(s.wavelength_nm[i] - s.wavelength_nm[top]) > reach_nm + near_nm ||
        !std::isfinite(s.value[i]))
      break;
    if (s.value[i] < level) return spike_crossing(s, i - step, i, level);
  }
  return std::nullopt;
}

/// True if two single values beside already show that index i is no spike of `sigma` deviations.
bool plainly_none(const Spectrum& fine, Eigen::Index i, double sigma) {
  const double at = fine.wavelength_nm[i];
  const Eigen::Index left = index_at(fine, at - near_nm),
                     right = std::min(index_at(fine, at + near_nm), fine.size() - 1);
  const double height = fine.value[i] - 0.5 * (fine.value[left] + fine.value[right]);
  return height < 0.5 * sigma * std::sqrt(fine.variance[i]);
}

std::optional<Spike> spike_at(const Spectrum& fine, Eigen::Index i, double sigma) {
  const double at = fine.wavelength_nm[i];
  if (plainly_none(fine, i, sigma)) return std::nullopt;
  const auto left = median_within(fine, at - far_nm, at - near_nm),
             right = median_within(fine, at + near_nm, at + far_nm);
  if (!left && !right) return std::nullopt;
  const double level = 0.5 * (left.value_or(right.value_or(0.0)) + right.value_or(left.value_or(0.0)));
  const double height = fine.value[i] - level;
  if (!(height > sigma * std::sqrt(fine.variance[i]))) return std::nullopt;
  const auto low = edge(fine, i, -1, level + 0.5 * height, near_nm),
             high = edge(fine, i, 1, level + 0.5 * height, near_nm);
  if (!low || !high) return std::nullopt;
  return Spike{*low, *high, height, level};
}

double centroid(const Spectrum& spectrum, const Spike& spike) {
  const double reach = 0.5 * (spike.high_nm - spike.low_nm);
  double weights = 0.0, sum = 0.0;
  for (Eigen::Index i = index_at(spectrum, spike.low_nm - reach);
       i < spectrum.size() && spectrum.wavelength_nm[i] <= spike.high_nm + reach; ++i) {
    const double weight = spectrum.value[i] - spike.level;
    if (!(weight > 0.0)) continue;
    weights += weight;
    sum += weight * spectrum.wavelength_nm[i];
  }
  return weights > 0.0 ? sum / weights : 0.5 * (spike.low_nm + spike.high_nm);
}

bool is_top(const Spectrum& s, Eigen::Index i) {
  return std::isfinite(s.value[i]) && !(s.value[i - 1] > s.value[i]) && !(s.value[i + 1] >= s.value[i]);
}

}  // namespace

double width_nm(double width_meV, double wavelength_nm) {
  return 1e-3 * width_meV * wavelength_nm * wavelength_nm / hc_eV_nm;
}

void remove_odd_pixels(Spectrum& spectrum) {
  const Eigen::VectorXd original = spectrum.value;
  for (Eigen::Index i = 2; i + 2 < spectrum.size(); ++i) {
    double low = original[i - 2], high = low;
    for (const Eigen::Index j : {i - 1, i + 1, i + 2}) {
      low = std::fmin(low, original[j]);
      high = std::fmax(high, original[j]);
    }
    const double room = high - low + odd_deviations * std::sqrt(spectrum.variance[i]);
    if (original[i] > high + room || original[i] < low - room) spectrum.value[i] = std::nan("");
  }
}

std::vector<NarrowLine> remove_narrow_lines(Spectrum& spectrum, double narrowest_meV, double sigma) {
  const Spectrum fine = smoothed(spectrum, fine_width_nm);
  std::vector<NarrowLine> lines;
  std::vector<Spike> spikes;
  for (Eigen::Index i = 1; i + 1 < fine.size(); ++i) {
    if (!is_top(fine, i)) continue;
    const auto spike = spike_at(fine, i, sigma);
    const double limit = narrow_share * width_nm(narrowest_meV, fine.wavelength_nm[i]);
    if (!spike || spike->high_nm - spike->low_nm > limit) continue;
    const double at = centroid(spectrum, *spike);
    const bool known = !lines.empty() && std::abs(lines.back().nm - at) < 0.5 * limit;
    if (!known) lines.push_back({at, spike->height});
    spikes.push_back(*spike);
  }
  for (const Spike& spike : spikes) {
    const double reach = masked_widths * (spike.high_nm - spike.low_nm);
    for (Eigen::Index i = index_at(spectrum, spike.low_nm - reach);
         i < spectrum.size() && spectrum.wavelength_nm[i] <= spike.high_nm + reach; ++i) {
      spectrum.value[i] = std::nan("");
    }
  }
  std::stable_sort(lines.begin(), lines.end(),
                   [](const auto& a, const auto& b) { return a.height > b.height; });
  return lines;
}

}  // namespace nocturne::detail
