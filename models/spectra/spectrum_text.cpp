#include "models/spectra/spectrum_text.hpp"

#include <algorithm>
#include <cmath>
#include <optional>

#include "models/spectra/jcamp.hpp"
#include "models/spectra/log_lines.hpp"
#include "models/spectra/table_grid.hpp"
#include "models/spectra/table_header.hpp"
#include "models/spectra/table_names.hpp"
#include "models/spectra/table_notation.hpp"
#include "models/spectra/text_scan.hpp"

namespace nocturne {

namespace {

using detail::Line;
using detail::Lines;
using detail::LogBlock;
using detail::Names;
using detail::Notation;
using detail::RawTable;
using detail::RowReader;
using detail::trimmed;

constexpr std::size_t fewest_rows = 3;
constexpr double same_axis = 1e-9;  // relative

[[noreturn]] void fail(const std::string& name, int line, const std::string& what) {
  throw SpectrumFormatError(name + ":" + std::to_string(line) + ": " + what);
}

std::string quoted(std::string_view text) {
  constexpr std::size_t longest = 40;
  std::string shown = detail::utf8(trimmed(text).substr(0, longest));
  std::erase_if(shown, [](char c) { return static_cast<unsigned char>(c) < 0x20; });
  return "\"" + shown + (trimmed(text).size() > longest ? "...\"" : "\"");
}

/// The part between the instrument's begin and end marks (">>>>>Begin Spectral Data<<<<<", in any language),
/// or the whole text.
struct DataPart {
  std::string_view text;
  int first_line = 1;
  bool marked = false;

  Lines lines() const { return Lines{text, first_line}; }
};

DataPart data_part(std::string_view text) {
  DataPart part{text};
  Lines lines{text};
  while (const auto line = lines.next()) {
    if (trimmed(line->text).starts_with(">>>>>")) {
      if (part.marked) {
        part.text = part.text.substr(0, static_cast<std::size_t>(line->text.data() - part.text.data()));
        return part;
      }
      part = {lines.rest(), lines.number(), true};
    }
  }
  return part;
}

/// Where the rows begin: at the first three lines in a row that are rows. Fewer above are part of the header.
struct Start {
  Lines lines;              ///< from the first row on
  std::vector<Line> above;  ///< the two lines above it, the nearer one first
  Line first;
  std::size_t width = 0;             ///< cells of the first row
  std::optional<Line> broken_above;  ///< a row that is broken, after others and with no text below it
};

std::optional<Start> start_of(const DataPart& part, const Notation& notation) {
  RowReader reader{notation};
  Lines lines = part.lines();
  Start start{lines, {}, {}, 0, {}};
  std::size_t run = 0;
  std::vector<Line> above;
  std::optional<Line> broken;
  while (run < fewest_rows) {
    const Lines here = lines;
    const auto line = lines.next();
    if (!line) return std::nullopt;
    const RowReader::Kind kind = reader.read(line->text);
    if (kind == RowReader::Kind::row) {
      if (++run == 1) start = {here, above, *line, reader.cells().size(), broken};
    } else {
      if (kind == RowReader::Kind::text) broken.reset();
      if (kind == RowReader::Kind::broken && run > 0) broken = line;
      run = 0;
    }
    above.insert(above.begin(), *line);
    if (above.size() > 2) above.pop_back();
  }
  return start;
}

/// Reads the rows from the start on; every line between and after them must be a row or an instrument's log.
class TableRows {
 public:
  TableRows(const Start& start, const Notation& notation, std::size_t axis, std::size_t rows,
            const std::string& name)
      : width_{start.width}, axis_{axis}, name_{name} {
    reserve(std::min(rows, detail::most_rows), start);
    RowReader reader{notation};
    Lines lines = start.lines;
    LogBlock block;
    while (const auto line = lines.next()) {
      const RowReader::Kind kind = reader.read(line->text);
      if (kind == RowReader::Kind::row) {
        finish(block);
        skipped += block.size();
        block = {};
        add(*line, reader);
        continue;
      }
      if (kind == RowReader::Kind::broken && !detail::looks_like_log(line->text)) refuse(*line, reader);
      block.add(*line, notation.delimiter);
    }
    finish(block);
  }

  RawTable table;
  int skipped = 0;

 private:
  /// Room for just these rows, unless there would be far more numbers than the text can hold.
  void reserve(std::size_t rows, const Start& start) {
    constexpr std::size_t most_bytes_per_byte = 5;
    if (width_ > detail::most_cells)
      fail(name_, start.first.number, "more than " + std::to_string(detail::most_cells) + " columns");
    if (rows * width_ * sizeof(double) > most_bytes_per_byte * start.lines.rest().size())
      fail(name_, start.first.number, "most cells are empty (values in most)");
    table.columns.resize(width_ - 1);
    table.axis.reserve(rows);
    table.lines.reserve(rows);
    for (auto& column : table.columns) column.reserve(rows);
  }

  void finish(const LogBlock& block) const {
    if (const Line* line = block.stranger()) {
      fail(name_, line->number,
           quoted(line->text) + " among the data (rows of numbers, or the log of an instrument)");
    }
  }

  [[noreturn]] void refuse(const Line& line, const RowReader& reader) const {
    if (reader.cells().size() < 2) {
      fail(name_, line.number,
           "one value instead of " + std::to_string(width_) + " (the file may be cut off here)");
    }
    fail(name_, line.number, quoted(reader.wrong_cell()) + " is no number");
  }

