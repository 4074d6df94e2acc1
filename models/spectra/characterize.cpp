#include "models/spectra/characterize.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "models/spectra/inner_filter.hpp"
#include "models/spectra/integral.hpp"
#include "models/spectra/smoothing.hpp"
#include "models/spectra/stokes_shift.hpp"

namespace nocturne {

namespace {

constexpr double proportional_absorbance =
    0.3;                              // above it emission is no longer proportional to what is dissolved
constexpr double color_widths = 2.0;  // beyond the half-maximum points
constexpr double platelet_confidence = 1.2815515655446004;  // deviations: 90 % to one side

std::optional<Estimate> absorbance_at(const Spectrum& spectrum, double nm,
                                      const ScatterBackground* background) {
  auto value = value_near(spectrum, nm);
  if (value && background != nullptr)
    value->standard_error = std::hypot(value->standard_error, background->level.standard_error);
  return value;
}

void read_absorbance(const Spectrum& raw, const CharacterizationSettings& settings,
                     Characterization& product) {
  product.absorbance = with_noise(raw, 15.0);
  product.background =
      scatter_background(product.absorbance, settings.transparent_low_nm, settings.transparent_high_nm);
  if (product.background)
    subtract_background(product.absorbance, *product.background);
  else
    product.flags.emplace_back("no_absorbance_baseline");
  const ScatterBackground* background = product.background ? &*product.background : nullptr;
  product.transitions =
      transitions(product.absorbance, settings.shortest_exciton_nm, settings.transparent_low_nm);
  if (const auto first = product.transitions.first())
    product.optical_edge_nm = optical_edge(product.absorbance, *first, settings.transparent_low_nm);
  product.absorbance_excitation = absorbance_at(product.absorbance, settings.excitation_nm, background);
  product.absorbance_450 = absorbance_at(product.absorbance, 450.0, background);
  product.dissolved = dissolved_absorbance(product.absorbance, settings.excitation_nm);
  if (product.absorbance_excitation && product.absorbance_excitation->value > proportional_absorbance)
    product.flags.emplace_back("high_absorbance");
}

/// All areas are known no better than the excitation that reached the droplet: `relative`, common to all.
void add_common_error(Characterization& product, double relative) {
  const auto widen = [&](Estimate& area) {
    area.standard_error = std::hypot(area.standard_error, area.value * relative);
  };
  widen(*product.area);
  const auto count = static_cast<Eigen::Index>(product.components.lines.size());
  Eigen::VectorXd areas(count);
  for (Eigen::Index i = 0; i < count; ++i) {
    Estimate& area = product.components.lines[static_cast<std::size_t>(i)].area;
    areas[i] = area.value;
    widen(area);
  }
  product.components.area_covariance += relative * relative * areas * areas.transpose();
}

void read_emission(const Spectrum& raw, const CharacterizationSettings& settings, Characterization& product) {
  Emission seen = find_emission(raw, settings.search);
  if (seen.lines.empty()) {
    product.emission = std::move(seen);
    product.flags.emplace_back("no_emission");
    return;
  }
  product.observed_peak_nm = seen.lines.front().peak_nm;
  if (product.absorbance_excitation) {
    undo_inner_filter(seen.signal, product.absorbance,
                      {product.absorbance_excitation->value, settings.inner_filter_depth});
    measure_again(seen);
  }
  product.emission = std::move(seen);
  product.components = fit_components(product.emission);
  product.area = integral(product.emission);
  if (product.absorbance_excitation)
    add_common_error(product, std::numbers::ln10 * settings.inner_filter_depth *
                                  product.absorbance_excitation->standard_error);
  double low = 1e9, high = 0.0;
  for (const EmissionLine& line : product.emission.lines) {
    const double width = color_widths * (line.high_half_nm - line.low_half_nm);
    low = std::min(low, line.low_half_nm - width);
    high = std::max(high, line.high_half_nm + width);
  }
  product.color =
      chromaticity(product.emission.signal, low, high, product.emission.baseline.level.standard_error);
  if (several_peaks(product.emission)) product.flags.emplace_back("several_peaks");
}

void read_product(const Material& material, const CharacterizationSettings& settings,
                  Characterization& product) {
  const std::optional<Exciton> exciton = product.transitions.first();
  std::optional<Estimate> exciton_nm = exciton ? std::optional{exciton->nm} : std::nullopt;
  if (product.absorbance_450) {
    product.lead = crystal_lead(material, *product.absorbance_450, exciton_nm, settings.path_cm,
                                settings.fed_lead_mmol_per_L);
  }
  if (product.emission.lines.empty()) return;
  const EmissionLine& main = product.emission.lines.front();
  if (exciton_nm && !may_be_first_exciton(material, *exciton_nm, main.peak_nm)) {
    product.transitions.demote_first();
    product.optical_edge_nm.reset();
    product.flags.emplace_back("first_exciton_hidden");
    exciton_nm.reset();
  }
  product.populations = separate_populations(
      product.emission, product.absorbance.size() > 0 ? &product.absorbance : nullptr, material);
  const Estimate share = product.populations ? product.populations->platelet_share : Estimate{};
  const double doubt = platelet_confidence * share.standard_error;
  if (share.value + doubt > 0.5) {
    product.monolayers = monolayers_at(material, main.peak_nm.value);
    product.flags.emplace_back(share.value - doubt > 0.5 ? "nanoplatelets" : "nanoplatelets_possible");
  }
  if (!(share.value - doubt > 0.5)) {
    const Estimate at = material.sizing_by_exciton && exciton_nm ? *exciton_nm : main.peak_nm;
    if (!material.sizing_by_exciton || exciton_nm) product.edge_length = edge_length(material, at);
    if (main.fwhm_meV && !material.sizing_by_exciton)
      product.dispersion = size_dispersion(material, main.peak_nm, *main.fwhm_meV);
  }
  if (exciton_nm) {
    const double per_nm = 1e3 * hc_eV_nm;
    const auto meV = [&](const Estimate& nm) { return per_nm / nm.value; };
    const auto error = [&](const Estimate& nm) { return per_nm / (nm.value * nm.value) * nm.standard_error; };
    product.stokes_meV =
        Estimate{meV(*exciton_nm) - meV(main.peak_nm), std::hypot(error(*exciton_nm), error(main.peak_nm))};
  }
}

}  // namespace

Characterization characterize(const Spectrum* emission, const Spectrum* absorbance, const Material& material,
                              const CharacterizationSettings& settings) {
  Characterization product;
  if (absorbance != nullptr && absorbance->size() > 0) {
    read_absorbance(*absorbance, settings, product);
    product.side_phases = side_phase_signs(product.absorbance, material);
    for (const SidePhaseSign& sign : product.side_phases) {
      if (sign.present) product.flags.push_back(sign.name);
    }
  }
  if (emission != nullptr && emission->size() > 0) read_emission(*emission, settings, product);
  read_product(material, settings, product);
  std::sort(product.flags.begin(), product.flags.end());
  product.flags.erase(std::unique(product.flags.begin(), product.flags.end()), product.flags.end());
  return product;
}

std::vector<std::pair<std::string, Estimate>> quantities(const Characterization& product) {
  std::vector<std::pair<std::string, Estimate>> all;
  const auto add = [&](const char* name, const std::optional<Estimate>& value) {
    if (value) all.emplace_back(name, *value);
  };
  if (!product.emission.lines.empty()) {
    const EmissionLine& line = product.emission.lines.front();
    add("peak_nm", line.peak_nm);
    add("observed_peak_nm", product.observed_peak_nm);
    add("fwhm_nm", line.fwhm_nm);
    add("fwhm_meV", line.fwhm_meV);
    add("asymmetry", line.asymmetry);
    add("area", product.area);
  }
  if (!product.components.lines.empty()) {
    add("component_peak_eV", product.components.lines.front().peak_eV);
    add("component_fwhm_meV", product.components.lines.front().fwhm_meV);
    add("component_area", product.components.lines.front().area);
  }
  if (product.color) add("cie_x", product.color->x), add("cie_y", product.color->y);
  if (product.transitions.by_maximum) {
    const Exciton& exciton = *product.transitions.by_maximum;
    add("exciton_maximum_nm", exciton.nm);
    if (exciton.peak_valley_ratio)
      add("peak_valley_ratio", Estimate{*exciton.peak_valley_ratio, exciton.peak_valley_error});
  }
  if (product.transitions.by_curvature) add("exciton_curvature_nm", product.transitions.by_curvature->nm);
  add("optical_edge_nm", product.optical_edge_nm);
  add("absorbance_excitation", product.absorbance_excitation);
  add("absorbance_450", product.absorbance_450);
  if (product.background) add("background", product.background->level);
  add("dissolved", product.dissolved);
  if (product.lead) add("crystal_lead_mmol_per_L", product.lead->mmol_per_L);
  if (product.dispersion) add("size_dispersion", product.dispersion->relative);
  if (product.populations) add("nanoplatelet_fraction", product.populations->platelet_share);
  add("stokes_meV", product.stokes_meV);
  return all;
}

}  // namespace nocturne
