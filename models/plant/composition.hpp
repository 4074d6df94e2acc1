#pragma once

#include <string>
#include <vector>

#include "models/observation.hpp"
#include "models/plant/plant_parameters.hpp"

namespace nocturne {

/// What was fed, per volume of reaction mixture, mmol/L. Bromide counts every source, and stands for
/// iodide in plants that make iodides, as cesium does for formamidinium.
struct Composition {
  double cesium = 0.0;
  double lead = 0.0;
  double bromide = 0.0;
  double alkylammonium = 0.0;
  double zinc = 0.0;
  double amine = 0.0;
  double acid = 0.0;
  friend bool operator==(const Composition&, const Composition&) = default;
};

/// What a feed holds. Throws std::invalid_argument for contents that no plant knows.
Composition composition_of(const PlantFeed& feed);
/// The mixture of compositions with these volume shares.
Composition mixture(const std::vector<Composition>& parts, const std::vector<double>& shares);

/// Volume shares of the feeds that give the ratios "br_pb" or "i_pb",
/// "amine_pb" and "cs_pb" of `conditions`. The diluent's is zero, that of a feed with a flow ratio is this
/// ratio, all others add to one. All bromide counts for br_pb. Throws std::invalid_argument for an unknown or
/// missing condition, or if no mixture has these ratios.
std::vector<double> feed_shares(const PlantParameters& parameters, const Conditions& conditions);

}  // namespace nocturne
