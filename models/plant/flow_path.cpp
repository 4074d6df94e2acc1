#include "models/plant/flow_path.hpp"

#include <algorithm>
#include <stdexcept>

namespace nocturne {
namespace {

std::size_t zone_of(const PlantFeed& feed, const std::vector<PlantZone>& zones) {
  const auto found = std::ranges::find_if(zones, [&feed](const PlantZone& zone) {
    return std::ranges::find(zone.joins, feed.name) != zone.joins.end();
  });
  return found == zones.end() ? 0 : static_cast<std::size_t>(found - zones.begin());
}

}  // namespace

std::vector<Section> sections_of(const PlantParameters& parameters) {
  const std::vector<PlantZone>& zones = parameters.geometry.zones;
  if (zones.size() < 2 || std::ranges::none_of(zones, &PlantZone::heated))
    throw std::invalid_argument{"a plant needs a heated zone, and one after it as the cell"};
  std::vector<std::vector<std::size_t>> joining(zones.size());
  for (std::size_t feed = 0; feed < parameters.feeds.size(); ++feed)
    joining[zone_of(parameters.feeds[feed], zones)].push_back(feed);
  std::vector<Section> sections;
  for (std::size_t zone = 0; zone < zones.size(); ++zone) {
    if (zone == 0 || zone + 1 == zones.size() || !joining[zone].empty())
      sections.push_back({{}, joining[zone], 0.0});
    sections.back().zones.push_back(zone);
    sections.back().volume_uL += zones[zone].volume_uL;
  }
  return sections;
}

std::vector<double> section_flows(const std::vector<Section>& sections, const std::vector<double>& feeds) {
  std::vector<double> flows;
  double flow = 0.0;
  for (const Section& section : sections) {
    for (const std::size_t feed : section.feeds) flow += feeds[feed];
    flows.push_back(flow);
  }
  return flows;
}

}  // namespace nocturne
