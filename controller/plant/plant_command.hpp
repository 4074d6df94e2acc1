#pragma once

#include <iosfwd>

#include "models/material.hpp"
#include "models/plant/plant_parameters.hpp"

namespace nocturne {

/// The plant alone over JSON lines. `describe` prints its decision space and outputs and ends. Otherwise
/// every line
/// {"conditions": {...}, "seed": n} (no seed: 0) is answered at once by one with truth, outcome and observed
/// values, outside the plant's validity by the outcome "unreachable" and why; a line that cannot be answered
/// by {"error": "..."}. Returns the exit status: 2 if any line was wrong, else 0.
int plant_command(const PlantParameters& parameters, const Material& material, bool describe,
                  std::istream& requests, std::ostream& answers, std::ostream& messages);

}  // namespace nocturne
