#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "models/spectra/spectrum_text.hpp"

namespace nocturne::detail {

/// Tables have no more rows; spectrometers have a tenth of that.
inline constexpr std::size_t most_rows = 100000;

/// A table as found in the file, before its grid was checked.
struct RawTable {
  std::vector<double> axis;
  std::string axis_unit;                     ///< "" = not said
  std::vector<std::vector<double>> columns;  ///< each as long as `axis`
  std::vector<std::string> names;  ///< one per column, with the unit in brackets if the file has it there
  std::vector<std::string> units;  ///< one per column or none
  std::vector<int> lines;          ///< of each row, or of the first one only, for messages

  int line_of(std::size_t row) const {
    return lines.empty() ? 1 : row < lines.size() ? lines[row] : lines.front();
  }
};

/// The table on an ascending grid in nm: descending order is reversed, other units of the axis converted
/// (values stay as they are: no Jacobian), neighbours with equal wavelengths averaged. Without a unit the
/// axis must lie between 150 and 2600, where optical spectrometers measure and wavenumbers do not. Throws
/// SpectrumFormatError if this is no spectrum or values are absurd (beyond 1e30, or none above 1e-30).
SpectrumTable on_grid(RawTable raw, const std::string& file);

}  // namespace nocturne::detail
