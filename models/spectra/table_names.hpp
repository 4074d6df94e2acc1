#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "models/spectra/text_scan.hpp"

namespace nocturne::detail {

/// What a heading says of an axis of wavelengths, energies or wavenumbers, in English, German, French,
/// Spanish, Italian, Portuguese and a few others.
struct AxisHeading {
  std::string unit;  ///< as written, "" if it names none, "1/cm" for wavenumbers without
};

/// Nothing if the heading (with its unit in brackets, after a slash or at its end) is of no such axis.
std::optional<AxisHeading> axis_heading(std::string_view heading);

/// The headings above a table.
struct Names {
  std::vector<std::string> names;      ///< one per cell of the rows, or none; some may be empty
  std::vector<std::string> units;      ///< the same
  std::size_t axis = 0;                ///< which cell of the rows is the axis
  std::string axis_unit;               ///< "" = not said
  std::vector<std::size_t> more_axes;  ///< further cells with headings of an axis
  bool units_in_brackets = false;      ///< a line of units alone, as Avantes writes it
  std::string problem;                 ///< why the table cannot be read with these headings; empty = it can
  int line = 0;                        ///< of the names, 0 = there are none
};

/// Names from the one or two lines above the first row, the nearer one first in `above`. Lines that are no
/// headings ("key: value", titles) leave all names out.
Names names_above(const std::vector<Line>& above, char delimiter, std::size_t width);

}  // namespace nocturne::detail
