#pragma once

#include <nlohmann/json.hpp>

#include "models/plant/plant.hpp"

namespace nocturne {

/// {"peak_nm", "fwhm_meV", "edge_length_nm", "plqy", "yield", "nanoplatelet_fraction"}; the first two only of
/// what emits.
nlohmann::ordered_json json_of(const PlantTruth& truth);

}  // namespace nocturne
