#pragma once

#include <algorithm>

#include "devices/clock.hpp"
#include "models/units.hpp"

// What the drivers of all makers expect of a pump that fills its syringe.
namespace nocturne {

constexpr Duration kDrawingPoll = std::chrono::milliseconds{500};

/// A draw that takes longer has something wrong with it.
inline Duration longest_draw(Volume volume, FlowRate flow) {
  constexpr double lateness = 1.1;
  constexpr Duration patience = std::chrono::seconds{5};
  const Seconds expected = volume / flow;
  return seconds(lateness * expected.count()) + patience;
}

/// Whether a pump's counter says what it was told to draw, to 1 % or 2 µL.
inline bool is_drawn(Volume counted, Volume told) {
  constexpr double tolerance = 0.01;
  constexpr Volume step = microliters(2.0);
  return std::max(counted, told) - std::min(counted, told) <= tolerance * told + step;
}

}  // namespace nocturne
