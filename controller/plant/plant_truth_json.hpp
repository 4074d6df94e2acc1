#pragma once

#include <nlohmann/json.hpp>

#include "controller/json_types.hpp"
#include "models/plant/plant.hpp"

namespace nocturne {

/// {"peak_nm", "fwhm_meV", "edge_length_nm", "plqy", "yield", "nanoplatelet_fraction"}; the first two only of
/// what emits.
OrderedJson json_of(const PlantTruth& truth);

}  // namespace nocturne
