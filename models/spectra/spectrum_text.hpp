#pragma once

#include <Eigen/Core>
#include <map>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace nocturne {

/// Text that is no spectrum or an ambiguous one. what() reads "file:line: what is wrong (what is allowed)".
struct SpectrumFormatError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// One column beside the wavelength. Missing cells are NaN.
struct SpectrumColumn {
  std::string name;  ///< as in the file; empty if it names none
  std::string unit;
  Eigen::VectorXd values;
};

/// A spectrum file as a table on a strictly ascending wavelength grid, with the header it came with.
struct SpectrumTable {
  std::string format;  ///< "SpectraSuite", "OceanView", "Jaz", "Avantes", "JCAMP-DX", "table"
  std::map<std::string, std::string>
      header;  ///< "key: value" lines before the data; "title": a first line without key
  Eigen::VectorXd wavelength_nm;
  std::vector<SpectrumColumn> columns;  ///< at least one; all named or none
  int skipped_lines = 0;                ///< lines of instrument logs between rows of data

  /// Exposure in seconds if the header states it with its unit, else 0.
  double exposure_s = 0.0;
  /// Scans averaged if the header states it, else 1.
  int scans = 1;
  std::string axis_unit = "nm";  ///< in the file; another one was converted, the values beside it were not
  int promised_points = 0;       ///< pixels that the header promises, 0 if it promises none
  int found_points = 0;          ///< rows in the file
};

/// Reads the text of a spectrum file: SpectraSuite, OceanView, Jaz, Avantes, JCAMP-DX, and delimited tables
/// (comma, semicolon, tab or blanks; decimal point or comma; ASCII, UTF-8, Latin-1, UTF-16 with its mark;
/// rising or falling). Equal neighbouring wavelengths are averaged. Refused with the line and the reason:
/// what can be read in two ways, columns of which only some have names, rows of another length, lines among
/// the data that are no instrument's log, an axis that is none or has no unit where one is needed. Takes less
/// than eight times the text's size in memory, and time in proportion. `name` stands for the file in
/// messages. Throws SpectrumFormatError.
SpectrumTable parse_spectrum(std::string_view text, const std::string& name);

}  // namespace nocturne
