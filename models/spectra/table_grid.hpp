#pragma once

#include <string>
#include <vector>

#include "models/spectra/spectrum_text.hpp"

namespace nocturne::detail {

/// A table as found in the file, before its grid was checked.
struct RawTable {
  std::vector<double> wavelength;
  std::string wavelength_unit;               ///< "nm" if empty
  std::vector<std::vector<double>> columns;  ///< each as long as `wavelength`
  std::vector<std::string> names;  ///< one per column, with the unit in brackets if the file has it there
  std::vector<std::string> units;  ///< one per column or none
  int line = 1;                    ///< of the first row, for messages
};

/// The table on an ascending grid in nm: descending order is reversed, other units of the axis converted,
/// equal neighbours averaged. Throws SpectrumFormatError if this is no spectrum.
SpectrumTable on_grid(RawTable raw, const std::string& file);

}  // namespace nocturne::detail
