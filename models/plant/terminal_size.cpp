#include "models/plant/terminal_size.hpp"

#include <algorithm>
#include <cmath>

namespace nocturne {
namespace {

/// A relative spread that never passes 0.25.
double bounded(double spread) {
  constexpr double kWidest = 0.25;
  return spread / std::sqrt(1.0 + spread * spread / (kWidest * kWidest));
}

}  // namespace

double softened(double x, double width) { return 0.5 * (x + std::sqrt(x * x + width * width)); }

TerminalSizeLaw::TerminalSizeLaw(const PlantChemistry& constants, double mixing_time_s,
                                 const ChemistryOffset& offset)
    : constants_{constants},
      offset_{offset},
      local_spread_{constants.bromide_spread + constants.bromide_spread_per_mixing_s * mixing_time_s},
      largest_edge_term_{std::pow(constants.largest_edge_nm, -constants.size_exponent)} {}

TerminalSize TerminalSizeLaw::at(const SizeSetters& here) const {
  switch (constants_.mechanism) {
    case SizeMechanism::ligand:
      return by_ligand(here);
    case SizeMechanism::bromide:
      break;
  }
  return by_bromide(here);
}

TerminalSize TerminalSizeLaw::by_bromide(const SizeSetters& here) const {
  const PlantChemistry& k = constants_;
  const double energy = k.surface_energy_eV * (1.0 + offset_.surface_energy);
  const double activity =
      here.free_bromide * (1.0 + offset_.bromide_activity) / k.standard_bromide_mmol_per_L;
  const double potential =
      k.equilibrium_offset_eV + here.thermal_energy_eV * std::log(std::max(activity, 1e-12));
  const double least = energy * largest_edge_term_;
  const double pull = least + softened(potential - least, least);
  // dl/l = kT/(m K) l^m d[Br]/[Br], and K/l^m is the pull.
  return {std::pow(energy / pull, 1.0 / k.size_exponent),
          bounded(here.thermal_energy_eV * local_spread_ / (k.size_exponent * pull))};
}

TerminalSize TerminalSizeLaw::by_ligand(const SizeSetters& here) const {
  const PlantChemistry& k = constants_;
  const double bound = here.ligand_binding * std::max(here.ligand, 1e-9) * (1.0 + offset_.bromide_activity);
  const double covered = std::pow(bound, k.ligand_order);
  // dl/l = -n covered/(1 + covered) dA/A.
  return {k.largest_edge_nm * (1.0 + offset_.surface_energy) / (1.0 + covered),
          bounded(std::abs(k.ligand_order) * covered / (1.0 + covered) * local_spread_)};
}

}  // namespace nocturne
