#include "models/plant/optics.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace nocturne {
namespace {

constexpr double kPlanckLight = 1239.841984;  // eV nm

/// Where the spectrum passes `level` between two neighbouring points.
double crossing(const Eigen::VectorXd& spectrum, Eigen::Index below, Eigen::Index above, double level) {
  const double share = (level - spectrum(below)) / (spectrum(above) - spectrum(below));
  const double from = Optics::wavelength_nm(below);
  return from + share * (Optics::wavelength_nm(above) - from);
}

/// Highest point by a parabola, and the distance in energy between the half heights around it.
void read_line(const Eigen::VectorXd& line, PlantTruth& truth) {
  Eigen::Index top = 0;
  const double height = line.maxCoeff(&top);
  if (top < 1 || top > line.size() - 2) return;
  const double bend = line(top - 1) - 2.0 * height + line(top + 1);
  truth.peak_nm =
      Optics::wavelength_nm(top) + 0.5 * Optics::kSpacing * (line(top - 1) - line(top + 1)) / bend;
  Eigen::Index left = top, right = top;
  while (left > 0 && line(left) > 0.5 * height) --left;
  while (right < line.size() - 1 && line(right) > 0.5 * height) ++right;
  const double blue = crossing(line, left, left + 1, 0.5 * height);
  const double red = crossing(line, right, right - 1, 0.5 * height);
  truth.fwhm_meV = 1e3 * kPlanckLight * (1.0 / blue - 1.0 / red);
}

}  // namespace

Optics::Optics(const PlantParameters& parameters)
    : constants_{parameters.optics},
      path_cm_{parameters.geometry.optical_path_mm * 0.1},
      platelet_spread_{parameters.chemistry.platelet_monolayer_spread},
      energies_{kPoints},
      continuum_{kPoints} {
  for (Eigen::Index i = 0; i < kPoints; ++i) {
    energies_(i) = kPlanckLight / wavelength_nm(i);
    continuum_(i) = continuum(energies_(i));
  }
}

double Optics::at(const Eigen::VectorXd& spectrum, double wavelength) {
  const double position = std::max((wavelength - kFirst) / kSpacing, 0.0);
  const auto point = static_cast<Eigen::Index>(position);
  if (point + 1 >= spectrum.size()) return 0.0;
  const double within = position - static_cast<double>(point);
  return spectrum(point) + within * (spectrum(point + 1) - spectrum(point));
}

double Optics::dissolved_absorption(const Product& product, double wavelength) const {
  const double complexes = constants_.lead_complex_per_mM_cm * std::max(product.dissolved_lead, 0.0) *
                           std::exp(-(wavelength - constants_.led_nm) / constants_.lead_complex_edge_nm);
  const double organics = constants_.ligand_per_mM_cm * product.organics *
                          std::exp(-(wavelength - 335.0) / constants_.ligand_edge_nm);
  return complexes + organics;
}

CellSpectra Optics::spectra(const Product& product, double reaction_share) const {
  const double path = path_cm_ * reaction_share;
  std::vector<CrystalSpecies> crystals = dots(product);
  const std::vector<CrystalSpecies> flat = platelets(product);
  crystals.insert(crystals.end(), flat.begin(), flat.end());

  CellSpectra seen;
  seen.absorbance = Eigen::VectorXd::Zero(kPoints);
  for (const CrystalSpecies& one : crystals) add_absorption(one, seen.absorbance);
  for (Eigen::Index i = 0; i < kPoints; ++i)
    seen.absorbance(i) =
        path * (seen.absorbance(i) / std::numbers::ln10 + dissolved_absorption(product, wavelength_nm(i)));
  seen.excitation_absorbance = at(seen.absorbance, constants_.led_nm);

  Eigen::VectorXd line = Eigen::VectorXd::Zero(kPoints);
  const double led_energy = kPlanckLight / constants_.led_nm;
  double absorbed = 0.0, emitted = 0.0, emitted_flat = 0.0;
  for (const CrystalSpecies& one : crystals) {
    const double taken = path * one.solid * continuum(led_energy) * transitions(one, led_energy);
    absorbed += taken;
    emitted += taken * one.yield;
    add_line(one, taken * one.yield, line);
    emitted_flat += one.platelet ? taken * one.yield : 0.0;
  }
  // Seen is the middle of the cell: light is lost on the way in and on the way out.
  const double depth = constants_.inner_filter_depth;
  seen.emission = constants_.emission_counts_per_s * line.array() *
                  Eigen::pow(10.0, -depth * (seen.absorbance.array() + seen.excitation_absorbance));

  PlantTruth& truth = seen.truth;
  truth.emits = emitted > constants_.detectable_absorbed_yield;
  if (emitted > 0.0) truth.nanoplatelet_fraction = emitted_flat / emitted;
  if (absorbed > 0.0) truth.plqy = emitted / absorbed;
  if (product.moments[0] > 0.0) truth.edge_length_nm = product.moments[1] / product.moments[0];
  if (product.fed_lead > 0.0) truth.yield = product.dot_lead / product.fed_lead;
  if (truth.emits) read_line(line, truth);
  return seen;
}

}  // namespace nocturne
