#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <variant>
#include <vector>

namespace nocturne {

class LogSnapshot;

/// One value of a table; std::monostate = not known, or not measured.
using ExportCell = std::variant<std::monostate, bool, std::int64_t, double, std::string>;
using ExportRow = std::vector<ExportCell>;

enum class ExportType { boolean, integer, number, text };
/// As JSON's schemas call it: "boolean", "integer", "number", "string".
const char* json_type_of(ExportType type);

struct ExportColumn {
  std::string name;  ///< with its unit
  ExportType type = ExportType::number;
  std::string unit;         ///< "nm"; empty = none
  std::string description;  ///< for people
};

/// Hands out the rows of a table, one after the other.
class ExportRows {
 public:
  virtual ~ExportRows() = default;
  /// False at the end.
  virtual bool next(ExportRow& row) = 0;
};

/// One kind of thing that a log holds. Every format writes these tables, and describes them by these columns.
struct ExportTable {
  std::string name, description;
  std::vector<ExportColumn> columns;
  std::string time;  ///< the column with the campaign time in s by which the rows ascend; empty = none
  std::function<std::unique_ptr<ExportRows>()> open;  ///< to read it, once more each time
};

/// All tables but the spectra. They refer to `log`, which must outlive them. Throws FileError if the recipe
/// in the log cannot be read.
std::vector<ExportTable> export_tables(const LogSnapshot& log);
/// The experiments alone.
ExportTable export_experiments(const LogSnapshot& log);
/// The spectra in long form, one row a pixel.
ExportTable export_spectra(const LogSnapshot& log);

}  // namespace nocturne
