#pragma once

#include <string>

#include "devices/error.hpp"
#include "recipes/bench_file.hpp"

namespace nocturne {

/// What to try when an instrument of the bench did not come up: one sentence for the person who stands before
/// it.
std::string advice(const DeviceError& error, const InstrumentDescription& instrument,
                   const LineDescription& line);

}  // namespace nocturne
