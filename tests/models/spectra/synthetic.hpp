#pragma once

#include <Eigen/Core>
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <functional>
#include <random>

#include "models/material.hpp"
#include "models/sizing.hpp"
#include "models/spectra/frame.hpp"
#include "models/spectra/spectrum.hpp"
#include "support/cspbbr3_curve.hpp"
#include "support/tally.hpp"

namespace nocturne::test {

/// A detector like those of the trade: 2136 pixels, slightly curved wavelength scale, 16 bits.
inline Detector detector() {
  Detector d;
  d.model = "synthetic";
  d.wavelength_nm = Eigen::VectorXd::LinSpaced(2136, 0.0, 2135.0);
  d.wavelength_nm = d.wavelength_nm.unaryExpr([](double n) { return 350.0 + 0.32 * n - 8e-6 * n * n; });
  d.saturation_counts = 65535.0;
  d.gain_electrons_per_count = 2.0;
  d.read_noise_counts = 8.0;
  return d;
}

/// Counts per wavelength without noise, beyond the dark.
using Light = std::function<double(double nm)>;

inline Light gaussian(double peak_nm, double fwhm_nm, double height) {
  return [=](double nm) {
    return height * std::exp(-4.0 * std::log(2.0) * std::pow((nm - peak_nm) / fwhm_nm, 2));
  };
}

/// Gaussian in energy: over wavelength its maximum is at `peak_nm` and it is skewed.
inline Light energy_gaussian(double peak_nm, double fwhm_meV, double height) {
  return [=](double nm) {
    const double e = 1e3 * (hc_eV_nm / nm - hc_eV_nm / peak_nm) / fwhm_meV;
    return height * std::exp(-4.0 * std::log(2.0) * e * e);
  };
}

inline void add_noise(Spectrum& s, double deviation, std::uint64_t seed) {
  std::mt19937_64 random{seed};
  std::normal_distribution<double> normal{0.0, deviation};
  for (double& v : s.value) v += normal(random);
}

inline Light sum(Light a, Light b) {
  return [=](double nm) { return a(nm) + b(nm); };
}

/// Exposes with shot and read noise over a dark of `dark_counts` with fixed pattern; rounds after averaging
/// no further.
class Camera {
 public:
  explicit Camera(std::uint64_t seed, Detector of = test::detector())
      : detector_{std::move(of)}, random_{seed} {}

  Frame expose(const Light& light, int scans = 1, double exposure_s = 0.3) {
    Frame frame;
    frame.exposure_s = exposure_s;
    frame.scans = scans;
    frame.counts = Eigen::VectorXd::Zero(detector_.wavelength_nm.size());
    for (int s = 0; s < scans; ++s) {
      for (Eigen::Index i = 0; i < frame.counts.size(); ++i) {
        const double signal = light(detector_.wavelength_nm[i]),
                     pattern = 1500.0 + 40.0 * std::sin(0.7 * double(i));
        const double deviation = std::sqrt(std::max(signal, 0.0) / detector_.gain_electrons_per_count +
                                           std::pow(detector_.read_noise_counts, 2));
        const double counts = std::round(signal + pattern + deviation * normal_(random_));
        frame.counts[i] += std::clamp(counts, 0.0, detector_.saturation_counts) / scans;
      }
    }
    return frame;
  }
  Frame dark(int scans = 1, double exposure_s = 0.3) {
    return expose([](double) { return 0.0; }, scans, exposure_s);
  }
  const Detector& detector() const { return detector_; }

 private:
  Detector detector_;
  std::mt19937_64 random_;
  std::normal_distribution<double> normal_;
};

/// The published sizing curve and platelet windows of CsPbBr3.
inline Material bromide() {
  Material m = cspbbr3_curve();
  m.name = "CsPbBr3";
  m.absorption_450_per_cm = 0.87e5;
  m.molar_volume_cm3 = 122.0;
  m.platelets = {{2, 427, 437}, {3, 455, 465}, {4, 471, 478}, {5, 484, 489},
                 {6, 491, 497}, {7, 498, 504}, {8, 505, 509}, {9, 510, 520}};
  return m;
}

}  // namespace nocturne::test
