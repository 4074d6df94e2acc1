#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "controller/output_lines.hpp"
#include "controller/report/plot.hpp"
#include "controller/report/report_words.hpp"
#include "controller/report/sections.hpp"
#include "controller/thinned_curve.hpp"

namespace nocturne {
namespace {

constexpr std::size_t kPointsOfBest = 400, kPointsOfSmall = 60;
constexpr double kAroundPeaks_nm = 60.0;

PlotSeries curve_from(std::string label, PlotSeries::Style style, int look, const Eigen::VectorXd& x,
                      const Eigen::VectorXd& y, std::pair<double, double> window) {
  std::vector<double> inside_x, inside_y;
  for (Eigen::Index i = 0; i < x.size(); ++i)
    if (x[i] >= window.first && x[i] <= window.second && std::isfinite(y[i])) {
      inside_x.push_back(x[i]);
      inside_y.push_back(y[i]);
    }
  ThinnedCurve curve = thinned(inside_x, inside_y, kPointsOfBest);
  PlotSeries series;
  series.label = std::move(label);
  series.style = style;
  series.look = look;
  series.x = std::move(curve.x);
  series.y = std::move(curve.y);
  return series;
}

/// All curves one under another, as they are drawn.
TextTable curves_table(const Plot& plot, const std::string& value) {
  TextTable table{{"curve", "wavelength_nm", value}, {}};
  for (const PlotSeries& series : plot.series)
    for (std::size_t i = 0; i < series.x.size(); ++i)
      table.rows.push_back({series.label, fmt::format("{:.2f}", series.x[i]), digits(series.y[i], 6)});
  return table;
}

void fit_axes(Plot& plot, const std::string& y_label) {
  std::vector<double> x, y;
  for (const PlotSeries& series : plot.series) {
    x.insert(x.end(), series.x.begin(), series.x.end());
    y.insert(y.end(), series.y.begin(), series.y.end());
  }
  plot.x = axis_over("wavelength, nm", x);
  plot.y = axis_over(y_label, y);
}

Plot best_emission_plot(const SeenSpectra& seen) {
  using Style = PlotSeries::Style;
  const Spectrum& signal = seen.emission.signal;
  const EmissionLine& line = seen.emission.lines.front();
  const double peak = line.peak_nm.value;
  const double around = std::max(kAroundPeaks_nm, 3.0 * (line.high_half_nm - line.low_half_nm));
  const std::pair window{peak - around, peak + around};
  Eigen::VectorXd baseline(signal.size());
  for (Eigen::Index i = 0; i < signal.size(); ++i)
    baseline[i] = seen.emission.baseline.at(signal.wavelength_nm[i]);
  Plot plot;
  plot.title = "Emission of the best product";
  plot.series.push_back(
      curve_from("measured", Style::line, 0, seen.light.wavelength_nm, seen.light.value, window));
  if (seen.inner_filter_undone)
    plot.series.push_back(curve_from("own absorption undone", Style::dashed, 1, signal.wavelength_nm,
                                     signal.value + baseline, window));
  plot.series.push_back(curve_from("baseline", Style::dashed, 2, signal.wavelength_nm, baseline, window));
  fit_axes(plot, "counts of one read");
  plot.bands.push_back({line.low_half_nm, line.high_half_nm, "at half maximum", true});
  return plot;
}

Html best_emission(const SeenSpectra& seen, int experiment) {
  const Plot plot = best_emission_plot(seen);
  const EmissionLine& line = seen.emission.lines.front();
  const Baseline& baseline = seen.emission.baseline;
  std::string caption = fmt::format(
      "Emission of experiment {}, mean of its reads without the dark. Baseline, a straight line: {} counts "
      "at {:.1f} nm, "
      "slope {:.3g} counts/nm. The peak, {}, is the maximum of a quartic fitted to the top of the line (a "
      "cubic to more of it where it is noisy), {:.0f} counts above the "
      "baseline; grey: between the half maxima {:.2f} nm and {:.2f} nm.",
      experiment, text_of(baseline.level), baseline.middle_nm, baseline.slope,
      quantity("peak_nm", line.peak_nm), line.height, line.low_half_nm, line.high_half_nm);
  return figure_of(svg_of(plot),
                   caption + fmt::format(" At most {} points of each curve are kept.", kPointsOfBest),
                   curves_table(plot, "counts"), "best_emission.csv");
}

Html best_absorbance(const SeenSpectra& seen, int experiment, const Observation& observation) {
  const double longest = seen.emission.lines.front().peak_nm.value + 2.0 * kAroundPeaks_nm;
  Plot plot;
  plot.title = "Absorbance of the best product";
  plot.series.push_back(curve_from("absorbance", PlotSeries::Style::line, 0, seen.absorbance->wavelength_nm,
                                   seen.absorbance->value, {340.0, longest}));
  if (plot.series[0].x.empty()) return {};
  plot.series[0].label.clear();
  fit_axes(plot, "absorbance (decadic)");
  std::string caption = fmt::format(
      "Absorbance of experiment {} over the cell's path, against the solvent, its level without absorption "
      "taken off.",
      experiment);
  if (const auto& exciton = observation.first_exciton_nm) {
    plot.bands.push_back({exciton->value, exciton->value, "first exciton", true});
    caption += " First exciton: " + quantity("first_exciton_nm", *exciton) + ".";
  }
  return figure_of(svg_of(plot), caption, curves_table(plot, "absorbance"), "best_absorbance.csv");
}

Html best_product(const Log& log, const LoggedNight& night) {
  if (night.imported()) return paragraph("Imported experiments had no target, so none of them is the best.");
  const auto best = best_experiment(night, 0);
  const auto seen = best ? spectra_behind(log, night, *best) : std::nullopt;
  if (!seen || seen->emission.lines.empty())
    return paragraph("No experiment gave a product whose spectrum could be shown.");
  Html figures = best_emission(*seen, *best);
  if (seen->absorbance) figures += best_absorbance(*seen, *best, *night.product(*best));
  return element("h3", Html{fmt::format("The best product{}",
                                        night.optimizer->aims().size() > 1 ? ", by the first target" : "")}) +
         element("div", {{"class", "figures"}}, figures);
}

/// Where all products emit, and some more.
std::pair<double, double> common_window(const LoggedNight& night) {
  double low = INFINITY, high = -INFINITY;
  for (const auto& [experiment, spectrum] : night.emission) {
    const Observation* seen = night.product(experiment);
    if (!seen || !seen->peak_nm) continue;
    low = std::min(low, seen->peak_nm->value);
    high = std::max(high, seen->peak_nm->value);
  }
  if (!(low <= high)) return {420.0, 620.0};
  return {low - kAroundPeaks_nm, high + kAroundPeaks_nm};
}

ThinnedCurve in_window(const Spectrum& spectrum, std::pair<double, double> window) {
  std::vector<double> x, y;
  for (Eigen::Index i = 0; i < spectrum.size(); ++i) {
    const double at = spectrum.wavelength_nm[i];
    if (at < window.first || at > window.second || !std::isfinite(spectrum.value[i])) continue;
    x.push_back(at);
    y.push_back(spectrum.value[i]);
  }
  return thinned(x, y, kPointsOfSmall);
}

Html small_multiple(const LoggedNight& night, int experiment, const ThinnedCurve& curve,
                    std::pair<double, double> window, double least_height) {
  const double lowest = *std::ranges::min_element(curve.y), highest = *std::ranges::max_element(curve.y);
  const double height = std::max(highest - lowest, least_height);
  std::vector<double> x, y;
  for (std::size_t i = 0; i < curve.x.size(); ++i) {
    x.push_back((curve.x[i] - window.first) / (window.second - window.first));
    y.push_back(height > 0.0 ? (curve.y[i] - lowest) / height : 0.0);
  }
  const Observation* seen = night.product(experiment);
  const std::string what = seen && seen->peak_nm ? fmt::format("{:.1f} nm", seen->peak_nm->value)
                                                 : outcome_in_words(night, experiment);
  return element("li",
                 spark_of(x, y, fmt::format("Emission of experiment {}", experiment)) +
                     element("span", element("b", Html{std::to_string(experiment)}) + Html{" " + what}));
}

/// A hundredth of what the products emit: below it noise is not blown up to look like a line.
double least_height_of(const std::map<int, ThinnedCurve>& curves, const LoggedNight& night) {
  std::vector<double> heights;
  for (const auto& [experiment, curve] : curves)
    if (night.product(experiment))
      heights.push_back(*std::ranges::max_element(curve.y) - *std::ranges::min_element(curve.y));
  if (heights.empty()) return 0.0;
  std::ranges::nth_element(heights, heights.begin() + std::ssize(heights) / 2);
  return 0.01 * heights[heights.size() / 2];
}

Html all_emissions(const LoggedNight& night) {
  const std::pair window = common_window(night);
  std::map<int, ThinnedCurve> curves;
  for (const auto& [experiment, spectrum] : night.emission) {
    ThinnedCurve curve = in_window(spectrum, window);
    if (!curve.x.empty()) curves[experiment] = std::move(curve);
  }
  if (curves.empty()) return paragraph("The log holds no emission spectra of finished experiments.");
  const double least = least_height_of(curves, night);
  TextTable table{{"experiment", "wavelength_nm", "counts_per_s"}, {}};
  if (night.imported()) table.headings[2] = "signal_as_published";
  Html list;
  for (const auto& [experiment, curve] : curves) {
    list += small_multiple(night, experiment, curve, window, least);
    for (std::size_t i = 0; i < curve.x.size(); ++i)
      table.rows.push_back(
          {std::to_string(experiment), fmt::format("{:.1f}", curve.x[i]), digits(curve.y[i])});
  }
  const std::string caption = fmt::format(
      "All from {:.0f} to {:.0f} nm, each to its own height; bold: the experiment's number. At most {} "
      "points of each are kept.",
      window.first, window.second, kPointsOfSmall);
  return element("h3", Html{"Emission of all experiments"}) +
         figure_of(element("ul", {{"class", "multiples"}}, list), caption, table, "emission_of_all.csv");
}

}  // namespace

Html spectra_section(const Log& log, const LoggedNight& night) {
  return section("spectra", "Spectra", best_product(log, night) + all_emissions(night));
}

}  // namespace nocturne
