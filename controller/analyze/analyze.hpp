#pragma once

#include <filesystem>
#include <iosfwd>
#include <optional>
#include <string>
#include <vector>

#include "models/material.hpp"
#include "models/spectra/file_analysis.hpp"

namespace nocturne {

struct AnalyzeOptions {
  std::vector<std::filesystem::path> files;         ///< "-" is `in`, as for the next two; once in all
  std::optional<std::filesystem::path> dark;        ///< subtracted from every file, on the same grid
  std::optional<std::filesystem::path> reference;   ///< makes absorbance of counts
  std::optional<std::filesystem::path> absorbance;  ///< of the same droplet as the emission
  std::optional<std::filesystem::path> plots;       ///< folder for one SVG per file
  SpectrumKind kind = SpectrumKind::automatic;
  double excitation_nm = 365.0;
  double path_cm = 0.0;  ///< of the absorbance; 0 = unknown
  bool json = false;
  bool details = false;  ///< for people: every quantity on a line of its own
};

/// Writes one line per file to `out`, JSON or for people, in the order given; a file that cannot be read is
/// reported in its place and the others are still done. Returns the exit status: 0, or 2 if any file could
/// not be read. Which column of a file counts is told in analyze_table; the line names it. `messages` gets
/// errors for people and, for files with several columns, a word on which was used.
int analyze(const AnalyzeOptions& options, const Material& material, std::istream& in, std::ostream& out,
            std::ostream& messages);

/// "pl", "absorbance" or "automatic". Nothing for other words.
std::optional<SpectrumKind> spectrum_kind(const std::string& name);

}  // namespace nocturne
