#include "models/spectra/detector_state.hpp"

#include <algorithm>
#include <array>
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
constexpr double kFlatDeviations = 5.0;
constexpr Eigen::Index kNeighbours = 4;  // to either side

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
  if (frames.size() == 1) return frames.front();
  Frame mean = frames.front();
  mean.counts.setZero();
  mean.scans = 0;
  for (const Frame& frame : frames) mean.scans += std::max(frame.scans, 1);
  for (const Frame& frame : frames) mean.counts += frame.counts * std::max(frame.scans, 1) / mean.scans;
  return mean;
}

/// One dark for each exposure, ascending.
std::vector<Frame> by_exposure(std::vector<Frame> darks) {
  std::ranges::stable_sort(darks, {}, &Frame::exposure_s);
  std::vector<Frame> known;
  for (auto first = darks.begin(); first != darks.end();) {
    const auto last = std::find_if(
        first, darks.end(), [&](const Frame& f) { return !same_exposure(f.exposure_s, first->exposure_s); });
    known.push_back(mean_of({first, last}));
    first = last;
  }
  return known;
}

/// The straight line through two darks.
Frame between(const Frame& a, const Frame& b, double exposure_s) {
  const double share = (exposure_s - a.exposure_s) / (b.exposure_s - a.exposure_s);
  const double variance =
      (1.0 - share) * (1.0 - share) / std::max(a.scans, 1) + share * share / std::max(b.scans, 1);
  Frame dark;
  dark.counts = (1.0 - share) * a.counts + share * b.counts;
  dark.exposure_s = exposure_s;
  dark.scans = std::max(1, static_cast<int>(1.0 / variance));
  return dark;
}

/// Difference of each pixel from the median of those around it.
Eigen::VectorXd against_neighbours(const Eigen::VectorXd& counts) {
  Eigen::VectorXd difference = Eigen::VectorXd::Constant(counts.size(), std::nan(""));
  std::array<double, 2 * kNeighbours> around{};
  for (Eigen::Index i = 0; i < counts.size(); ++i) {
    std::size_t n = 0;
    const Eigen::Index last = std::min(i + kNeighbours, counts.size() - 1);
    for (Eigen::Index k = std::max<Eigen::Index>(i - kNeighbours, 0); k <= last; ++k)
      if (k != i && std::isfinite(counts[k])) around[n++] = counts[k];
    const auto middle = around.begin() + static_cast<std::ptrdiff_t>(n / 2);
    std::nth_element(around.begin(), middle, around.begin() + static_cast<std::ptrdiff_t>(n));
    if (n > 0) difference[i] = counts[i] - *middle;
  }
  return difference;
}

double median_size(const Eigen::VectorXd& values) {
  std::vector<double> sizes;
  for (const double value : values)
    if (std::isfinite(value)) sizes.push_back(std::abs(value));
  return sizes.empty() ? 0.0 : median(sizes);
}

struct Mean {
  double value = 0.0, variance = 0.0;
  int pixels = 0;
};

/// Calls `take` with every usable pixel of the window.
template <class Take>
void for_each_within(const Spectrum& spectrum, double low_nm, double high_nm, Take take) {
  for (Eigen::Index i = index_at(spectrum, low_nm);
       i < spectrum.size() && spectrum.wavelength_nm[i] <= high_nm; ++i)
    if (std::isfinite(spectrum.value[i])) take(i);
}

Mean mean_within(const Spectrum& spectrum, double low_nm, double high_nm) {
  Mean mean;
  for_each_within(spectrum, low_nm, high_nm, [&](Eigen::Index i) {
    mean.value += spectrum.value[i];
    mean.variance += spectrum.variance[i];
    ++mean.pixels;
  });
  mean.value /= std::max(mean.pixels, 1);
  mean.variance /= std::max(mean.pixels, 1) * std::max(mean.pixels, 1);
  return mean;
}

}  // namespace

