#pragma once

#include <optional>
#include <string>
#include <vector>

#include "controller/bench/driver_settings.hpp"
#include "devices/modbus_map.hpp"

namespace nocturne {

// Registers as a bench file describes them: process = { register = 100, type = "int16", scale = 0.1 }. All
// throw FileError.

/// "high_first" or "low_first".
WordOrder word_order(DriverSettings& settings, const std::string& key, const std::string& fallback);
bool is_described(const DriverSettings& settings, const std::string& key);
/// register, function, type, word_order, scale and step.
RegisterNumber mapped_number(DriverSettings& settings, const std::string& key);
std::optional<RegisterNumber> optional_number(DriverSettings& settings, const std::string& key);
/// A number that is written, so in a holding register.
RegisterNumber written_number(DriverSettings& settings, const std::string& key);
/// Of 16 bits, with good and mask.
std::optional<MappedState> optional_state(DriverSettings& settings, const std::string& key);
/// verify, which must be there, verify_2 and verify_3, each with its value.
std::vector<MappedConstant> mapped_constants(DriverSettings& settings);

}  // namespace nocturne
