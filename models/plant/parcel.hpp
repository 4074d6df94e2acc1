#pragma once

#include <array>
#include <vector>

#include "models/plant/chemistry.hpp"

namespace nocturne {

/// A stretch of time along a wall of one temperature.
struct WallSegment {
  double wall_K = 0.0;
  double duration_s = 0.0;
  friend bool operator==(const WallSegment&, const WallSegment&) = default;
};

/// All that decides what becomes of a fluid element between the junction of the feeds and that of the
/// diluent.
struct ParcelPlan {
  Composition fed;
  double mixing_time_s = 0.0;
  ChemistryOffset offset;
  std::vector<WallSegment> walls;
};

/// What an element, or a mixture of elements, holds per volume of reaction mixture (mmol/L), at ambient
/// temperature.
struct Product {
  std::array<double, 4> moments{};  ///< of the dots' edge length, mmol/L nm^k
  double dot_lead = 0.0;
  double platelet_lead = 0.0;
  double platelet_layers = 0.0;  ///< monolayers times platelet lead
  double fed_lead = 0.0;
  double dissolved_lead = 0.0;
  double free_bromide = 0.0;
  double ammonium = 0.0;
  double organics = 0.0;  ///< amine and acid
  friend bool operator==(const Product&, const Product&) = default;

  void add(const Product& other, double weight);
};

/// Lives through the plan. The element enters at ambient temperature.
Product grow(const PlantParameters& parameters, const ParcelPlan& plan);

/// Time that the junction takes to mix at this reaction flow.
double mixing_time_s(const PlantGeometry& geometry, double flow_uL_per_min);

/// Residence times of equally likely fluid elements, relative to plug flow, their mean one: log-normal with
/// variance 2 D/(uL). In laminar flow D follows Taylor and Aris (Aris 1956, 10.1098/rspa.1956.0065), D_m (1 +
/// Pe²/192) with Pe on the diameter, which holds once the residence time exceeds about half of
/// (diameter/2)²/D_m; a spread beyond 0.3 is cut there.
std::vector<double> residence_nodes(const PlantGeometry& geometry, double flow_uL_per_min);

}  // namespace nocturne
