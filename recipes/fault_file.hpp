#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "models/units.hpp"

namespace nocturne {

/// One thing that goes wrong on a virtual bench.
struct FaultEvent {
  Seconds at{};  ///< from the start of the program
  std::string instrument;
  std::string fault;             ///< by its name on the instrument's fault board
  std::optional<Seconds> lasts;  ///< none = for good
  int file_line = 0;
};

/// What goes wrong in one rehearsal, in the order of time.
struct FaultScenario {
  std::string file;  ///< for messages
  std::vector<FaultEvent> events;
};

/// Reads and checks a scenario: [[fault]] with at, instrument, fault, lasts. Throws FileError.
FaultScenario read_fault_scenario(const std::filesystem::path& file);
/// The same from text; `name` stands for the file in messages.
FaultScenario parse_fault_scenario(const std::string& text, const std::string& name);

}  // namespace nocturne
