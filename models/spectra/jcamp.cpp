#include "models/spectra/jcamp.hpp"

#include <algorithm>
#include <cmath>
#include <optional>
#include <vector>

#include "models/spectra/jcamp_ordinates.hpp"
#include "models/spectra/table_grid.hpp"
#include "models/spectra/text_scan.hpp"

namespace nocturne::detail {

namespace {

constexpr std::size_t most_labels = 2000;
constexpr std::size_t least_room = 16384;  // points that repetitions may make in a short file
constexpr double rounding = 1e-3;          // of labels against data, relative to what they compare

[[noreturn]] void fail(const std::string& name, int number, const std::string& what) {
  throw SpectrumFormatError(name + ":" + std::to_string(number) + ": " + what);
}

/// Labels of JCAMP-DX ignore case, blanks, dashes, slashes and underlines.
std::string plain_label(std::string_view label) {
  std::string result;
  for (const char c : lower(label)) {
    if (c != ' ' && c != '-' && c != '/' && c != '_') result.push_back(c);
  }
  return result;
}

std::string_view without_comment(std::string_view text) { return text.substr(0, text.find("$$")); }

struct Record {
  std::string label;
  std::string_view value;  ///< of the label's own line, comment removed
  Lines after;             ///< what follows it, up to the next label
  int number = 0;
};

bool is_label(std::string_view text) {
  return text.starts_with("##") && text.find('=') != std::string_view::npos;
}

std::vector<Record> records_of(std::string_view text, const std::string& name) {
  std::vector<Record> records;
  Lines lines{text};
  while (const auto line = lines.next()) {
    const std::string_view plain = trimmed(without_comment(line->text));
    if (!is_label(plain)) continue;
    if (records.size() == most_labels)
      fail(name, line->number, "more than " + std::to_string(most_labels) + " labels");
    const std::size_t equals = plain.find('=');
    records.push_back(
        {plain_label(plain.substr(2, equals - 2)), trimmed(plain.substr(equals + 1)), lines, line->number});
  }
  return records;
}

/// Calls `use` with every line of data after a label.
template <typename Use>
void each_line(const Record& record, const Use& use) {
  Lines lines = record.after;
  while (const auto line = lines.next()) {
    const std::string_view plain = trimmed(without_comment(line->text));
    if (is_label(plain)) return;
    if (!plain.empty()) use(Line{plain, line->number});
  }
}

/// One spectrum with its labels.
class Block {
 public:
  Block(std::vector<Record> records, std::string name)
      : name_{std::move(name)}, records_{std::move(records)} {
    for (const Record& record : records_) {
      const bool holds_data = record.label == "xydata" || record.label == "xypoints";
      if (holds_data && data_) fail(record.number, "a second spectrum in one block (one)");
      if (holds_data) data_ = &record;
      if (record.label == "peaktable" || record.label == "peakassignments")
        fail(record.number, "a peak table is no spectrum (XYDATA or XYPOINTS)");
      if (record.label == "ntuples" || record.label == "datatable")
        fail(record.number, "NTUPLES (XYDATA or XYPOINTS)");
    }
    const std::string first = std::string{text("firstx")};
    if (first.find(',') != std::string::npos && first.find('.') == std::string::npos) mark_ = ',';
  }
  Block(Block&&) = default;

  bool holds_data() const { return data_ != nullptr; }
  int line() const { return data_->number; }

  /// Reads the data; at most `room` points of XYDATA, whose repetitions a few bytes can make endless.
  SpectrumTable table(std::size_t room) const {
    RawTable raw;
    raw.lines.push_back(data_->number);
    raw.columns.resize(1);
    raw.names = {utf8(text("yunits"))};
    raw.axis_unit = utf8(text("xunits"));
    if (raw.axis_unit.empty()) fail(data_->number, "no XUNITS (NANOMETERS, MICROMETERS or 1/CM)");
    if (data_->label == "xydata" && data_->value.find("X++(Y..Y)") != std::string_view::npos) {
      read_ordinates(raw, room);
    } else if (data_->value.find("XY..XY") != std::string_view::npos) {
      read_points(raw);
    } else {
      fail(data_->number, "data as " + utf8(data_->value.substr(0, 40)) + " (X++(Y..Y) or XY..XY)");
    }
    check_first_ordinate(raw);
    const auto found = static_cast<int>(raw.axis.size());
    SpectrumTable table = on_grid(std::move(raw), name_);
    table.format = "JCAMP-DX";
    table.found_points = found;
    for (const Record& record : records_) {
      if (&record != data_ && !record.label.empty()) table.header.emplace(record.label, utf8(record.value));
    }
    const auto averages = number(".averages");
    if (averages && *averages >= 1.0) table.scans = static_cast<int>(std::min(*averages, 1e6));
    return table;
  }

