#include "models/spectra/table_notation.hpp"

#include <algorithm>
#include <cmath>

namespace nocturne::detail {

namespace {

constexpr std::size_t sampled_lines = 1000;  // enough to see how a file is written
constexpr std::size_t fewest_rows = 3;

bool is_digits(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

std::string_view unsigned_part(std::string_view cell) {
  cell = trimmed(cell);
  if (cell.starts_with('-') || cell.starts_with('+')) cell.remove_prefix(1);
  return cell;
}

bool is_plain(std::string_view cell) { return number_in(cell, '.') || number_in(cell, ','); }

/// "1,234.5", "1 234,5", "1'234": a number only with thousands separators.
bool is_grouped(std::string_view cell) {
  if (is_plain(cell)) return false;
  const std::size_t decimals = cell.find_last_of(",.");
  for (const char mark : {',', '.', ' ', '\''}) {
    const bool after = decimals != std::string_view::npos && cell[decimals] != mark;
    if (looks_like_thousands(after ? cell.substr(0, decimals) : cell, mark)) return true;
  }
  return false;
}

/// What all rows have in common that makes their separators doubtful.
class Doubts {
 public:
  explicit Doubts(const Notation& notation) : notation_{notation} {}

  void add(const std::vector<std::string_view>& cells) {
    if (notation_.decimal_mark == ',') see_decimals(cells);
    if (notation_.delimiter == ',') see_columns(cells);
    if (notation_.delimiter == ',' || notation_.delimiter == ' ') see_groups(cells);
    first_ = false;
  }

  std::string what(bool named) const {
    if (first_) return "";
    if (thousands_ && any_comma_)
      return "commas mark decimals or thousands (no thousands separators, and decimals of another length)";
    if (notation_.delimiter == ',' && (leading_zero_ || (whole_ && !named)))
      return "commas separate columns or decimals (decimal comma with tab or semicolon, or a point; or name "
             "the columns)";
    if (!named && std::find(groups_.begin(), groups_.end(), 1) != groups_.end())
      return "three digits after each separator can be thousands (no thousands separators; or name the "
             "columns)";
    return "";
  }

 private:
  void see_decimals(const std::vector<std::string_view>& cells) {
    for (const std::string_view cell : cells) {
      if (cell.find(',') == std::string_view::npos) continue;
      any_comma_ = true;
      thousands_ = thousands_ && looks_like_thousands(cell, ',');
    }
  }

  /// "500,1,36" can be 500 and 1.36; "500,0,05" is.
  void see_columns(const std::vector<std::string_view>& cells) {
    bool whole = cells.size() >= 3;
    for (std::size_t c = 0; c < cells.size(); ++c) {
      const std::string_view digits = unsigned_part(cells[c]);
      if (!is_digits(digits)) {
        whole = false;
      } else if (c > 0 && digits.size() > 1 && digits.front() == '0') {
        leading_zero_ = true;
      }
    }
    whole_ = whole_ && whole;
  }

  /// Neighbouring columns that read "1 234,5" or "12,345" in every row.
  void see_groups(const std::vector<std::string_view>& cells) {
    if (first_) groups_.assign(cells.size(), 1);
    for (std::size_t c = 0; c < groups_.size(); ++c) {
      if (groups_[c] && !(c > 0 && c + 1 < cells.size() && is_group(cells[c], cells[c + 1]))) groups_[c] = 0;
    }
  }

  bool is_group(std::string_view head, std::string_view tail) const {
    head = unsigned_part(head);
    const std::size_t digits = std::min(tail.find(notation_.decimal_mark), tail.size());
    return is_digits(head) && head.size() <= 3 && head.front() != '0' && digits == 3 &&
           is_digits(tail.substr(0, 3));
  }

  Notation notation_;
  bool first_ = true;
  bool thousands_ = true, any_comma_ = false;
  bool leading_zero_ = false, whole_ = true;
  std::vector<char> groups_;  ///< by column
};

}  // namespace

RowReader::Kind RowReader::read(std::string_view line) {
  split_cells(line, notation_.delimiter, cells_);
  values_.clear();
  wrong_ = {};
  for (const std::string_view cell : cells_) {
    const auto value = number_in(cell, notation_.decimal_mark);
    if (values_.empty() && (!value || !std::isfinite(*value))) return Kind::text;
    if (!value) {
      wrong_ = cell;
      return Kind::broken;
    }
    values_.push_back(*value);
  }
  return values_.size() < 2 ? Kind::broken : Kind::row;
}

bool RowReader::has_value() const {
  return std::any_of(values_.begin() + 1, values_.end(), [](double v) { return std::isfinite(v); });
}

std::optional<Notation> notation_of(Lines lines) {
  constexpr Notation candidates[] = {{'\t', '.'}, {'\t', ','}, {';', '.'}, {';', ','},
                                     {',', '.'},  {' ', '.'},  {' ', ','}};
  std::optional<Notation> best;
  std::size_t most = fewest_rows - 1;
  for (const Notation& notation : candidates) {
    RowReader reader{notation};
    std::size_t rows = 0;
    Lines sample = lines;
    for (std::size_t i = 0; i < sampled_lines; ++i) {
      const auto line = sample.next();
      if (!line) break;
      if (reader.read(line->text) == RowReader::Kind::row && reader.has_value()) ++rows;
    }
    // "500,1 12,3" is two numbers with decimal commas, not three cells: blanks win where they explain as many
    // rows.
    const bool blanks_win = best && best->delimiter == ',' && notation.delimiter == ' ' && rows == most;
    if (rows <= most && !blanks_win) continue;
    most = rows;
    best = notation;
  }
  return best;
}

bool looks_like_thousands(std::string_view cell, char mark) {
  cell = unsigned_part(cell);
  std::size_t at = cell.find(mark);
  if (at == std::string_view::npos || at == 0 || at > 3 || cell.front() == '0') return false;
  if (!is_digits(cell.substr(0, at))) return false;
  while (at != std::string_view::npos) {
    const std::size_t next = cell.find(mark, at + 1);
    const std::size_t end = std::min(next, cell.size());
    if (end - at != 4 || !is_digits(cell.substr(at + 1, 3))) return false;
    at = next;
  }
  return true;
}

Survey survey_of(Lines lines, const Notation& notation, bool named) {
  RowReader reader{notation};
  Doubts doubts{notation};
  Survey survey;
  while (const auto line = lines.next()) {
    if (reader.read(line->text) != RowReader::Kind::row) continue;
    ++survey.rows;
    survey.last_row = line->number;
    doubts.add(reader.cells());
  }
  survey.doubt = doubts.what(named);
  return survey;
}

std::optional<int> line_with_thousands(Lines lines) {
  std::vector<std::string_view> cells;
  for (std::size_t i = 0; i < sampled_lines; ++i) {
    const auto line = lines.next();
    if (!line) break;
    for (const char delimiter : {'\t', ';'}) {
      split_cells(line->text, delimiter, cells);
      const auto grouped = std::count_if(cells.begin(), cells.end(), is_grouped);
      const bool numbers =
          std::all_of(cells.begin(), cells.end(), [](auto c) { return is_plain(c) || is_grouped(c); });
      if (cells.size() > 1 && numbers && grouped > 0) return line->number;
    }
  }
  return std::nullopt;
}

}  // namespace nocturne::detail
