#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "controller/journal/journal.hpp"
#include "controller/output_lines.hpp"
#include "controller/report/plot.hpp"
#include "controller/report/report_words.hpp"
#include "controller/report/sections.hpp"
#include "optimizer/normal.hpp"

namespace nocturne {
namespace {

/// A peak as it was predicted and as it came.
struct Foretold {
  int experiment = 0;
  Interval predicted;
  Estimate observed;

  bool inside() const { return observed.value >= predicted.low && observed.value <= predicted.high; }
};

const Interval* predicted_peak(const LoggedNight& night, int experiment) {
  const auto& outputs = night.record.decisions.at(experiment).suggestion.predicted.outputs;
  const auto peak = outputs.find("peak_nm");
  return peak == outputs.end() ? nullptr : &peak->second;
}

std::vector<Foretold> foretold(const LoggedNight& night) {
  std::vector<Foretold> all;
  for (const auto& [experiment, outcome] : night.record.outcomes) {
    const Observation* seen = night.product(experiment);
    const Interval* predicted = predicted_peak(night, experiment);
    if (seen && seen->peak_nm && predicted) all.push_back({experiment, *predicted, *seen->peak_nm});
  }
  return all;
}

std::string interval_text(const Interval& interval) {
  return fmt::format("{:.2f} nm (90 %: {:.2f} to {:.2f} nm)", interval.value, interval.low, interval.high);
}

TextTable choices_table(const LoggedNight& night) {
  TextTable table{{"experiment", "conditions", "why", "predicted peak", "what came"}, {}};
  for (const auto& [experiment, decision] : night.record.decisions) {
    const Interval* predicted = predicted_peak(night, experiment);
    table.rows.push_back({std::to_string(experiment), conditions_in_words(decision.suggestion.conditions),
                          decision.suggestion.reason, predicted ? interval_text(*predicted) : "none",
                          outcome_in_words(night, experiment)});
  }
  return table;
}

/// The share of an underlying frequency that so many of so many make likely, 90 % (Wilson 1927).
Interval wilson(int hits, int trials) {
  const double n = trials, share = hits / n, z = kNinetyPercent;
  const double middle = (share + z * z / (2 * n)) / (1 + z * z / n);
  const double half = z / (1 + z * z / n) * std::sqrt(share * (1 - share) / n + z * z / (4 * n * n));
  return {share, std::max(0.0, middle - half), std::min(1.0, middle + half)};
}

std::string coverage_in_words(const std::vector<Foretold>& all) {
  const int inside = static_cast<int>(std::ranges::count_if(all, &Foretold::inside)),
            count = static_cast<int>(all.size());
  const Interval share = wilson(inside, count);
  return fmt::format(
      "{} of {} products lie within their predicted 90 % interval: {:.0f} % (90 % interval of the share by "
      "the binomial distribution, Wilson: {:.0f} to {:.0f} %).",
      inside, count, 100 * share.value, 100 * share.low, 100 * share.high);
}

PlotSeries foretold_series(const std::vector<Foretold>& all, bool inside, const char* label, int look) {
  PlotSeries series;
  series.style = PlotSeries::Style::points;
  series.label = label;
  series.look = look;
  for (const Foretold& one : all) {
    if (one.inside() != inside) continue;
    series.x.push_back(one.observed.value);
    series.y.push_back(one.predicted.value);
    series.low.push_back(one.predicted.low);
    series.high.push_back(one.predicted.high);
    series.words.push_back(fmt::format("experiment {}: predicted {}, came {}", one.experiment,
                                       interval_text(one.predicted), quantity("peak_nm", one.observed)));
  }
  return series;
}

Html calibration_figure(const std::vector<Foretold>& all) {
  Plot plot;
  plot.title = "Predicted against observed peaks";
  std::vector<double> observed, predicted;
  TextTable table{{"experiment", "observed_nm", "observed_nm_se", "predicted_nm", "predicted_low_nm",
                   "predicted_high_nm", "inside"},
                  {}};
  for (const Foretold& one : all) {
    observed.push_back(one.observed.value);
    predicted.insert(predicted.end(),
                     {one.predicted.value, one.observed.value, one.predicted.low, one.predicted.high});
    table.rows.push_back({std::to_string(one.experiment), fmt::format("{:.4f}", one.observed.value),
                          digits(one.observed.standard_error), fmt::format("{:.4f}", one.predicted.value),
                          fmt::format("{:.4f}", one.predicted.low), fmt::format("{:.4f}", one.predicted.high),
                          one.inside() ? "yes" : "no"});
  }
  plot.x = axis_over("observed peak, nm", observed);
  plot.y = axis_over("predicted peak, nm", predicted);
  PlotSeries diagonal;
  diagonal.label = "as predicted";
  diagonal.style = PlotSeries::Style::dashed;
  diagonal.look = 4;
  diagonal.x = diagonal.y = {plot.x.low, plot.x.high};
  plot.series = {diagonal, foretold_series(all, true, "inside", 0),
                 foretold_series(all, false, "outside", 3)};
  return figure_of(svg_of(plot),
                   "Predicted before, observed after: bars are the predicted 90 % intervals of the product "
                   "itself, without the noise of its measurement and the scatter of repeats. " +
                       coverage_in_words(all),
                   table, "calibration.csv");
}

}  // namespace

Html choices_section(const LoggedNight& night) {
  if (night.record.decisions.empty())
    return section("choices", "Choices", paragraph("Nothing was chosen yet."));
  const std::vector<Foretold> all = foretold(night);
  Html content = all.empty() ? paragraph("No product had a predicted peak to be compared with.")
                             : element("div", {{"class", "figures"}}, calibration_figure(all));
  const TextTable table = choices_table(night);
  content += folded(fmt::format("Why each of the {} was chosen, what was predicted and what came",
                                counted_as(static_cast<int>(table.rows.size()), "experiment")),
                    html_of(table, "choices-table"));
  return section("choices", "Choices", content);
}

}  // namespace nocturne
