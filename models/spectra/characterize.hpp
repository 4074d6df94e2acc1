#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "models/material.hpp"
#include "models/sizing.hpp"
#include "models/spectra/absorption.hpp"
#include "models/spectra/absorption_background.hpp"
#include "models/spectra/chromaticity.hpp"
#include "models/spectra/components.hpp"
#include "models/spectra/emission.hpp"
#include "models/spectra/populations.hpp"
#include "models/spectra/product.hpp"
#include "models/spectra/side_phases.hpp"

namespace nocturne {

struct CharacterizationSettings {
  EmissionSearch search;  ///< where emission is looked for
  double excitation_nm = 365.0;
  double transparent_low_nm = 600.0;  ///< nothing absorbs between these
  double transparent_high_nm = 900.0;
  double shortest_exciton_nm = 400.0;
  double inner_filter_depth = 0.5;  ///< share of the optical path before and behind the spot that is seen
  double path_cm = 0.0;             ///< 0 = unknown: no concentration
  std::optional<double> fed_lead_mmol_per_L;  ///< as diluted in the cell
};

/// Everything that an emission and an absorbance spectrum of one product say about it. Absent means not
/// measured or not decidable.
struct Characterization {
  Emission emission;             ///< corrected for reabsorption where absorbance is known
  Components components;         ///< of the lines, by a fit with the Jacobian
  std::optional<Estimate> area;  ///< of all lines, baseline-corrected, unit of the spectrum times nm
  std::optional<Estimate> observed_peak_nm;  ///< before the correction for reabsorption
  std::optional<Chromaticity> color;

  Spectrum absorbance;  ///< background subtracted
  std::optional<ScatterBackground> background;
  Transitions transitions;
  std::optional<Estimate> optical_edge_nm;
  std::optional<Estimate> absorbance_excitation, absorbance_450;
  std::optional<Estimate> dissolved;  ///< absorbance of complexes and ligands at the excitation

  std::vector<SidePhaseSign> side_phases;  ///< those whose band the spectrum reaches, present or not
  std::optional<Populations> populations;
  std::optional<EdgeLength> edge_length;  ///< of the dots
  std::optional<int> monolayers;          ///< platelets that emit at the highest line, if there are any
  std::optional<SizeDispersion> dispersion;
  std::optional<CrystalLead> lead;
  std::optional<Estimate> stokes_meV;  ///< first exciton above the highest line
  std::vector<std::string> flags;      ///< "high_absorbance", "Cs4PbBr6", ... sorted, each once
};

/// Analyses one product. Either spectrum may be null. Emission in counts per wavelength with variances.
Characterization characterize(const Spectrum* emission, const Spectrum* absorbance, const Material& material,
                              const CharacterizationSettings& settings);

/// Every number of it with its standard error, by name, in a fixed order.
std::vector<std::pair<std::string, Estimate>> quantities(const Characterization& product);

}  // namespace nocturne
