#pragma once

#include <cstdint>
#include <functional>
#include <string>

// Checks of command-line values, each with a message that says what is allowed; an empty one lets them pass.
namespace nocturne {

using OptionCheck = std::function<std::string(const std::string&)>;

/// "-3 is not allowed (a whole number from 0 to 10)"
OptionCheck whole_number(std::int64_t low, std::int64_t high);
/// "1.2 is not allowed (a number from 0 to 1)"
OptionCheck share();
/// "nan is not allowed (a number above 0)"
OptionCheck number_above_zero();
/// "inf is not allowed (a number)"
OptionCheck finite_number();

}  // namespace nocturne
