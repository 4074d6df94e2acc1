#pragma once

#include "devices/virtual/virtual_watlow.hpp"
#include "heater_lab.hpp"

namespace nocturne::test {

/// Addresses of one register map.
struct WatlowMap {
  int mode, active_mode, power, set_point, active_set_point, limit_high, limit_state, alarm_high, alarm_state;
};
inline constexpr WatlowMap watlow_map_1{1880, 1882, 1908, 2160, 2172, 686, 690, 1480, 1496};
inline constexpr WatlowMap watlow_map_2{2360, 2362, 2388, 2640, 2652, 726, 730, 1880, 1896};

inline VirtualWatlowOptions watlow_options(int map = 1) {
  VirtualWatlowOptions options;
  options.map = map;
  options.settings.proportional_band = 13.0;
  options.settings.integral_s = 64.0;
  options.settings.derivative_s = 4.0;
  return options;
}

/// A Watlow at the heated block of the tests, asked in °C unless told otherwise.
struct WatlowLab : ModbusTalk {
  ThermalModel model;
  VirtualWatlow heater;
  const WatlowMap at;

  explicit WatlowLab(VirtualWatlowOptions options = watlow_options(), bool celsius = true)
      : heater{clock, options, [this](Instant now) { return model.at(in_seconds(now)); }},
        at{options.map == 1 ? watlow_map_1 : watlow_map_2} {
    model.power = [this](double time_s, double probe) { return heater.power(time_s, probe); };
    high_word_first = options.high_word_first;
    unit = options.address;
    serve(heater);
    if (celsius) write(options.port == 1 ? 2490 : 2510, 15);
  }
  /// Time passes under somebody's eyes.
  void pass(Duration time) {
    Conversation::pass(time);
    model.at(in_seconds(clock.now()));
  }
};

/// The probe as a test wants it; control periods only when the test says so.
struct FixedWatlow : ModbusTalk {
  double celsius = 25.3;
  VirtualWatlow heater;
  explicit FixedWatlow(VirtualWatlowOptions options = {})
      : heater{clock, options, [this](Instant) { return celsius; }} {
    high_word_first = options.high_word_first;
    serve(heater);
  }
};

}  // namespace nocturne::test
