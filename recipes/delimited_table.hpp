#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace nocturne {

/// A delimited text table with a heading over each column. Cells are trimmed.
struct DelimitedTable {
  struct Row {
    int line = 0;  ///< of the file, where the row begins
    std::vector<std::string> cells;
  };
  std::string file;  ///< for messages
  std::vector<std::string> headings;
  std::vector<Row> rows;
};

/// Reads comma-, semicolon-, tab- or bar-separated text; cells may be quoted and then hold delimiters, line
/// ends and doubled quotes. `name` stands for the file in messages. Throws FileError: no header, no row, a
/// row with another number of cells than the header, an open quote.
DelimitedTable parse_delimited_table(std::string_view text, const std::string& name);

/// The number that a cell holds, with decimal point or comma; nothing if it is none or not finite.
std::optional<double> number_in_cell(std::string_view cell);

}  // namespace nocturne
