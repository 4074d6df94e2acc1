#pragma once

#include <optional>
#include <string>
#include <vector>

#include "models/material.hpp"
#include "models/observation.hpp"
#include "models/sizing.hpp"
#include "models/spectra/characterize.hpp"
#include "models/spectra/spectrum_text.hpp"

namespace nocturne {

enum class SpectrumKind { automatic, pl, absorbance };

/// What came with a spectrum and what is known about how it was taken. The tables may be null.
struct FileContext {
  const SpectrumTable* dark = nullptr;        ///< subtracted first: its sample column or last one
  const SpectrumTable* reference = nullptr;   ///< divided by, likewise
  const SpectrumTable* absorbance = nullptr;  ///< of the same droplet as an emission spectrum, on any grid
  SpectrumKind kind = SpectrumKind::automatic;
  double excitation_nm = 365.0;
  double path_cm = 0.0;  ///< 0 = unknown: no concentration
};

/// What is known of a spectrum that came as a file, without detector and often without dark. Absent means not
/// measured.
struct FileAnalysis {
  struct Peak {
    double nm = 0.0;
    double height = 0.0;  ///< in the column's unit, or absorbance
  };

  std::string kind;  ///< "pl", "absorbance" or "counts" (light without emission of dots: lamps, darks)
  std::string
      column;  ///< what was analysed: the column's name, "column N" if it has none, or a formula of names
  bool emission = false;
  std::optional<Estimate> peak_nm;
  std::optional<double> fwhm_eV, fwhm_nm;
  std::optional<Estimate> first_exciton_nm;
  std::optional<double> peak_valley_ratio;
  std::optional<EdgeLength> edge_length_nm;
  std::optional<int> monolayers;
  std::vector<Peak> peaks;
  std::vector<std::string> flags;  ///< sorted, each once
  Spectrum spectrum;               ///< what was analysed, saturated points as NaN
  Characterization product;        ///< all that the spectrum says; empty for "counts" and clipped peaks
};

/// Analyses one table. With columns for sample, dark and reference these are combined; else the last column
/// is taken, which is where instruments and published data put the final result. Widths follow the published
/// definition (half_maximum_width_eV) where points are precise enough, the smoothed curve else; peak_nm is
/// that of the light as it came, product.emission is corrected for reabsorption where the absorbance is
/// known. Throws std::invalid_argument if grids or exposures differ or the absorbance is none.
FileAnalysis analyze_table(const SpectrumTable& table, const FileContext& context, const Material& material);

}  // namespace nocturne
