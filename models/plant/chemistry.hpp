#pragma once

#include <array>

#include "models/plant/composition.hpp"
#include "models/plant/plant_parameters.hpp"

namespace nocturne {

/// What has solidified per volume of reaction mixture, and how warm the fluid is.
struct Crystals {
  std::array<double, 4> moments{};  ///< of the dots' edge length, mmol/L nm^k for k = 0..3
  double platelet_lead = 0.0;       ///< mmol/L
  double temperature_K = 298.15;
};

/// What is left in solution, mmol/L.
struct Dissolved {
  double cesium = 0.0;
  double lead = 0.0;          ///< in all its forms
  double bromide = 0.0;       ///< in all its forms
  double free_bromide = 0.0;  ///< neither paired with ammonium or zinc nor bound to lead
  double ammonium = 0.0;      ///< protonated amine
};

/// Relative offsets that make one run of a recipe differ from the next.
struct ChemistryOffset {
  double surface_energy = 0.0;
  double bromide_activity = 0.0;
  friend bool operator==(const ChemistryOffset&, const ChemistryOffset&) = default;
};

/// Everything in the equations that depends on temperature alone.
struct ThermalState {
  double temperature_K = 0.0;
  double thermal_energy_eV = 0.0;
  double alkylammonium_dissociation = 0.0;  ///< mmol/L
  double zinc_dissociation = 0.0;           ///< mmol/L
  double lead_dissociation = 0.0;           ///< mmol/L
  double log_solubility = 0.0;              ///< of (mmol/L)^5
  double nucleation = 0.0;                  ///< 1/s
  double growth = 0.0;                ///< nm/s at 10 mmol/L of precursor and of free bromide, ligands counted
  double ripening = 0.0;              ///< nm³/s
  double ammonium = 0.0;              ///< mmol/L
  double platelet_share = 0.0;        ///< of the nuclei
  double platelet_growth = 0.0;       ///< 1/s
  double platelet_dissolution = 0.0;  ///< 1/s
  double platelet_monolayers = 0.0;   ///< mean
};

/// Dots that neither take up nor lose bromide.
struct EquilibriumSize {
  double edge_nm = 0.0;
  double spread = 0.0;  ///< relative standard deviation of the edge length
};

/// Nucleation, growth towards the bromide-equilibrium size, ripening and the nanoplatelet branch in one fluid
/// element. The growth rate is linear in the edge length, so the equations of the four moments are closed
/// without a guess at the distribution's shape. Bromide sets the size (Dong et al.
/// 2018, 10.1021/acs.nanolett.8b00861); nucleation goes on while supersaturation lasts.
class Chemistry {
 public:
  Chemistry(const PlantChemistry& constants, const Composition& fed, double mixing_time_s, double heat_up_s,
            const ChemistryOffset& offset = {});

  /// Moves the element on by `duration_s` along a wall at `wall_K`.
  void advance(Crystals& crystals, double wall_K, double duration_s) const;

  ThermalState thermal(double temperature_K) const;
  Dissolved dissolved(const Crystals& crystals, const ThermalState& thermal) const;
  EquilibriumSize equilibrium(double free_bromide_mmol_per_L, const ThermalState& thermal) const;
  /// Lead in dots, mmol/L.
  double dot_lead(const Crystals& crystals) const;
  const PlantChemistry& constants() const { return constants_; }

 private:
  double free_bromide(double bromide, double lead, const ThermalState& thermal) const;
  double at(const ThermalConstant& constant, double temperature_K) const;

  PlantChemistry constants_;
  Composition fed_;
  double mixing_time_s_;
  double heat_up_s_;
  ChemistryOffset offset_;
  double formula_unit_nm3_;
  double largest_edge_term_;  ///< to the power of -m
};

}  // namespace nocturne
