#pragma once

#include "models/plant/parcel.hpp"
#include "models/plant/plant.hpp"

namespace nocturne {

/// Flow of every section at conditions, µL/min, without the diluent. Throws like steady_truth, so also
/// outside the decision space, for which alone the plant is valid.
std::vector<double> steady_flows(const PlantParameters& parameters, const Conditions& conditions);

/// The product that leaves the cooled tube once everything has been steady for long, over all residence
/// times.
Product steady_product(const PlantParameters& parameters, const Conditions& conditions,
                       const ChemistryOffset& offset);

/// Share of reaction mixture in the cell while diluted for a measurement.
double reaction_share_when_measured(const PlantParameters& parameters);

}  // namespace nocturne
