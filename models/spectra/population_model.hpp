#pragma once

#include <Eigen/Core>
#include <array>
#include <vector>

#include "models/material.hpp"
#include "models/spectra/stokes_shift.hpp"

namespace nocturne::detail {

/// Binned data of one product on the energy axis, each scaled to a largest value of one.
struct PopulationData {
  Eigen::VectorXd emission_eV, emission, emission_deviation;  ///< photons per energy
  Eigen::VectorXd absorption_eV, absorption, absorption_deviation;
};

/// Dots and platelets as a parametrised emission and absorbance. Parameters 0..count-1 are those of
/// Parameter, then two per thickness: the solid's amount and the emission energy.
class PopulationModel {
 public:
  enum Parameter : int {
    dot_amount,       ///< absorbance of the dots' continuum at 3 eV
    log_brightness,   ///< emission per absorbed light, dots
    log_yield_ratio,  ///< platelets over dots
    dot_energy,       ///< eV
    log_blue_width,   ///< eV, full width
    log_red_width,
    lorentz_share,
    log_platelet_width,
    log_dot_stokes,  ///< relative to the material's
    dot_exciton,
    log_dot_exciton_width,
    platelet_stokes,  ///< eV
    platelet_exciton,
    log_platelet_exciton_width,
    continuum_distance,  ///< of the onset from the exciton, in confinement energies
    continuum_slope,     ///< per eV
    offset,
    tail,  ///< absorbance of complexes and ligands at 3.1 eV
    count
  };
  static constexpr int most_windows = 8;

  /// `data` must outlive the model; at most `most_windows` thicknesses.
  PopulationModel(const PopulationData& data, const Material& material,
                  std::vector<PlateletWindow> thicknesses);

  /// What the material says before any spectrum is seen; amounts are zero.
  const Eigen::VectorXd& typical() const { return prior_; }
  const PlateletWindow& window(int k) const { return windows_[static_cast<std::size_t>(k)]; }
  int windows() const { return static_cast<int>(windows_.size()); }
  static int amount_of(int window) { return count + 2 * window; }

  // What ceres::TinySolver asks for: residuals over their deviations, the prior's last, and their derivatives
  // by column.
  using Scalar = double;
  enum { NUM_RESIDUALS = Eigen::Dynamic, NUM_PARAMETERS = Eigen::Dynamic };
  int NumResiduals() const { return residuals_; }
  int NumParameters() const { return count + 2 * windows(); }
  bool operator()(const double* p, double* residual, double* jacobian) const;

 private:
  /// Functions of the parameters that every point needs.
  struct Widths {
    double brightness, yield_ratio, blue, red, platelet, stokes, dot_exciton, platelet_exciton;
  };
  using Slopes = std::array<double, count + 2 * most_windows>;

  Widths widths(const double* p) const;
  double add_emission(const double* p, const Widths& w, double energy, double weight, Slopes& slope) const;
  double add_absorption(const double* p, const Widths& w, double energy, double weight, Slopes& slope) const;
  double limit(const double* p, int which, Slopes& slope) const;

  const PopulationData& data_;
  std::vector<PlateletWindow> windows_;
  double bulk_eV_, largest_eV_;
  StokesShift dot_stokes_;
  int prior_rows_ = 0, residuals_ = 0;
  Eigen::VectorXd prior_, deviation_;
};

}  // namespace nocturne::detail
