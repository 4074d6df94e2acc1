#include "controller/analyze/analysis_chart.hpp"

#include <fmt/format.h>

#include <cmath>
#include <utility>

#include "models/spectra/components.hpp"

namespace nocturne {
namespace {

constexpr double kMarkedShare = 0.05;  // of the highest peak: lower ones would only crowd the chart

Curve curve_of(std::string label, Curve::Style style, const Eigen::VectorXd& x, const Eigen::VectorXd& y) {
  Curve curve;
  curve.label = std::move(label);
  curve.style = style;
  curve.x.assign(x.data(), x.data() + x.size());
  curve.y.assign(y.data(), y.data() + y.size());
  return curve;
}

/// Adds the fitted lines and what was subtracted beneath them to `top`; the panel with what the fit leaves.
Panel with_fit(Panel& top, const Characterization& product) {
  const Spectrum& signal = product.emission.signal;
  Eigen::VectorXd fitted = Eigen::VectorXd::Zero(signal.size());
  for (const EmissionComponent& line : product.components.lines)
    fitted += counts_per_nm(line, signal.wavelength_nm);
  Eigen::VectorXd baseline(signal.size());
  for (Eigen::Index i = 0; i < signal.size(); ++i)
    baseline[i] = product.emission.baseline.at(signal.wavelength_nm[i]);
  if (product.absorbance_excitation)
    top.curves.push_back(curve_of("corrected for reabsorption", Curve::Style::thin_line, signal.wavelength_nm,
                                  baseline + signal.value));
  top.curves.push_back(curve_of("baseline", Curve::Style::dashed, signal.wavelength_nm, baseline));
  top.curves.push_back(
      curve_of("lines, Gaussian in energy", Curve::Style::line, signal.wavelength_nm, baseline + fitted));
  Panel below;
  below.x_label = top.x_label;
  below.y_label = "residual";
  below.curves.push_back(curve_of("", Curve::Style::thin_line, signal.wavelength_nm, signal.value - fitted));
  return below;
}

/// Scattering that was subtracted before transitions were looked for.
void add_background(Panel& top, const FileAnalysis& analysis) {
  if (!analysis.product.background) return;
  const Eigen::VectorXd& nm = analysis.spectrum.wavelength_nm;
  Eigen::VectorXd level(nm.size());
  for (Eigen::Index i = 0; i < nm.size(); ++i) level[i] = analysis.product.background->at(nm[i]);
  top.curves.push_back(curve_of("scattering background", Curve::Style::dashed, nm, level));
}

std::string words_of(const char* what, const Estimate& nm) {
  return fmt::format("{}{:.2f} ± {:.2f} nm", what, nm.value, nm.standard_error);
}

std::vector<Mark> peak_marks(const FileAnalysis& analysis) {
  std::vector<Mark> marks;
  for (const FileAnalysis::Peak& peak : analysis.peaks) {
    if (peak.height < kMarkedShare * analysis.peaks.front().height) continue;
    const bool measured = analysis.peak_nm && analysis.peak_nm->value == peak.nm;
    marks.push_back(
        {peak.nm, measured ? words_of("", *analysis.peak_nm) : fmt::format("{:.1f} nm", peak.nm)});
  }
  return marks;
}

std::vector<Mark> transition_marks(const Characterization& product) {
  std::vector<Mark> marks;
  if (product.transitions.by_maximum)
    marks.push_back(
        {product.transitions.by_maximum->nm.value, words_of("maximum ", product.transitions.by_maximum->nm)});
  if (product.transitions.by_curvature)
    marks.push_back({product.transitions.by_curvature->nm.value,
                     words_of("curvature ", product.transitions.by_curvature->nm)});
  for (const Exciton& transition : product.transitions.higher)
    marks.push_back({transition.nm.value, words_of("", transition.nm)});
  return marks;
}

}  // namespace

Chart chart_of(const std::string& title, const FileAnalysis& analysis) {
  Panel top;
  top.x_label = "wavelength, nm";
  top.y_label = analysis.kind == "absorbance" ? "absorbance" : "signal";
  top.height = 2.0;
  const Spectrum& whole = analysis.spectrum;
  top.curves.push_back(curve_of(analysis.column, Curve::Style::thin_line, whole.wavelength_nm, whole.value));
  top.marks = analysis.kind == "absorbance" ? transition_marks(analysis.product) : peak_marks(analysis);
  if (analysis.kind == "absorbance") add_background(top, analysis);
  Chart chart;
  chart.title = title;
  if (analysis.product.emission.lines.empty()) {
    chart.panels = {top};
    return chart;
  }
  const Panel below = with_fit(top, analysis.product);
  top.x_label.clear();
  chart.panels = {top, below};
  return chart;
}

}  // namespace nocturne
