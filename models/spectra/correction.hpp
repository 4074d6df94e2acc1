#pragma once

#include <vector>

#include "models/spectra/frame.hpp"
#include "models/spectra/spectrum.hpp"

namespace nocturne {

/// Counts of a frame or the mean of several: dark-subtracted, linear, with the variance of each pixel.
struct CorrectedCounts {
  Spectrum counts;                  ///< NaN where a pixel was saturated, is bad or had no reading
  Eigen::VectorXd common_variance;  ///< part of counts.variance that all frames share: noise of the one dark
  std::vector<bool> saturated;  ///< per pixel, in any frame; not those that are saturated in the dark as well
};

/// Corrects and averages reads of one product. The variance of a pixel holds shot noise of the signal and of
/// `dark_counts`, which the dark current adds at this exposure, read noise and the dark's own noise:
/// ((y + dark) / gain + read²) / scans. `dark` without counts goes with frames that are dark-subtracted.
/// Throws std::invalid_argument if there is no frame, a length differs from the detector's, exposures differ
/// or are not positive, a frame that needs a dark has none, or lies so far below it (half) that it must have
/// been subtracted before.
CorrectedCounts corrected(const std::vector<Frame>& frames, const Frame& dark, const Detector& detector,
                          double dark_counts = 0.0);

/// What a detector and its darks say about every frame: turns counts into light. Bad pixels are those of all
/// darks together: one that is stuck in any of them is not trusted in the others.
class Correction {
 public:
  /// `darks` at any exposures, none if every frame comes dark-subtracted. Throws std::invalid_argument for
  /// frames that are no darks of this detector. `detector` must outlive this.
  Correction(const Detector& detector, std::vector<Frame> darks);

  /// corrected() with the dark of the frames' own exposure (dark_at) and bad pixels as NaN. Throws
  /// std::invalid_argument like both.
  CorrectedCounts light(const std::vector<Frame>& frames) const;
  const Detector& detector() const { return detector_; }
  const std::vector<Eigen::Index>& bad_pixels() const { return bad_pixels_; }

 private:
  const Detector& detector_;
  std::vector<Frame> darks_;
  std::vector<Eigen::Index> bad_pixels_;
  double dark_current_;  // counts/s
};

}  // namespace nocturne
