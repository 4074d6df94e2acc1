#include "models/plant/steady.hpp"

#include <sstream>
#include <stdexcept>

#include "models/plant/constants.hpp"
#include "models/plant/optics.hpp"
#include "models/plant/transport.hpp"

namespace nocturne {
namespace {

/// Divided by the flow of the feeds that the conditions decide, this is the time in the heated zones.
double heated_volume_uL(const PlantGeometry& tube, const std::vector<Section>& sections,
                        const std::vector<double>& relative_flows) {
  double volume = 0.0;
  for (std::size_t section = 0; section < sections.size(); ++section)
    for (const std::size_t zone : sections[section].zones)
      if (tube.zones[zone].heated) volume += tube.zones[zone].volume_uL / relative_flows[section];
  if (!(volume > 0.0 && volume < 1e9))
    throw std::invalid_argument{"nothing flows through the heated zone at this mixture"};
  return volume;
}

/// Every section before the cell; walls are still open.
std::vector<ParcelStage> steady_stages(const PlantParameters& parameters,
                                       const std::vector<Section>& sections,
                                       const std::vector<double>& shares, const std::vector<double>& flows) {
  std::vector<Composition> feeds;
  for (const PlantFeed& feed : parameters.feeds) feeds.push_back(composition_of(feed));
  std::vector<ParcelStage> stages;
  double carried = 0.0;
  for (std::size_t section = 0; section + 1 < sections.size(); ++section) {
    stages.push_back(stage_at(sections[section], shares, feeds, carried,
                              stages.empty() ? Composition{} : stages.back().fed));
    stages.back().mixing_time_s = mixing_time_s(parameters.geometry, flows[section]);
    for (const std::size_t feed : sections[section].feeds) carried += shares[feed];
  }
  return stages;
}

std::vector<WallSegment> steady_walls(const PlantGeometry& tube, const Section& section,
                                      double seconds_per_uL, double heated_K) {
  std::vector<WallSegment> walls;
  for (const std::size_t zone : section.zones)
    append_wall(walls, {tube.zones[zone].heated ? heated_K : tube.ambient_C + kCelsius,
                        seconds_per_uL * tube.zones[zone].volume_uL});
  return walls;
}

/// Nothing is said about what the plant was not made for.
void check_validity(const PlantParameters& parameters, const Conditions& conditions) {
  constexpr double kRounding = 1e-9;
  for (const Variable& variable : parameters.variables) {
    const double value = conditions.at(variable.name), margin = kRounding * (variable.high - variable.low);
    if (value >= variable.low - margin && value <= variable.high + margin) continue;
    std::ostringstream text;
    text << variable.name << " = " << value << " is outside the plant's validity (" << variable.low << " to "
         << variable.high << ')';
    throw OutsideValidity{text.str()};
  }
}

}  // namespace

std::vector<double> steady_flows(const PlantParameters& parameters, const Conditions& conditions) {
  const std::vector<double> shares = feed_shares(parameters, conditions);
  check_validity(parameters, conditions);
  const std::vector<Section> sections = sections_of(parameters);
  std::vector<double> flows = section_flows(sections, shares);
  const double reaction =
      heated_volume_uL(parameters.geometry, sections, flows) / conditions.at("residence_time_s") * 60.0;
  for (double& flow : flows) flow *= reaction;
  return flows;
}

double reaction_share_when_measured(const PlantParameters& parameters) {
  return parameters.diluent.empty() ? 1.0 : 1.0 / (1.0 + parameters.dilution_ratio);
}

Product steady_product(const PlantParameters& parameters, const Conditions& conditions,
                       const ChemistryOffset& offset) {
  const std::vector<double> flows = steady_flows(parameters, conditions);
  const std::vector<Section> sections = sections_of(parameters);
  const std::vector<double> shares = feed_shares(parameters, conditions);
  const double temperature = conditions.at("temperature_C") + kCelsius;
  Product product;
  const std::vector<double> nodes = residence_nodes(parameters.geometry, sections, flows);
  ParcelPlan plan{offset, steady_stages(parameters, sections, shares, flows)};
  for (const double node : nodes) {
    for (std::size_t section = 0; section < plan.stages.size(); ++section)
      plan.stages[section].walls =
          steady_walls(parameters.geometry, sections[section], node / flows[section] * 60.0, temperature);
    product.add(grow(parameters, plan), 1.0 / static_cast<double>(nodes.size()));
  }
  return product;
}

PlantTruth steady_truth(const PlantParameters& parameters, const Conditions& conditions) {
  const Product product = steady_product(parameters, conditions, {});
  return Optics{parameters}.truth(product, reaction_share_when_measured(parameters));
}

}  // namespace nocturne