  /// What the block calls its spectrum.
  std::string description() const {
    const std::string_view own = text("sampledescription");
    const std::string_view title = text("title");
    return utf8(trimmed(own.empty() ? title.substr(title.rfind(':') + 1) : own));
  }

 private:
  [[noreturn]] void fail(int number, const std::string& what) const { detail::fail(name_, number, what); }

  const Record* find(std::string_view label) const {
    const auto at =
        std::find_if(records_.begin(), records_.end(), [&](const Record& r) { return r.label == label; });
    return at == records_.end() ? nullptr : &*at;
  }

  std::string_view text(std::string_view label) const {
    const Record* record = find(label);
    return record ? record->value : std::string_view{};
  }

  std::optional<double> number(std::string_view label) const {
    const Record* record = find(label);
    if (!record) return std::nullopt;
    const auto value = number_in(record->value, mark_);
    if (!value || std::isnan(*value)) fail(record->number, "##" + record->label + " is no number");
    return value;
  }

  double factor(std::string_view label) const {
    const Record* record = find(label);
    const auto value = record ? number_in(record->value, '.') : std::nullopt;  // "1.0" beside decimal commas
    return value && std::isfinite(*value) && *value != 0.0 ? *value : number(label).value_or(1.0);
  }

  void check_points(std::size_t found) const {
    const auto points = number("npoints");
    if (points && *points != static_cast<double>(found))
      fail(data_->number, "NPOINTS differs from the " + std::to_string(found) + " points found");
  }

  /// True if a label's number is that of the data, in its last digits or as the data are before the factor.
  static bool agrees(double label, double value, double unscaled, double allowed) {
    return std::abs(label - value) <= allowed || std::abs(label - unscaled) <= allowed;
  }

  void check_first_ordinate(const RawTable& raw) const {
    const auto first = number("firsty");
    if (!first || raw.columns[0].empty() || std::isnan(raw.columns[0][0])) return;
    const double y = raw.columns[0][0], scale = std::abs(factor("yfactor"));
    if (!agrees(*first, y, y / scale, rounding * std::abs(*first) + scale))
      fail(data_->number, "FIRSTY differs from the first ordinate");
  }

  void read_ordinates(RawTable& raw, std::size_t room) const {
    if (mark_ == ',') fail(data_->number, "decimal commas in XYDATA (decimal points)");
    const auto first = number("firstx"), last = number("lastx"), points = number("npoints"),
               step = number("deltax");
    if (!first || !last) fail(data_->number, "no FIRSTX and LASTX (both are needed with X++(Y..Y))");
    std::optional<JcampOrdinates::Axis> axis;
    const double x_factor = factor("xfactor");
    if (points && *points > 1.0)
      axis = JcampOrdinates::Axis{*first / x_factor, (*last - *first) / (*points - 1.0) / x_factor};
    const auto limit = static_cast<double>(std::min(room, most_rows));
    const double most = std::clamp(points.value_or(limit) + 1.0, 1.0, limit);
    JcampOrdinates ordinates{name_, static_cast<std::size_t>(most), axis};
    each_line(*data_, [&](const Line& line) { ordinates.add(line); });
    raw.columns[0] = ordinates.take();
    check_points(raw.columns[0].size());
    const auto n = static_cast<double>(raw.columns[0].size());
    const double spacing = (*last - *first) / std::max(n - 1.0, 1.0);
    constexpr double same_step = 0.01;
    if (step && std::abs(std::abs(*step) - std::abs(spacing)) > same_step * std::abs(spacing))
      fail(data_->number, "DELTAX differs from the spacing by FIRSTX, LASTX and the number of points");
    const double y_factor = factor("yfactor");
    for (double& value : raw.columns[0]) value *= y_factor;
    raw.axis.reserve(raw.columns[0].size());
    for (double i = 0.0; i < n; i += 1.0) raw.axis.push_back(*first + spacing * i);
  }

