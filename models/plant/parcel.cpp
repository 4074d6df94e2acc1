#include "models/plant/parcel.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <numeric>

namespace nocturne {
namespace {

constexpr double kCelsius = 273.15;

/// Standard normal quantile by bisection of the distribution function.
double normal_quantile(double probability) {
  double low = -8.0, high = 8.0;
  for (int step = 0; step < 60; ++step) {
    const double middle = 0.5 * (low + high);
    (0.5 * std::erfc(-middle / std::numbers::sqrt2) < probability ? low : high) = middle;
  }
  return 0.5 * (low + high);
}

/// D/(uL) from the junction of the feeds to that of the diluent.
double dispersion_number(const PlantGeometry& geometry, double flow_uL_per_min) {
  if (geometry.segmented) return geometry.dispersion_number;
  constexpr double kLargest = 0.045;  // a relative spread of 0.3
  if (flow_uL_per_min <= 0.0) return kLargest;
  const double diameter = geometry.inner_diameter_mm * 1e-3;
  const double area = std::numbers::pi * diameter * diameter / 4.0;
  const double speed = flow_uL_per_min * 1e-9 / 60.0 / area;
  const double length = (geometry.mixer_uL + geometry.heated_uL + geometry.cooled_uL) * 1e-9 / area;
  const double peclet = speed * diameter / geometry.diffusivity_m2_per_s;
  const double dispersion = geometry.diffusivity_m2_per_s * (1.0 + peclet * peclet / 192.0);
  return std::min(dispersion / (speed * length), kLargest);
}

}  // namespace

void Product::add(const Product& other, double weight) {
  for (std::size_t k = 0; k < moments.size(); ++k) moments[k] += weight * other.moments[k];
  dot_lead += weight * other.dot_lead;
  platelet_lead += weight * other.platelet_lead;
  platelet_layers += weight * other.platelet_layers;
  fed_lead += weight * other.fed_lead;
  dissolved_lead += weight * other.dissolved_lead;
  free_bromide += weight * other.free_bromide;
  ammonium += weight * other.ammonium;
  organics += weight * other.organics;
}

Product grow(const PlantParameters& parameters, const ParcelPlan& plan) {
  const double ambient = parameters.geometry.ambient_C + kCelsius;
  const Chemistry chemistry{parameters.chemistry, plan.fed, plan.mixing_time_s, parameters.geometry.heat_up_s,
                            plan.offset};
  Crystals crystals;
  crystals.temperature_K = ambient;
  double hottest = ambient;
  for (const WallSegment& wall : plan.walls) {
    chemistry.advance(crystals, wall.wall_K, wall.duration_s);
    hottest = std::max(hottest, crystals.temperature_K);
  }
  const Dissolved left = chemistry.dissolved(crystals, chemistry.thermal(ambient));
  Product product;
  product.moments = crystals.moments;
  product.dot_lead = chemistry.dot_lead(crystals);
  product.platelet_lead = crystals.platelet_lead;
  product.platelet_layers = crystals.platelet_lead * chemistry.thermal(hottest).platelet_monolayers;
  product.fed_lead = plan.fed.lead;
  product.dissolved_lead = left.lead;
  product.free_bromide = left.free_bromide;
  product.ammonium = left.ammonium;
  product.organics = plan.fed.amine + plan.fed.acid;
  return product;
}

double mixing_time_s(const PlantGeometry& geometry, double flow_uL_per_min) {
  const double flow = std::max(flow_uL_per_min, 1.0);
  return geometry.mixing_time_s * std::pow(geometry.mixing_flow_uL_per_min / flow, geometry.mixing_exponent);
}

std::vector<double> residence_nodes(const PlantGeometry& geometry, double flow_uL_per_min) {
  constexpr std::size_t kParcels = 5;
  const double variance = 2.0 * dispersion_number(geometry, flow_uL_per_min);
  if (variance == 0.0) return {1.0};
  const double width = std::sqrt(std::log1p(variance));
  std::vector<double> nodes(kParcels);
  for (std::size_t i = 0; i < kParcels; ++i)
    nodes[i] =
        std::exp(width * normal_quantile((static_cast<double>(i) + 0.5) / static_cast<double>(kParcels)));
  const double mean = std::accumulate(nodes.begin(), nodes.end(), 0.0) / static_cast<double>(kParcels);
  for (double& node : nodes) node /= mean;
  return nodes;
}

}  // namespace nocturne
