#pragma once

#include <Eigen/Core>
#include <optional>
#include <vector>

#include "models/observation.hpp"
#include "models/spectra/frame.hpp"
#include "models/spectra/spectrum.hpp"

// What a detector adds to light, learned from darks and references.
namespace nocturne {

/// The dark of `detector` at `exposure_s`, from darks at other exposures: per pixel a straight line (offset
/// plus dark current times exposure) through the two nearest. A dark of that very exposure is returned as it
/// is (the mean, if there are several). Its scans are those of independent scans that would leave the same
/// noise. Throws std::invalid_argument if `exposure_s` is beyond the darks by more than a tenth of their
/// range, or for frames that are no darks or of different length.
Frame dark_at(const std::vector<Frame>& darks, double exposure_s, const Detector& detector);

/// Counts per second that the typical pixel collects without light: from the shortest and the longest dark,
/// 0 if all have one exposure and it is not known. For the shot noise that is in every frame. Darks are of
/// one length.
double dark_current(const std::vector<Frame>& darks);

/// Pixels that must not be used, because the instrument calls them unlit or in any of the darks they are not
/// finite, full, at zero although the others have an offset, or so far from their neighbours (20 robust
/// standard deviations of the pixel-to-pixel differences) that no light explains it: hot pixels, stuck bits,
/// edges. Ascending.
/// Throws std::invalid_argument for frames that are no darks of this detector.
std::vector<Eigen::Index> bad_pixels(const std::vector<Frame>& darks, const Detector& detector);
/// Sets these pixels to NaN.
void blind(Spectrum& counts, const std::vector<Eigen::Index>& pixels);

/// Subtracts the mean over a window that no light should reach (below the lamp's or the optics' edge): light
/// scattered inside the spectrometer, the same at every pixel. Returns it; its error joins every variance.
/// Nothing is subtracted and nothing returned if the window holds fewer than five usable pixels, or if it is
/// not flat within its errors (chi-squared, five standard deviations): then light does reach it.
std::optional<Estimate> subtract_stray_light(Spectrum& counts, double low_nm, double high_nm);

/// Gain of each pixel against its neighbours: a smooth light source divided by itself smoothed over
/// `width_nm`. What is left is the pixels' own response and the fringes of the detector's window (etalon).
/// Value 1 where unknown.
Spectrum fixed_pattern(const Spectrum& smooth_source, double width_nm);
/// Divides by the pattern; its error joins the variances. Throws std::invalid_argument for another grid.
void remove_fixed_pattern(Spectrum& counts, const Spectrum& pattern);

/// Light now over light then, from the same window of two spectra of the same source seen through nothing
/// that changes (a reference channel, or a window without absorption). Throws std::invalid_argument for
/// different grids or if nothing usable is in the window.
Estimate light_ratio(const Spectrum& now, const Spectrum& then, double low_nm, double high_nm);
/// Multiplies values by `factor`; its error joins the variances.
void scale(Spectrum& spectrum, Estimate factor);

/// Mean of reads that arrive one by one, with the variance of the mean from their scatter (Welford 1962,
/// 10.1080/00401706.1962.10490022). Keeps two vectors however long it runs.
class RunningMean {
 public:
  explicit RunningMean(Eigen::Index pixels);
  /// Throws std::invalid_argument for another length.
  void add(const Eigen::VectorXd& values);
  long count() const { return count_; }
  const Eigen::VectorXd& mean() const { return mean_; }
  /// Of the mean; infinite before the second read.
  Eigen::VectorXd variance() const;

 private:
  long count_ = 0;
  Eigen::VectorXd mean_, squares_;
};

}  // namespace nocturne
