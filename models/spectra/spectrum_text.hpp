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
  std::vector<SpectrumColumn> columns;  ///< at least one
  int skipped_lines = 0;                ///< lines within the data that were no numbers (instrument logs)

  /// Exposure in seconds if the header states it, else 0.
  double exposure_s = 0.0;
  /// Scans averaged if the header states it, else 1.
  int scans = 1;
};

/// Reads the text of a spectrum file: SpectraSuite, OceanView, Jaz, Avantes, JCAMP-DX (XYDATA X++(Y..Y) and
/// XYPOINTS, AFFN), and delimited tables (comma, semicolon, tab or blanks; decimal point or comma; any header
/// encoding). `name` stands for the file in messages. Throws SpectrumFormatError.
SpectrumTable parse_spectrum(std::string_view text, const std::string& name);

}  // namespace nocturne
