#pragma once

#include <string>

#include "devices/error.hpp"
#include "recipes/bench_file.hpp"

namespace nocturne {

/// What the bench file says is there: "new_era, address 2, on /dev/ttyUSB0 at 19200 baud, parity none".
std::string expectation(const InstrumentDescription& instrument, const LineDescription& line);

/// What to try when an instrument of the bench did not come up: one sentence for the person who stands before
/// it.
std::string advice(const DeviceError& error, const InstrumentDescription& instrument,
                   const LineDescription& line);

}  // namespace nocturne
