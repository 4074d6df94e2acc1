#pragma once

#include <cstddef>
#include <string_view>

namespace nocturne::test {

/// What the readers of pump replies must hold for any bytes whatever, however they are cut: they take
/// something away or wait for more of a bounded length, and what they read is finite. Returns how many
/// replies all dialects found together. Throws std::logic_error with what does not hold.
std::size_t read_pump_replies(std::string_view bytes);

}  // namespace nocturne::test
