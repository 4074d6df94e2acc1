#pragma once

#include "models/plant/plant_parameters.hpp"

namespace nocturne {

/// Relative offsets that make one run of a recipe differ from the next.
struct ChemistryOffset {
  double surface_energy = 0.0;
  double bromide_activity = 0.0;  ///< under the ligand mechanism that of the ligands
  friend bool operator==(const ChemistryOffset&, const ChemistryOffset&) = default;
};

/// What decides where growth ends.
struct SizeSetters {
  double thermal_energy_eV = 0.0;
  double free_bromide = 0.0;    ///< mmol/L
  double ligand = 0.0;          ///< that can cover a crystal, mmol/L
  double ligand_binding = 0.0;  ///< L/mmol
};

/// Dots that have stopped growing.
struct TerminalSize {
  double edge_nm = 0.0;
  double spread = 0.0;  ///< relative standard deviation of the edge length
};

/// The size at which dots stop growing, by the plant's mechanism. Either the bromide that stays free sets it
/// (Dong et al. 2018, 10.1021/acs.nanolett.8b00861): K/l^m equals the solution's bromide potential. Or the
/// ligands that cover the surface do: l = l_max/(1 + (b A)^n) with their binding b and concentration A, an
/// assumed form; n is negative for ligands that keep precursors dissolved and so make crystals larger. What
/// differs from place to place in the mixture spreads the sizes.
class TerminalSizeLaw {
 public:
  TerminalSizeLaw(const PlantChemistry& constants, double mixing_time_s, const ChemistryOffset& offset);

  TerminalSize at(const SizeSetters& here) const;

 private:
  TerminalSize by_bromide(const SizeSetters& here) const;
  TerminalSize by_ligand(const SizeSetters& here) const;

  PlantChemistry constants_;
  ChemistryOffset offset_;
  double local_spread_;       ///< relative spread of what sets the size
  double largest_edge_term_;  ///< to the power of -m
};

/// max(x, 0) without the corner, which is rounded over `width`.
double softened(double x, double width);

}  // namespace nocturne
