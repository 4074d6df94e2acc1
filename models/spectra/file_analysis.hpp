#pragma once

#include <optional>
#include <string>
#include <vector>

#include "models/material.hpp"
#include "models/observation.hpp"
#include "models/sizing.hpp"
#include "models/spectra/spectrum_text.hpp"

namespace nocturne {

enum class SpectrumKind { automatic, pl, absorbance };

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
};

/// Analyses one table. With columns for sample, dark and reference these are combined; else the last column
/// is taken, which is where instruments and published data put the final result. `dark` and `reference` (last
/// columns) apply to the sample. Widths follow the published definition (half_maximum_width_eV) where points
/// are precise enough, the smoothed curve else. Throws std::invalid_argument if grids or exposures differ.
FileAnalysis analyze_table(const SpectrumTable& table, const SpectrumTable* dark,
                           const SpectrumTable* reference, SpectrumKind kind, const Material& material);

}  // namespace nocturne
