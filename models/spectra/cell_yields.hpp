#pragma once

#include <optional>
#include <string>

#include "models/material.hpp"
#include "models/observation.hpp"

namespace nocturne {

/// A solution of known quantum yield, measured in the very cell, light and optics that products are measured
/// in: without it nothing says what share of the absorbed light is emitted.
struct CellReference {
  std::string name;      ///< "coumarin 153 in ethanol"
  std::string source;    ///< of its quantum yield: a paper
  std::string measured;  ///< when and from which raw data
  Estimate plqy;         ///< 0..1, with the error that its source states
  /// Integral of the emission over wavelength, counts nm / s, per absorbed share of the excitation: that of a
  /// thin solution, without what the solution itself takes of both lights.
  Estimate emission_per_absorbed;
  double refractive_index = 1.0;          ///< of the reference's solvent
  double product_refractive_index = 1.0;  ///< of what fills the cell when products are measured
};

/// Everything that a quantum yield relative to it rests on, in one line for people.
std::string provenance(const CellReference& reference);

/// The share of the absorbance at the excitation that is the crystals': without complexes and ligands, of
/// which there is at least none. `continuum`: crystal_continuum().
Estimate crystal_absorbance(const Estimate& continuum, const Estimate& at_excitation, double excitation_nm);

/// Photoluminescence quantum yield of the crystals relative to `reference` (Würth et al. 2013,
/// 10.1038/nprot.2013.087). `intensity` is corrected for the inner filter, in counts nm / s: emission is
/// then proportional to ln(10) times the absorbance. Nothing if the absorbance is within three standard
/// errors of zero.
std::optional<Estimate> relative_plqy(const Estimate& intensity, const Estimate& crystal_absorbance,
                                      const CellReference& reference);

/// Share of the fed lead that is found in crystals: their continuum (crystal_continuum), continued to the
/// material's absorption coefficient at 450 nm (lead_of_continuum), over the lead that was fed as diluted in
/// the cell. The error holds the noise, the doubt about the continuum's slope and the structure of the higher
/// transitions above `peak_nm`; not that of the absorption coefficient, which is common to all
/// (CrystalLead::systematic_factor). Nothing where one of the numbers is unknown or the line is further to
/// the blue than shortest_peak_with_yield_nm.
std::optional<Estimate> reaction_yield(const Material& material, const Estimate& continuum,
                                       const Estimate& peak_nm, double path_cm, double fed_lead_mmol_per_L);

/// Where the first transition of dots, with the shift of the smallest ones, is 0.2 eV below the continuum.
double shortest_peak_with_yield_nm(const Material& material);

}  // namespace nocturne
