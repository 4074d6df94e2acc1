#pragma once

#include <string_view>

namespace nocturne::test {

/// Plays `bytes` to a virtual New Era chain, a Harvard chain and a Chemyx pump; 80h and the byte after it let
/// time pass. What must hold for any bytes whatever: each answers afterwards, says no more than its requests
/// ask for, and no syringe flows faster than its motor runs or leaves the room between empty and full. Throws
/// std::logic_error with what does not hold.
void play_to_pumps(std::string_view bytes);

}  // namespace nocturne::test
