#include "models/plant/transport.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <numeric>

namespace nocturne {
namespace {

/// Standard normal quantile by bisection of the distribution function.
double normal_quantile(double probability) {
  double low = -8.0, high = 8.0;
  for (int step = 0; step < 60; ++step) {
    const double middle = 0.5 * (low + high);
    (0.5 * std::erfc(-middle / std::numbers::sqrt2) < probability ? low : high) = middle;
  }
  return 0.5 * (low + high);
}

/// Of `count` equally likely parcels.
std::vector<double> quantiles(std::size_t count) {
  std::vector<double> values;
  for (std::size_t i = 0; i < count; ++i)
    values.push_back(normal_quantile((static_cast<double>(i) + 0.5) / static_cast<double>(count)));
  return values;
}

}  // namespace

double dispersion_number(const PlantGeometry& geometry, const std::vector<Section>& sections,
                         const std::vector<double>& flows) {
  if (geometry.segmented) return geometry.dispersion_number;
  const double diameter = geometry.inner_diameter_mm * 1e-3;
  const double area = std::numbers::pi * diameter * diameter / 4.0;
  double seconds = 0.0, half_variance = 0.0;
  for (std::size_t section = 0; section + 1 < sections.size(); ++section) {
    const double speed = flows[section] * 1e-9 / 60.0 / area;
    const double length = sections[section].volume_uL * 1e-9 / area;
    const double peclet = speed * diameter / geometry.diffusivity_m2_per_s;
    const double dispersion = geometry.diffusivity_m2_per_s * (1.0 + peclet * peclet / 192.0);
    seconds += length / speed;
    half_variance += dispersion * length / (speed * speed * speed);
  }
  return half_variance / (seconds * seconds);
}

double mixing_time_s(const PlantGeometry& geometry, double flow_uL_per_min) {
  const double flow = std::max(flow_uL_per_min, 1.0);
  return geometry.mixing_time_s * std::pow(geometry.mixing_flow_uL_per_min / flow, geometry.mixing_exponent);
}

std::vector<double> residence_nodes(const PlantGeometry& geometry, const std::vector<Section>& sections,
                                    const std::vector<double>& flows, std::size_t refinement) {
  const bool flowing = std::all_of(flows.begin(), flows.end(), [](double flow) { return flow > 0.0; });
  const double dispersion =
      geometry.segmented || flowing ? dispersion_number(geometry, sections, flows) : kLargestDispersion;
  const double variance = 2.0 * (geometry.segmented ? dispersion : std::min(dispersion, kLargestDispersion));
  if (variance == 0.0) return {1.0};
  constexpr double kNarrow = 0.1;  // up to here three parcels stand for the distribution, beyond it five
  static const std::vector<double> few = quantiles(3), more = quantiles(5);
  const double width = std::sqrt(std::log1p(variance));
  std::vector<double> nodes;
  const std::vector<double>& usual = width < kNarrow ? few : more;
  for (const double quantile : refinement == 1 ? usual : quantiles(refinement * usual.size()))
    nodes.push_back(std::exp(width * quantile));
  const double mean = std::accumulate(nodes.begin(), nodes.end(), 0.0) / static_cast<double>(nodes.size());
  for (double& node : nodes) node /= mean;
  return nodes;
}

}  // namespace nocturne
