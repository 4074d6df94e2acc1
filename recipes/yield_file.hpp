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

/// Reads and checks a yield measurement; recipes/yields/example_quinine.toml explains every line of one.
/// Throws FileError; an unknown key is an error.
YieldMeasurement read_yield_measurement(const std::filesystem::path& file);
/// The same from text; `name` stands for the file in messages, relative paths count from `folder`.
YieldMeasurement parse_yield_measurement(const std::string& text, const std::string& name,
                                         const std::filesystem::path& folder);

}  // namespace nocturne
