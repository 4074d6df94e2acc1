#pragma once

#include <cstdio>
#include <string>

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

}  // namespace nocturne
