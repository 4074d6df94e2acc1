#include "models/plant/parcel.hpp"

#include <algorithm>
#include <optional>

#include "models/plant/constants.hpp"

namespace nocturne {
namespace {

/// The element thinned by what joins it at ambient temperature, of the same heat capacity.
Crystals joined(Crystals crystals, double carried, double ambient_K) {
  for (double& moment : crystals.moments) moment *= carried;
  crystals.platelet_lead *= carried;
  crystals.cs4pbbr6_lead *= carried;
  crystals.cspb2br5_lead *= carried;
  crystals.temperature_K = carried * crystals.temperature_K + (1.0 - carried) * ambient_K;
  return crystals;
}

}  // namespace

void Product::add(const Product& other, double weight) {
  for (std::size_t k = 0; k < moments.size(); ++k) moments[k] += weight * other.moments[k];
  dot_lead += weight * other.dot_lead;
  platelet_lead += weight * other.platelet_lead;
  platelet_layers += weight * other.platelet_layers;
  cs4pbbr6_lead += weight * other.cs4pbbr6_lead;
  cspb2br5_lead += weight * other.cspb2br5_lead;
  fed_cesium += weight * other.fed_cesium;
  fed_lead += weight * other.fed_lead;
  fed_bromide += weight * other.fed_bromide;
  dissolved_cesium += weight * other.dissolved_cesium;
  dissolved_lead += weight * other.dissolved_lead;
  dissolved_bromide += weight * other.dissolved_bromide;
  free_bromide += weight * other.free_bromide;
  ammonium += weight * other.ammonium;
  organics += weight * other.organics;
}

void append_wall(std::vector<WallSegment>& walls, const WallSegment& next) {
  if (!walls.empty() && walls.back().wall_K == next.wall_K)
    walls.back().duration_s += next.duration_s;
  else
    walls.push_back(next);
}

ParcelStage stage_at(const Section& section, const std::vector<double>& rates,
                     const std::vector<Composition>& feeds, double carried, const Composition& before) {
  double joining = 0.0;
  for (const std::size_t feed : section.feeds) joining += rates[feed];
  const double flow = carried + joining;
  std::vector<double> shares(feeds.size(), 0.0);
  for (const std::size_t feed : section.feeds) shares[feed] = rates[feed] / flow;
  ParcelStage stage;
  stage.carried = carried / flow;
  std::vector<Composition> parts = feeds;
  parts.push_back(before);
  shares.push_back(stage.carried);
  stage.fed = mixture(parts, shares);
  return stage;
}

Product grow(const PlantParameters& parameters, const ParcelPlan& plan, const SolverTolerance& tolerance) {
  const double ambient = parameters.geometry.ambient_C + kCelsius;
  Product product;
  if (plan.stages.empty()) return product;
  Crystals crystals;
  crystals.temperature_K = ambient;
  double hottest = 0.0, monolayers = 0.0;  // platelets keep the thickness of where they were hottest
  std::optional<Chemistry> chemistry;
  for (const ParcelStage& stage : plan.stages) {
    chemistry.emplace(parameters.chemistry, stage.fed, stage.mixing_time_s, parameters.geometry.heat_up_s,
                      plan.offset);
    crystals = joined(crystals, stage.carried, ambient);
    double hottest_here = crystals.temperature_K;
    for (const WallSegment& wall : stage.walls) {
      chemistry->advance(crystals, wall.wall_K, wall.duration_s, tolerance);
      hottest_here = std::max(hottest_here, crystals.temperature_K);
    }
    if (hottest_here <= hottest) continue;
    hottest = hottest_here;
    monolayers = chemistry->thermal(hottest).platelet_monolayers;
  }
  const Dissolved left = chemistry->dissolved(crystals, chemistry->thermal(ambient));
  const Composition& fed = plan.stages.back().fed;
  product.moments = crystals.moments;
  product.dot_lead = chemistry->dot_lead(crystals);
  product.platelet_lead = crystals.platelet_lead;
  product.platelet_layers = crystals.platelet_lead * monolayers;
  product.cs4pbbr6_lead = crystals.cs4pbbr6_lead;
  product.cspb2br5_lead = crystals.cspb2br5_lead;
  product.fed_cesium = fed.cesium;
  product.fed_lead = fed.lead;
  product.fed_bromide = fed.bromide;
  product.dissolved_cesium = left.cesium;
  product.dissolved_lead = left.lead;
  product.dissolved_bromide = left.bromide;
  product.free_bromide = left.free_bromide;
  product.ammonium = left.ammonium;
  product.organics = fed.amine + fed.acid;
  return product;
}

}  // namespace nocturne
