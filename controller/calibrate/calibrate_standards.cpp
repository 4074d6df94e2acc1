#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <istream>
#include <ostream>
#include <stdexcept>

#include "controller/calibrate/calibrate.hpp"
#include "controller/output_lines.hpp"
#include "controller/text_input.hpp"
#include "models/series/standard.hpp"
#include "recipes/recipe.hpp"

namespace nocturne {
namespace {

constexpr std::array<const char*, 5> kErrorNames{"se", "stderr", "standard_error", "standard error", "SE"};

struct Standard {
  std::string time_column, value_column, error_column;
  std::vector<TimedValue> series;
  StandardSeries found;
  std::vector<std::string> flags;
  int skipped_rows = 0;
};

bool names_error(const std::string& heading) {
  return std::ranges::find(kErrorNames, heading) != kErrorNames.end() || heading.ends_with("_se");
}

/// The column of standard errors that belongs to `value`.
std::optional<std::size_t> error_column_of(const TimeTable& table, const StandardOptions& options,
                                           std::size_t value) {
  if (options.error) return table.column(*options.error);
  const auto columns = table.number_columns();
  if (!table.has_headings())  // time, value, error
    return columns.size() == 2 && columns[0] == value ? std::optional{columns[1]} : std::nullopt;
  for (const std::size_t column : columns)
    if (table.heading(column) == table.heading(value) + "_se") return column;
  for (const std::size_t column : columns)
    if (std::ranges::find(kErrorNames, table.heading(column)) != kErrorNames.end()) return column;
  return std::nullopt;
}

std::size_t value_column_of(const TimeTable& table, const StandardOptions& options) {
  if (options.value) return table.column(*options.value);
  for (const std::size_t column : table.number_columns())
    if (!names_error(table.heading(column))) return column;
  throw FileError{options.table.string() + ":1: no column besides the time holds numbers alone (--value)"};
}

std::vector<TimedValue> series_of(const Readings& readings, const std::string& name) {
  std::vector<TimedValue> series;
  for (Eigen::Index i = 0; i < readings.time_s.size(); ++i) {
    const double error = readings.columns.size() > 1 ? readings.columns[1][i] : 0.0;
    if (error < 0.0)
      throw FileError{name + ":" + std::to_string(readings.lines[static_cast<std::size_t>(i)]) +
                      ": a standard error is negative"};
    series.push_back({readings.time_s[i], {readings.columns[0][i], error}});
  }
  return series;
}

Standard standard(const StandardOptions& options, std::istream& in) {
  const std::string name = options.table.string();
  const std::string text = TextInput{in}.bytes(options.table);
  if (text.starts_with("SQLite format 3"))
    throw FileError{name + ": is a database (export time and value of the standard as CSV)"};
  const TimeTable table{text, name, options.time};
  std::vector<std::size_t> columns{value_column_of(table, options)};
  const auto error = error_column_of(table, options, columns.front());
  if (error) columns.push_back(*error);
  const Readings readings = table.readings(columns, true);
  Standard result;
  result.time_column = table.time_column();
  result.value_column = table.heading(columns.front());
  if (error) result.error_column = table.heading(*error);
  result.series = series_of(readings, name);
  result.skipped_rows = readings.skipped_rows;
  try {
    result.found = standard_series(result.series, options.false_alarm_rate);
  } catch (const std::invalid_argument& reason) {
    throw FileError{name + ":1: " + reason.what()};
  }
  if (!options.value && table.number_columns().size() > columns.size())
    result.flags.push_back("several_columns");
  if (result.skipped_rows > 0) result.flags.push_back("skipped_rows");
  if (table.unit_assumed()) result.flags.push_back("time_unit_assumed");
  return result;
}

Estimate per_hour(const Trend& trend) {
  return {3600.0 * trend.slope_per_s.value, 3600.0 * trend.slope_per_s.standard_error};
}

double span_h(const Standard& standard) {
  return (standard.series.back().time_s - standard.series.front().time_s) / 3600.0;
}

OrderedJson json_of(const StandardOptions& options, const Standard& standard) {
  const StandardSeries& found = standard.found;
  OrderedJson json;
  json["file"] = options.table.string();
  json["time_column"] = standard.time_column;
  json["value_column"] = standard.value_column;
  if (!standard.error_column.empty()) json["error_column"] = standard.error_column;
  json["values"] = standard.series.size();
  put(json, "span_h", span_h(standard));
  json["behaviour"] = name_of(found.behaviour);
  put(json, "false_alarm_rate", options.false_alarm_rate);
  put(json, "mean", found.trend.level);
  put(json, "drift_per_h", per_hour(found.trend));
  put(json, "scatter", found.scatter);
  if (found.step) {
    OrderedJson& step = json["step"];
    put(step, "time_s", standard.series[found.step->first_after].time_s);
    put(step, "size", found.step->step);
    put(step, "false_alarm_rate", found.step->false_alarm_rate);
  }
  if (standard.skipped_rows > 0) json["skipped_rows"] = standard.skipped_rows;
  json["flags"] = standard.flags;
  return json;
}

void write_for_people(const StandardOptions& options, const Standard& standard, std::ostream& out) {
  const StandardSeries& found = standard.found;
  out << fmt::format("{}: {}: {}, {} values over {} h, mean {}, scatter {}{}\n", options.table.string(),
                     standard.value_column, name_of(found.behaviour), standard.series.size(),
                     digits(span_h(standard), 3), text_of(found.trend.level), digits(found.scatter, 2),
                     in_brackets(standard.flags));
  const Estimate drift = per_hour(found.trend);
  const double relative = 100.0 * drift.value / found.trend.level.value;
  out << fmt::format("  drift {} per h", text_of(drift));
  if (found.trend.level.value != 0.0) out << fmt::format(" ({}% per h)", digits(relative, 2));
  out << '\n';
  if (found.step)
    out << fmt::format("  step of {} at {} h (chance of noise alone: {})\n", text_of(found.step->step),
                       digits(standard.series[found.step->first_after].time_s / 3600.0),
                       digits(found.step->false_alarm_rate, 1));
}

}  // namespace

int calibrate_standards(const StandardOptions& options, std::istream& in, std::ostream& out) {
  if (!(options.false_alarm_rate > 0.0 && options.false_alarm_rate < 0.5))
    throw std::invalid_argument{"a false-alarm rate of " + digits(options.false_alarm_rate) +
                                " is not allowed (above 0 and below 0.5)"};
  const Standard found = standard(options, in);
  if (options.json)
    out << line_of(json_of(options, found)) << '\n';
  else
    write_for_people(options, found, out);
  return 0;
}

}  // namespace nocturne
