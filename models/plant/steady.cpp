#include "models/plant/steady.hpp"

#include <stdexcept>

#include "models/plant/optics.hpp"

namespace nocturne {
namespace {

constexpr double kCelsius = 273.15;

}  // namespace

double reaction_share_when_measured(const PlantParameters& parameters) {
  return parameters.diluent.empty() ? 1.0 : 1.0 / (1.0 + parameters.dilution_ratio);
}

Product steady_product(const PlantParameters& parameters, const Conditions& conditions,
                       const ChemistryOffset& offset) {
  const std::vector<double> shares = feed_shares(parameters, conditions);
  const double residence = conditions.at("residence_time_s");
  const double temperature = conditions.at("temperature_C") + kCelsius;
  if (!(residence > 0.0 && residence < 1e6))
    throw std::invalid_argument{"residence_time_s is not a positive time"};
  if (!(temperature > 200.0 && temperature < 700.0))
    throw std::invalid_argument{"temperature_C is out of this world"};
  std::vector<Composition> feeds;
  for (const PlantFeed& feed : parameters.feeds) feeds.push_back(composition_of(feed));

  const PlantGeometry& tube = parameters.geometry;
  const double ambient = tube.ambient_C + kCelsius;
  const double flow = tube.heated_uL / residence * 60.0;
  ParcelPlan plan{mixture(feeds, shares), mixing_time_s(tube, flow), offset, {}};
  const std::vector<double> nodes = residence_nodes(tube, flow);
  Product product;
  for (const double node : nodes) {
    const double per_volume = node * residence / tube.heated_uL;
    plan.walls = {{ambient, per_volume * tube.mixer_uL},
                  {temperature, per_volume * tube.heated_uL},
                  {ambient, per_volume * tube.cooled_uL}};
    product.add(grow(parameters, plan), 1.0 / static_cast<double>(nodes.size()));
  }
  return product;
}

PlantTruth steady_truth(const PlantParameters& parameters, const Conditions& conditions) {
  const Product product = steady_product(parameters, conditions, {});
  return Optics{parameters}.spectra(product, reaction_share_when_measured(parameters)).truth;
}

}  // namespace nocturne
