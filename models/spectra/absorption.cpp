#include "models/spectra/absorption.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <stdexcept>
#include <vector>

#include "models/spectra/smoothing.hpp"

namespace nocturne {

namespace {

constexpr Eigen::Index fewest_offset_points = 5;
constexpr double cubic_reach_nm = 12.0;  // of the local cubics, to either side
constexpr double step_nm = 1.5;
constexpr double extreme_share = 0.55;  // of the distance from maximum to minimum: reach for their values
constexpr double near_nm = 7.0, largest_near_nm = 20.0;  // of the quartic at a wavelength
constexpr double top_share = 1.4, bend_share = 1.8;  // of the distance to the point of inflexion: reaches of
                                                     // the quintics
constexpr double shortest_reach_nm = 7.0, longest_bend_nm = 15.0;
constexpr std::size_t most_transitions = 4;
constexpr double noise_reach_nm = 15.0;
constexpr double fall_deviations = 8.0;  // of a maximum above its red side
constexpr double bend_deviations = 6.0;  // for a shoulder to count
constexpr double deviations = 4.0;       // of a maximum above its blue side
constexpr double least_height = 0.05;    // above the red side, relative to the largest absorbance
constexpr double least_bend = 0.15;      // of the strongest downward curvature, for a shoulder
constexpr double overlap_error = 0.3;  // of the distance to the flank: what a stronger neighbour moves a dip

/// Absorbance, slope and curvature on a regular grid.
struct Bend {
  double nm, value, slope, curvature, value_error, slope_error, curvature_error;
};

std::vector<Bend> bends(const Spectrum& spectrum, double low_nm, double high_nm) {
  std::vector<Bend> result;
  const double first = std::max(low_nm, spectrum.wavelength_nm[0] + 0.5 * cubic_reach_nm);
  const double last = std::min(high_nm, spectrum.wavelength_nm[spectrum.size() - 1] - 0.5 * cubic_reach_nm);
  for (double at = first; at <= last; at += step_nm) {
    const auto fit =
        fit_polynomial(spectrum, at - cubic_reach_nm, at + cubic_reach_nm, 3, Weighting::tapered);
    if (!fit) continue;
    result.push_back({at, fit->value(at), fit->slope(at), fit->curvature(at),
                      std::sqrt(fit->value_variance(at)), std::sqrt(fit->slope_variance(at)),
                      std::sqrt(fit->curvature_variance(at))});
  }
  return result;
}

double zero_between(double a_nm, double a, double b_nm, double b) {
  return a_nm + (b_nm - a_nm) * a / (a - b);
}

/// How high each point lies above the lowest one on its red side.
std::vector<double> heights(const std::vector<Bend>& curve) {
  std::vector<double> result(curve.size());
  double lowest = std::numeric_limits<double>::infinity();
  for (std::size_t i = curve.size(); i-- > 0;) {
    lowest = std::min(lowest, curve[i].value);
    result[i] = curve[i].value - lowest;
  }
  return result;
}

bool stands_out(double height, const Bend& bend, double largest) {
  return height > least_height * largest && height > fall_deviations * bend.value_error;
}

/// How far a quintic may reach from a maximum or a bend without flattening it: in proportion to the distance
/// of the point of inflexion on its red side.
double reach_at(const std::vector<Bend>& curve, std::size_t at, double share, double longest_nm) {
  std::size_t i = at;
  while (i + 1 < curve.size() && curve[i].curvature < 0.0) ++i;
  return std::clamp(share * (curve[i].nm - curve[at].nm), shortest_reach_nm, longest_nm);
}

/// The maximum near `start` by a quintic, which follows an exciton that cubics flatten.
Estimate refined_maximum(const Spectrum& spectrum, const Estimate& start, double reach) {
  const auto fit = fit_polynomial(spectrum, start.value - reach, start.value + reach, 5, Weighting::tapered);
  if (!fit) return start;
  double at = start.value;
  for (int i = 0; i < 20; ++i) {
    const double curvature = fit->curvature(at);
    if (!(curvature < 0.0)) return start;
    const double step = -fit->slope(at) / curvature;
    at += std::clamp(step, -2.0, 2.0);
    if (std::abs(at - start.value) > 0.5 * reach) return start;
    if (std::abs(step) < 1e-6) break;
  }
  return {at, std::sqrt(fit->slope_variance(at)) / -fit->curvature(at)};
}

/// The minimum near `start_nm`, by a quintic; `start_nm` if that has none there.
double minimum_near(const Spectrum& spectrum, double start_nm, double reach) {
  const auto fit = fit_polynomial(spectrum, start_nm - reach, start_nm + reach, 5, Weighting::tapered);
  if (!fit) return start_nm;
  double at = start_nm;
  for (int i = 0; i < 20; ++i) {
    const double curvature = fit->curvature(at);
    if (!(curvature > 0.0)) return start_nm;
    const double step = std::clamp(-fit->slope(at) / curvature, -2.0, 2.0);
    at += step;
    if (std::abs(at - start_nm) > 0.5 * reach) return start_nm;
    if (std::abs(step) < 1e-6) break;
  }
  return at;
}

/// The value at a place that a wider fit has found, so that noise does not choose the place by its value.
std::optional<Estimate> value_of_extreme(const Spectrum& spectrum, double at, double distance_nm) {
  for (double reach = extreme_share * distance_nm; reach <= largest_near_nm; reach *= 1.3) {
    if (const auto fit = fit_polynomial(spectrum, at - reach, at + reach, 5, Weighting::tapered))
      return Estimate{fit->value(at), std::sqrt(fit->value_variance(at))};
  }
  return std::nullopt;
}

std::optional<Exciton> maximum(const Spectrum& spectrum, const std::vector<Bend>& curve, double largest) {
  const std::vector<double> above = heights(curve);
  for (std::size_t i = curve.size(); i-- > 1;) {
    const Bend &left = curve[i - 1], &right = curve[i];
    if (!(left.slope > 0.0) || right.slope > 0.0 || right.nm - left.nm > 2.0 * step_nm) continue;
    const Bend& top = left.value > right.value ? left : right;
    if (!stands_out(above[i - 1], top, largest)) continue;
    const Bend* lowest = &top;
    for (std::size_t j = i; j-- > 0 && curve[j].value <= top.value;)
      lowest = curve[j].value < lowest->value ? &curve[j] : lowest;
    const double dip = top.value - lowest->value;
    if (!(dip > deviations * top.value_error) || !(top.curvature < 0.0)) continue;
    Exciton exciton;
    const Estimate start{zero_between(left.nm, left.slope, right.nm, right.slope),
                         top.slope_error / -top.curvature};
    exciton.nm = refined_maximum(spectrum, start, reach_at(curve, i, top_share, cubic_reach_nm));
    const double apart = exciton.nm.value - lowest->nm,
                 bottom = minimum_near(spectrum, lowest->nm, std::min(apart, cubic_reach_nm));
    const auto height = value_of_extreme(spectrum, exciton.nm.value, apart),
               valley = value_of_extreme(spectrum, bottom, apart);
    if (height && valley && valley->value > 0.0) {
      exciton.peak_valley_ratio = height->value / valley->value;
      exciton.peak_valley_error =
          std::hypot(height->standard_error, *exciton.peak_valley_ratio * valley->standard_error) /
          valley->value;
    }
    return exciton;
  }
  return std::nullopt;
}

/// Where the curvature is smallest near `start_nm`: a quintic's third derivative vanishes.
Estimate refined(const Spectrum& spectrum, double start_nm, double bend_reach_nm) {
  const auto fit =
      fit_polynomial(spectrum, start_nm - bend_reach_nm, start_nm + bend_reach_nm, 5, Weighting::tapered);
  if (!fit) return {start_nm, cubic_reach_nm};
  double at = start_nm;
  for (int i = 0; i < 20; ++i) {
    const double fourth = fit->fourth(at);
    if (!(fourth > 0.0)) return {start_nm, cubic_reach_nm};
    const double step = -fit->third(at) / fourth;
    at += std::clamp(step, -2.0, 2.0);
    if (std::abs(at - start_nm) > 0.5 * bend_reach_nm) return {start_nm, cubic_reach_nm};
    if (std::abs(step) < 1e-6) break;
  }
  return {at, std::min(std::sqrt(fit->third_variance(at)) / fit->fourth(at), cubic_reach_nm)};
}

/// A local minimum of the curvature between the highest curvatures around it.
struct Dip {
  Bend red, bottom, blue;

