#include "models/spectra/cell_yields.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <numbers>

#include "models/sizing.hpp"
#include "models/spectra/absorption_background.hpp"
#include "models/spectra/product.hpp"

namespace nocturne {
namespace {

constexpr double kClearOfZero = 3.0;  // standard errors
constexpr double kClearOfEdge = 0.2;  // eV
// Dots have up to four transitions above the first (Akkerman et al. 2022, 10.1126/science.abq3616): what they
// add to the continuum, and over how many eV it is lost in it.
constexpr double kStructure = 0.25;
constexpr double kStructureReach = 0.3;

/// Mean and standard deviation of a normal number that is known not to be negative.
Estimate not_negative(const Estimate& e) {
  if (!(e.standard_error > 0.0)) return {std::max(e.value, 0.0), 0.0};
  constexpr double kFar = 20.0;
  const double below = -e.value / e.standard_error;
  const double density = std::exp(-0.5 * below * below) / std::sqrt(2.0 * std::numbers::pi);
  const double hazard =
      below > kFar ? below + 1.0 / below : density / (0.5 * std::erfc(below / std::numbers::sqrt2));
  const double variance = std::max(1.0 + below * hazard - hazard * hazard, 0.0);
  return {e.value + e.standard_error * hazard, e.standard_error * std::sqrt(variance)};
}

}  // namespace

std::string provenance(const CellReference& reference) {
  char numbers[256];
  std::snprintf(
      numbers, sizeof numbers,
      "plqy %.3g ± %.2g; %.4g ± %.2g counts nm/s per absorbed share; refractive indices %.4g and %.4g",
      reference.plqy.value, reference.plqy.standard_error, reference.emission_per_absorbed.value,
      reference.emission_per_absorbed.standard_error, reference.product_refractive_index,
      reference.refractive_index);
  return "relative to " + reference.name + " (" + reference.source + "), " + numbers + "; measured " +
         reference.measured;
}

Estimate crystal_absorbance(const Estimate& continuum, const Estimate& at_excitation, double excitation_nm) {
  const Estimate crystals = continued(continuum, excitation_nm);
  const Estimate dissolved =
      not_negative({at_excitation.value - crystals.value,
                    std::hypot(at_excitation.standard_error, crystals.standard_error)});
  return {at_excitation.value - dissolved.value,
          std::hypot(at_excitation.standard_error, dissolved.standard_error)};
}

std::optional<Estimate> relative_plqy(const Estimate& intensity, const Estimate& crystal_absorbance,
                                      const CellReference& reference) {
  const Estimate& absorbance = crystal_absorbance;
  if (!(absorbance.value > kClearOfZero * absorbance.standard_error) || !(absorbance.value > 0.0) ||
      !(intensity.value > 0.0))
    return std::nullopt;
  const double per_absorbed = intensity.value / (std::numbers::ln10 * absorbance.value);
  const double indices = reference.product_refractive_index / reference.refractive_index;
  const double value =
      reference.plqy.value * per_absorbed / reference.emission_per_absorbed.value * indices * indices;
  const double relative = relative_variance(intensity) + relative_variance(absorbance) +
                          relative_variance(reference.plqy) +
                          relative_variance(reference.emission_per_absorbed);
  return Estimate{value, value * std::sqrt(relative)};
}

double shortest_peak_with_yield_nm(const Material& material) {
  return hc_eV_nm / (hc_eV_nm / continuum_nm - kClearOfEdge - 1e-3 * material.confined.dot_stokes_4nm_meV);
}

std::optional<Estimate> reaction_yield(const Material& material, const Estimate& continuum,
                                       const Estimate& peak_nm, double path_cm, double fed_lead_mmol_per_L) {
  if (!(fed_lead_mmol_per_L > 0.0) || peak_nm.value < shortest_peak_with_yield_nm(material))
    return std::nullopt;
  const auto lead = lead_of_continuum(material, continued(continuum, 450.0), path_cm, fed_lead_mmol_per_L);
  if (!lead) return std::nullopt;
  const double above =
      hc_eV_nm / continuum_nm - hc_eV_nm / peak_nm.value - 1e-3 * material.confined.dot_stokes_4nm_meV;
  Estimate yield = *lead->conversion;
  const double structure = yield.value * kStructure * std::exp(-above / kStructureReach);
  yield.standard_error = std::hypot(yield.standard_error, structure);
  return yield;
}

}  // namespace nocturne
