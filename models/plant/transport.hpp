#pragma once

#include <vector>

#include "models/plant/flow_path.hpp"

namespace nocturne {

/// Time that a junction takes to mix at this flow behind it.
double mixing_time_s(const PlantGeometry& geometry, double flow_uL_per_min);

/// Above it, which is a relative spread of 0.3, laminar dispersion is cut.
constexpr double kLargestDispersion = 0.045;  // D/(uL)

/// D/(uL) from the first junction to the cell: that of the plant file in segmented flow; in laminar flow
/// after Taylor and Aris (Aris 1956, 10.1098/rspa.1956.0065), D_m (1 + Pe²/192) with Pe on the diameter,
/// variances of sections added. `flows` has the flow of every section, µL/min, none of them zero.
double dispersion_number(const PlantGeometry& geometry, const std::vector<Section>& sections,
                         const std::vector<double>& flows);

/// Residence times before the cell of equally likely fluid elements, relative to plug flow, their mean one:
/// log-normal with variance 2 D/(uL), cut at kLargestDispersion. Three stand for a narrow distribution and
/// five for a wide one, or so many times `refinement`.
std::vector<double> residence_nodes(const PlantGeometry& geometry, const std::vector<Section>& sections,
                                    const std::vector<double>& flows, std::size_t refinement = 1);

}  // namespace nocturne
