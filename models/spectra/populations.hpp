#pragma once

#include <optional>
#include <vector>

#include "models/material.hpp"
#include "models/observation.hpp"
#include "models/spectra/emission.hpp"

namespace nocturne {

/// Platelets of one thickness in a product.
struct PlateletPopulation {
  int monolayers = 0;
  double peak_nm = 0.0;
  Estimate emission_share;  ///< of all emission
};

/// How a product divides into dots and platelets.
struct Populations {
  Estimate platelet_share;  ///< of the emission, 0..1; the error holds what the spectra leave open
  Estimate platelet_solid;  ///< of the absorbing solid; error infinite without an absorbance spectrum
  std::vector<PlateletPopulation> platelets;  ///< ascending in thickness
  double dot_peak_nm = 0.0;                   ///< of the dots alone
  double residual = 0.0;                      ///< reduced chi-squared of the fit
};

/// Explains emission and absorbance together by one distribution of dots and platelets of whole monolayers.
/// Peak position cannot tell a platelet from a dot of the same colour; the exciton's height over the
/// continuum, its distance from the emission, the line's width and the positions allowed for platelets can,
/// and each enters with its scatter between studies (Material::confined). What they leave open is in the
/// error. `absorbance` may be null: then emission alone decides. Nothing without platelet windows or
/// emission.
std::optional<Populations> separate_populations(const Emission& emission, const Spectrum* absorbance,
                                                const Material& material);

}  // namespace nocturne
