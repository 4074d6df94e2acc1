#include <fmt/format.h>

#include <algorithm>

#include "controller/output_lines.hpp"
#include "controller/report/plot.hpp"
#include "controller/report/report_words.hpp"
#include "controller/report/sections.hpp"
#include "controller/thinned_curve.hpp"

namespace nocturne {
namespace {

constexpr std::size_t kPointsOfTemperature = 1200;

std::string clock_text(double hours) {
  const auto s = static_cast<int>(hours * 3600.0);
  return fmt::format("{:02}:{:02}:{:02}", s / 3600, s / 60 % 60, s % 60);
}

/// When the last experiment's temperature is no longer wanted.
double end_of_heat(const LoggedNight& night) {
  for (const LoggedNight::Phase& phase : night.phases)
    if ((phase.state == "stopping" || phase.state == "faulted") && !night.plans.empty() &&
        phase.from_hours >= night.plans.back().hours)
      return phase.from_hours;
  return night.hours();
}

PlotSeries wanted_temperature(const LoggedNight& night) {
  PlotSeries series;
  series.label = "target";
  series.style = PlotSeries::Style::dashed;
  series.look = 1;
  for (std::size_t i = 0; i < night.plans.size(); ++i) {
    const double until = i + 1 < night.plans.size() ? night.plans[i + 1].hours : end_of_heat(night);
    series.x.insert(series.x.end(), {night.plans[i].hours, until});
    series.y.insert(series.y.end(), {night.plans[i].temperature_C, night.plans[i].temperature_C});
  }
  return series;
}

std::vector<PlotSeries> measured_temperatures(const LoggedNight& night) {
  std::map<std::string, ThinnedCurve> curves;
  for (const LoggedNight::Reading& reading : night.readings)
    for (const auto& [name, value] : reading.temperature_C) {
      curves[name].x.push_back(reading.hours);
      curves[name].y.push_back(value);
    }
  std::vector<PlotSeries> all;
  for (const auto& [name, curve] : curves) {
    ThinnedCurve drawn = thinned(curve.x, curve.y, kPointsOfTemperature);
    PlotSeries series;
    series.label = name;
    series.look = all.empty() ? 0 : 1 + static_cast<int>(all.size());
    series.x = std::move(drawn.x);
    series.y = std::move(drawn.y);
    all.push_back(std::move(series));
  }
  return all;
}

Html temperatures(const LoggedNight& night) {
  if (night.readings.empty()) return paragraph("The log holds no readings of temperatures.");
  Plot plot;
  plot.title = "Temperatures over the night";
  std::vector<PlotSeries> measured = measured_temperatures(night);
  plot.series = {wanted_temperature(night)};
  for (PlotSeries& series : measured) plot.series.push_back(std::move(series));
  TextTable table{{"curve", "time_h", "temperature_C"}, {}};
  std::vector<double> y;
  for (const PlotSeries& series : plot.series)
    for (std::size_t i = 0; i < series.x.size(); ++i) {
      y.push_back(series.y[i]);
      table.rows.push_back(
          {series.label, fmt::format("{:.4f}", series.x[i]), fmt::format("{:.2f}", series.y[i])});
    }
  plot.x = {"time, h", 0.0, std::max(night.hours(), 0.01), false};
  plot.y = axis_over("temperature, °C", y);
  for (const LoggedNight::Phase& phase : night.phases)
    if (phase.state != "running" && phase.to_hours > phase.from_hours)
      plot.bands.push_back({phase.from_hours, phase.to_hours, phase.state, true});
  const std::string caption = fmt::format(
      "Temperatures as they were read, and the target of each experiment; grey: not running. At most {} "
      "points of each curve are kept.",
      kPointsOfTemperature);
  return element("div", {{"class", "figures"}}, figure_of(svg_of(plot), caption, table, "temperatures.csv"));
}

Html phases_table(const LoggedNight& night) {
  if (night.phases.empty()) return {};
  TextTable table{{"phase", "from", "to", "lasted"}, {}};
  for (const LoggedNight::Phase& phase : night.phases)
    table.rows.push_back({phase.state, clock_text(phase.from_hours), clock_text(phase.to_hours),
                          fmt::format("{:.1f} min", 60.0 * (phase.to_hours - phase.from_hours))});
  return element("h3", Html{"Phases (h:min:s of the campaign)"}) + html_of(table);
}

TextTable sentences(const LoggedNight& night, bool trouble_only) {
  TextTable table{{"time (h:min:s)", "what"}, {}};
  for (const LoggedNight::Sentence& one : night.journal)
    if (one.trouble || !trouble_only) table.rows.push_back({clock_text(one.hours), one.text});
  return table;
}

}  // namespace

Html course_section(const LoggedNight& night) {
  const TextTable trouble = sentences(night, true), journal = sentences(night, false);
  Html content = temperatures(night) + phases_table(night) + element("h3", Html{"Faults and warnings"});
  content +=
      trouble.rows.empty() ? paragraph("None: nothing failed, nothing was warned of.") : html_of(trouble);
  content +=
      folded(fmt::format("The journal, {}", counted_as(static_cast<int>(journal.rows.size()), "sentence")),
             html_of(journal, "journal-table"));
  return section("course", "Course of the night", content);
}

}  // namespace nocturne
