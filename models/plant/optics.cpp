#include "models/plant/optics.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "models/sizing.hpp"

namespace nocturne {
namespace {

constexpr double kShiftFrom = 25.0;  // degC, at which the sizing curve holds

}  // namespace

Optics::Optics(const PlantParameters& parameters, OpticsGrid grid)
    : constants_{parameters.optics},
      path_cm_{parameters.geometry.optical_path_mm * 0.1},
      platelet_spread_{parameters.chemistry.platelet_monolayer_spread},
      cell_C_{parameters.geometry.ambient_C},
      thermal_shift_{1e-3 * constants_.gap_shift_meV_per_K * (cell_C_ - kShiftFrom)},
      spacing_{(kLast - kFirst) / static_cast<double>(grid.points - 1)},
      sizes_{grid.sizes},
      energies_{grid.points},
      continuum_{grid.points} {
  for (Eigen::Index i = 0; i < grid.points; ++i) {
    energies_(i) = hc_eV_nm / wavelength_nm(i);
    continuum_(i) = continuum(energies_(i));
  }
}

double Optics::at(const Eigen::VectorXd& spectrum, double wavelength) {
  const double spacing = (kLast - kFirst) / static_cast<double>(spectrum.size() - 1);
  const double position = std::max((wavelength - kFirst) / spacing, 0.0);
  const auto point = static_cast<Eigen::Index>(position);
  if (point + 1 >= spectrum.size()) return 0.0;
  const double within = position - static_cast<double>(point);
  return spectrum(point) + within * (spectrum(point + 1) - spectrum(point));
}

/// Highest point by a parabola, and the distance in energy between the half heights around it.
void Optics::read_line(const Eigen::VectorXd& line, PlantTruth& truth) const {
  Eigen::Index top = 0;
  const double height = line.maxCoeff(&top);
  if (top < 1 || top > line.size() - 2) return;
  const double bend = line(top - 1) - 2.0 * height + line(top + 1);
  truth.peak_nm = wavelength_nm(top) + 0.5 * spacing_ * (line(top - 1) - line(top + 1)) / bend;
  Eigen::Index left = top, right = top;
  while (left > 0 && line(left) > 0.5 * height) --left;
  while (right < line.size() - 1 && line(right) > 0.5 * height) ++right;
  const auto crossing = [&](Eigen::Index below, Eigen::Index above) {
    const double share = (0.5 * height - line(below)) / (line(above) - line(below));
    return wavelength_nm(below) + share * (wavelength_nm(above) - wavelength_nm(below));
  };
  truth.fwhm_meV = 1e3 * hc_eV_nm * (1.0 / crossing(left, left + 1) - 1.0 / crossing(right, right - 1));
}

/// What dissolved lead and the organics take. Exponentials in the visible, level in the ultraviolet.
double Optics::dissolved_absorption(const Product& product, double wavelength) const {
  constexpr double kLevelBelow = 330.0;  // nm
  const double nm = std::max(wavelength, kLevelBelow);
  const double complexes = constants_.lead_complex_per_mM_cm * std::max(product.dissolved_lead, 0.0) *
                           std::exp(-(nm - constants_.led_nm) / constants_.lead_complex_edge_nm);
  const double organics =
      constants_.ligand_per_mM_cm * product.organics * std::exp(-(nm - 335.0) / constants_.ligand_edge_nm);
  return complexes + organics;
}

double Optics::side_phase_absorption(const Product& product, double wavelength) const {
  constexpr double kFwhmPerSigma = 2.354820045;
  const double cs4 = std::max(product.cs4pbbr6_lead, 0.0), pb2 = std::max(product.cspb2br5_lead, 0.0);
  if (cs4 + pb2 <= 0.0) return 0.0;
  const double x = (wavelength - constants_.cs4pbbr6_nm) * kFwhmPerSigma / constants_.cs4pbbr6_fwhm_nm;
  const double edge = std::min(std::exp(-(wavelength - 310.0) / constants_.cspb2br5_edge_nm), 1.0);
  return cs4 * constants_.cs4pbbr6_per_mM_cm * std::exp(-0.5 * x * x) +
         pb2 * constants_.cspb2br5_per_mM_cm * edge +
         (cs4 + pb2) * constants_.side_phase_scatter_per_mM_cm *
             std::pow(wavelength / 500.0, -constants_.side_phase_scatter_exponent);
}

PlantTruth Optics::emitted(const std::vector<CrystalSpecies>& crystals, const Product& product,
                           double path_cm, Eigen::VectorXd& line) const {
  line = Eigen::VectorXd::Zero(energies_.size());
  const double led_energy = hc_eV_nm / constants_.led_nm;
  double absorbed = 0.0, emitted = 0.0, emitted_flat = 0.0;
  for (const CrystalSpecies& one : crystals) {
    const double taken = path_cm * one.solid * continuum(led_energy) * transitions(one, led_energy);
    absorbed += taken;
    emitted += taken * one.yield;
    add_line(one, taken * one.yield, line);
    emitted_flat += one.platelet ? taken * one.yield : 0.0;
  }
  line.array() *= energies_.array().square() / hc_eV_nm;
  PlantTruth truth;
  truth.emits = emitted > constants_.detectable_absorbed_yield;
  if (emitted > 0.0) truth.nanoplatelet_fraction = emitted_flat / emitted;
  if (absorbed > 0.0) truth.plqy = emitted / absorbed;
  if (product.moments[0] > 0.0) truth.edge_length_nm = product.moments[1] / product.moments[0];
  if (product.fed_lead > 0.0) truth.yield = product.dot_lead / product.fed_lead;
  if (truth.emits) read_line(line, truth);
  return truth;
}

PlantTruth Optics::truth(const Product& product, double reaction_share) const {
  Eigen::VectorXd line;
  return emitted(crystals(product), product, path_cm_ * reaction_share, line);
}

CellSpectra Optics::spectra(const Product& product, double reaction_share) const {
  const double path = path_cm_ * reaction_share;
  const std::vector<CrystalSpecies> all = crystals(product);
  CellSpectra seen;
  seen.cell_C = cell_C_;
  seen.absorbance = Eigen::VectorXd::Zero(energies_.size());
  for (const CrystalSpecies& one : all) add_absorption(one, seen.absorbance);
  for (Eigen::Index i = 0; i < energies_.size(); ++i) {
    const double nm = wavelength_nm(i);
    seen.absorbance(i) = path * (seen.absorbance(i) / std::numbers::ln10 + dissolved_absorption(product, nm) +
                                 side_phase_absorption(product, nm));
  }
  seen.excitation_absorbance = at(seen.absorbance, constants_.led_nm);

  Eigen::VectorXd line;
  seen.truth = emitted(all, product, path, line);
  // Seen is the middle of the cell: light is lost on the way in and on the way out.
  const double lost = std::numbers::ln10 * constants_.inner_filter_depth;
  seen.emission = constants_.emission_counts_per_s * line.array() *
                  (-lost * (seen.absorbance.array() + seen.excitation_absorbance)).exp();
  return seen;
}

}  // namespace nocturne
