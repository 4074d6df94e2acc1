#pragma once

namespace nocturne {

constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }
/// Printable ASCII, the space included.
constexpr bool is_text(char c) { return c >= ' ' && c <= '~'; }

}  // namespace nocturne
