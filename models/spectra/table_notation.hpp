#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "models/spectra/text_scan.hpp"

namespace nocturne::detail {

/// How the numbers of a table are written.
struct Notation {
  char delimiter = ',';
  char decimal_mark = '.';
};

/// Reads lines as rows of numbers.
class RowReader {
 public:
  enum class Kind {
    row,     ///< a finite number first, then numbers or missing ones, two or more in all
    broken,  ///< a number first, but not a row
    text,
  };

  explicit RowReader(const Notation& notation) : notation_{notation} {}
  Kind read(std::string_view line);

  const std::vector<std::string_view>& cells() const { return cells_; }  ///< of the last line
  const std::vector<double>& values() const { return values_; }          ///< of the last row, one per cell
  bool has_value() const;                                 ///< the last row has one beside the first
  std::string_view wrong_cell() const { return wrong_; }  ///< of the last broken line; may be empty
  const Notation& notation() const { return notation_; }

 private:
  Notation notation_;
  std::vector<std::string_view> cells_;
  std::vector<double> values_;
  std::string_view wrong_;
};

/// The notation in which most of the first lines are rows; nothing if in none three lines are.
std::optional<Notation> notation_of(Lines lines);

/// All rows of a text together. `named`: a header names the columns, so their number is known.
struct Survey {
  std::size_t rows = 0;
  int last_row = 0;   ///< its line
  std::string doubt;  ///< how the numbers can be read in two ways; empty if they cannot
};
Survey survey_of(Lines lines, const Notation& notation, bool named);

/// True for "1,234", "12.345.678" and "1 234": three digits after each mark.
bool looks_like_thousands(std::string_view cell, char mark);

/// The first line that would be a row but for thousands separators; for texts without notation.
std::optional<int> line_with_thousands(Lines lines);

}  // namespace nocturne::detail
