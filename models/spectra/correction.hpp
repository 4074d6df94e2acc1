#pragma once

#include <vector>

#include "models/spectra/frame.hpp"
#include "models/spectra/spectrum.hpp"

namespace nocturne {

/// Counts of a frame or the mean of several: dark-subtracted, linear, with the variance of each pixel.
struct CorrectedCounts {
  Spectrum counts;                  ///< NaN where a pixel was saturated or had no reading
  Eigen::VectorXd common_variance;  ///< part of counts.variance that all frames share: noise of the one dark
  std::vector<bool> saturated;  ///< per pixel, in any frame; not those that are saturated in the dark as well
};

/// Corrects and averages reads of one product. The variance of a pixel holds shot noise of the signal, read
/// noise and the dark's own noise: (y / gain + read²) / scans. `dark` without counts goes with frames that
/// are dark-subtracted. Throws std::invalid_argument if there is no frame, a length differs from the
/// detector's, exposures differ, or a frame that needs a dark has none.
CorrectedCounts corrected(const std::vector<Frame>& frames, const Frame& dark, const Detector& detector);

}  // namespace nocturne
