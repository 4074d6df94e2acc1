#include "models/sizing_anchors.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <cmath>
#include <stdexcept>
#include <string_view>
#include <utility>

#include "models/sizing.hpp"

namespace nocturne {
namespace {

constexpr double kMethodsDifferBy = 0.05;

constexpr std::array<std::pair<std::string_view, std::string_view>, 22> kFamilies{
    {{"HRTEM", "TEM"},     {"STEM", "TEM"},      {"HRSTEM", "TEM"},      {"HAADF", "TEM"},
     {"HAADFSTEM", "TEM"}, {"STEMHAADF", "TEM"}, {"BFTEM", "TEM"},       {"BFSTEM", "TEM"},
     {"CRYOTEM", "TEM"},   {"EFTEM", "TEM"},     {"ACTEM", "TEM"},       {"ACSTEM", "TEM"},
     {"GISAXS", "SAXS"},   {"USAXS", "SAXS"},    {"PXRD", "XRD"},        {"POWDERXRD", "XRD"},
     {"GIXRD", "XRD"},     {"SCHERRER", "XRD"},  {"XRDSCHERRER", "XRD"}, {"SCHERRERXRD", "XRD"},
     {"WAXS", "XRD"},      {"GIWAXS", "XRD"}}};

/// ln(edge / edge by the curve), with its variance, and where on the curve.
struct LogRatio {
  double value = 0.0, variance = 0.0, log_edge = 0.0;
  std::string method;
};

LogRatio log_ratio_of(const Material& material, const SizeAnchor& anchor) {
  const double spread = std::hypot(anchor.wavelength_nm.standard_error, material.sizing_rms_nm);
  const auto edge = edge_nm_at(material, anchor.wavelength_nm.value);
  if (!edge) throw std::invalid_argument{"an anchor lies beyond the sizing curve"};
  const auto less = edge_nm_at(material, anchor.wavelength_nm.value - spread);
  const auto more = edge_nm_at(material, anchor.wavelength_nm.value + spread);
  const int sides = (less ? 1 : 0) + (more ? 1 : 0);  // where the curve ends, the other side tells
  if (sides == 0) throw std::invalid_argument{"an anchor lies beyond the sizing curve"};
  const double of_wavelength = std::log(more.value_or(*edge) / less.value_or(*edge)) / sides;
  const double of_edge = anchor.edge_nm.standard_error / anchor.edge_nm.value;
  return {std::log(anchor.edge_nm.value / *edge), of_wavelength * of_wavelength + of_edge * of_edge,
          std::log(*edge), anchor.method};
}

/// Weighted sums of one kind of anchors.
struct Mean {
  double weight = 0.0, weighted = 0.0;
  double value() const { return weighted / weight; }
  double variance() const { return 1.0 / weight; }
  void add(double one, double variance) {
    weight += 1.0 / variance;
    weighted += one / variance;
  }
};

std::map<std::string, Mean> means_of(const std::vector<LogRatio>& ratios) {
  std::map<std::string, Mean> means;
  for (const LogRatio& one : ratios) means[one.method].add(one.value, one.variance);
  return means;
}

/// Birge's ratio of the anchors about their methods' means; 1 if they scatter less than they may.
double scatter_of(const std::vector<LogRatio>& ratios, const std::map<std::string, Mean>& means) {
  double sum = 0.0;
  for (const LogRatio& one : ratios) {
    const double off = one.value - means.at(one.method).value();
    sum += off * off / one.variance;
  }
  const auto free = static_cast<double>(ratios.size() - means.size());
  return free > 0.0 ? std::sqrt(std::max(1.0, sum / free)) : 1.0;
}

/// Variance between methods.
double between(const std::map<std::string, Mean>& means) {
  Mean all;
  double squares = 0.0, sum = 0.0;
  for (const auto& [method, mean] : means) {
    all.add(mean.value(), mean.variance());
    squares += mean.weight * mean.weight;
  }
  for (const auto& [method, mean] : means)
    sum += mean.weight * (mean.value() - all.value()) * (mean.value() - all.value());
  const double least = kMethodsDifferBy * kMethodsDifferBy;
  const double room = all.weight - squares / all.weight;
  if (means.size() < 2 || !(room > 0.0)) return least;
  return std::max(least, (sum - static_cast<double>(means.size() - 1)) / room);
}

/// Slope of the ratios over the size, in its standard errors, which grow if the ratios scatter about the line
/// by more than theirs.
double trend_of(const std::vector<LogRatio>& ratios) {
  Mean size, ratio;
  for (const LogRatio& one : ratios) {
    size.add(one.log_edge, one.variance);
    ratio.add(one.value, one.variance);
  }
  double squares = 0.0, products = 0.0, left_over = 0.0;
  for (const LogRatio& one : ratios) {
    const double off = one.log_edge - size.value();
    squares += off * off / one.variance;
    products += off * (one.value - ratio.value()) / one.variance;
    left_over += (one.value - ratio.value()) * (one.value - ratio.value()) / one.variance;
  }
  if (!(squares > 0.0)) return 0.0;
  left_over -= products * products / squares;
  const double scatter = std::sqrt(std::max(1.0, left_over / static_cast<double>(ratios.size() - 2)));
  return products / std::sqrt(squares) / scatter;
}

Estimate factor_of(double log_ratio, double variance) {
  const double factor = std::exp(log_ratio);
  return {factor, factor * std::sqrt(variance)};
}

}  // namespace

std::string method_family(const std::string& label) {
  std::string name;
  int depth = 0;  // what stands in brackets after the name says how, not which
  for (const char letter : label) {
    if (letter == '(' && !name.empty()) ++depth;
    if (letter == ')' && depth > 0) --depth;
    if (depth == 0 && (letter & 0x80 || std::isalnum(letter)))
      name += static_cast<char>(letter & 0x80 ? letter : std::toupper(letter));
  }
  const auto known =
      std::ranges::find(kFamilies, name, &std::pair<std::string_view, std::string_view>::first);
  return known == kFamilies.end() ? name : std::string{known->second};
}

SizingCorrection sizing_correction(const Material& material, const std::vector<SizeAnchor>& anchors) {
  if (anchors.size() < kFewestAnchors) throw std::invalid_argument{"at least three anchors are needed"};
  std::vector<LogRatio> ratios;
  for (const SizeAnchor& anchor : anchors) ratios.push_back(log_ratio_of(material, anchor));
  SizingCorrection result;
  result.scatter = scatter_of(ratios, means_of(ratios));
  result.trend = trend_of(ratios);
  for (LogRatio& one : ratios) one.variance *= result.scatter * result.scatter;
  const auto means = means_of(ratios);
  const double variance_between = between(means);
  result.between_methods = std::sqrt(variance_between);
  Mean all;
  for (const auto& [method, mean] : means) {
    all.add(mean.value(), mean.variance() + variance_between);
    result.methods[method] = factor_of(mean.value(), mean.variance());
  }
  result.factor = factor_of(all.value(), all.variance());
  for (const LogRatio& one : ratios) result.left_over.push_back(one.value - all.value());
  return result;
}

Material corrected(const Material& material, const SizingCorrection& correction) {
  const double factor = correction.factor.value;
  Material result = material;
  result.sizing_a /= factor * factor;
  result.sizing_b /= factor;
  for (double& coefficient : result.sizing_polynomial) coefficient *= factor;
  result.smallest_edge_nm *= factor;
  result.largest_edge_nm *= factor;
  result.sizing_rms_nm *= correction.scatter;
  result.sizing_scale_error = correction.factor.standard_error / factor;
  return result;
}

}  // namespace nocturne
