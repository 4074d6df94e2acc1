#include "recipes/delimited_table.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "recipes/recipe.hpp"

namespace nocturne {
namespace {

constexpr std::string_view kDelimiters = ";\t|,";  // the comma last: it may be a decimal sign

std::string trimmed(std::string_view text) {
  constexpr std::string_view blanks = " \t\r\n";
  const auto first = text.find_first_not_of(blanks);
  if (first == std::string_view::npos) return {};
  return std::string{text.substr(first, text.find_last_not_of(blanks) - first + 1)};
}

/// Cuts text into rows of cells.
class Splitter {
 public:
  Splitter(std::string_view text, char delimiter, const std::string& name)
      : text_{text}, delimiter_{delimiter}, name_{name} {}

  std::vector<DelimitedTable::Row> rows(std::size_t most = std::string_view::npos) {
    std::vector<DelimitedTable::Row> all;
    while (at_ < text_.size() && all.size() < most) {
      auto row = next_row();
      if (row.cells.size() > 1 || !row.cells[0].empty()) all.push_back(std::move(row));
    }
    return all;
  }

 private:
  DelimitedTable::Row next_row() {
    DelimitedTable::Row row;
    row.line = line_;
    do row.cells.push_back(next_cell());
    while (at_ < text_.size() && text_[at_++] == delimiter_);
    ++line_;
    return row;
  }

  /// Leaves `at_` on the delimiter or line end behind the cell.
  std::string next_cell() {
    while (at_ < text_.size() && (text_[at_] == ' ' || (text_[at_] == '\t' && delimiter_ != '\t'))) ++at_;
    if (at_ < text_.size() && text_[at_] == '"') return quoted_cell();
    const auto end = std::min(text_.find(delimiter_, at_), text_.find('\n', at_));
    const auto cell = text_.substr(at_, end == std::string_view::npos ? end : end - at_);
    at_ += cell.size();
    return trimmed(cell);
  }

  std::string quoted_cell() {
    const int opened = line_;
    std::string cell;
    for (++at_; at_ < text_.size(); ++at_) {
      if (text_[at_] == '"' && at_ + 1 < text_.size() && text_[at_ + 1] == '"') {
        ++at_;
      } else if (text_[at_] == '"') {
        ++at_;
        while (at_ < text_.size() && text_[at_] != delimiter_ && text_[at_] != '\n') ++at_;
        return trimmed(cell);
      }
      if (text_[at_] == '\n') ++line_;
      cell += text_[at_];
    }
    throw FileError{name_ + ":" + std::to_string(opened) +
                    ": a quoted cell has no end (every \" needs a second one)"};
  }

  std::string_view text_;
  char delimiter_;
  const std::string& name_;
  std::size_t at_ = 0;
  int line_ = 1;
};

/// The delimiter that makes the most columns of which every one of the first rows has as many.
char delimiter_of(std::string_view text, const std::string& name) {
  char best = ',';
  std::size_t most = 0;
  for (const char delimiter : kDelimiters) {
    const auto rows = Splitter{text, delimiter, name}.rows(20);
    const std::size_t columns = rows.empty() ? 0 : rows[0].cells.size();
    const bool regular =
        std::ranges::all_of(rows, [&](const auto& row) { return row.cells.size() == columns; });
    const std::size_t score = columns < 2 ? 0 : columns + (regular ? 1'000'000 : 0);
    if (score > most) {
      most = score;
      best = delimiter;
    }
  }
  return best;
}

}  // namespace

DelimitedTable parse_delimited_table(std::string_view text, const std::string& name) {
  constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";
  if (text.starts_with(byte_order_mark)) text.remove_prefix(byte_order_mark.size());
  DelimitedTable table;
  table.file = name;
  table.rows = Splitter{text, delimiter_of(text, name), name}.rows();
  if (table.rows.size() < 2)
    throw FileError{name + ":1: is no table (a line of headings and at least one row)"};
  table.headings = std::move(table.rows.front().cells);
  table.rows.erase(table.rows.begin());
  for (const auto& row : table.rows)
    if (row.cells.size() != table.headings.size())
      throw FileError{name + ":" + std::to_string(row.line) + ": the row has " +
                      std::to_string(row.cells.size()) + " cells (the header has " +
                      std::to_string(table.headings.size()) + ")"};
  return table;
}

std::optional<double> number_in_cell(std::string_view cell) {
  std::string text = trimmed(cell);
  if (std::ranges::count(text, ',') == 1 && text.find('.') == std::string::npos)
    *std::ranges::find(text, ',') = '.';
  const char* first = text.data() + (text.starts_with('+') ? 1 : 0);
  const char* last = text.data() + text.size();
  double value = 0.0;
  const auto [end, error] = std::from_chars(first, last, value);
  if (error != std::errc{} || end != last || !std::isfinite(value)) return std::nullopt;
  return value;
}

}  // namespace nocturne
