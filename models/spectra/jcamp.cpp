#include "models/spectra/jcamp.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <optional>

#include "models/spectra/table_grid.hpp"

namespace nocturne::detail {

namespace {

/// Labels of JCAMP-DX ignore case, blanks, dashes, slashes and underlines.
std::string plain_label(std::string_view label) {
  std::string result;
  for (const char c : lower(label)) {
    if (c != ' ' && c != '-' && c != '/' && c != '_') result.push_back(c);
  }
  return result;
}

struct Record {
  std::string label;
  std::string value;        ///< of the label's own line, comment removed
  std::vector<Line> lines;  ///< those that follow
  int number = 0;
};

std::string_view without_comment(std::string_view text) { return text.substr(0, text.find("$$")); }

std::vector<Record> records_of(const std::vector<Line>& lines) {
  std::vector<Record> records;
  for (const Line& line : lines) {
    const std::string_view text = trimmed(without_comment(line.text));
    const std::size_t equals = text.find('=');
    if (text.starts_with("##") && equals != std::string_view::npos) {
      records.push_back({plain_label(text.substr(2, equals - 2)),
                         std::string{trimmed(text.substr(equals + 1))},
                         {},
                         line.number});
    } else if (!records.empty() && !text.empty()) {
      records.back().lines.push_back({text, line.number});
    }
  }
  return records;
}

/// Digits of compressed ordinates: SQZ "@A..I a..i", DIF "%J..R j..r", DUP "S..Z s".
struct CodedDigit {
  enum class Kind { squeezed, difference, repetition } kind;
  int value;
};

std::optional<CodedDigit> coded_digit(char c) {
  using Kind = CodedDigit::Kind;
  if (c == '@') return CodedDigit{Kind::squeezed, 0};
  if (c == '%') return CodedDigit{Kind::difference, 0};
  if (c >= 'A' && c <= 'I') return CodedDigit{Kind::squeezed, c - 'A' + 1};
  if (c >= 'a' && c <= 'i') return CodedDigit{Kind::squeezed, -(c - 'a' + 1)};
  if (c >= 'J' && c <= 'R') return CodedDigit{Kind::difference, c - 'J' + 1};
  if (c >= 'j' && c <= 'r') return CodedDigit{Kind::difference, -(c - 'j' + 1)};
  if (c >= 'S' && c <= 'Z') return CodedDigit{Kind::repetition, c - 'S' + 1};
  if (c == 's') return CodedDigit{Kind::repetition, 9};
  return std::nullopt;
}

class Ordinates {
 public:
  explicit Ordinates(std::string file) : file_{std::move(file)} {}

  /// Adds the ordinates of one line "x y y y".
  void add(const Line& line) {
    std::string_view rest = line.text;
    plain_number(rest, line.number);  // the abscissa: FIRSTX and DELTAX say the same
    const bool repeats_last = in_differences_;
    std::size_t count = 0;
    last_difference_.reset();
    while (!(rest = skipped(rest)).empty()) {
      add_one(rest, line.number);
      if (++count == 1 && repeats_last) drop_check(line.number);
    }
    in_differences_ = last_difference_.has_value();
  }

  const std::vector<double>& values() const { return values_; }

 private:
  static std::string_view skipped(std::string_view rest) {
    const std::size_t at = rest.find_first_not_of(" \t,;");
    return at == std::string_view::npos ? std::string_view{} : rest.substr(at);
  }

  [[noreturn]] void fail(int number, const std::string& what) const {
    throw SpectrumFormatError(file_ + ":" + std::to_string(number) + ": " + what);
  }

  double plain_number(std::string_view& rest, int number) const {
    const char* first = rest.data() + (rest.starts_with('+') ? 1 : 0);
    double value = 0.0;
    const auto [end, error] = std::from_chars(first, rest.data() + rest.size(), value);
    if (error != std::errc{}) {
      // A question mark stands for an invalid ordinate.
      if (!rest.starts_with('?'))
        fail(number, "no number where an ordinate belongs (AFFN, SQZ, DIF or DUP form)");
      rest.remove_prefix(1);
      return std::nan("");
    }
    rest.remove_prefix(static_cast<std::size_t>(end - rest.data()));
    return value;
  }

  double coded_number(const CodedDigit& digit, std::string_view& rest) const {
    double value = std::abs(digit.value);
    rest.remove_prefix(1);
    while (!rest.empty() && rest.front() >= '0' && rest.front() <= '9') {
      value = 10.0 * value + (rest.front() - '0');
      rest.remove_prefix(1);
    }
    return digit.value < 0 ? -value : value;
  }

  void add_one(std::string_view& rest, int number) {
    const auto digit = coded_digit(rest.front());
    if (!digit) {
      values_.push_back(plain_number(rest, number));
      last_difference_.reset();
      return;
    }
    const double value = coded_number(*digit, rest);
    if (digit->kind == CodedDigit::Kind::squeezed) {
      values_.push_back(value);
      last_difference_.reset();
      return;
    }
    if (values_.empty()) fail(number, "a difference or repetition before the first ordinate");
    if (digit->kind == CodedDigit::Kind::difference) {
      last_difference_ = value;
      values_.push_back(values_.back() + value);
      return;
    }
    if (value > 1e6) fail(number, "more than a million repetitions");
    for (int i = 1; i < static_cast<int>(value); ++i)
      values_.push_back(values_.back() + last_difference_.value_or(0.0));
  }

