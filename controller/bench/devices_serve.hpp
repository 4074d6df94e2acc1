#pragma once

#include <cstdint>
#include <iosfwd>
#include <optional>

#include "models/plant/plant_parameters.hpp"
#include "recipes/bench_file.hpp"
#include "recipes/fault_file.hpp"

namespace nocturne {

/// `devices serve`: offers the virtual instruments to anyone's client, in real time, until interrupted.
/// Prints one line of JSON on `out` first. What goes wrong comes from `faults`, and from lines on standard
/// input: "INSTRUMENT FAULT on" or "off"; "faults" lists what there is. Answers to those go to `messages`.
/// Throws FileError if the bench has no virtual line, or not those faults.
int serve_devices(const BenchDescription& bench, std::optional<PlantParameters> plant, std::uint64_t seed,
                  const std::optional<FaultScenario>& faults, std::ostream& out, std::ostream& messages);

}  // namespace nocturne
