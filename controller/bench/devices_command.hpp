#pragma once

#include <functional>
#include <iosfwd>
#include <string>

#include "controller/bench/bench_builder.hpp"
#include "controller/json_types.hpp"

namespace nocturne {

/// Identifies and reads every instrument, one after the other, and moves and heats nothing. Tells what came
/// of each: {"name", "driver", "endpoint", "ok"} with {"identity", "readings"}, or {"error"},
/// "expected" (what the bench file says is there) and "try".
Task<void> ask_devices(BuiltBench& built, const BenchDescription& bench,
                       std::function<void(const Json&)> tell);
/// What was told of one instrument, as one line for programs or for people.
std::string device_line(const Json& report, bool json);

/// `devices check`: identifies and reads every instrument, one line each; moves and heats nothing. Returns 0,
/// or 3 if any did not answer as it should.
int check_devices(const BenchDescription& bench, std::optional<PlantParameters> plant, bool json,
                  std::ostream& out);

}  // namespace nocturne
