#include "controller/time_table.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <chrono>
#include <string_view>

#include "recipes/recipe.hpp"

namespace nocturne {
namespace {

struct TimeUnit {
  std::string_view word;
  double seconds;
};
constexpr std::array kTimeUnits{
    TimeUnit{"s", 1.0},       TimeUnit{"sec", 1.0},      TimeUnit{"second", 1.0}, TimeUnit{"seconds", 1.0},
    TimeUnit{"ms", 1e-3},     TimeUnit{"min", 60.0},     TimeUnit{"mins", 60.0},  TimeUnit{"minute", 60.0},
    TimeUnit{"minutes", 60.}, TimeUnit{"h", 3600.0},     TimeUnit{"hr", 3600.0},  TimeUnit{"hour", 3600.0},
    TimeUnit{"hours", 3600.}, TimeUnit{"d", 86400.0},    TimeUnit{"day", 86400.}, TimeUnit{"days", 86400.0},
    TimeUnit{"std", 3600.0},  TimeUnit{"sekunden", 1.0}, TimeUnit{"minuten", 60.}};
constexpr std::array<std::string_view, 11> kTimeNames{
    "time", "t", "elapsed", "timestamp", "date", "datetime", "zeit", "temps", "tiempo", "tempo", "laufzeit"};

/// Runs of letters, in lower case: "Time (min)" -> "time", "min".
std::vector<std::string> words_of(const std::string& heading) {
  std::vector<std::string> words{{}};
  for (const char c : heading) {
    const auto letter = static_cast<unsigned char>(c);
    if (std::isalpha(letter))
      words.back() += static_cast<char>(std::tolower(letter));
    else if (!words.back().empty())
      words.emplace_back();
  }
  if (words.back().empty()) words.pop_back();
  return words;
}

std::optional<double> seconds_of_unit(const std::string& word) {
  const auto* unit = std::ranges::find(kTimeUnits, word, &TimeUnit::word);
  if (unit == kTimeUnits.end()) return std::nullopt;
  return unit->seconds;
}

bool names_time(const std::string& heading) {
  const auto words = words_of(heading);
  if (words.empty()) return false;
  if (std::ranges::find(kTimeNames, words.front()) != kTimeNames.end()) return true;
  return words.size() == 1 && seconds_of_unit(words.front());
}

/// Reads fixed pieces of a text one after the other.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : text_{text} {}
  bool done() const { return text_.empty(); }
  bool take(std::string_view any_of) {
    if (text_.empty() || any_of.find(text_.front()) == std::string_view::npos) return false;
    text_.remove_prefix(1);
    return true;
  }
  std::optional<int> digits(std::size_t count) {
    int number = 0;
    if (text_.size() < count) return std::nullopt;
    const auto [end, error] = std::from_chars(text_.data(), text_.data() + count, number);
    if (error != std::errc{} || end != text_.data() + count || text_.front() == '-') return std::nullopt;
    text_.remove_prefix(count);
    return number;
  }
  std::optional<double> fraction() {
    double value = 0.0;
    const std::string text = "0." + std::string{text_.substr(0, text_.find_first_not_of("0123456789"))};
    if (text.size() == 2) return std::nullopt;
    std::from_chars(text.data(), text.data() + text.size(), value);
    text_.remove_prefix(text.size() - 2);
    return value;
  }

