#pragma once

#include <Eigen/Core>
#include <string>
#include <vector>

namespace nocturne {

/// What is known of a detector before any light falls on it.
struct Detector {
  std::string model;
  std::string serial;
  Eigen::VectorXd wavelength_nm;  ///< pixel centres, ascending
  double saturation_counts = 65535.0;
  std::vector<double>
      nonlinearity;  ///< corrected = y / sum n_i y^i, y dark-subtracted counts; empty = linear
  double gain_electrons_per_count = 1.0;     ///< for shot noise
  double read_noise_counts = 0.0;            ///< standard deviation of one scan of one pixel
  std::vector<Eigen::Index> unlit_pixels{};  ///< that no light reaches, by the instrument's own word
};

/// Counts as the instrument gave them. The processing state is data, not a habit.
struct Frame {
  Eigen::VectorXd counts;  ///< mean over scans
  double exposure_s = 0.0;
  int scans = 1;
  bool dark_subtracted = false;
  bool lamp_on = false;
  bool led_on = false;
};

}  // namespace nocturne
