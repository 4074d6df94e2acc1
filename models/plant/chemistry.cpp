#include "models/plant/chemistry.hpp"

#include <algorithm>
#include <cmath>

#include "models/plant/constants.hpp"

namespace nocturne {
namespace {

constexpr double kBoltzmann = 8.617333262e-5;  // eV/K
constexpr double kGas = 8.314462618e-3;        // kJ/(mol K)
constexpr double kReferenceAmmonium = 10.0;    // mmol/L
constexpr double kReferenceMixing = 0.023;     // s
constexpr double kTrace = 1e-9;                // mmol/L

}  // namespace

Chemistry::Chemistry(const PlantChemistry& constants, const Composition& fed, double mixing_time_s,
                     double heat_up_s, const ChemistryOffset& offset)
    : constants_{constants},
      fed_{fed},
      mixing_time_s_{mixing_time_s},
      heat_up_s_{heat_up_s},
      terminal_law_{constants, mixing_time_s, offset},
      formula_unit_nm3_{std::pow(constants.lattice_nm, 3)} {}

ThermalState Chemistry::thermal(double temperature_K) const {
  const PlantChemistry& k = constants_;
  const double coldness = (1.0 / temperature_K - 1.0 / (k.reference_C + kCelsius)) / kGas;
  const auto at = [coldness](const ThermalConstant& constant) {
    return constant.value * std::exp(-constant.activation_kJ_per_mol * coldness);
  };
  const auto log_at = [coldness](const ThermalConstant& constant) {
    return std::log(constant.value) - constant.activation_kJ_per_mol * coldness;
  };
  ThermalState now;
  now.temperature_K = temperature_K;
  now.thermal_energy_eV = kBoltzmann * temperature_K;
  now.alkylammonium_dissociation = at(k.alkylammonium_dissociation);
  now.zinc_dissociation = at(k.zinc_dissociation);
  now.lead_dissociation = at(k.lead_dissociation);
  now.phases = {log_at(k.solubility), log_at(k.hexabromide_solubility), log_at(k.pentabromide_solubility),
                at(k.hexabromide_growth), at(k.pentabromide_growth)};
  now.nucleation = at(k.nucleation);
  const double pull = at(k.protonation) * fed_.acid;
  now.ammonium = fed_.amine * pull / (1.0 + pull);
  now.growth = at(k.growth) / (1.0 + k.ligand_inhibition_L_per_mmol * now.ammonium);
  now.ripening = at(k.ripening);
  now.ligand_binding = at(k.ligand_binding);
  const double boundary =
      k.platelet_boundary_C + kCelsius +
      k.platelet_ammonium_shift_K * std::log(std::max(now.ammonium, kTrace) / kReferenceAmmonium) +
      k.platelet_mixing_shift_K * std::log(mixing_time_s_ / kReferenceMixing);
  now.platelet_share = 1.0 / (1.0 + std::exp((temperature_K - boundary) / k.platelet_width_K));
  now.platelet_growth = at(k.platelet_growth);
  now.platelet_dissolution = at(k.platelet_dissolution);
  now.platelet_monolayers =
      std::clamp(k.platelet_monolayers + k.platelet_monolayers_per_K * (temperature_K - boundary), 2.0, 9.0);
  return now;
}

double Chemistry::free_bromide(double bromide, double lead, const ThermalState& thermal) const {
  struct Pool {
    double capacity, dissociation;
  };
  const std::array<Pool, 3> pools{{
      {fed_.alkylammonium, thermal.alkylammonium_dissociation},
      {2.0 * fed_.zinc, thermal.zinc_dissociation},
      {constants_.bromide_per_lead * std::max(lead, 0.0), thermal.lead_dissociation},
  }};
  const double total = std::max(bromide, kTrace);
  // The balance is concave and rising in the free bromide, so Newton's steps approach its root from below.
  // With every zinc and lead satisfied, alkylammonium alone leaves a quadratic whose root is such a lower
  // bound.
  const double spare = total - pools[1].capacity - pools[2].capacity;
  const double half = 0.5 * (spare - pools[0].capacity - pools[0].dissociation);
  double free = spare > 0.0 ? half + std::sqrt(half * half + spare * pools[0].dissociation) : 0.0;
  for (int step = 0; step < 60; ++step) {
    double excess = free - total;
    double slope = 1.0;
    for (const Pool& pool : pools) {
      if (pool.capacity == 0.0) continue;
      const double held = pool.capacity / (free + pool.dissociation);
      excess += held * free;
      slope += held * pool.dissociation / (free + pool.dissociation);
    }
    const double change = -excess / slope;
    free += change;
    if (std::abs(change) <= 1e-11 * free) break;
  }
  return std::max(free, 0.0);
}

Dissolved Chemistry::dissolved(const Crystals& crystals, const ThermalState& thermal) const {
  const double solid = dot_lead(crystals) + crystals.platelet_lead;
  Dissolved left;
  const double hexabromide = crystals.cs4pbbr6_lead, pentabromide = crystals.cspb2br5_lead;
  left.cesium = fed_.cesium - solid - 4.0 * hexabromide - 0.5 * pentabromide;
  left.lead = fed_.lead - solid - hexabromide - pentabromide;
  left.bromide = fed_.bromide - 3.0 * solid - 6.0 * hexabromide - 2.5 * pentabromide;
  left.free_bromide = free_bromide(left.bromide, left.lead, thermal);
  left.ammonium = thermal.ammonium;
  left.ligand =
      thermal.ammonium + fed_.alkylammonium + constants_.ligand_neutral_share * neutral_amine(thermal);
  return left;
}

TerminalSize Chemistry::terminal(const Dissolved& left, const ThermalState& thermal) const {
  return terminal_law_.at(
      {thermal.thermal_energy_eV, left.free_bromide, left.ligand, thermal.ligand_binding});
}

double Chemistry::dot_lead(const Crystals& crystals) const { return crystals.moments[3] / formula_unit_nm3_; }

}  // namespace nocturne