  /// "x, y; x, y", with decimal commas "x,x, y,y".
  std::vector<std::string_view> pair_cells(std::string& line, int number) const {
    if (mark_ == '.') {
      std::replace_if(
          line.begin(), line.end(), [](char c) { return c == ',' || c == ';'; }, ' ');
      return cells_of(line, ' ');
    }
    std::vector<std::string_view> cells = cells_of(line, ' ');
    if (cells.size() < 2) fail(number, "decimal commas without blanks between the numbers");
    for (std::string_view& cell : cells) {
      while (cell.ends_with(',') || cell.ends_with(';')) cell.remove_suffix(1);
    }
    return cells;
  }

  void read_points(RawTable& raw) const {
    const double x_factor = factor("xfactor"), y_factor = factor("yfactor");
    constexpr std::size_t shortest_pair = 4;  // bytes
    const std::size_t most = std::min(most_rows, data_->after.rest().size() / shortest_pair + 1);
    raw.axis.reserve(most);
    raw.columns[0].reserve(most);
    each_line(*data_, [&](const Line& line) {
      std::string plain{line.text};
      const auto cells = pair_cells(plain, line.number);
      if (cells.size() % 2 != 0) fail(line.number, "an odd number of values (pairs x, y)");
      for (std::size_t i = 0; i + 1 < cells.size(); i += 2) {
        const auto x = number_in(cells[i], mark_), y = number_in(cells[i + 1], mark_);
        if (!x || !y) fail(line.number, "no number where a pair x, y belongs (AFFN form)");
        if (raw.axis.size() == most_rows)
          fail(line.number, "more than " + std::to_string(most_rows) + " points");
        raw.axis.push_back(*x * x_factor);
        raw.columns[0].push_back(*y * y_factor);
      }
    });
    check_points(raw.axis.size());
    if (raw.axis.empty()) fail(data_->number, "no points");
    check_end("firstx", raw.axis.front(), x_factor);
    check_end("lastx", raw.axis.back(), x_factor);
  }

  void check_end(std::string_view label, double x, double x_factor) const {
    const auto promised = number(label);
    if (promised && !agrees(*promised, x, x / x_factor, rounding * std::abs(*promised)))
      fail(find(label)->number, "##" + std::string{label} + " differs from the data");
  }

  std::string name_;
  std::vector<Record> records_;
  const Record* data_ = nullptr;
  char mark_ = '.';
};

std::vector<Block> blocks_of(std::string_view text, const std::string& name) {
  std::vector<Block> blocks;
  std::vector<Record> records;
  const auto close = [&] {
    if (records.empty()) return;
    Block block{std::move(records), name};
    records.clear();
    if (block.holds_data()) blocks.push_back(std::move(block));
  };
  for (Record& record : records_of(text, name)) {
    if (record.label == "title") close();
    records.push_back(std::move(record));
  }
  close();
  return blocks;
}

/// The columns of all blocks side by side, the processed spectrum last, as instruments have it.
SpectrumTable joined(const std::vector<Block>& blocks, std::size_t room, const std::string& name) {
  SpectrumTable table;
  std::vector<SpectrumColumn> processed;
  for (const Block& block : blocks) {
    SpectrumTable one = block.table(room);
    room -= std::min(room - 1, static_cast<std::size_t>(one.found_points));
    SpectrumColumn column = std::move(one.columns.front());
    if (column.unit.empty()) column.unit = column.name;
    column.name = block.description();
    const bool first = table.columns.empty() && processed.empty();
    if (!first &&
        (one.wavelength_nm.size() != table.wavelength_nm.size() || one.wavelength_nm != table.wavelength_nm))
      fail(name, block.line(), "the spectra in the file lie on different grids (one grid)");
    (lower(column.name).starts_with("processed") ? processed : table.columns).push_back(std::move(column));
    if (first) {
      one.columns = std::move(table.columns);
      table = std::move(one);
    }
  }
  for (SpectrumColumn& column : processed) table.columns.push_back(std::move(column));
  return table;
}

}  // namespace

bool is_jcamp(std::string_view text) {
  const auto line = Lines{text}.next();
  if (!line) return false;
  const std::string label = plain_label(trimmed(line->text).substr(0, 16));
  return label.starts_with("##title=") || label.starts_with("##jcampdx=");
}

SpectrumTable parse_jcamp(std::string_view text, const std::string& name) {
  const std::vector<Block> blocks = blocks_of(text, name);
  if (blocks.empty()) fail(name, 1, "JCAMP-DX without a spectrum (XYDATA or XYPOINTS)");
  const std::size_t room = least_room + text.size() / 4 * 3;
  return blocks.size() == 1 ? blocks.front().table(room) : joined(blocks, room, name);
}

}  // namespace nocturne::detail
