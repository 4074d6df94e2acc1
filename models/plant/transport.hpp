#pragma once

#include <vector>

#include "models/plant/flow_path.hpp"

namespace nocturne {

/// Time that a junction takes to mix at this flow behind it.
double mixing_time_s(const PlantGeometry& geometry, double flow_uL_per_min);

/// Residence times before the cell of equally likely fluid elements, relative to plug flow, their mean one:
/// log-normal with variance 2 D/(uL). In laminar flow D follows Taylor and Aris (Aris 1956,
/// 10.1098/rspa.1956.0065), D_m (1 + Pe²/192) with Pe on the diameter, and the variances of sections add; a
/// spread beyond 0.3 is cut there. `flows` has the flow of every section, µL/min.
std::vector<double> residence_nodes(const PlantGeometry& geometry, const std::vector<Section>& sections,
                                    const std::vector<double>& flows);

}  // namespace nocturne
