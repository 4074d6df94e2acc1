#pragma once

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "models/spectra/spectrum.hpp"
#include "models/spectra/spectrum_text.hpp"

namespace nocturne::test {

/// Where data measured by others lies, if it is here.
inline const std::filesystem::path measured_data =
    std::filesystem::path{NOCTURNE_SOURCE_DIR} / "../shared/data";

inline std::string text_of(const std::filesystem::path& file) {
  std::ifstream stream(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
}

inline SpectrumTable table_of(const std::filesystem::path& file) {
  return parse_spectrum(text_of(file), file.filename().string());
}

/// The file's first column.
inline Spectrum spectrum_of(const std::filesystem::path& file) {
  const SpectrumTable table = table_of(file);
  return {table.wavelength_nm, table.columns.front().values, {}};
}

}  // namespace nocturne::test
