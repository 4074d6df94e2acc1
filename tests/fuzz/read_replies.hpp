#pragma once

#include <string_view>

namespace nocturne::test {

/// What the parsers of instruments' replies (Ocean binary protocol, VICI, MT-SICS) must hold for any bytes
/// whatever, arriving in any pieces: they drop or take at least one byte and no more than there are, and wait
/// for more only while a frame can still be as long. The first byte chooses the parser and the pieces. True
/// if a sound reply was among them. Throws std::logic_error with what does not hold.
bool read_replies(std::string_view bytes);

}  // namespace nocturne::test
