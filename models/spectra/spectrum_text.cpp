#include "models/spectra/spectrum_text.hpp"

#include <algorithm>
#include <cctype>
#include <cmath>
#include <optional>

#include "models/spectra/jcamp.hpp"
#include "models/spectra/table_grid.hpp"
#include "models/spectra/text_scan.hpp"

namespace nocturne {

namespace {

using detail::cells_of;
using detail::Line;
using detail::lower;
using detail::number_in;
using detail::RawTable;
using detail::trimmed;
using detail::utf8;

constexpr std::size_t sampled_lines = 4000;  // enough to see how a file is written
constexpr std::size_t fewest_rows = 3;

/// How the numbers of a table are written.
struct Notation {
  char delimiter = ',';
  char decimal_mark = '.';
};

/// The numbers of a row: a finite first one and at least one more. Nothing for any other line.
bool read_row(std::string_view line, const Notation& notation, std::vector<std::string_view>& cells,
              std::vector<double>& row) {
  detail::split_cells(line, notation.delimiter, cells);
  row.clear();
  while (cells.size() > 2 && cells.back().empty()) cells.pop_back();
  if (cells.size() < 2) return false;
  bool any = false;
  for (const std::string_view cell : cells) {
    const auto value = number_in(cell, notation.decimal_mark);
    if (!value) return false;
    if (!row.empty() && std::isfinite(*value)) any = true;
    row.push_back(*value);
  }
  return any && std::isfinite(row.front());
}

[[noreturn]] void fail(const std::string& name, int line, const std::string& what) {
  throw SpectrumFormatError(name + ":" + std::to_string(line) + ": " + what);
}

/// The notation in which most lines are rows; nothing if in none three lines are.
std::optional<Notation> notation_of(const std::vector<Line>& lines) {
  constexpr Notation candidates[] = {{'\t', '.'}, {'\t', ','}, {';', '.'}, {';', ','},
                                     {',', '.'},  {' ', '.'},  {' ', ','}};
  std::optional<Notation> best;
  std::size_t most = fewest_rows - 1;
  std::vector<std::string_view> cells;
  std::vector<double> row;
  for (const Notation& notation : candidates) {
    std::size_t rows = 0;
    for (std::size_t i = 0; i < std::min(lines.size(), sampled_lines); ++i) {
      if (read_row(lines[i].text, notation, cells, row)) ++rows;
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

bool is_digits(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

/// "1,234" and "12,345,678": with a decimal comma such a number could as well have separated thousands.
bool looks_like_thousands(std::string_view cell) {
  cell = trimmed(cell);
  if (cell.starts_with('-') || cell.starts_with('+')) cell.remove_prefix(1);
  std::size_t comma = cell.find(',');
  if (comma == std::string_view::npos || comma == 0 || comma > 3 || cell.front() == '0') return false;
  while (comma != std::string_view::npos) {
    const std::size_t next = cell.find(',', comma + 1);
    if (!is_digits(cell.substr(comma + 1, std::min(next, cell.size()) - comma - 1))) return false;
    if (std::min(next, cell.size()) - comma != 4) return false;
    comma = next;
  }
  return true;
}

/// Refuses rows whose commas can be read in two ways.
void check_commas(const std::vector<Line>& lines, const Notation& notation, const std::string& name) {
  std::vector<std::string_view> cells;
  std::vector<double> row;
  bool halves = notation.delimiter == ',', thousands = notation.decimal_mark == ',';
  bool any_comma = false;
  int number = 0;
  for (const Line& line : lines) {
    if (!halves && !thousands) return;
    if (!read_row(line.text, notation, cells, row)) continue;
    number = line.number;
    if (halves) {
      const auto whole = [](std::string_view cell) {
        return is_digits(cell.substr(cell.starts_with('-') ? 1 : 0));
      };
      halves = cells.size() >= 4 && cells.size() % 2 == 0 && std::all_of(cells.begin(), cells.end(), whole);
    }
    for (const std::string_view cell : cells) {
      if (!thousands || cell.find(',') == std::string_view::npos) continue;
      any_comma = true;
      thousands = looks_like_thousands(cell);
    }
  }
  if (number == 0) return;
  if (halves)
    fail(name, number,
         "commas separate columns or decimals (decimal comma with tab or semicolon, or a point)");
  if (thousands && any_comma)
    fail(name, number, "commas mark decimals or thousands (no thousands separators)");
}

struct Names {
  std::vector<std::string> names,
      units;  ///< one per cell of the rows, wavelength included; units may be empty
};

bool is_unit(std::string_view cell) {
  cell = trimmed(cell);
  return cell.size() >= 2 && cell.front() == '[' && cell.back() == ']';
}

/// Column names from the line(s) right above the first row.
Names names_above(const std::vector<Line>& lines, std::size_t first_row, char delimiter,
                  std::size_t columns) {
  Names result;
  const auto texts = [&](std::size_t above) {
    std::vector<std::string> cells;
    if (first_row < above) return cells;
    for (const std::string_view cell : cells_of(lines[first_row - above].text, delimiter)) {
      const bool quoted = cell.size() > 1 && cell.front() == '"' && cell.back() == '"';
      cells.push_back(utf8(trimmed(quoted ? cell.substr(1, cell.size() - 2) : cell)));
    }
    while (cells.size() > columns && cells.back().empty()) cells.pop_back();
    return cells.size() == columns ? cells : std::vector<std::string>{};
  };
  result.names = texts(1);
  if (!result.names.empty() && std::all_of(result.names.begin(), result.names.end(), is_unit)) {
    for (const std::string& unit : result.names)
      result.units.emplace_back(trimmed(unit.substr(1, unit.size() - 2)));
    result.names = texts(2);
  }
  result.names.resize(columns);
  return result;
}

/// Which cell of the rows is the wavelength: the one named so, else the first.
std::size_t wavelength_cell(const Names& names) {
  for (std::size_t i = 0; i < names.names.size(); ++i) {
    const std::string text = lower(names.names[i]);
    if (text.starts_with("wave") || text.starts_with("lambda") || text.starts_with("\xCE\xBB") ||
        text == "w" || text == "nm") {
      return i;
    }
  }
  return 0;
}

std::string axis_unit(const Names& names, std::size_t cell) {
  if (!names.units.empty()) return names.units[cell];
  const std::string& text = names.names[cell];
  const std::size_t open = text.find_last_of("([");
  if (open != std::string::npos) {
    const std::size_t close = text.find_first_of(")]", open);
    if (close != std::string::npos)
      return std::string{trimmed(std::string_view{text}.substr(open + 1, close - open - 1))};
  }
  return lower(text).starts_with("wavenumber") ? "1/cm" : "";
}

/// Rows between the instrument's begin and end marks, or the whole file.
struct Range {
  std::size_t begin = 0, end = 0;
  bool marked = false;
};

Range data_range(const std::vector<Line>& lines) {
  Range range{0, lines.size(), false};
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const std::string_view text = trimmed(lines[i].text);
    if (text.starts_with(">>>>>Begin")) {
      range.begin = i + 1;
      range.marked = true;
    } else if (text.starts_with(">>>>>End")) {
      range.end = i;
      break;
    }
  }
  return range;
}

void read_header(const std::vector<Line>& lines, std::size_t end, SpectrumTable& table) {
  for (std::size_t i = 0; i < end; ++i) {
    const std::string_view text = trimmed(lines[i].text);
    const std::size_t colon = text.find(':');
    if (i == 0 && colon == std::string_view::npos) table.header.emplace("title", utf8(text));
    if (colon == std::string_view::npos || colon == 0) continue;
    table.header.emplace(utf8(trimmed(text.substr(0, colon))), utf8(trimmed(text.substr(colon + 1))));
  }
}

/// The first number of a header value such as "20000 (USB4A00428)" or "8,000000E-3".
std::optional<double> leading_number(std::string_view value) {
  const auto cells = cells_of(value, ' ');
  if (cells.empty()) return std::nullopt;
  const auto number = number_in(cells.front(), cells.front().find(',') == std::string_view::npos ? '.' : ',');
  return number && std::isfinite(*number) && *number > 0.0 ? number : std::nullopt;
}

void interpret_header(SpectrumTable& table) {
  for (const auto& [key, value] : table.header) {
    const std::string label = lower(key);
    const auto number = leading_number(value);
    if (!number) continue;
    if (label.starts_with("integration time") || label.starts_with("exposure")) {
      const std::string unit = label + " " + lower(value);
      const bool micro = unit.find("usec") != std::string::npos || unit.find("us)") != std::string::npos;
      const bool milli = unit.find("msec") != std::string::npos || unit.find(" ms") != std::string::npos ||
                         unit.find("(ms)") != std::string::npos || unit.find("[ms]") != std::string::npos;
      table.exposure_s = *number * (micro ? 1e-6 : milli ? 1e-3 : 1.0);
    } else if (label.starts_with("spectra averaged") || label.starts_with("scans to average") ||
               label == "average" || label == "averages") {
      table.scans = std::max(1, static_cast<int>(std::min(*number, 1e6)));
    }
  }
}

std::string format_of(const std::vector<Line>& lines, const Range& range, const Names& names) {
  const std::string_view first = trimmed(lines.front().text);
  if (first.starts_with("Jaz Data File")) return "Jaz";
  if (first.starts_with("SpectraSuite")) return "SpectraSuite";
  if (range.marked) return "OceanView";
  return !names.units.empty() ? "Avantes" : "table";
}

/// Rows of a table, with the lines among them that are none counted.
class Rows {
 public:
  Rows(const std::vector<Line>& lines, const Range& range, const Notation& notation) {
    std::vector<std::string_view> cells;
    std::size_t run = 0, skipped = 0;
    for (std::size_t i = range.begin; i < range.end; ++i) {
      std::vector<double> row;
      if (!read_row(lines[i].text, notation, cells, row)) {
        run = 0;
        ++skipped;
        continue;
      }
      if (rows.empty()) {
        first = i;
        skipped = 0;
      }
      skipped_between = static_cast<int>(skipped);
      longest_run = std::max(longest_run, ++run);
      columns = std::max(columns, row.size());
      rows.push_back(std::move(row));
      line_numbers.push_back(lines[i].number);
    }
  }

  std::vector<std::vector<double>> rows;
  std::vector<int> line_numbers;
  std::size_t first = 0, longest_run = 0, columns = 0;
  int skipped_between = 0;
};

RawTable raw_table(const Rows& rows, const Names& names, std::size_t axis) {
  RawTable raw;
  raw.line = rows.line_numbers.front();
  raw.wavelength_unit = axis_unit(names, axis);
  for (std::size_t c = 0; c < rows.columns; ++c) {
    if (c == axis) continue;
    std::vector<double> values;
    for (const auto& row : rows.rows) {
      if (axis < row.size() && std::isfinite(row[axis]))
        values.push_back(c < row.size() ? row[c] : std::nan(""));
    }
    raw.columns.push_back(std::move(values));
    raw.names.push_back(names.names[c]);
    if (!names.units.empty()) raw.units.push_back(names.units[c]);
  }
  for (const auto& row : rows.rows) {
    if (axis < row.size() && std::isfinite(row[axis])) raw.wavelength.push_back(row[axis]);
  }
  return raw;
}

SpectrumTable parse_table(const std::vector<Line>& lines, const std::string& name) {
  const Range range = data_range(lines);
  const std::vector<Line> data(lines.begin() + static_cast<std::ptrdiff_t>(range.begin),
                               lines.begin() + static_cast<std::ptrdiff_t>(std::max(range.begin, range.end)));
  const auto notation = notation_of(data);
  constexpr const char* allowed = "no spectrum in the text (rows of a wavelength and values)";
  if (!notation) fail(name, lines.front().number, allowed);
  check_commas(data, *notation, name);
  const Rows rows{lines, range, *notation};
  // Prose and protocols hold some rows of numbers by chance, but not most of them in one block.
  if (rows.longest_run < fewest_rows || 3 * rows.longest_run < rows.rows.size())
    fail(name, rows.line_numbers.front(), allowed);
  const Names names = names_above(lines, rows.first, notation->delimiter, rows.columns);
  SpectrumTable table = on_grid(raw_table(rows, names, wavelength_cell(names)), name);
  table.format = format_of(lines, range, names);
  table.skipped_lines = rows.skipped_between;
  read_header(lines, range.marked ? range.begin : rows.first, table);
  interpret_header(table);
  return table;
}

}  // namespace

SpectrumTable parse_spectrum(std::string_view text, const std::string& name) {
  const std::string plain = detail::without_byte_order_mark(text);
  if (const auto reason = detail::not_text(plain)) fail(name, 1, *reason + " (text of a spectrum)");
  const std::vector<Line> lines = detail::lines_of(plain);
  return detail::is_jcamp(lines) ? detail::parse_jcamp(lines, name) : parse_table(lines, name);
}

}  // namespace nocturne
