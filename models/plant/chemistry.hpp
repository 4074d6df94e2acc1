#pragma once

#include <array>

#include "models/plant/composition.hpp"
#include "models/plant/plant_parameters.hpp"
#include "models/plant/side_phases.hpp"
#include "models/plant/terminal_size.hpp"

namespace nocturne {

/// What has solidified per volume of reaction mixture, and how warm the fluid is.
struct Crystals {
  std::array<double, 4> moments{};  ///< of the dots' edge length, mmol/L nm^k for k = 0..3
  double platelet_lead = 0.0;       ///< mmol/L
  double cs4pbbr6_lead = 0.0;       ///< in Cs4PbBr6, mmol/L
  double cspb2br5_lead = 0.0;       ///< in CsPb2Br5, mmol/L
  double temperature_K = 298.15;
};

/// What is left in solution, mmol/L.
struct Dissolved {
  double cesium = 0.0;
  double lead = 0.0;          ///< in all its forms
  double bromide = 0.0;       ///< in all its forms
  double free_bromide = 0.0;  ///< neither paired with ammonium or zinc nor bound to lead
  double ammonium = 0.0;      ///< protonated amine
  double ligand = 0.0;        ///< that can cover a crystal
};

/// Everything in the equations that depends on temperature alone.
struct ThermalState {
  double temperature_K = 0.0;
  double thermal_energy_eV = 0.0;
  double alkylammonium_dissociation = 0.0;  ///< mmol/L
  double zinc_dissociation = 0.0;           ///< mmol/L
  double lead_dissociation = 0.0;           ///< mmol/L
  SidePhaseState phases;
  double nucleation = 0.0;            ///< 1/s
  double growth = 0.0;                ///< nm/s at 10 mmol/L of precursor and of free bromide, ligands counted
  double ripening = 0.0;              ///< nm³/s
  double ammonium = 0.0;              ///< mmol/L
  double ligand_binding = 0.0;        ///< L/mmol
  double platelet_share = 0.0;        ///< of the nuclei
  double platelet_growth = 0.0;       ///< 1/s
  double platelet_dissolution = 0.0;  ///< 1/s
  double platelet_monolayers = 0.0;   ///< mean
};

/// Error allowed in each step of the solver (Boost.Odeint's fourth-order Rosenbrock method). The absolute one
/// counts 0.02 mmol/L of dots of 4 nm and 5 mmol/L of lead in anything else as one.
struct SolverTolerance {
  double absolute = 3e-5;
  double relative = 3e-4;
};

/// Nucleation, growth towards the terminal size, ripening, the nanoplatelet branch and the side phases in one
/// fluid element. The growth rate is linear in the edge length, so the equations of the four moments are
/// closed without a guess at the distribution's shape. Nucleation goes on while supersaturation lasts.
class Chemistry {
 public:
  Chemistry(const PlantChemistry& constants, const Composition& fed, double mixing_time_s, double heat_up_s,
            const ChemistryOffset& offset = {});

  /// Moves the element on by `duration_s` along a wall at `wall_K`.
  void advance(Crystals& crystals, double wall_K, double duration_s,
               const SolverTolerance& tolerance = {}) const;

  ThermalState thermal(double temperature_K) const;
  Dissolved dissolved(const Crystals& crystals, const ThermalState& thermal) const;
  TerminalSize terminal(const Dissolved& left, const ThermalState& thermal) const;
  /// Lead in dots, mmol/L.
  double dot_lead(const Crystals& crystals) const;
  /// Amine that is not protonated, mmol/L.
  double neutral_amine(const ThermalState& thermal) const { return fed_.amine - thermal.ammonium; }
  double formula_unit_nm3() const { return formula_unit_nm3_; }
  const PlantChemistry& constants() const { return constants_; }

 private:
  double free_bromide(double bromide, double lead, const ThermalState& thermal) const;

  PlantChemistry constants_;
  Composition fed_;
  double mixing_time_s_;
  double heat_up_s_;
  TerminalSizeLaw terminal_law_;
  double formula_unit_nm3_;
};

}  // namespace nocturne
