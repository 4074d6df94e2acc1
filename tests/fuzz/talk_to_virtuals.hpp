#pragma once

#include <string_view>

namespace nocturne::test {

/// Plays a partner who sends any bytes whatever to a virtual instrument, in virtual time, and holds what
/// every instrument must hold: it neither fails nor hangs, and what comes back is its protocol and not much.
/// The first byte chooses the instrument's variant, the second how the rest is cut into pieces. Each returns
/// the number of replies and throws std::logic_error with what does not hold.
int talk_to_ocean(std::string_view bytes);
int talk_to_vici(std::string_view bytes);
int talk_to_balance(std::string_view bytes);

/// The first byte chooses among the three.
int talk_to_any(std::string_view bytes);

}  // namespace nocturne::test
