#pragma once

#include <Eigen/Core>

#include "models/plant/optics.hpp"
#include "models/plant/random.hpp"
#include "models/spectra/frame.hpp"

namespace nocturne {

/// The lights, the fibre and the detector behind the cell.
class SpectrometerModel {
 public:
  explicit SpectrometerModel(const PlantParameters& parameters);

  const Detector& detector() const { return detector_; }
  /// Light on every pixel, counts/s of a perfect detector: with the LED on, and with the lamp on.
  Eigen::VectorXd led_light(const CellSpectra& cell) const;
  Eigen::VectorXd lamp_light(const CellSpectra& cell) const;
  /// What the converter gives for `light` counts and the dark of this exposure, rounded and clipped; the mean
  /// over `scans` exposures if there are several.
  Eigen::VectorXd counts(const Eigen::VectorXd& light, double exposure_s, int scans,
                         RandomSequence& random) const;

 private:
  Eigen::VectorXd with_stray(Eigen::VectorXd light) const;

  PlantOptics optics_;
  PlantDetector constants_;
  Detector detector_;
  Eigen::VectorXd response_;  // relative sensitivity
  Eigen::VectorXd lamp_;      // counts/s through clear fluid
  Eigen::VectorXd led_line_;  // counts/s through clear fluid
  Eigen::VectorXd pixel_width_nm_;
  Eigen::VectorXd fixed_pattern_;  // counts
};

}  // namespace nocturne
