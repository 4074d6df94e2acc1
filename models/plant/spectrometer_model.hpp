#pragma once

#include <Eigen/Core>

#include "models/plant/disturbances.hpp"
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
  /// Counts of one exposure behind what disturbs it, from the light of both lamps and how long each shone (s,
  /// times its drift). In gas nothing emits, and the LED's line and the lamp go past it.
  struct Lit {
    double led_s = 0.0;
    double lamp_s = 0.0;
  };
  Eigen::VectorXd disturbed(const Eigen::VectorXd& led, const Eigen::VectorXd& lamp, Lit lit,
                            double exposure_s, const Disturbance& disturbance) const;
  /// What the converter gives for `light` counts and the dark of this exposure, rounded and clipped; the mean
  /// over `scans` exposures if there are several.
  Eigen::VectorXd counts(const Eigen::VectorXd& light, double exposure_s, int scans, RandomSequence& random,
                         double warmer_K = 0.0) const;

 private:
  void set_lights();
  void set_pixels();
  Eigen::VectorXd with_stray(Eigen::VectorXd light) const;

  PlantOptics optics_;
  PlantDisturbances disturbances_;
  PlantDetector constants_;
  Detector detector_;
  Eigen::VectorXd response_;    // relative sensitivity
  Eigen::VectorXd lamp_;        // counts/s through clear fluid
  Eigen::VectorXd led_line_;    // counts/s through clear fluid
  Eigen::VectorXd room_light_;  // counts/s
  Eigen::VectorXd film_;        // loss in the windows' film, relative to that at 500 nm
  double led_film_;             // likewise at the LED's wavelength
  Eigen::VectorXd pixel_width_nm_;
  Eigen::VectorXd fixed_pattern_;  // counts
  Eigen::VectorXd dark_;           // counts/s at the detector's mean temperature
};

}  // namespace nocturne
