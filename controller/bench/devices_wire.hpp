#pragma once

#include <filesystem>
#include <iosfwd>

#include "controller/bench/bench_builder.hpp"

namespace nocturne {

/// `devices record`: what check_devices() does, while everything that travels is written to `to`. Returns
/// what it returns. Throws FileError if `to` exists or cannot be written.
int record_devices(const BenchDescription& bench, std::optional<PlantParameters> plant,
                   const std::filesystem::path& to, bool json, std::ostream& out);

/// `devices playback`: the same check of the recorded bench by this program's drivers, the recorded
/// instruments answering. Prints the reports and how many requests agreed on `out`, every difference on
/// `messages`; the first other request ends it. Returns 0 if all is as recorded, or 3. Throws FileError for a
/// file that is no sound recording.
int play_back_devices(const std::filesystem::path& file, bool json, std::ostream& out,
                      std::ostream& messages);

}  // namespace nocturne
