#pragma once

#include "devices/eurotherm_heater.hpp"
#include "devices/watlow_heater.hpp"

namespace nocturne::test {

inline EurothermSettings usual_eurotherm() {
  EurothermSettings settings;
  settings.name = "reactor";
  settings.max_target = 190.0_degC;
  settings.alarm_threshold = 195.0_degC;
  return settings;
}

inline WatlowSettings usual_watlow(int map = 1, WordOrder order = WordOrder::low_first) {
  WatlowSettings settings;
  settings.name = "oven";
  settings.map = map;
  settings.word_order = order;
  settings.max_target = 190.0_degC;
  settings.guard_threshold = 195.0_degC;
  return settings;
}

}  // namespace nocturne::test