  void add(const Line& line, const RowReader& reader) {
    const std::vector<double>& values = reader.values();
    auto cells = reader.cells().size();
    while (cells > width_ && reader.cells()[cells - 1].empty()) --cells;
    if (cells != width_) {
      fail(name_, line.number,
           std::to_string(cells) + " values where the first row has " + std::to_string(width_) +
               " (as many in every row)");
    }
    if (table.axis.size() == detail::most_rows)
      fail(name_, line.number, "more than " + std::to_string(detail::most_rows) + " rows");
    if (!std::isfinite(values[axis_])) {
      ++skipped;
      return;
    }
    table.lines.push_back(line.number);
    table.axis.push_back(values[axis_]);
    for (std::size_t c = 0, to = 0; c < width_; ++c) {
      if (c != axis_) table.columns[to++].push_back(values[c]);
    }
  }

  std::size_t width_, axis_;
  const std::string& name_;
};

bool is_empty(const std::vector<double>& column) {
  return std::none_of(column.begin(), column.end(), [](double v) { return std::isfinite(v); });
}

bool repeats_axis(const RawTable& table, std::size_t column) {
  for (std::size_t i = 0; i < table.axis.size(); ++i) {
    const double other = table.columns[column][i];
    if (!(std::abs(other - table.axis[i]) <= same_axis * std::abs(table.axis[i]))) return false;
  }
  return true;
}

/// Names the columns, and drops empty ones without a name and repetitions of the axis.
void name_columns(RawTable& table, const Names& names, const std::string& name) {
  table.axis_unit = names.axis_unit;
  for (std::size_t c = table.columns.size(); c-- > 0;) {
    const std::size_t cell = c + (c >= names.axis ? 1 : 0);  // of the row
    const bool unnamed = names.names.empty() || names.names[cell].empty();
    const bool axis_again =
        std::find(names.more_axes.begin(), names.more_axes.end(), cell) != names.more_axes.end();
    if (axis_again && !repeats_axis(table, c))
      fail(name, names.line,
           "two axes that differ, columns " + std::to_string(names.axis + 1) + " and " +
               std::to_string(cell + 1) + " (one for all columns)");
    const bool index = cell == 0;  // of rows, as table programs write it
    if (axis_again || (unnamed && table.columns.size() > 1 && is_empty(table.columns[c]))) {
      table.columns.erase(table.columns.begin() + static_cast<std::ptrdiff_t>(c));
      continue;
    }
    if (unnamed && !names.names.empty() && !index)
      fail(name, names.line,
           "column " + std::to_string(cell + 1) + " has no name (a name for every column, or none)");
    table.names.insert(table.names.begin(), unnamed ? "" : names.names[cell]);
    if (!names.units.empty()) table.units.insert(table.units.begin(), names.units[cell]);
  }
}

std::string format_of(std::string_view text, bool marked, const Names& names) {
  const auto first = Lines{text}.next();
  if (first->text.starts_with("Jaz Data File")) return "Jaz";
  if (first->text.starts_with("SpectraSuite")) return "SpectraSuite";
  if (marked) return "OceanView";
  return names.units_in_brackets ? "Avantes" : "table";
}

[[noreturn]] void refuse_text(std::string_view text, const DataPart& part, const std::string& name) {
  if (const auto line = detail::line_with_thousands(part.lines()))
    fail(name, *line, "thousands separators (none, and a decimal point or comma)");
  fail(name, Lines{text}.next()->number,
       "no spectrum in the text (three or more rows of a wavelength and values)");
}

SpectrumTable parse_table(std::string_view text, const std::string& name) {
  const DataPart part = data_part(text);
  const auto notation = detail::notation_of(part.lines());
  const auto start = notation ? start_of(part, *notation) : std::nullopt;
  if (!start) refuse_text(text, part, name);
  if (start->broken_above)
    fail(name, start->broken_above->number, quoted(start->broken_above->text) + " is no row of numbers");
  const Names names = detail::names_above(start->above, notation->delimiter, start->width);
  if (!names.problem.empty()) fail(name, names.line, names.problem);
  const bool named = !names.names.empty();
  const detail::Survey survey = detail::survey_of(start->lines, *notation, named);
  if (!survey.doubt.empty()) fail(name, survey.last_row, survey.doubt);
  TableRows rows{*start, *notation, names.axis, survey.rows, name};
  name_columns(rows.table, names, name);
  const auto found = static_cast<int>(rows.table.axis.size());
  SpectrumTable table = detail::on_grid(std::move(rows.table), name);
  table.format = format_of(text, part.marked, names);
  table.skipped_lines = rows.skipped;
  table.found_points = found;
  detail::read_header(Lines{text}, part.marked ? part.first_line - 1 : start->first.number, table);
  return table;
}

SpectrumTable parse_text(std::string_view text, const std::string& name) {
  if (const auto reason = detail::not_text(text)) fail(name, 1, *reason + " (text of a spectrum)");
  return detail::is_jcamp(text) ? detail::parse_jcamp(text, name) : parse_table(text, name);
}

}  // namespace

SpectrumTable parse_spectrum(std::string_view text, const std::string& name) {
  if (detail::is_utf16(text)) {
    const auto plain = detail::utf8_of_utf16(text);
    if (!plain) fail(name, 1, "UTF-16 text that breaks within a character (whole characters)");
    return parse_text(*plain, name);
  }
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  return parse_text(text, name);
}

}  // namespace nocturne