 private:
  std::string_view text_;
};

/// Seconds since 1970 of "2026-11-21 08:41:54.5", with T or a blank, seconds or none, Z or nothing.
std::optional<double> seconds_of_stamp(std::string_view text) {
  Scanner scan{text};
  const auto year = scan.digits(4);
  const bool dash = scan.take("-");
  const auto month = scan.digits(2);
  const bool second_dash = scan.take("-");
  const auto day = scan.digits(2);
  const bool gap = scan.take("T ");
  const auto hour = scan.digits(2);
  const bool colon = scan.take(":");
  const auto minute = scan.digits(2);
  if (!year || !dash || !month || !second_dash || !day || !gap || !hour || !colon || !minute)
    return std::nullopt;
  double second = 0.0;
  if (scan.take(":")) {
    const auto whole = scan.digits(2);
    if (!whole) return std::nullopt;
    second = *whole;
    if (scan.take(".,")) {
      const auto part = scan.fraction();
      if (!part) return std::nullopt;
      second += *part;
    }
  }
  scan.take("Z");
  const std::chrono::year_month_day date{std::chrono::year{*year},
                                         std::chrono::month{static_cast<unsigned>(*month)},
                                         std::chrono::day{static_cast<unsigned>(*day)}};
  if (!scan.done() || !date.ok() || *hour > 23 || *minute > 59 || second >= 61.0) return std::nullopt;
  const auto days = std::chrono::sys_days{date}.time_since_epoch().count();
  return 86400.0 * static_cast<double>(days) + 3600.0 * *hour + 60.0 * *minute + second;
}

bool is_missing(const std::string& cell) {
  const auto words = words_of(cell);
  return cell.empty() || (words.size() == 1 && (words[0] == "nan" || words[0] == "na"));
}

bool all_cells(const DelimitedTable& table, std::size_t column, auto fits) {
  bool any = false;
  for (const auto& row : table.rows) {
    if (is_missing(row.cells[column])) continue;
    if (!fits(row.cells[column])) return false;
    any = true;
  }
  return any;
}

bool holds_numbers(const DelimitedTable& table, std::size_t column) {
  return all_cells(table, column, [](const std::string& cell) { return number_in_cell(cell).has_value(); });
}

bool holds_stamps(const DelimitedTable& table, std::size_t column) {
  return all_cells(table, column, [](const std::string& cell) { return seconds_of_stamp(cell).has_value(); });
}

}  // namespace

TimeTable::TimeTable(const std::string& text, const std::string& name, const TimeChoice& choice)
    : table_{parse_delimited_table(text, name)}, headings_{table_.headings} {
  if (headings_.size() < 2) refuse(1, "has one column (time and readings, apart by , ; | or tab)");
  const auto is_value = [](const std::string& cell) {
    return number_in_cell(cell) || seconds_of_stamp(cell);
  };
  if (std::ranges::all_of(headings_, is_value)) {
    table_.rows.insert(table_.rows.begin(), {1, headings_});
    has_headings_ = false;
    for (std::size_t i = 0; i < headings_.size(); ++i) headings_[i] = "column " + std::to_string(i + 1);
  }
  time_ = choice.column ? column(*choice.column) : find_time();
  stamps_ = holds_stamps(table_, time_);
  if (!stamps_ && !holds_numbers(table_, time_))
    refuse(table_.rows.front().line,
           "the time '" + time_column() + "' is neither numbers nor time stamps (2026-11-21 08:41:54)");
  read_unit(choice);
}

std::string TimeTable::allowed() const {
  std::string list;
  for (const std::string& heading : headings_) list += (list.empty() ? "" : ", ") + heading;
  return "columns: " + list;
}

void TimeTable::refuse(int line, const std::string& what) const {
  throw FileError{table_.file + ":" + std::to_string(line) + ": " + what};
}

std::size_t TimeTable::find_time() const {
  if (!has_headings_) return 0;
  std::vector<std::size_t> numbers, stamps;
  for (std::size_t i = 0; i < headings_.size(); ++i) {
    if (!names_time(headings_[i])) continue;
    if (holds_numbers(table_, i)) numbers.push_back(i);
    if (holds_stamps(table_, i)) stamps.push_back(i);
  }
  const auto& found = numbers.empty() ? stamps : numbers;
  if (found.empty()) refuse(1, "no column is named as a time (" + allowed() + "; --time names it)");
  if (found.size() > 1)
    refuse(1, "both '" + headings_[found[0]] + "' and '" + headings_[found[1]] +
                  "' could be the time (--time names it)");
  return found.front();
}

