#include "models/spectra/product.hpp"

#include <cmath>
#include <numbers>

#include "models/sizing.hpp"

namespace nocturne {

namespace {

constexpr double fwhm_per_deviation = 2.3548200450309493;
constexpr double clear_of_edge_nm = 15.0;

double energy_meV(const Material& material, double edge_nm) {
  return 1e3 * hc_eV_nm / peak_nm_at(material, edge_nm);
}

}  // namespace

std::optional<SizeDispersion> size_dispersion(const Material& material, const Estimate& peak_nm,
                                              const Estimate& fwhm_meV) {
  const auto edge = edge_nm_at(material, peak_nm.value);
  if (!edge || *edge < material.smallest_edge_nm || *edge > material.largest_edge_nm) return std::nullopt;
  const ConfinedOptics& optics = material.confined;
  const double single = optics.homogeneous_fwhm_meV.value + optics.homogeneous_fwhm_meV_nm.value / *edge;
  const double single_error = std::hypot(optics.homogeneous_fwhm_meV.standard_error,
                                         optics.homogeneous_fwhm_meV_nm.standard_error / *edge);
  const double step = 1e-3 * *edge;
  const double per_nm =
      (energy_meV(material, *edge - step) - energy_meV(material, *edge + step)) / (2.0 * step);
  const double scale = 1.0 / (fwhm_per_deviation * per_nm * *edge);
  // The mean of a square exceeds the square of the mean by the variance.
  const double squares = fwhm_meV.value * fwhm_meV.value - fwhm_meV.standard_error * fwhm_meV.standard_error -
                         single * single - single_error * single_error;
  const double error = 2.0 * std::hypot(fwhm_meV.value * fwhm_meV.standard_error, single * single_error);
  SizeDispersion result;
  result.upper_limit = scale * std::sqrt(std::max(0.0, squares + quantile_95 * error));
  if (squares > 0.0) {
    const double rest = std::sqrt(squares);
    result.relative = Estimate{scale * rest, scale * 0.5 * error / rest};
  }
  return result;
}

std::optional<CrystalLead> crystal_lead(const Material& material, const Estimate& absorbance_450,
                                        const std::optional<Estimate>& first_exciton_nm, double path_cm,
                                        std::optional<double> fed_mmol_per_L) {
  if (!first_exciton_nm || first_exciton_nm->value < 450.0 + clear_of_edge_nm) return std::nullopt;
  return lead_of_continuum(material, absorbance_450, path_cm, fed_mmol_per_L);
}

std::optional<CrystalLead> lead_of_continuum(const Material& material, const Estimate& absorbance_450,
                                             double path_cm, std::optional<double> fed_mmol_per_L) {
  if (!(material.absorption_450_per_cm > 0.0) || !(material.molar_volume_cm3 > 0.0) || !(path_cm > 0.0))
    return std::nullopt;
  constexpr double mmol_per_L = 1e6;  // of mol/cm³
  const double factor = mmol_per_L * std::numbers::ln10 /
                        (material.absorption_450_per_cm * path_cm * material.molar_volume_cm3);
  CrystalLead lead;
  lead.mmol_per_L = {factor * absorbance_450.value, factor * absorbance_450.standard_error};
  lead.systematic_factor = material.absorption_450_factor;
  if (fed_mmol_per_L && *fed_mmol_per_L > 0.0) {
    lead.conversion =
        Estimate{lead.mmol_per_L.value / *fed_mmol_per_L, lead.mmol_per_L.standard_error / *fed_mmol_per_L};
  }
  return lead;
}

}  // namespace nocturne
