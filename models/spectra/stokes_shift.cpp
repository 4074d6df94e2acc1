#include "models/spectra/stokes_shift.hpp"

#include <algorithm>
#include <cmath>

#include "models/sizing.hpp"

namespace nocturne {

namespace {

constexpr double least_confinement_eV = 5e-3;
constexpr double deviations = 2.5;  // half a percent of dots would lie beyond them

double confinement_eV(const Material& material, double edge_nm) {
  return hc_eV_nm / peak_nm_at(material, edge_nm) - material.bulk_energy_eV;
}

double energy_error_eV(const Estimate& nm) { return hc_eV_nm / (nm.value * nm.value) * nm.standard_error; }

}  // namespace

StokesShift::StokesShift(const Material& material)
    : bulk_eV_{material.bulk_energy_eV},
      at_eV_{confinement_eV(material, 4.0)},
      shift_eV_{1e-3 * material.confined.dot_stokes_4nm_meV},
      power_{std::log(material.confined.dot_stokes_4nm_meV / material.confined.dot_stokes_12nm_meV) /
             std::log(at_eV_ / confinement_eV(material, 12.0))} {}

double StokesShift::eV_at(double emission_eV) const {
  return shift_eV_ * std::pow(std::max(emission_eV - bulk_eV_, least_confinement_eV) / at_eV_, power_);
}

double StokesShift::relative_slope_at(double emission_eV) const {
  const double confinement = emission_eV - bulk_eV_;
  return confinement > least_confinement_eV ? power_ / confinement : 0.0;
}

bool may_be_first_exciton(const Material& material, const Estimate& transition_nm, const Estimate& peak_nm) {
  if (!has_sizing_curve(material) || material.sizing_by_exciton) return true;
  const double emission_eV = hc_eV_nm / peak_nm.value;
  const double shift_eV = hc_eV_nm / transition_nm.value - emission_eV;
  if (shift_eV <= 0.0) return true;
  const double error_eV = std::hypot(energy_error_eV(transition_nm), energy_error_eV(peak_nm));
  return std::log(shift_eV / StokesShift{material}.eV_at(emission_eV)) <=
         deviations * std::hypot(material.confined.dot_stokes_scatter, error_eV / shift_eV);
}

}  // namespace nocturne
