#pragma once

#include <iosfwd>

#include "controller/bench_builder.hpp"

namespace nocturne {

/// `devices check`: identifies and reads every instrument, one line each; moves and heats nothing. Returns 0,
/// or 3 if any did not answer as it should.
int check_devices(const BenchDescription& bench, std::optional<PlantParameters> plant, bool json,
                  std::ostream& out);

/// `devices serve`: offers the virtual instruments to anyone's client, in real time, until interrupted.
/// Prints one line of JSON first. Throws FileError if the bench has no virtual line.
int serve_devices(const BenchDescription& bench, std::optional<PlantParameters> plant, std::uint64_t seed,
                  std::ostream& out);

}  // namespace nocturne
