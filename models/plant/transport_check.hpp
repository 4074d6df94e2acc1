#pragma once

#include <string>
#include <vector>

#include "models/observation.hpp"
#include "models/plant/flow_path.hpp"

namespace nocturne {

/// How fluid flows and spreads between the first junction and the cell, and whether the equations of the
/// plant hold for it. Numbers are those of the section with the fastest flow unless they belong to the whole
/// way.
struct TransportCheck {
  std::string regime;     ///< "segmented", "laminar, spread by shear" or "laminar, spread by diffusion"
  double reynolds = 0.0;  ///< at ambient temperature
  double peclet = 0.0;    ///< on the diameter
  double length_per_diameter = 0.0;  ///< of the whole way
  double radial_diffusions = 0.0;    ///< residence time over (diameter/2)^2/D_m
  double bodenstein = 0.0;           ///< uL/D of the whole way; infinity without dispersion
  bool valid = false;
  std::string reason;  ///< why not; empty if valid
};

/// `flows` has the flow of every section, µL/min. Laminar flow disperses as Taylor and Aris say once the
/// fluid has spent 0.8 times (diameter/2)²/D_m in the tube, which for large Péclet numbers is a length of
/// 0.2 Pe diameters (Taylor 1954, 10.1098/rspa.1954.0216; Ananthakrishnan, Gill and Barduhn 1965,
/// 10.1002/aic.690110620).
TransportCheck check_transport(const PlantParameters& parameters, const std::vector<Section>& sections,
                               const std::vector<double>& flows);

/// The same at conditions. Throws like steady_truth.
TransportCheck check_transport(const PlantParameters& parameters, const Conditions& conditions);

/// What users of the plant should know: one sentence for the shortest and one for the longest residence time
/// in the middle of the decision space at which the equations do not hold; empty if they do.
std::vector<std::string> transport_notes(const PlantParameters& parameters);

}  // namespace nocturne