Frame dark_at(const std::vector<Frame>& darks, double exposure_s, const Detector& detector) {
  if (darks.empty()) throw std::invalid_argument{"no dark"};
  for (const Frame& dark : darks) check(dark, detector);
  const std::vector<Frame> known = by_exposure(darks);
  for (const Frame& dark : known)
    if (same_exposure(dark.exposure_s, exposure_s)) return dark;

  const double shortest = known.front().exposure_s, longest = known.back().exposure_s;
  const double allowed = kBeyond * (longest - shortest);
  const bool within = exposure_s >= shortest - allowed && exposure_s <= longest + allowed;
  if (known.size() < 2 || !within)
    throw std::invalid_argument{"no dark for an exposure of " + std::to_string(exposure_s) +
                                " s (darks from " + std::to_string(shortest) + " to " +
                                std::to_string(longest) + " s)"};
  const auto above = std::ranges::find_if(known, [&](const Frame& f) { return f.exposure_s > exposure_s; });
  const auto upper = std::clamp(above, known.begin() + 1, known.end() - 1);
  return between(*(upper - 1), *upper, exposure_s);
}

double dark_current(const std::vector<Frame>& darks) {
  if (darks.empty()) return 0.0;
  const auto [shortest, longest] = std::ranges::minmax_element(darks, {}, &Frame::exposure_s);
  if (same_exposure(shortest->exposure_s, longest->exposure_s)) return 0.0;
  std::vector<double> added;
  for (Eigen::Index i = 0; i < longest->counts.size(); ++i) {
    const double difference = longest->counts[i] - shortest->counts[i];
    if (std::isfinite(difference)) added.push_back(difference);
  }
  if (added.empty()) return 0.0;
  return std::max(0.0, median(added) / (longest->exposure_s - shortest->exposure_s));
}

std::vector<Eigen::Index> bad_pixels(const std::vector<Frame>& darks, const Detector& detector) {
  std::vector<bool> is_bad(static_cast<std::size_t>(detector.wavelength_nm.size()), false);
  for (const Eigen::Index i : detector.unlit_pixels) {
    if (i < 0 || i >= detector.wavelength_nm.size())
      throw std::invalid_argument{"there is no pixel " + std::to_string(i) + " to be unlit"};
    is_bad[static_cast<std::size_t>(i)] = true;
  }
  for (const Frame& dark : darks) {
    check(dark, detector);
    const Eigen::VectorXd difference = against_neighbours(dark.counts);
    const double limit = kHotDeviations * std::max(median_to_deviation * median_size(difference), 1.0);
    const bool has_offset = median_size(dark.counts) > limit;
    for (Eigen::Index i = 0; i < dark.counts.size(); ++i) {
      const double counts = dark.counts[i];
      const bool like_others = std::abs(difference[i]) <= limit && !(has_offset && counts <= 0.0);
      if (!like_others || !(counts < detector.saturation_counts)) is_bad[static_cast<std::size_t>(i)] = true;
    }
  }
  std::vector<Eigen::Index> bad;
  for (std::size_t i = 0; i < is_bad.size(); ++i)
    if (is_bad[i]) bad.push_back(static_cast<Eigen::Index>(i));
  return bad;
}

void blind(Spectrum& counts, const std::vector<Eigen::Index>& pixels) {
  for (const Eigen::Index i : pixels) counts.value[i] = std::nan("");
}

std::optional<Estimate> subtract_stray_light(Spectrum& counts, double low_nm, double high_nm) {
  const Mean mean = mean_within(counts, low_nm, high_nm);
  if (mean.pixels < kFewestPixels) return std::nullopt;
  double chi_squared = 0.0;
  for_each_within(counts, low_nm, high_nm, [&](Eigen::Index i) {
    chi_squared += std::pow(counts.value[i] - mean.value, 2) / counts.variance[i];
  });
  const double expected = mean.pixels - 1.0;
  if (!(chi_squared <= expected + kFlatDeviations * std::sqrt(2.0 * expected))) return std::nullopt;
  counts.value.array() -= mean.value;
  counts.variance.array() += mean.variance;
  return Estimate{mean.value, std::sqrt(mean.variance)};
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
