#pragma once

#include "models/material.hpp"
#include "models/observation.hpp"

namespace nocturne {

/// How far the first exciton of a material's dots lies above their emission: a power law of the confinement
/// energy through what the material's file tells of 4 and 12 nm (Brennan et al. 2017,
/// 10.1021/jacs.7b05683).
class StokesShift {
 public:
  /// The material has a sizing curve.
  explicit StokesShift(const Material& material);

  /// eV, of dots that emit at this energy (eV).
  double eV_at(double emission_eV) const;

  /// Its relative change per eV of the emission.
  double relative_slope_at(double emission_eV) const;

 private:
  double bulk_eV_, at_eV_, shift_eV_, power_;
};

/// False if a transition lies so far above the emission that the first one must be another, which is hidden
/// in its flank: beyond 2.5 deviations of the Stokes shift and of both positions. True for a material without
/// a sizing curve of the emission.
bool may_be_first_exciton(const Material& material, const Estimate& transition_nm, const Estimate& peak_nm);

}  // namespace nocturne
