#include "models/spectra/wavelength_check.hpp"

#include <Eigen/Dense>
#include <algorithm>
#include <boost/math/distributions/binomial.hpp>
#include <cmath>
#include <optional>
#include <string>

#include "models/spectra/smoothing.hpp"

namespace nocturne {
namespace {

constexpr double kLampNoiseReach_nm = 30.0;
constexpr double kBackgroundReach_nm = 8.0;
constexpr std::size_t kFewestLines = 3;
constexpr double kLargestChance = 1e-3;  // that another spectrum's peaks stand where the lines should
/// Pixels sample a line of few pixels' width unevenly, so a centre is never better known than this share of
/// one.
constexpr double kPixelFloor = 0.05;

/// The highest pixel within reach that is higher than its neighbours; nothing if the largest value is at the
/// border, which is the flank of something else, or if a pixel there has no reading, which may be the line's
/// clipped top.
std::optional<Eigen::Index> top_near(const Spectrum& lamp, double nm, double reach) {
  const Eigen::Index first = std::max<Eigen::Index>(index_at(lamp, nm - reach), 2);
  const Eigen::Index end = std::min<Eigen::Index>(index_at(lamp, nm + reach), lamp.size() - 2);
  std::optional<Eigen::Index> top;
  if (first >= end || !lamp.value.segment(first, end - first).allFinite()) return top;
  for (Eigen::Index i = first; i < end; ++i)
    if (lamp.value[i] >= lamp.value[i - 1] && lamp.value[i] > lamp.value[i + 1] &&
        (!top || lamp.value[i] > lamp.value[*top]))
      top = i;
  return top;
}

/// Centre of the Gaussian through the three highest pixels: a parabola through their logarithms.
Estimate gaussian_centre(const Spectrum& lamp, Eigen::Index top, double background) {
  const double step = 0.5 * (lamp.wavelength_nm[top + 1] - lamp.wavelength_nm[top - 1]);
  double logarithm[3], error[3];
  for (int k = 0; k < 3; ++k) {
    const Eigen::Index i = top + k - 1;
    const double deviation = std::sqrt(lamp.variance[i]);
    const double height = std::max(lamp.value[i] - background, deviation);
    logarithm[k] = std::log(height);
    error[k] = deviation / height;
  }
  const double curvature = logarithm[0] - 2.0 * logarithm[1] + logarithm[2];
  const double slope = 0.5 * (logarithm[2] - logarithm[0]);
  const double shift = curvature < 0.0 ? std::clamp(-slope / curvature, -0.5, 0.5) : 0.0;
  const double counted = curvature < 0.0 ? 0.5 * std::hypot(error[0], error[2]) / -curvature : 0.5;
  return {lamp.wavelength_nm[top] + shift * step, step * std::hypot(counted, kPixelFloor)};
}

/// The line of `nm`, looked for about `expected_nm`.
std::optional<LampLine> find_line(const Spectrum& lamp, double nm, double expected_nm, double search_nm,
                                  double detection_sigma) {
  if (expected_nm < lamp.wavelength_nm[0] || expected_nm > lamp.wavelength_nm[lamp.size() - 1])
    return std::nullopt;
  const std::optional<Eigen::Index> top = top_near(lamp, expected_nm, search_nm);
  const std::optional<double> background =
      median_within(lamp, expected_nm - kBackgroundReach_nm, expected_nm + kBackgroundReach_nm);
  if (!top || !background) return std::nullopt;
  const double height = lamp.value[*top] - *background;
  if (!(height > detection_sigma * std::sqrt(lamp.variance[*top]))) return std::nullopt;
  return LampLine{nm, gaussian_centre(lamp, *top, *background)};
}

/// Median offset of the lines that have no neighbour within reach, so that none is taken for another.
double rough_offset(const Spectrum& lamp, const std::vector<double>& lines_nm, double search_nm,
                    double detection_sigma) {
  std::vector<double> offsets;
  for (const double nm : lines_nm) {
    const auto near = [&](double other) { return other != nm && std::abs(other - nm) <= 2.0 * search_nm; };
    if (std::ranges::any_of(lines_nm, near)) continue;
    if (const auto line = find_line(lamp, nm, nm, search_nm, detection_sigma))
      offsets.push_back(line->measured_nm.value - nm);
  }
  if (offsets.empty()) return 0.0;
  std::ranges::sort(offsets);
  return offsets[offsets.size() / 2];
}

/// Share of the places between the lines where a search as wide as that for a line finds something.
double share_of_peaks(const Spectrum& lamp, const std::vector<double>& lines_nm, double offset_nm,
                      double search_nm, double detection_sigma) {
  double places = 1.0, peaks = 1.0;  // a sparse spectrum leaves the share uncertain, never 0
  for (double nm = lamp.wavelength_nm[0] + search_nm; nm < lamp.wavelength_nm[lamp.size() - 1] - search_nm;
       nm += search_nm) {
    const auto near = [&](double line) { return std::abs(line + offset_nm - nm) <= search_nm; };
    if (std::ranges::any_of(lines_nm, near)) continue;
    places += 1.0;
    peaks += find_line(lamp, nm, nm, 0.5 * search_nm, detection_sigma) ? 1.0 : 0.0;
  }
  return peaks / places;
}

/// Throws NotALampSpectrum if other peaks are so dense that they explain `found` lines.
void refuse_chance(const Spectrum& lamp, std::size_t found, const std::vector<double>& lines_nm,
                   double offset_nm, double search_nm, double detection_sigma) {
  const auto covered = [&](double nm) {
    return nm + offset_nm >= lamp.wavelength_nm[0] && nm + offset_nm <= lamp.wavelength_nm[lamp.size() - 1];
  };
  const auto looked_for = static_cast<std::size_t>(std::ranges::count_if(lines_nm, covered));
  const double share = share_of_peaks(lamp, lines_nm, offset_nm, search_nm, detection_sigma);
  const boost::math::binomial_distribution<double> others{static_cast<double>(looked_for), share};
  if (boost::math::cdf(boost::math::complement(others, static_cast<double>(found) - 1.0)) > kLargestChance)
    throw NotALampSpectrum{"peaks at " + std::to_string(found) + " of " + std::to_string(looked_for) +
                           " lamp lines may be there by chance, among so many others"};
}

/// Straight line through the lines' offsets.
void fit_scale(WavelengthCheck& check) {
  // The lines' places scatter more than they are read: what the linear model misses is common to all of them.
  const auto n = static_cast<Eigen::Index>(check.lines.size());
  Eigen::ArrayXd place(n), offset(n), variance(n);
  for (Eigen::Index i = 0; i < n; ++i) {
    const LampLine& line = check.lines[static_cast<std::size_t>(i)];
    place[i] = line.reference_nm / 100.0;
    offset[i] = line.measured_nm.value - line.reference_nm;
    variance[i] = line.measured_nm.standard_error * line.measured_nm.standard_error;
  }
  const Eigen::ArrayXd weight = 1.0 / variance;
  const double total = weight.sum();
  const double centre = (weight * place).sum() / total;
  const double mean = (weight * offset).sum() / total;
  const double spread = (weight * (place - centre).square()).sum();
  const double slope = (weight * (place - centre) * (offset - mean)).sum() / spread;
  const Eigen::ArrayXd residual = offset - mean - slope * (place - centre);
  const double excess = std::max(1.0, (weight * residual.square()).sum() / static_cast<double>(n - 2));
  check.centre_nm = 100.0 * centre;
  check.offset_nm = {mean, std::sqrt(excess / total)};
  check.dispersion_nm_per_100 = {slope, std::sqrt(excess / spread)};
  check.rms_nm = std::sqrt(residual.square().mean());
}

}  // namespace

const std::vector<double>& mercury_argon_lines_nm() {
  static const std::vector<double> lines{253.652, 296.728, 404.656, 435.833, 546.074, 576.960,
                                         579.066, 696.543, 763.511, 811.531, 912.297};
  return lines;
}

Estimate WavelengthCheck::correction_nm(double wavelength_nm) const {
  const double x = (wavelength_nm - centre_nm) / 100.0;
  return {offset_nm.value + dispersion_nm_per_100.value * x,
          std::hypot(offset_nm.standard_error, x * dispersion_nm_per_100.standard_error)};
}

WavelengthCheck check_wavelengths(const Spectrum& lamp, const std::vector<double>& lines_nm, double search_nm,
                                  double detection_sigma) {
  const Spectrum known = with_noise(lamp, kLampNoiseReach_nm);
  WavelengthCheck check;
  const double offset_nm = rough_offset(known, lines_nm, search_nm, detection_sigma);
  for (const double nm : lines_nm)
    if (const auto line = find_line(known, nm, nm + offset_nm, 0.5 * search_nm, detection_sigma))
      check.lines.push_back(*line);
  if (check.lines.size() < kFewestLines)
    throw NotALampSpectrum{"only " + std::to_string(check.lines.size()) + " of " +
                           std::to_string(lines_nm.size()) +
                           " lamp lines stand out of the noise (3: is the lamp on?)"};

  refuse_chance(known, check.lines.size(), lines_nm, offset_nm, search_nm, detection_sigma);
  fit_scale(check);
  if (check.rms_nm > 0.25 * search_nm)
    throw NotALampSpectrum{"the lines scatter by " + std::to_string(check.rms_nm) +
                           " nm about a straight line: this is another lamp"};
  return check;
}

}  // namespace nocturne
