#include "models/sizing.hpp"

#include <algorithm>
#include <cassert>
#include <cmath>

namespace nocturne {

namespace {

constexpr double window_tolerance_nm = 1.0;

bool within_curve(const Material& material, double edge_nm) {
  return edge_nm >= material.smallest_edge_nm && edge_nm <= material.largest_edge_nm;
}

double polynomial(const Material& material, double wavelength_nm) {
  double sum = 0.0;
  for (auto c = material.sizing_polynomial.rbegin(); c != material.sizing_polynomial.rend(); ++c)
    sum = sum * wavelength_nm + *c;
  return sum;
}

/// The wavelength of a diameter; the nearer end of the polynomial's range outside it.
double polynomial_inverse(const Material& material, double edge_nm) {
  double low = material.polynomial_low_nm, high = material.polynomial_high_nm;
  for (int i = 0; i < 60; ++i) {
    const double middle = 0.5 * (low + high);
    (polynomial(material, middle) < edge_nm ? low : high) = middle;
  }
  return 0.5 * (low + high);
}

/// Both bounds by a relative error that is common to all sizes.
void widen_by_scale(EdgeLength& edge, double relative) {
  const double centre = edge.value.value_or(0.0);
  if (edge.low)
    edge.low = centre > 0.0 ? centre - std::hypot(centre - *edge.low, relative * centre)
                            : *edge.low * (1.0 - relative);
  if (edge.high)
    edge.high = centre > 0.0 ? centre + std::hypot(*edge.high - centre, relative * centre)
                             : *edge.high * (1.0 + relative);
}

}  // namespace

std::optional<SizingCurve> sizing_curve(const Material& material) {
  if (material.bulk_energy_eV <= 0.0 || material.sizing_a <= 0.0 || material.sizing_by_exciton ||
      !material.sizing_polynomial.empty())
    return std::nullopt;
  constexpr double kBulkScatter = 0.01;  // eV between samples of one compound
  const double energy = material.bulk_energy_eV;
  const double scatter = material.sizing_rms_nm * energy * energy / hc_eV_nm;
  return SizingCurve{energy, std::hypot(kBulkScatter, scatter), material.sizing_a, material.sizing_b};
}

bool has_sizing_curve(const Material& material) {
  return !material.sizing_polynomial.empty() || material.sizing_a + material.sizing_b > 0.0;
}

double peak_nm_at(const Material& material, double edge_nm) {
  assert(edge_nm > 0.0);
  if (!material.sizing_polynomial.empty()) return polynomial_inverse(material, edge_nm);
  const double confinement = 1.0 / (edge_nm * (material.sizing_a * edge_nm + material.sizing_b));
  return hc_eV_nm / (material.bulk_energy_eV + confinement);
}

std::optional<double> edge_nm_at(const Material& material, double peak_nm) {
  if (!material.sizing_polynomial.empty()) {
    const bool inside = peak_nm >= material.polynomial_low_nm && peak_nm <= material.polynomial_high_nm;
    return inside ? std::optional{polynomial(material, peak_nm)} : std::nullopt;
  }
  if (!(material.sizing_a + material.sizing_b > 0.0)) return std::nullopt;
  const double confinement = hc_eV_nm / peak_nm - material.bulk_energy_eV;
  if (!(peak_nm > 0.0) || !(confinement > 0.0)) return std::nullopt;
  const double a = material.sizing_a, b = material.sizing_b;
  // a d² + b d = 1 / confinement, written so that a may vanish.
  const double root = std::sqrt(b * b + 4.0 * a / confinement);
  return 2.0 / (confinement * (b + root));
}

std::optional<Interval> EdgeLength::interval() const {
  if (!value || !low || !high) return std::nullopt;
  return Interval{*value, *low, *high};
}

EdgeLength edge_length(const Material& material, const Estimate& peak_nm) {
  EdgeLength result;
  const double spread = quantile_95 * std::hypot(peak_nm.standard_error, material.sizing_rms_nm);
  const auto value = edge_nm_at(material, peak_nm.value);
  if (value && within_curve(material, *value)) result.value = value;
  result.outside_sizing_curve = !result.value.has_value();

  const auto low = edge_nm_at(material, peak_nm.value - spread);
  const auto high = edge_nm_at(material, peak_nm.value + spread);
  // A bound stands on the curve, or continues it next to a value that does; a bound beyond it alone says
  // nothing.
  if (low && (result.value || *low >= material.smallest_edge_nm)) {
    result.low = std::min(*low, material.largest_edge_nm);
  }
  if (high && (result.value || *high <= material.largest_edge_nm)) {
    result.high = std::max(*high, material.smallest_edge_nm);
  }
  widen_by_scale(result, quantile_95 * material.sizing_scale_error);
  return result;
}

std::optional<Estimate> peak_of_edge(const Material& material, const Estimate& edge_nm) {
  const double error = std::hypot(edge_nm.standard_error, material.sizing_scale_error * edge_nm.value);
  if (!has_sizing_curve(material) || material.sizing_by_exciton || !(edge_nm.value > error && error >= 0.0))
    return std::nullopt;
  if (edge_nm.value + 2.0 * error < material.smallest_edge_nm ||
      edge_nm.value - 2.0 * error > material.largest_edge_nm)
    return std::nullopt;
  const double reach =
      peak_nm_at(material, edge_nm.value + error) - peak_nm_at(material, edge_nm.value - error);
  return Estimate{peak_nm_at(material, edge_nm.value),
                  std::hypot(0.5 * std::abs(reach), material.sizing_rms_nm)};
}

std::optional<int> monolayers_at(const Material& material, double peak_nm) {
  std::optional<int> nearest;
  double least = window_tolerance_nm;
  for (const PlateletWindow& window : material.platelets) {
    const double outside = std::max({window.low_nm - peak_nm, peak_nm - window.high_nm, 0.0});
    if (outside > least || (nearest && outside == least)) continue;
    least = outside;
    nearest = window.monolayers;
  }
  return nearest;
}

}  // namespace nocturne