  /// After a line in difference form the next one repeats its last ordinate as a check.
  void drop_check(int number) {
    if (values_.size() < 2) return;
    const double check = values_.back();
    values_.pop_back();
    if (check != values_.back())
      fail(number, "the check ordinate differs from the last one of the line before");
  }

  std::string file_;
  std::vector<double> values_;
  std::optional<double> last_difference_;
  bool in_differences_ = false;
};

class Block {
 public:
  Block(const std::vector<Line>& lines, std::string name)
      : name_{std::move(name)}, records_{records_of(lines)} {}

  SpectrumTable table() const {
    const Record* data = nullptr;
    for (const Record& record : records_) {
      const bool holds_data =
          record.label == "xydata" || record.label == "xypoints" || record.label == "peaktable";
      if (holds_data && data) fail(record.number, "a second spectrum in the file (one per file)");
      if (holds_data) data = &record;
    }
    if (!data) fail(1, "JCAMP-DX without a spectrum (XYDATA or XYPOINTS)");
    RawTable raw;
    raw.line = data->number;
    raw.columns.resize(1);
    raw.names = {text("yunits")};
    raw.wavelength_unit = text("xunits");
    if (data->label == "xydata") {
      read_ordinates(*data, raw);
    } else {
      read_points(*data, raw);
    }
    SpectrumTable table = on_grid(std::move(raw), name_);
    table.format = "JCAMP-DX";
    for (const Record& record : records_) {
      if (&record != data && !record.label.empty()) table.header[record.label] = utf8(record.value);
    }
    return table;
  }

 private:
  [[noreturn]] void fail(int number, const std::string& what) const {
    throw SpectrumFormatError(name_ + ":" + std::to_string(number) + ": " + what);
  }

  const Record* find(std::string_view label) const {
    const auto at =
        std::find_if(records_.begin(), records_.end(), [&](const Record& r) { return r.label == label; });
    return at == records_.end() ? nullptr : &*at;
  }

  std::string text(std::string_view label) const {
    const Record* record = find(label);
    return record ? utf8(record->value) : std::string{};
  }

  std::optional<double> number(std::string_view label) const {
    const Record* record = find(label);
    if (!record) return std::nullopt;
    const auto value = number_in(record->value, '.');
    if (!value || std::isnan(*value)) fail(record->number, "##" + record->label + " is no number");
    return value;
  }

  void read_ordinates(const Record& data, RawTable& raw) const {
    if (data.value.find("X++(Y..Y)") == std::string::npos) {
      fail(data.number, "XYDATA=" + data.value + " (allowed: (X++(Y..Y)))");
    }
    Ordinates ordinates{name_};
    for (const Line& line : data.lines) ordinates.add(line);
    raw.columns[0] = ordinates.values();
    const auto first = number("firstx"), last = number("lastx"), points = number("npoints");
    const auto n = static_cast<double>(raw.columns[0].size());
    if (!first || !last) fail(data.number, "no FIRSTX and LASTX (both are needed with X++(Y..Y))");
    if (points && *points != n) {
      fail(data.number,
           "NPOINTS differs from the " + std::to_string(raw.columns[0].size()) + " ordinates found");
    }
    const double factor = number("yfactor").value_or(1.0);
    for (double& value : raw.columns[0]) value *= factor;
    for (double i = 0.0; i < n; i += 1.0)
      raw.wavelength.push_back(*first + (*last - *first) * i / std::max(n - 1.0, 1.0));
  }

  void read_points(const Record& data, RawTable& raw) const {
    const double x_factor = number("xfactor").value_or(1.0), y_factor = number("yfactor").value_or(1.0);
    for (const Line& line : data.lines) {
      std::string plain{line.text};
      std::replace_if(
          plain.begin(), plain.end(), [](char c) { return c == ',' || c == ';'; }, ' ');
      const auto cells = cells_of(plain, ' ');
      if (cells.size() % 2 != 0) fail(line.number, "an odd number of values (pairs x, y)");
      for (std::size_t i = 0; i + 1 < cells.size(); i += 2) {
        const auto x = number_in(cells[i], '.'), y = number_in(cells[i + 1], '.');
        if (!x || !y) fail(line.number, "no number where a pair x, y belongs (AFFN form)");
        raw.wavelength.push_back(*x * x_factor);
        raw.columns[0].push_back(*y * y_factor);
      }
    }
  }

  std::string name_;
  std::vector<Record> records_;
};

}  // namespace

bool is_jcamp(const std::vector<Line>& lines) {
  if (lines.empty()) return false;
  const std::string_view first = trimmed(lines.front().text);
  const std::string label = plain_label(first.substr(0, std::min<std::size_t>(first.size(), 16)));
  return label.starts_with("##title=") || label.starts_with("##jcampdx=");
}

SpectrumTable parse_jcamp(const std::vector<Line>& lines, const std::string& name) {
  return Block{lines, name}.table();
}

}  // namespace nocturne::detail