void TimeTable::read_unit(const TimeChoice& choice) {
  if (stamps_) {
    if (choice.unit) refuse(1, "time stamps have no unit (no --time-unit)");
    return;
  }
  std::optional<double> seconds;
  if (choice.unit) {
    seconds = seconds_of_unit(*choice.unit);
    if (!seconds) refuse(1, "'" + *choice.unit + "' is no unit of time (ms, s, min, h or d)");
  } else if (const auto words = words_of(time_column()); has_headings_ && !words.empty()) {
    seconds = seconds_of_unit(words.back());
  }
  unit_assumed_ = !seconds;
  unit_s_ = seconds.value_or(1.0);
}

std::size_t TimeTable::column(const std::string& heading_or_number) const {
  const auto found = std::ranges::find(headings_, heading_or_number);
  if (found != headings_.end()) {
    if (std::count(found, headings_.end(), heading_or_number) > 1)
      refuse(1, "several columns are called '" + heading_or_number + "' (give a number from 1 on)");
    return static_cast<std::size_t>(found - headings_.begin());
  }
  std::size_t number = 0;
  const char* last = heading_or_number.data() + heading_or_number.size();
  const auto [end, error] = std::from_chars(heading_or_number.data(), last, number);
  if (error != std::errc{} || end != last || number < 1 || number > headings_.size())
    refuse(1, "has no column '" + heading_or_number + "' (" + allowed() + ")");
  return number - 1;
}

std::vector<std::size_t> TimeTable::number_columns() const {
  std::vector<std::size_t> columns;
  for (std::size_t i = 0; i < headings_.size(); ++i)
    if (i != time_ && holds_numbers(table_, i)) columns.push_back(i);
  return columns;
}

double TimeTable::time_in(const DelimitedTable::Row& row) const {
  const std::string& cell = row.cells[time_];
  const auto value = stamps_ ? seconds_of_stamp(cell) : number_in_cell(cell);
  if (!value) refuse(row.line, "'" + cell + "' is no time");
  return *value * unit_s_;
}

Readings TimeTable::readings(const std::vector<std::size_t>& columns, bool repeats) const {
  std::vector<double> time_s;
  std::vector<std::vector<double>> values(columns.size());
  Readings result;
  for (const auto& row : table_.rows) {
    std::vector<double> read;
    for (const std::size_t column : columns) {
      const std::string& cell = row.cells[column];
      const auto number = number_in_cell(cell);
      if (!number && !is_missing(cell))
        refuse(row.line, "'" + cell + "' in column '" + headings_[column] + "' is no number");
      if (number) read.push_back(*number);
    }
    if (read.size() < columns.size() || is_missing(row.cells[time_])) {
      ++result.skipped_rows;
      continue;
    }
    const double time = time_in(row);
    if (!time_s.empty() && (time < time_s.back() || (time == time_s.back() && !repeats)))
      refuse(row.line, "the time '" + row.cells[time_] + "' does not follow that of the row before");
    time_s.push_back(time);
    result.lines.push_back(row.line);
    for (std::size_t i = 0; i < columns.size(); ++i) values[i].push_back(read[i]);
  }
  if (time_s.empty()) refuse(1, "no row has a reading");
  const auto vector_of = [](const std::vector<double>& list) {
    return Eigen::VectorXd{
        Eigen::Map<const Eigen::VectorXd>(list.data(), static_cast<Eigen::Index>(list.size()))};
  };
  result.time_s = vector_of(time_s);
  if (stamps_) {  // counted from the first of all rows, with readings or without
    const auto stamped = [this](const auto& row) { return !is_missing(row.cells[time_]); };
    result.time_s.array() -= time_in(*std::ranges::find_if(table_.rows, stamped));
  }
  for (const auto& column : values) result.columns.push_back(vector_of(column));
  return result;
}

}  // namespace nocturne
