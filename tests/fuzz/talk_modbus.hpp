#pragma once

#include <string_view>

namespace nocturne::test {

/// What virtual Modbus units must hold for any bytes whatever, cut into pieces as their first byte says, over
/// RTU and TCP: every reply is a whole frame that answers its request, and the reader keeps no more than one
/// frame. Returns how many requests were found. Throws std::logic_error with what does not hold.
int talk_modbus(std::string_view bytes);

}  // namespace nocturne::test
