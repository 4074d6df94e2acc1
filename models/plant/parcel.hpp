#pragma once

#include <array>
#include <vector>

#include "models/plant/chemistry.hpp"
#include "models/plant/flow_path.hpp"

namespace nocturne {

/// A stretch of time along a wall of one temperature.
struct WallSegment {
  double wall_K = 0.0;
  double duration_s = 0.0;
  friend bool operator==(const WallSegment&, const WallSegment&) = default;
};

/// Lengthens the last segment if the wall is the same.
void append_wall(std::vector<WallSegment>& walls, const WallSegment& next);

/// An element between two junctions: what it consists of from the first one on, and where it goes.
struct ParcelStage {
  Composition fed;
  double carried = 0.0;  ///< share of the volume that comes from the stage before; the rest joins cold
  double mixing_time_s = 0.0;
  std::vector<WallSegment> walls;
};

/// All that decides what becomes of a fluid element before the cell.
struct ParcelPlan {
  ChemistryOffset offset;
  std::vector<ParcelStage> stages;
};

/// What an element, or a mixture of elements, holds per volume of reaction mixture (mmol/L), at ambient
/// temperature.
struct Product {
  std::array<double, 4> moments{};  ///< of the dots' edge length, mmol/L nm^k
  double dot_lead = 0.0;
  double platelet_lead = 0.0;
  double platelet_layers = 0.0;  ///< monolayers times platelet lead
  double cs4pbbr6_lead = 0.0;    ///< in Cs4PbBr6
  double cspb2br5_lead = 0.0;    ///< in CsPb2Br5
  double fed_cesium = 0.0;
  double fed_lead = 0.0;
  double fed_bromide = 0.0;
  double dissolved_cesium = 0.0;
  double dissolved_lead = 0.0;
  double dissolved_bromide = 0.0;
  double free_bromide = 0.0;
  double ammonium = 0.0;
  double organics = 0.0;  ///< amine and acid
  friend bool operator==(const Product&, const Product&) = default;

  void add(const Product& other, double weight);
};

/// The stage behind a junction at which a flow `carried`, made of `before`, meets the feeds of `section` at
/// their `rates`, all in one unit. Its walls and mixing time are still open.
ParcelStage stage_at(const Section& section, const std::vector<double>& rates,
                     const std::vector<Composition>& feeds, double carried, const Composition& before);

/// Lives through the plan. The element enters at ambient temperature.
Product grow(const PlantParameters& parameters, const ParcelPlan& plan,
             const SolverTolerance& tolerance = {});

}  // namespace nocturne