  double depth() const { return std::min(red.curvature, blue.curvature) - bottom.curvature; }
  double depth_error() const {
    const Bend& lower = red.curvature < blue.curvature ? red : blue;
    return std::hypot(lower.curvature_error, bottom.curvature_error);
  }
  /// What a stronger neighbour towards the blue may move it: the more, the more of its depth is owed to the
  /// neighbour's own flank.
  double moved_nm() const {
    const double owed = std::max(blue.curvature, 0.0);
    const double share = owed / std::max(owed, blue.curvature - bottom.curvature);
    return overlap_error * std::pow(std::min(share, 1.0), 2) * (red.nm - bottom.nm);
  }
};

Dip dip_at(const std::vector<Bend>& curve, std::size_t at) {
  const auto highest = [&](std::size_t step) {
    std::size_t best = at;
    for (std::size_t i = at + step; i < curve.size() && curve[i].curvature > curve[at].curvature; i += step)
      best = curve[i].curvature > curve[best].curvature ? i : best;
    return curve[best];
  };
  return {highest(1), curve[at], highest(static_cast<std::size_t>(-1))};
}

struct Bent {
  Exciton exciton;
  double moved_nm = 0.0;  ///< Dip::moved_nm()
};

/// Transitions by curvature, the first one first. A weak one on the flank of a strong one bends the curve
/// down without making it bend down as a whole: its dip in the curvature counts.
std::vector<Bent> bent(const Spectrum& spectrum, const std::vector<Bend>& curve, double largest) {
  const std::vector<double> above = heights(curve);
  double strongest = 0.0;
  for (std::size_t i = 0; i < curve.size(); ++i) {
    if (stands_out(above[i], curve[i], largest)) strongest = std::min(strongest, curve[i].curvature);
  }
  const auto counts = [&](double downward, double error) {
    return downward > -least_bend * strongest && downward > bend_deviations * error;
  };
  std::vector<Bent> found;
  for (std::size_t i = curve.size(); i-- > 2 && found.size() < most_transitions;) {
    const Bend &next = curve[i], &here = curve[i - 1], &before = curve[i - 2];
    if (!stands_out(above[i - 1], here, largest)) continue;
    if (here.curvature > next.curvature || here.curvature > before.curvature) continue;
    const Dip dip = dip_at(curve, i - 1);
    if (!counts(-here.curvature, here.curvature_error) && !counts(dip.depth(), dip.depth_error())) continue;
    if (!found.empty() && found.back().exciton.nm.value - here.nm < cubic_reach_nm) continue;
    Exciton exciton;
    exciton.nm = refined(spectrum, here.nm, reach_at(curve, i - 1, bend_share, longest_bend_nm));
    exciton.shoulder = true;
    exciton.definition = ExcitonDefinition::second_derivative_minimum;
    found.push_back({exciton, dip.moved_nm()});
  }
  return found;
}

/// Whether a maximum belongs to a higher transition than the first.
bool is_higher(const Exciton& maximum, const std::vector<Bent>& found) {
  const auto distance = [&](const Bent& one) { return std::abs(one.exciton.nm.value - maximum.nm.value); };
  return std::ranges::any_of(found, [&](const Bent& one) { return distance(one) < distance(found.front()); });
}

}  // namespace

Spectrum absorbance(const Spectrum& sample, const Spectrum& reference) {
  if (sample.size() != reference.size())
    throw std::invalid_argument("sample and reference have different lengths");
  const bool known = sample.variance.size() > 0 && reference.variance.size() > 0;
  const Eigen::Index n = sample.size();
  Spectrum result{sample.wavelength_nm, Eigen::VectorXd::Constant(n, std::nan("")),
                  Eigen::VectorXd::Constant(known ? n : 0, std::nan(""))};
  for (Eigen::Index i = 0; i < n; ++i) {
    const double s = sample.value[i], r = reference.value[i];
    if (!(s > 0.0) || !(r > 0.0)) continue;
    result.value[i] = -std::log10(s / r);
    if (!known) continue;
    result.variance[i] = (sample.variance[i] / (s * s) + reference.variance[i] / (r * r)) /
                         (std::numbers::ln10 * std::numbers::ln10);
    // Where the relative noise is large the logarithm is biased, and the pixel says nothing.
    if (result.variance[i] * std::numbers::ln10 * std::numbers::ln10 > 0.25) result.value[i] = std::nan("");
  }
  return result;
}

std::optional<Estimate> mean_around(const Spectrum& spectrum, double wavelength_nm, double width_nm) {
  const double low = wavelength_nm - 0.5 * width_nm, high = wavelength_nm + 0.5 * width_nm;
  double weights = 0.0, sum = 0.0;
  for (Eigen::Index i = index_at(spectrum, low); i < spectrum.size() && spectrum.wavelength_nm[i] <= high;
       ++i) {
    const double variance = spectrum.variance.size() > 0 ? spectrum.variance[i] : 1.0;
    if (!std::isfinite(spectrum.value[i]) || !(variance > 0.0)) continue;
    weights += 1.0 / variance;
    sum += spectrum.value[i] / variance;
  }
  if (weights == 0.0) return std::nullopt;
  return Estimate{sum / weights, spectrum.variance.size() > 0 ? 1.0 / std::sqrt(weights) : 0.0};
}

std::optional<Estimate> value_near(const Spectrum& spectrum, double wavelength_nm) {
  const auto points_between = [&](double low, double high) {
    for (Eigen::Index i = index_at(spectrum, low); i < spectrum.size() && spectrum.wavelength_nm[i] <= high;
         ++i) {
      if (std::isfinite(spectrum.value[i])) return true;
    }
    return false;
  };
  for (double reach = near_nm; reach <= largest_near_nm; reach *= 1.3) {
    const double low = wavelength_nm - reach, high = wavelength_nm + reach;
    if (!points_between(low, wavelength_nm) || !points_between(wavelength_nm, high)) continue;
    if (const auto fit = fit_polynomial(spectrum, low, high, 4, Weighting::tapered))
      return Estimate{fit->value(wavelength_nm), std::sqrt(fit->value_variance(wavelength_nm))};
  }
  return std::nullopt;
}

std::optional<Estimate> subtract_offset(Spectrum& absorbance, double low_nm, double high_nm) {
  Eigen::Index usable = 0;
  for (Eigen::Index i = index_at(absorbance, low_nm);
       i < absorbance.size() && absorbance.wavelength_nm[i] <= high_nm; ++i) {
    if (std::isfinite(absorbance.value[i])) ++usable;
  }
  if (usable < fewest_offset_points) return std::nullopt;
  const auto offset = mean_around(absorbance, 0.5 * (low_nm + high_nm), high_nm - low_nm);
  if (offset) absorbance.value.array() -= offset->value;
  return offset;
}

const char* name_of(ExcitonDefinition definition) {
  return definition == ExcitonDefinition::local_maximum ? "local maximum" : "second-derivative minimum";
}

Transitions transitions(const Spectrum& absorbance, double low_nm, double high_nm) {
  Transitions result;
  if (absorbance.size() < 5) return result;
  const Spectrum spectrum = with_noise(absorbance, noise_reach_nm);
  const std::vector<Bend> curve = bends(spectrum, low_nm, high_nm);
  const std::vector<double> above = heights(curve);
  const double largest = above.empty() ? 0.0 : *std::max_element(above.begin(), above.end());
  if (!(largest > 0.0)) return result;
  result.by_maximum = maximum(spectrum, curve, largest);
  const std::vector<Bent> found = bent(spectrum, curve, largest);
  if (found.empty()) return result;
  for (std::size_t i = 1; i < found.size(); ++i) result.higher.push_back(found[i].exciton);
  result.by_curvature = found.front().exciton;
  if (result.by_maximum && is_higher(*result.by_maximum, found)) result.by_maximum.reset();
  double& error = result.by_curvature->nm.standard_error;
  if (!result.by_maximum) error = std::hypot(error, found.front().moved_nm);
  return result;
}

std::optional<Exciton> Transitions::first() const { return by_maximum ? by_maximum : by_curvature; }

void Transitions::demote_first() {
  if (by_curvature) higher.insert(higher.begin(), *by_curvature);
  by_maximum.reset();
  by_curvature.reset();
}

std::optional<Exciton> first_exciton(const Spectrum& absorbance, double low_nm, double high_nm) {
  return transitions(absorbance, low_nm, high_nm).first();
}

}  // namespace nocturne
