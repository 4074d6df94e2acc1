#include "models/spectra/correction.hpp"

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <string>
#include <utility>

#include "models/spectra/detector_state.hpp"

namespace nocturne {

namespace {

constexpr double exposure_tolerance = 1e-6;      // relative
constexpr double clipped_deviations = 3.0;  // a mean this close to full scale contains clipped scans
constexpr double below_dark_deviations = 20.0;
constexpr double rounding_variance = 1.0 / 12.0;

double read_variance(const Detector& detector) {
  return detector.read_noise_counts * detector.read_noise_counts + rounding_variance;
}

double shot_variance(const Detector& detector, double counts) {
  return std::max(counts, 0.0) / std::max(detector.gain_electrons_per_count, 1e-12);
}

double scans_of(const Frame& frame) { return static_cast<double>(std::max(frame.scans, 1)); }

/// True if the frame lies so far below its dark that the dark must have been subtracted before.
bool below_dark(const Frame& frame, const Frame& dark, const Detector& detector) {
  double of_frame = 0.0, of_dark = 0.0, pixels = 0.0;
  for (Eigen::Index i = 0; i < frame.counts.size(); ++i) {
    if (!std::isfinite(frame.counts[i]) || !std::isfinite(dark.counts[i])) continue;
    of_frame += frame.counts[i];
    of_dark += dark.counts[i];
    ++pixels;
  }
  const double noise = below_dark_deviations * std::sqrt(read_variance(detector));
  return of_frame < 0.5 * of_dark && of_dark - of_frame > noise * pixels;
}

void check(const Frame& frame, const Frame& dark, const Detector& detector) {
  const Eigen::Index pixels = detector.wavelength_nm.size();
  if (frame.counts.size() != pixels) {
    throw std::invalid_argument("a frame of " + std::to_string(frame.counts.size()) +
                                " pixels from a detector with " + std::to_string(pixels));
  }
  if (!(frame.exposure_s > 0.0 && std::isfinite(frame.exposure_s)))
    throw std::invalid_argument("an exposure of " + std::to_string(frame.exposure_s) + " s (above 0)");
  if (frame.dark_subtracted) return;
  if (dark.counts.size() == 0)
    throw std::invalid_argument("a frame that is not dark-subtracted needs a dark");
  if (dark.counts.size() != pixels)
    throw std::invalid_argument("the dark has another number of pixels than the frame");
  const double difference = std::abs(dark.exposure_s - frame.exposure_s);
  if (!(difference <= exposure_tolerance * std::max(std::abs(dark.exposure_s), std::abs(frame.exposure_s)))) {
    throw std::invalid_argument("the dark was exposed for " + std::to_string(dark.exposure_s) +
                                " s, the frame for " + std::to_string(frame.exposure_s) + " s (the same)");
  }
  if (below_dark(frame, dark, detector))
    throw std::invalid_argument("a frame far below its dark (not subtracted before, or said to be so)");
}

/// True if the converter clipped at least one of the scans behind this mean.
bool clipped(const Frame& frame, double counts, double signal, const Detector& detector) {
  if (frame.scans <= 1) return counts >= detector.saturation_counts;
  const double deviation = std::sqrt(shot_variance(detector, signal) + read_variance(detector));
  return counts + clipped_deviations * deviation >= detector.saturation_counts;
}

double response(const Detector& detector, double counts) {
  if (detector.nonlinearity.empty()) return 1.0;
  const double y = std::max(counts, 0.0);
  double sum = 0.0;
  for (auto n = detector.nonlinearity.rbegin(); n != detector.nonlinearity.rend(); ++n) sum = sum * y + *n;
  return sum > 0.0 ? sum : 1.0;
}

}  // namespace

CorrectedCounts corrected(const std::vector<Frame>& frames, const Frame& dark, const Detector& detector,
                          double dark_counts) {
  if (frames.empty()) throw std::invalid_argument("no frame to correct");
  for (const Frame& frame : frames) check(frame, dark, detector);
  const Eigen::Index pixels = detector.wavelength_nm.size();
  CorrectedCounts result;
  result.counts = {detector.wavelength_nm, Eigen::VectorXd::Zero(pixels), Eigen::VectorXd::Zero(pixels)};
  result.common_variance = Eigen::VectorXd::Zero(pixels);
  result.saturated.assign(static_cast<std::size_t>(pixels), false);
  const auto n = static_cast<double>(frames.size());
  const double dark_variance =
      (shot_variance(detector, dark_counts) + read_variance(detector)) / scans_of(dark);
  for (Eigen::Index i = 0; i < pixels; ++i) {
    bool lost = false, saturated = false;
    for (const Frame& frame : frames) {
      const double level = frame.dark_subtracted ? 0.0 : dark.counts[i];
      const double signal = frame.counts[i] - level;
      const double gain = 1.0 / response(detector, signal);
      const bool full = clipped(frame, frame.counts[i], signal, detector);
      saturated = saturated || (full && level < detector.saturation_counts);
      lost = lost || full || !std::isfinite(signal);
      result.counts.value[i] += signal * gain / n;
      const double own =
          (shot_variance(detector, std::max(signal, 0.0) + dark_counts) + read_variance(detector)) /
          scans_of(frame);
      result.counts.variance[i] += gain * gain * own / (n * n);
      if (!frame.dark_subtracted) result.common_variance[i] += gain * gain * dark_variance / n;
    }
    result.counts.variance[i] += result.common_variance[i];
    result.saturated[static_cast<std::size_t>(i)] = saturated;
    if (lost) result.counts.value[i] = std::nan("");
  }
  return result;
}

Correction::Correction(const Detector& detector, std::vector<Frame> darks)
    : detector_{detector},
      darks_{std::move(darks)},
      bad_pixels_{nocturne::bad_pixels(darks_, detector)},
      dark_current_{nocturne::dark_current(darks_)} {}

CorrectedCounts Correction::light(const std::vector<Frame>& frames) const {
  if (frames.empty()) throw std::invalid_argument("no frame to correct");
  const double exposure_s = frames.front().exposure_s;
  const bool has_dark = !darks_.empty() && !std::ranges::all_of(frames, &Frame::dark_subtracted);
  const Frame dark = has_dark ? dark_at(darks_, exposure_s, detector_) : Frame{};
  CorrectedCounts result = corrected(frames, dark, detector_, dark_current_ * exposure_s);
  blind(result.counts, bad_pixels_);
  for (const Eigen::Index i : bad_pixels_) result.saturated[static_cast<std::size_t>(i)] = false;
  return result;
}

}  // namespace nocturne
