#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "recipes/recipe.hpp"

namespace nocturne {

/// A column of somebody's table, by its heading, and the line of the map that names it.
struct TableColumn {
  std::string heading;
  int map_line = 0;
};

/// How a cell becomes a number in the unit of its name.
enum class Conversion {
  linear,         ///< cell * scale + offset
  reciprocal,     ///< scale / cell: a wavelength from a photon energy or a wave number
  width_at_peak,  ///< cell * scale is a width in nm, and becomes one in meV at the row's peak
};

/// A number from a column, converted by its `unit` or by `scale` and `offset`. With `choices` the cell is one
/// of these words instead and the number is its index.
struct MappedNumber {
  std::string name;  ///< in our words, with its unit: "temperature_C", "peak_nm"
  int map_line = 0;  ///< of the name
  TableColumn column;
  Conversion conversion = Conversion::linear;
  double scale = 1.0;
  double offset = 0.0;
  std::vector<std::string> choices;
  std::vector<std::string>
      not_measured;       ///< cells, as words or numbers, that mean no value; an empty one always does
  bool optional = false;  ///< conditions: a row may lack it
  std::optional<TableColumn> standard_error;  ///< published values: a column with it, scaled likewise
};

/// Rows whose cell in `column` is one of `cells` are left out.
struct SkippedRows {
  TableColumn column;
  std::vector<std::string> cells;
};

/// Where the emission spectra of a table are.
struct MappedSpectrum {
  TableColumn column;          ///< its cells name files in the folder of spectra
  std::string suffix;          ///< appended to the cell: ".txt"
  std::string value = "last";  ///< the column of the file that is analysed: "last", "first" or its heading
  bool optional = false;       ///< an empty cell means that there is none
};

/// How a table of experiments is to be read.
struct ImportMap {
  std::string name;
  std::string source;    ///< who measured it, for people
  std::string material;  ///< name of a file in recipes/materials, without .toml, or a file beside the map
  int material_line = 0;
  std::optional<TableColumn> label;  ///< what the table calls a row
  std::vector<MappedNumber> conditions;
  std::map<std::string, double> constants;  ///< conditions that no column holds
  std::map<std::string, int> constant_lines;
  std::vector<MappedNumber> published;  ///< outputs of an Observation
  std::vector<SkippedRows> skipped;
  std::optional<MappedSpectrum> spectrum;
  std::string text;
  std::string file;  ///< for messages
};

/// Reads and checks a map. Throws FileError; an unknown key or output, and a condition that none can be, is
/// an error.
ImportMap read_import_map(const std::filesystem::path& file);
/// The same from the text that a log keeps, whatever its conditions are called; `name` stands for the file
/// in messages.
ImportMap parse_import_map(const std::string& text, const std::string& name);

/// The words of the conditions that are choices; a row holds the place of one, from 0.
std::map<std::string, std::vector<std::string>> choices_of(const ImportMap& map);

}  // namespace nocturne
