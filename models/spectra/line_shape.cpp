#include "models/spectra/line_shape.hpp"

#include <algorithm>
#include <cmath>
#include <tuple>
#include <utility>

#include "models/sizing.hpp"
#include "models/spectra/smoothing.hpp"

namespace nocturne::detail {

namespace {

constexpr double quiet_widths = 2.0,
                 farthest_widths = 5.0;  // distances of the quiet stretches, in line widths
constexpr double low_noise = 40.0;       // height over noise from which the top fifth suffices
constexpr double edge_share = 0.2;       // of the width: reach of the fit around a half-maximum point
constexpr std::size_t fewest_top_points = 7, fewest_edge_points = 5, enough_edge_points = 12;

struct Stretch {
  double low_nm, high_nm;
  bool complete;  ///< false if the spectrum ends first
};

double crossing(const Spectrum& s, Eigen::Index inside, Eigen::Index outside, double level) {
  const double share = std::clamp((s.value[inside] - level) / (s.value[inside] - s.value[outside]), 0.0, 1.0);
  return s.wavelength_nm[inside] + share * (s.wavelength_nm[outside] - s.wavelength_nm[inside]);
}

/// The stretch around `top` where `smooth` stays above `level`.
Stretch stretch_above(const Spectrum& smooth, Eigen::Index top, double level) {
  Stretch stretch{smooth.wavelength_nm[0], smooth.wavelength_nm[smooth.size() - 1], true};
  for (const int step : {-1, 1}) {
    Eigen::Index last = top, i = top;
    while (i >= 0 && i < smooth.size() && !(smooth.value[i] < level)) {
      if (std::isfinite(smooth.value[i])) last = i;
      i += step;
    }
    if (i < 0 || i >= smooth.size()) {
      stretch.complete = false;
    } else {
      (step < 0 ? stretch.low_nm : stretch.high_nm) = crossing(smooth, last, i, level);
    }
  }
  return stretch;
}

std::size_t points_within(const Spectrum& signal, double low_nm, double high_nm) {
  std::size_t points = 0;
  for (Eigen::Index i = index_at(signal, low_nm); i < signal.size() && signal.wavelength_nm[i] <= high_nm;
       ++i) {
    if (std::isfinite(signal.value[i])) ++points;
  }
  return points;
}

/// The level of a quiet stretch and where it is.
struct Anchor {
  double at_nm, level, variance;
};

std::optional<Anchor> anchor(const Spectrum& signal, double low_nm, double high_nm) {
  const auto level = median_within(signal, low_nm, high_nm);
  const std::size_t points = points_within(signal, low_nm, high_nm);
  if (!level || points < fewest_edge_points) return std::nullopt;
  double variance = 0.0;
  for (Eigen::Index i = index_at(signal, low_nm); i < signal.size() && signal.wavelength_nm[i] <= high_nm;
       ++i) {
    if (std::isfinite(signal.value[i])) variance += signal.variance[i];
  }
  const auto n = static_cast<double>(points);
  constexpr double median_efficiency = 1.5707963267948966;  // variance of a median over that of a mean
  const double first = std::max(low_nm, signal.wavelength_nm[0]);
  const double last = std::min(high_nm, signal.wavelength_nm[signal.size() - 1]);
  return Anchor{0.5 * (first + last), *level, median_efficiency * variance / (n * n)};
}

/// The maximum of a fitted polynomial nearest to `start` by Newton steps.
std::optional<double> maximum_of(const LocalPolynomial& fit, double start, double low_nm, double high_nm) {
  double at = start;
  for (int i = 0; i < 30; ++i) {
    const double curvature = fit.curvature(at);
    if (!(curvature < 0.0)) return std::nullopt;
    const double step =
        std::clamp(-fit.slope(at) / curvature, 0.25 * (low_nm - high_nm), 0.25 * (high_nm - low_nm));
    at += step;
    if (!(at > low_nm && at < high_nm)) return std::nullopt;
    if (std::abs(step) < 1e-9) break;
  }
  return at;
}

struct Top {
  Estimate peak_nm, height;
};

std::optional<Top> fitted_top(const Spectrum& signal, const Stretch& stretch, double start, int degree) {
  const auto fit = fit_polynomial(signal, stretch.low_nm, stretch.high_nm, degree, Weighting::tapered);
  if (!fit) return std::nullopt;
  const auto at = maximum_of(*fit, start, stretch.low_nm, stretch.high_nm);
  if (!at) return std::nullopt;
  const double error = std::sqrt(fit->slope_variance(*at)) / std::abs(fit->curvature(*at));
  return Top{{*at, error}, {fit->value(*at), std::sqrt(fit->value_variance(*at))}};
}

std::optional<Top> top_of(const Spectrum& signal, const Spectrum& smooth, Eigen::Index top) {
  const double height = smooth.value[top], start = smooth.wavelength_nm[top];
  const bool quiet = height > low_noise * std::sqrt(smooth.variance[top]);
  for (const double share : quiet ? std::vector{0.8, 0.65, 0.5} : std::vector{0.5, 0.4}) {
    const Stretch stretch = stretch_above(smooth, top, share * height);
    if (points_within(signal, stretch.low_nm, stretch.high_nm) < fewest_top_points) continue;
    if (const auto fitted = fitted_top(signal, stretch, start, quiet ? 4 : 3)) return fitted;
  }
  // Few or noisy points: a parabola has a maximum where a cubic may have none.
  return fitted_top(signal, stretch_above(smooth, top, 0.5 * height), start, 2);
}

/// A wavelength at half maximum: its variance from the curve there, and how it moves with the level.
struct HalfPoint {
  double at_nm, variance, per_level;
};

std::optional<HalfPoint> half_point(const Spectrum& signal, double start_nm, double level, double width_nm) {
  double at = start_nm;
  std::optional<LocalPolynomial> fit;
  for (int pass = 0; pass < 4; ++pass) {
    double reach = edge_share * width_nm;
    while (points_within(signal, at - reach, at + reach) < fewest_edge_points && reach < width_nm)
      reach *= 1.3;
    fit = fit_polynomial(signal, at - reach, at + reach,
                         points_within(signal, at - reach, at + reach) < enough_edge_points ? 2 : 4);
    if (!fit) return std::nullopt;
    const double slope = fit->slope(at);
    if (slope == 0.0) return std::nullopt;
    at += std::clamp((level - fit->value(at)) / slope, -reach, reach);
  }
  const double slope = fit->slope(at);
  if (!std::isfinite(at) || slope == 0.0) return std::nullopt;
  return HalfPoint{at, fit->value_variance(at) / (slope * slope), 1.0 / slope};
}

void measure_width(EmissionLine& line, const Spectrum& signal, const Top& top, const Stretch& half,
                   double base_error) {
  const double width = half.high_nm - half.low_nm, level = 0.5 * top.height.value;
  const auto low = half_point(signal, half.low_nm, level, width),
             high = half_point(signal, half.high_nm, level, width);
  if (!low || !high || !(low->at_nm < top.peak_nm.value) || !(high->at_nm > top.peak_nm.value)) return;
  // Half the height moves by half of what height and baseline are off.
  const double level_variance =
      0.25 * (top.height.standard_error * top.height.standard_error + base_error * base_error);
  const auto error = [&](double low_factor, double high_factor) {
    const double common = high_factor * high->per_level - low_factor * low->per_level;
    return std::sqrt(high_factor * high_factor * high->variance + low_factor * low_factor * low->variance +
                     common * common * level_variance);
  };
  line.fwhm_nm = Estimate{high->at_nm - low->at_nm, error(1.0, 1.0)};
  const double meV = 1e3 * hc_eV_nm;
  line.fwhm_meV = Estimate{meV / low->at_nm - meV / high->at_nm,
                           error(meV / (low->at_nm * low->at_nm), meV / (high->at_nm * high->at_nm))};
  const double blue = top.peak_nm.value - low->at_nm, red = high->at_nm - top.peak_nm.value;
  // d(red / blue): the peak moves both halves.
  const double by_peak = (1.0 + red / blue) / blue * top.peak_nm.standard_error;
  line.asymmetry = Estimate{red / blue, std::hypot(error(-red / (blue * blue), 1.0 / blue), by_peak)};
  line.low_half_nm = low->at_nm;
  line.high_half_nm = high->at_nm;
}

}  // namespace

Baseline subtract_baseline(Spectrum& signal, Spectrum& smooth, const std::vector<Eigen::Index>& tops) {
  const double floor =
      *median_within(smooth, smooth.wavelength_nm[0], smooth.wavelength_nm[smooth.size() - 1]);
  double low = smooth.wavelength_nm[smooth.size() - 1], high = smooth.wavelength_nm[0];
  double low_width = 0.0, high_width = 0.0;
  for (const Eigen::Index top : tops) {
    const Stretch half = stretch_above(smooth, top, 0.5 * (smooth.value[top] + floor));
    const double width = half.high_nm - half.low_nm, at = smooth.wavelength_nm[top];
    if (at - quiet_widths * width < low)
      std::tie(low, low_width) = std::pair{at - quiet_widths * width, width};
    if (at + quiet_widths * width > high)
      std::tie(high, high_width) = std::pair{at + quiet_widths * width, width};
  }
  auto left = anchor(signal, low - (farthest_widths - quiet_widths) * low_width, low);
  auto right = anchor(signal, high, high + (farthest_widths - quiet_widths) * high_width);
  if (!left && !right) return {};
  if (!left) left = Anchor{right->at_nm - 1.0, right->level, right->variance};
  if (!right) right = Anchor{left->at_nm + 1.0, left->level, left->variance};
  const double slope = (right->level - left->level) / (right->at_nm - left->at_nm);
  const Baseline baseline{
      0.5 * (left->at_nm + right->at_nm),
      {0.5 * (left->level + right->level), 0.5 * std::sqrt(left->variance + right->variance)},
      slope};
  for (Eigen::Index i = 0; i < signal.size(); ++i) {
    signal.value[i] -= baseline.at(signal.wavelength_nm[i]);
    smooth.value[i] -= baseline.at(signal.wavelength_nm[i]);
  }
  return baseline;
}

std::optional<EmissionLine> measured_line(const Spectrum& signal, const Spectrum& smooth, Eigen::Index top,
                                          double base_error) {
  if (!(smooth.value[top] > 0.0)) return std::nullopt;
  const auto found = top_of(signal, smooth, top);
  if (!found || !(found->height.value > 0.0)) return std::nullopt;
  const Stretch half = stretch_above(smooth, top, 0.5 * smooth.value[top]);
  EmissionLine line;
  line.peak_nm = found->peak_nm;
  line.height = found->height.value;
  line.low_half_nm = half.low_nm;
  line.high_half_nm = half.high_nm;
  if (half.complete) measure_width(line, signal, *found, half, base_error);
  return line;
}

}  // namespace nocturne::detail
