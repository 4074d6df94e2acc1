#pragma once

#include <cstdio>
#include <string>
#include <string_view>

#include "devices/clock.hpp"
#include "models/units.hpp"

/// Values as they stand in messages and commands.
namespace nocturne {

/// As std::printf; at most 159 characters.
template <class... Values>
std::string print(const char* format, Values... values) {
  char text[160];
  std::snprintf(text, sizeof text, format, values...);
  return text;
}

/// In °C, with two decimals.
std::string in_words(Temperature temperature);
/// In s.
std::string in_words(Duration duration, int digits = 6);
/// In µL/min.
std::string in_words(FlowRate flow, int digits = 6);

/// "0d0a"
std::string hex_digits(std::string_view bytes);
/// `30 0d "0\r"`; of more than `most` bytes the first.
std::string bytes_in_words(std::string_view bytes, std::size_t most = 48);

}  // namespace nocturne
