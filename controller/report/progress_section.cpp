#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <map>

#include "controller/journal/journal.hpp"
#include "controller/output_lines.hpp"
#include "controller/report/plot.hpp"
#include "controller/report/report_words.hpp"
#include "controller/report/sections.hpp"

namespace nocturne {
namespace {

constexpr double kLeastDistance_nm = 0.01;  // closer ones are drawn here
constexpr std::size_t kNamedTargets = 6;    // more of them would only crowd the figure

std::vector<Target> wavelength_targets(const LoggedNight& night) {
  std::vector<Target> targets;
  if (night.imported()) return targets;
  for (const Aim& aim : night.optimizer->aims())
    if (aim.target.output == "peak_nm") targets.push_back(aim.target);
  return targets;
}

double distance_to_nearest(const std::vector<Target>& targets, double peak_nm) {
  double least = INFINITY;
  for (const Target& target : targets) least = std::min(least, std::abs(peak_nm - target.value));
  return least;
}

TextTable experiments_table(const LoggedNight& night, const std::vector<Target>& targets) {
  TextTable table{
      {"experiment", "finished_h", "outcome", "peak_nm", "peak_nm_se", "distance_to_nearest_target_nm"}, {}};
  for (const auto& [experiment, outcome] : night.record.outcomes) {
    const Observation* seen = night.product(experiment);
    std::vector<std::string> row{std::to_string(experiment),
                                 fmt::format("{:.4f}", hours_of(night.record.finished.at(experiment)))};
    if (seen && seen->peak_nm) {
      row.insert(row.end(), {"product", fmt::format("{:.4f}", seen->peak_nm->value),
                             digits(seen->peak_nm->standard_error)});
      row.push_back(
          targets.empty() ? "" : fmt::format("{:.4f}", distance_to_nearest(targets, seen->peak_nm->value)));
    } else {
      const auto* failure = std::get_if<Failure>(&outcome);
      row.insert(row.end(), {failure ? name_of(failure->kind) : "no peak", "", "", ""});
    }
    table.rows.push_back(std::move(row));
  }
  return table;
}

/// A letter for each kind of failure, in the order of the alphabet of their names.
std::map<FailureKind, char> letters_of_failures(const LoggedNight& night) {
  std::map<FailureKind, char> letters;
  for (const auto& [experiment, outcome] : night.record.outcomes)
    if (const auto* failure = std::get_if<Failure>(&outcome)) letters[failure->kind] = '?';
  char next = 'A';
  for (auto& [kind, letter] : letters) letter = next++;
  return letters;
}

std::string failures_in_caption(const LoggedNight& night, const std::map<FailureKind, char>& letters) {
  std::string text;
  for (const auto& [kind, letter] : letters) {
    const auto count = std::ranges::count_if(night.record.outcomes, [kind = kind](const auto& one) {
      const auto* failure = std::get_if<Failure>(&one.second);
      return failure && failure->kind == kind;
    });
    text += fmt::format("{}{} = {} ({})", text.empty() ? " Failures along the lower edge: " : ", ", letter,
                        failure_in_words(kind), count);
  }
  return text.empty() ? text : text + ".";
}

/// Each kind in a row of its own, below the points.
void mark_failures(Plot& plot, const LoggedNight& night, const std::map<FailureKind, char>& letters) {
  constexpr double kRow = 0.06;  // of the height
  Axis& y = plot.y;
  const double rows = kRow * static_cast<double>(letters.size()), stretch = rows / (1.0 - rows);
  y.low = y.logarithmic ? y.low * std::pow(y.high / y.low, -stretch) : y.low - stretch * (y.high - y.low);
  const auto row_of = [&](FailureKind kind) {
    const double share =
        kRow * (static_cast<double>(std::distance(letters.begin(), letters.find(kind))) + 0.3);
    return y.logarithmic ? y.low * std::pow(y.high / y.low, share) : y.low + share * (y.high - y.low);
  };
  for (const auto& [experiment, outcome] : night.record.outcomes)
    if (const auto* failure = std::get_if<Failure>(&outcome))
      plot.words.push_back({static_cast<double>(experiment), row_of(failure->kind),
                            std::string(1, letters.at(failure->kind)),
                            fmt::format("experiment {}: {}", experiment, failure_in_words(failure->kind))});
}

/// Points with error bars of one standard error; `value` of a peak.
PlotSeries measured_series(const LoggedNight& night, const std::function<double(double)>& value,
                           bool logarithmic) {
  PlotSeries series;
  series.style = PlotSeries::Style::points;
  for (const auto& [experiment, outcome] : night.record.outcomes) {
    const Observation* seen = night.product(experiment);
    if (!seen || !seen->peak_nm) continue;
    const double here = value(seen->peak_nm->value), error = seen->peak_nm->standard_error;
    series.x.push_back(experiment);
    series.y.push_back(here);
    series.low.push_back(logarithmic ? std::max(here - error, 0.5 * kLeastDistance_nm) : here - error);
    series.high.push_back(here + error);
    series.words.push_back(fmt::format("experiment {}: {}", experiment, quantity("peak_nm", *seen->peak_nm)));
  }
  return series;
}

Axis experiment_axis(const LoggedNight& night) {
  const auto& outcomes = night.record.outcomes;
  return {"experiment", 0.5, std::max(outcomes.empty() ? 0 : outcomes.rbegin()->first, 4) + 0.5, false};
}

Plot peak_plot(const LoggedNight& night, const std::vector<Target>& targets) {
  Plot plot;
  plot.title = "Emission peak of every experiment";
  plot.series.push_back(measured_series(
      night, [](double peak) { return peak; }, false));
  std::vector<double> reach = plot.series[0].y;
  for (const Target& target : targets) {
    reach.insert(reach.end(), {target.value - target.tolerance, target.value + target.tolerance});
    plot.bands.push_back({target.value - target.tolerance, target.value + target.tolerance,
                          targets.size() > kNamedTargets
                              ? ""
                              : fmt::format("{:.5g} ± {:.3g} nm", target.value, target.tolerance),
                          false});
  }
  plot.x = experiment_axis(night);
  plot.y = axis_over("emission peak, nm", reach);
  return plot;
}

Plot distance_plot(const LoggedNight& night, const std::vector<Target>& targets) {
  Plot plot;
  plot.title = "Distance of every experiment to the nearest target";
  plot.series.push_back(measured_series(
      night, [&](double peak) { return std::max(distance_to_nearest(targets, peak), kLeastDistance_nm); },
      true));
  std::vector<double> reach = plot.series[0].y;
  reach.push_back(targets.front().tolerance);
  plot.x = experiment_axis(night);
  plot.y = axis_over("distance to the target, nm", reach, true);
  if (std::ranges::all_of(targets,
                          [&](const Target& one) { return one.tolerance == targets.front().tolerance; }))
    plot.bands.push_back({0.0, targets.front().tolerance, "within the tolerance", false});
  return plot;
}

/// What the figures of a night's progress share.
struct ProgressParts {
  std::vector<Target> targets;
  std::map<FailureKind, char> letters;
  std::string failures;  ///< in words
  TextTable table;
};

Html peak_figure(const LoggedNight& night, const ProgressParts& parts) {
  Plot plot = peak_plot(night, parts.targets);
  mark_failures(plot, night, parts.letters);
  std::string caption = "Emission peak of every experiment, ";
  caption += night.imported() ? "as published."
                              : "bars of one standard error; grey: the targets within their tolerances.";
  return figure_of(svg_of(plot), caption + parts.failures, parts.table, "progress.csv");
}

Html distance_figure(const LoggedNight& night, const ProgressParts& parts) {
  Plot plot = distance_plot(night, parts.targets);
  const bool any_closer = std::ranges::find(plot.series[0].y, kLeastDistance_nm) != plot.series[0].y.end();
  mark_failures(plot, night, parts.letters);
  const std::string caption = fmt::format(
      "Distance of the peak to the {}target on a logarithmic axis, bars of one standard error{}.",
      parts.targets.size() > 1 ? "nearest " : "",
      any_closer ? fmt::format("; what is closer than {} nm is drawn there", kLeastDistance_nm) : "");
  return figure_of(svg_of(plot), caption + parts.failures, parts.table, "distance.csv");
}

}  // namespace

Html progress_section(const LoggedNight& night) {
  if (night.record.outcomes.empty())
    return section("progress", "Progress",
                   paragraph("No experiment has finished, so there is no progress to show."));
  ProgressParts parts{wavelength_targets(night), letters_of_failures(night), {}, {}};
  parts.failures = failures_in_caption(night, parts.letters);
  parts.table = experiments_table(night, parts.targets);
  Html figures = peak_figure(night, parts);
  if (!parts.targets.empty() && night.products() > 0) figures += distance_figure(night, parts);
  return section("progress", "Progress", element("div", {{"class", "figures"}}, figures));
}

}  // namespace nocturne
