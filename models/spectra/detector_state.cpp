#include "models/spectra/detector_state.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <stdexcept>
#include <string>

#include "models/spectra/smoothing.hpp"

namespace nocturne {
namespace {

constexpr double kSameExposure = 1e-6;  // relative
constexpr double kBeyond = 0.1;         // of the range of exposures
constexpr double kHotDeviations = 20.0;
constexpr int kFewestPixels = 5;

bool same_exposure(double a, double b) { return std::abs(a - b) <= kSameExposure * std::max(a, b); }

void check(const Frame& dark, const Detector& detector) {
  if (dark.counts.size() != detector.wavelength_nm.size())
    throw std::invalid_argument{"a dark of " + std::to_string(dark.counts.size()) +
                                " pixels from a detector with " +
                                std::to_string(detector.wavelength_nm.size())};
  if (dark.lamp_on || dark.led_on || dark.dark_subtracted)
    throw std::invalid_argument{"a dark that was read with light or is dark-subtracted already"};
}

Frame mean_of(const std::vector<Frame>& frames) {
  Frame mean = frames.front();
  mean.counts.setZero();
  mean.scans = 0;
  for (const Frame& frame : frames) mean.scans += std::max(frame.scans, 1);
  for (const Frame& frame : frames) mean.counts += frame.counts * std::max(frame.scans, 1) / mean.scans;
  return mean;
}

/// Difference of each pixel from the median of the four around it.
Eigen::VectorXd against_neighbours(const Eigen::VectorXd& counts) {
  Eigen::VectorXd difference = Eigen::VectorXd::Constant(counts.size(), std::nan(""));
  for (Eigen::Index i = 0; i < counts.size(); ++i) {
    std::vector<double> around;
    for (Eigen::Index k = std::max<Eigen::Index>(i - 2, 0); k <= std::min(i + 2, counts.size() - 1); ++k)
      if (k != i && std::isfinite(counts[k])) around.push_back(counts[k]);
    if (!around.empty()) difference[i] = counts[i] - median(around);
  }
  return difference;
}

struct Mean {
  double value = 0.0, variance = 0.0;
  int pixels = 0;
};

Mean mean_within(const Spectrum& spectrum, double low_nm, double high_nm) {
  Mean mean;
  for (Eigen::Index i = 0; i < spectrum.size(); ++i) {
    if (spectrum.wavelength_nm[i] < low_nm || spectrum.wavelength_nm[i] > high_nm) continue;
    if (!std::isfinite(spectrum.value[i])) continue;
    mean.value += spectrum.value[i];
    mean.variance += spectrum.variance[i];
    ++mean.pixels;
  }
  mean.value /= std::max(mean.pixels, 1);
  mean.variance /= std::max(mean.pixels, 1) * std::max(mean.pixels, 1);
  return mean;
}

}  // namespace

Frame dark_at(const std::vector<Frame>& darks, double exposure_s, const Detector& detector) {
  if (darks.empty()) throw std::invalid_argument{"no dark"};
  for (const Frame& dark : darks) check(dark, detector);
  std::vector<Frame> same;
  for (const Frame& dark : darks)
    if (same_exposure(dark.exposure_s, exposure_s)) same.push_back(dark);
  if (!same.empty()) return mean_of(same);

  std::vector<Frame> ordered = darks;
  std::ranges::sort(ordered, {}, &Frame::exposure_s);
  const double shortest = ordered.front().exposure_s, longest = ordered.back().exposure_s;
  const double allowed = kBeyond * (longest - shortest);
  if (!(exposure_s >= shortest - allowed && exposure_s <= longest + allowed) ||
      same_exposure(shortest, longest))
    throw std::invalid_argument{"no dark for an exposure of " + std::to_string(exposure_s) +
                                " s (darks from " + std::to_string(shortest) + " to " +
                                std::to_string(longest) + " s)"};
  const auto above = std::ranges::find_if(ordered, [&](const Frame& f) { return f.exposure_s > exposure_s; });
  const auto upper = std::clamp(above, ordered.begin() + 1, ordered.end() - 1);
  const Frame &a = *(upper - 1), &b = *upper;
  const double share = (exposure_s - a.exposure_s) / (b.exposure_s - a.exposure_s);
  Frame dark = a;
  dark.exposure_s = exposure_s;
  dark.counts = (1.0 - share) * a.counts + share * b.counts;
  const double variance =
      (1.0 - share) * (1.0 - share) / std::max(a.scans, 1) + share * share / std::max(b.scans, 1);
  dark.scans = std::max(1, static_cast<int>(1.0 / variance));
  return dark;
}

std::vector<Eigen::Index> bad_pixels(const Frame& dark) {
  const Eigen::VectorXd difference = against_neighbours(dark.counts);
  std::vector<double> sizes;
  for (const double d : difference)
    if (std::isfinite(d)) sizes.push_back(std::abs(d));
  std::vector<Eigen::Index> bad;
  if (sizes.empty()) return bad;
  const double limit = kHotDeviations * std::max(median_to_deviation * median(sizes), 1.0);
  for (Eigen::Index i = 0; i < dark.counts.size(); ++i)
    if (!(std::abs(difference[i]) <= limit)) bad.push_back(i);
  return bad;
}

void blind(Spectrum& counts, const std::vector<Eigen::Index>& pixels) {
  for (const Eigen::Index i : pixels) counts.value[i] = std::nan("");
}

Estimate subtract_stray_light(Spectrum& counts, double low_nm, double high_nm) {
  const Mean mean = mean_within(counts, low_nm, high_nm);
  if (mean.pixels < kFewestPixels)
    throw std::invalid_argument{"fewer than five usable pixels between " + std::to_string(low_nm) + " and " +
                                std::to_string(high_nm) + " nm"};
  counts.value.array() -= mean.value;
  counts.variance.array() += mean.variance;
  return {mean.value, std::sqrt(mean.variance)};
}

Spectrum fixed_pattern(const Spectrum& smooth_source, double width_nm) {
  const Spectrum smooth = smoothed(smooth_source, width_nm);
  Spectrum pattern{smooth_source.wavelength_nm, Eigen::VectorXd::Ones(smooth_source.size()),
                   Eigen::VectorXd::Zero(smooth_source.size())};
  for (Eigen::Index i = 0; i < pattern.size(); ++i) {
    const double gain = smooth_source.value[i] / smooth.value[i];
    if (!std::isfinite(gain) || gain <= 0.0) continue;
    pattern.value[i] = gain;
    pattern.variance[i] = smooth_source.variance[i] / (smooth.value[i] * smooth.value[i]);
  }
  return pattern;
}

void remove_fixed_pattern(Spectrum& counts, const Spectrum& pattern) {
  if (counts.wavelength_nm != pattern.wavelength_nm)
    throw std::invalid_argument{"the fixed pattern is on another wavelength grid"};
  for (Eigen::Index i = 0; i < counts.size(); ++i) {
    const double gain = pattern.value[i];
    counts.value[i] /= gain;
    counts.variance[i] =
        (counts.variance[i] + counts.value[i] * counts.value[i] * pattern.variance[i]) / (gain * gain);
  }
}

Estimate light_ratio(const Spectrum& now, const Spectrum& then, double low_nm, double high_nm) {
  if (now.wavelength_nm != then.wavelength_nm)
    throw std::invalid_argument{"two spectra on different wavelength grids"};
  const Mean a = mean_within(now, low_nm, high_nm), b = mean_within(then, low_nm, high_nm);
  if (a.pixels < kFewestPixels || b.pixels < kFewestPixels || a.value <= 0.0 || b.value <= 0.0)
    throw std::invalid_argument{"no light between " + std::to_string(low_nm) + " and " +
                                std::to_string(high_nm) + " nm"};
  const double ratio = a.value / b.value;
  return {ratio, ratio * std::sqrt(a.variance / (a.value * a.value) + b.variance / (b.value * b.value))};
}

void scale(Spectrum& spectrum, Estimate factor) {
  const double error = factor.standard_error;
  spectrum.variance = spectrum.variance.array() * factor.value * factor.value +
                      spectrum.value.array().square() * error * error;
  spectrum.value *= factor.value;
}

RunningMean::RunningMean(Eigen::Index pixels)
    : mean_{Eigen::VectorXd::Zero(pixels)}, squares_{Eigen::VectorXd::Zero(pixels)} {}

void RunningMean::add(const Eigen::VectorXd& values) {
  if (values.size() != mean_.size())
    throw std::invalid_argument{"a read of " + std::to_string(values.size()) + " pixels among reads of " +
                                std::to_string(mean_.size())};
  ++count_;
  for (Eigen::Index i = 0; i < values.size(); ++i) {
    const double before = values[i] - mean_[i];
    mean_[i] += before / static_cast<double>(count_);
    squares_[i] += before * (values[i] - mean_[i]);
  }
}

Eigen::VectorXd RunningMean::variance() const {
  if (count_ < 2) return Eigen::VectorXd::Constant(mean_.size(), std::numeric_limits<double>::infinity());
  const auto n = static_cast<double>(count_);
  return squares_ / (n * (n - 1.0));
}

}  // namespace nocturne
