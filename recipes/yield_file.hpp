#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "models/spectra/quantum_yield.hpp"

namespace nocturne {

/// Where the spectra of one solution are, as a file of a yield measurement names them.
struct MeasuredSolution {
  std::string name;
  std::filesystem::path emission, absorbance;           ///< relative ones count from the folder of the file
  std::optional<std::filesystem::path> emission_blank;  ///< dark or solvent, subtracted from the emission
  double refractive_index = 1.0;
  int line = 0;
};

/// A measurement of quantum yields relative to one reference.
struct YieldMeasurement {
  YieldSettings settings;
  std::optional<double> baseline_low_nm, baseline_high_nm;  ///< where nothing absorbs; both or none
  YieldReference dye;
  MeasuredSolution reference;
  std::vector<double> earlier_integrals;  ///< of the reference, counts nm, as earlier calibrations gave them
  std::vector<MeasuredSolution> samples;  ///< at least one
  std::string file;                       ///< for messages
};

/// Reads and checks a yield measurement:
///
///     excitation = "365 nm"
///     integrate_from = "390 nm"
///     integrate_to = "800 nm"
///     # absorbance_width = "4 nm"   absorbed_light = "fraction"|"absorbance"   highest_absorbance = 0.3
///     # baseline_from = "600 nm"    baseline_to = "850 nm"
///     [reference]
///     name = "quinine sulfate in 0.1 M sulfuric acid"
///     source = "Melhuish 1961, 10.1021/j100820a009"
///     plqy = 0.54                   # plqy_error = 0.02   earlier_integrals = [...]
///     refractive_index = 1.33
///     emission = "fluoro/ref.txt"   # emission_blank = "..."
///     absorbance = "abs/ref.txt"
///     [[sample]]                    # name, refractive_index, emission, absorbance, emission_blank
///
/// Throws FileError; an unknown key is an error.
YieldMeasurement read_yield_measurement(const std::filesystem::path& file);
/// The same from text; `name` stands for the file in messages, relative paths count from `folder`.
YieldMeasurement parse_yield_measurement(const std::string& text, const std::string& name,
                                         const std::filesystem::path& folder);

}  // namespace nocturne
