#include <fmt/format.h>

#include <cmath>
#include <istream>
#include <ostream>
#include <stdexcept>

#include "controller/calibrate/calibrate.hpp"
#include "controller/output_lines.hpp"
#include "controller/text_input.hpp"
#include "models/series/residence_times.hpp"
#include "recipes/recipe.hpp"

namespace nocturne {
namespace {

struct Measured {
  std::string time_column, signal_column, inlet_column;
  double injection_s = 0.0;
  ResidenceTimes times;
  int skipped_rows = 0;
  std::vector<std::string> flags;
};

std::size_t signal_column_of(const TimeTable& table, const ResidenceOptions& options,
                             std::optional<std::size_t> inlet) {
  if (options.signal) return table.column(*options.signal);
  for (const std::size_t column : table.number_columns())
    if (column != inlet) return column;
  throw FileError{options.tracer.string() + ":1: no column besides the time holds numbers alone (--signal)"};
}

void check(const ResidenceOptions& options) {
  if (options.injection_s.has_value() == options.inlet.has_value())
    throw std::invalid_argument{"when the tracer was injected: give either --injection or --inlet"};
  if (options.volume_uL && !options.flow_mL_min)
    throw std::invalid_argument{"--volume-uL needs --flow-mL-per-min to be compared with"};
}

Measured measured(const ResidenceOptions& options, std::istream& in) {
  const std::string name = options.tracer.string();
  const TimeTable table{TextInput{in}.bytes(options.tracer), name, options.time};
  std::vector<std::size_t> columns;
  std::optional<std::size_t> inlet;
  if (options.inlet) inlet = table.column(*options.inlet);
  columns.push_back(signal_column_of(table, options, inlet));
  if (inlet) columns.push_back(*inlet);
  const Readings readings = table.readings(columns, false);
  Measured result;
  result.time_column = table.time_column();
  result.signal_column = table.heading(columns.front());
  if (inlet) result.inlet_column = table.heading(*inlet);
  result.skipped_rows = readings.skipped_rows;
  try {
    result.injection_s =
        inlet ? pulse_centroid_s(readings.time_s, readings.columns[1]) : *options.injection_s;
    result.times = residence_times(readings.time_s, readings.columns[0], result.injection_s);
  } catch (const std::invalid_argument& error) {
    throw FileError{name + ":1: " + error.what()};
  }
  if (!options.signal && table.number_columns().size() > columns.size())
    result.flags.push_back("several_columns");
  if (std::isinf(result.times.bodenstein)) result.flags.push_back("plug_flow");
  if (result.skipped_rows > 0) result.flags.push_back("skipped_rows");
  if (result.times.bodenstein <= 0.0) result.flags.push_back("stirred_tank");
  if (result.times.tail_cut) result.flags.push_back("tail_cut");
  if (table.unit_assumed()) result.flags.push_back("time_unit_assumed");
  return result;
}

/// Mean residence time over volume / flow.
Estimate over_nominal(const ResidenceOptions& options, const Estimate& mean_s) {
  const double nominal_s = 60.0 * 1e-3 * *options.volume_uL / *options.flow_mL_min;
  return {mean_s.value / nominal_s, mean_s.standard_error / nominal_s};
}

/// The volume that the tracer passed, in µL.
Estimate volume_uL(const ResidenceOptions& options, const Estimate& mean_s) {
  const double flow_uL_s = 1e3 * *options.flow_mL_min / 60.0;
  return {mean_s.value * flow_uL_s, mean_s.standard_error * flow_uL_s};
}

OrderedJson json_of(const ResidenceOptions& options, const Measured& found) {
  OrderedJson json;
  json["file"] = options.tracer.string();
  json["time_column"] = found.time_column;
  json["signal_column"] = found.signal_column;
  if (options.inlet) json["inlet_column"] = found.inlet_column;
  put(json, "injection_s", found.injection_s);
  put(json, "residence_time_s", found.times.mean_s);
  put(json, "variance_s2", found.times.variance_s2);
  put(json, "bodenstein", Estimate{found.times.bodenstein, found.times.bodenstein_error});
  put(json, "arrival_s", found.times.arrival_s);
  put(json, "end_of_baseline_s", found.times.end_of_baseline_s);
  if (options.flow_mL_min) put(json, "passed_volume_uL", volume_uL(options, found.times.mean_s));
  if (options.volume_uL) put(json, "residence_over_nominal", over_nominal(options, found.times.mean_s));
  if (found.skipped_rows > 0) json["skipped_rows"] = found.skipped_rows;
  json["flags"] = found.flags;
  return json;
}

std::string bodenstein_text(const ResidenceTimes& times) {
  if (std::isinf(times.bodenstein)) return "above 10000 (plug flow)";
  if (times.bodenstein <= 0.0) return "below 0.001 (stirred tank)";
  return text_of(Estimate{times.bodenstein, times.bodenstein_error});
}

void write_for_people(const ResidenceOptions& options, const Measured& found, std::ostream& out) {
  const ResidenceTimes& times = found.times;
  out << fmt::format("{}: mean residence time {}{} s{}\n", options.tracer.string(),
                     times.tail_cut ? "at least " : "", text_of(times.mean_s), in_brackets(found.flags));
  out << fmt::format("  variance {} s², Bodenstein number {}\n", text_of(times.variance_s2),
                     bodenstein_text(times));
  out << fmt::format("  injected at {:.1f} s ({}), tracer arrives {:.1f} s later, is gone after {:.1f} s\n",
                     found.injection_s, options.inlet ? "centroid in " + found.inlet_column : "as given",
                     times.arrival_s, times.end_of_baseline_s);
  if (times.tail_cut)
    out << "  the signal still falls where the record ends: mean and variance are too small\n";
  if (options.flow_mL_min)
    out << fmt::format("  volume passed {} µL at {} mL/min\n", text_of(volume_uL(options, times.mean_s)),
                       digits(*options.flow_mL_min));
  if (options.volume_uL)
    out << fmt::format(
        "  {} of the {} s that {} µL should take\n", text_of(over_nominal(options, times.mean_s)),
        digits(0.06 * *options.volume_uL / *options.flow_mL_min), digits(*options.volume_uL, 6));
  out << fmt::format(
      "  columns: time {}{}, signal {}\n", found.time_column,
      found.flags.end() != std::ranges::find(found.flags, "time_unit_assumed") ? " (taken as s)" : "",
      found.signal_column);
}

}  // namespace

int calibrate_residence(const ResidenceOptions& options, std::istream& in, std::ostream& out) {
  check(options);
  const Measured found = measured(options, in);
  if (options.json)
    out << line_of(json_of(options, found)) << '\n';
  else
    write_for_people(options, found, out);
  return 0;
}

}  // namespace nocturne
