#include "models/plant/optics.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

#include "models/sizing.hpp"

namespace nocturne {
namespace {

constexpr double kMillimolar = 1e-6;  // mmol/L in mol/cm³

double logit(double share) { return std::log(share / (1.0 - share)); }

}  // namespace

double Optics::emission_energy(double edge_nm) const {
  return constants_.bulk_emission_eV + thermal_shift_ +
         1.0 / (constants_.sizing_a_per_eV_nm2 * edge_nm * edge_nm + constants_.sizing_b_per_eV_nm * edge_nm);
}

double Optics::size_yield(double edge_nm) const {
  constexpr double kMargin = 0.1;  // e-folds beyond the outer points
  std::array<double, 3> x{}, y{};
  std::size_t i = 0;
  for (const auto& [edge, yield] : constants_.plqy_by_edge_nm) {
    x[i] = std::log(edge);
    y[i++] = logit(yield);
  }
  const double at = std::clamp(std::log(edge_nm), x[0] - kMargin, x[2] + kMargin);
  const double first = (y[1] - y[0]) / (x[1] - x[0]);
  const double second = ((y[2] - y[1]) / (x[2] - x[1]) - first) / (x[2] - x[0]);
  const double value = y[0] + first * (at - x[0]) + second * (at - x[0]) * (at - x[1]);
  return 1.0 / (1.0 + std::exp(-value));
}

double Optics::surface_yield(const Product& product) const {
  const auto open = [](double coverer, double half) {
    return half / (half + std::max(coverer, 0.0) + 1e-12);
  };
  const double bromide = open(product.free_bromide, constants_.surface_bromide_mmol_per_L);
  const double ligand = open(product.ammonium, constants_.surface_ligand_mmol_per_L);
  return (1.0 - constants_.surface_bromide_loss * bromide) * (1.0 - constants_.surface_ligand_loss * ligand);
}

std::vector<CrystalSpecies> Optics::crystals(const Product& product) const {
  std::vector<CrystalSpecies> all = dots(product);
  const std::vector<CrystalSpecies> flat = platelets(product);
  all.insert(all.end(), flat.begin(), flat.end());
  return all;
}

/// Spheroids keep angular momentum, so that 1S, 1P and 1D stand apart; in cubes they mix, and absorption is
/// flat above 1S (Akkerman et al. 2022, 10.1126/science.abq3616).
CrystalSpecies Optics::dot(double edge_nm) const {
  const double round =
      1.0 / (1.0 + std::exp((edge_nm - constants_.sphere_edge_nm) / constants_.sphere_edge_width_nm));
  CrystalSpecies one;
  one.energy = emission_energy(edge_nm);
  const double confinement = one.energy - constants_.bulk_emission_eV - thermal_shift_;
  one.first = one.energy + 1e-3 * (constants_.stokes_meV + constants_.stokes_meV_nm / edge_nm);
  one.exciton = constants_.exciton_strength * (constants_.cube_exciton * (1.0 - round) + round);
  one.second = one.first + constants_.higher_offset * confinement;
  one.second_strength = round * constants_.higher_strength;
  one.third = one.first + constants_.third_offset * confinement;
  one.third_strength = round * constants_.third_strength;
  one.continuum =
      one.first + round * constants_.continuum_offset * confinement + 1e-3 * constants_.transition_width_meV;
  one.fwhm = 1e-3 * (constants_.homogeneous_fwhm_meV + constants_.homogeneous_fwhm_meV_nm / edge_nm);
  one.red_fwhm = one.fwhm * (1.0 + constants_.red_tail);
  one.lorentzian = constants_.lorentzian_share;
  return one;
}

std::vector<CrystalSpecies> Optics::dots(const Product& product) const {
  constexpr double kReach = 3.0;  // standard deviations
  if (product.moments[0] <= 0.0 || product.dot_lead <= 0.0) return {};
  const double mean = product.moments[1] / product.moments[0];
  const double relative = product.moments[2] / (product.moments[0] * mean * mean) - 1.0;
  const double width = std::sqrt(std::log1p(std::clamp(relative, 1e-4, 0.5)));
  const double covered = surface_yield(product);
  std::vector<CrystalSpecies> all;
  double volume = 0.0;
  for (int i = 0; i < sizes_; ++i) {
    // By volume, a log-normal distribution is one again, three widths further up.
    const double z = kReach * (2.0 * i / (sizes_ - 1.0) - 1.0);
    const double edge = mean * std::exp(width * z + 2.5 * width * width);
    CrystalSpecies one = dot(edge);
    one.solid = std::exp(-0.5 * z * z) * (i == 0 || i == sizes_ - 1 ? 0.5 : 1.0);
    one.yield = size_yield(edge) * covered;
    volume += one.solid;
    all.push_back(one);
  }
  const double solid = product.dot_lead * kMillimolar * constants_.molar_volume_cm3;
  for (CrystalSpecies& one : all) one.solid *= solid / volume;
  return all;
}

std::vector<CrystalSpecies> Optics::platelets(const Product& product) const {
  constexpr double kTrace = 1e-9;  // mmol/L
  if (product.platelet_lead < kTrace) return {};
  const double mean = product.platelet_layers / product.platelet_lead;
  std::vector<CrystalSpecies> all;
  double total = 0.0;
  for (const auto& [monolayers, peak_nm] : constants_.platelet_nm_by_monolayers) {
    const double z = (monolayers - mean) / platelet_spread_;
    CrystalSpecies one;
    one.platelet = true;
    one.solid = std::exp(-0.5 * z * z);
    one.energy = hc_eV_nm / peak_nm + thermal_shift_;
    one.first = one.energy + 1e-3 * constants_.platelet_stokes_meV;
    one.exciton = constants_.platelet_exciton_strength;
    one.continuum = one.first + 1e-3 * constants_.platelet_binding_meV;
    one.yield = constants_.platelet_plqy;
    one.fwhm = one.red_fwhm = 1e-3 * constants_.platelet_fwhm_meV;
    total += one.solid;
    all.push_back(one);
  }
  const double solid = product.platelet_lead * kMillimolar * constants_.molar_volume_cm3;
  for (CrystalSpecies& one : all) one.solid *= solid / total;
  return all;
}

double Optics::continuum(double energy) const {
  const double low = hc_eV_nm / 450.0, high = hc_eV_nm / 335.0;
  const double ratio = constants_.absorption_335_per_cm / constants_.absorption_450_per_cm;
  return constants_.absorption_450_per_cm * std::exp(std::log(ratio) * (energy - low) / (high - low));
}

double Optics::transitions(const CrystalSpecies& species, double energy) const {
  constexpr double kReach = 6.0;  // standard deviations
  const double width = 1e-3 * constants_.transition_width_meV;
  const auto bell = [&](double centre) {
    const double x = (energy - centre) / width;
    return std::abs(x) < kReach ? std::exp(-0.5 * x * x) : 0.0;
  };
  const double above = 2.0 * (energy - species.continuum) / width;
  double taken = above > 25.0 ? 1.0 : 1.0 / (1.0 + std::exp(-above));
  taken += species.exciton * bell(species.first);
  if (species.second_strength > 0.0) taken += species.second_strength * bell(species.second);
  if (species.third_strength > 0.0) taken += species.third_strength * bell(species.third);
  return taken;
}

void Optics::add_absorption(const CrystalSpecies& species, Eigen::VectorXd& natural_per_cm) const {
  const double nothing_below = species.first - 6e-3 * constants_.transition_width_meV;
  for (Eigen::Index i = 0; i < energies_.size() && energies_(i) >= nothing_below; ++i)
    natural_per_cm(i) += species.solid * continuum_(i) * transitions(species, energies_(i));
}

/// Part Lorentzian, part Gaussian, each flank with its own width.
void Optics::add_line(const CrystalSpecies& species, double area, Eigen::VectorXd& spectrum) const {
  constexpr double kReach = 8.0;       // widths
  constexpr double kGaussReach = 5.0;  // half widths: 3e-8 of the height
  const double reach = kReach * species.red_fwhm;
  const double height = 2.0 * area / (species.fwhm + species.red_fwhm);
  const double lorentz = height * species.lorentzian * 2.0 / std::numbers::pi;
  const double gauss =
      height * (1.0 - species.lorentzian) * 2.0 * std::sqrt(std::numbers::ln2 / std::numbers::pi);
  const auto last = spectrum.size() - 1;
  const double from = (hc_eV_nm / (species.energy + reach) - kFirst) / spacing_;
  const double to = (hc_eV_nm / std::max(species.energy - reach, 1e-3) - kFirst) / spacing_;
  const auto end = static_cast<Eigen::Index>(std::clamp(to, 0.0, static_cast<double>(last)));
  for (auto i = static_cast<Eigen::Index>(std::clamp(from, 0.0, static_cast<double>(last))); i <= end; ++i) {
    const double distance = energies_(i) - species.energy;
    const double x = 2.0 * distance / (distance < 0.0 ? species.red_fwhm : species.fwhm);
    spectrum(i) += lorentz / (1.0 + x * x);
    if (std::abs(x) < kGaussReach) spectrum(i) += gauss * std::exp(-std::numbers::ln2 * x * x);
  }
}

}  // namespace nocturne
