#pragma once

#include <iosfwd>

#include "controller/bench_builder.hpp"

namespace nocturne {

/// `devices check`: identifies and reads every instrument, one line each; moves and heats nothing. Returns 0,
/// or 3 if any did not answer as it should.
int check_devices(const BenchDescription& bench, std::optional<PlantParameters> plant, bool json,
                  std::ostream& out);

}  // namespace nocturne
