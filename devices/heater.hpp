#pragma once

#include <string>

#include "devices/clock.hpp"
#include "models/units.hpp"

namespace nocturne {

struct HeaterReading {
  Temperature process;  ///< meaningless if sensor_fault
  Temperature target;   ///< what the instrument controls to
  double output = 0.0;  ///< heating power, 0..1
  bool sensor_fault = false;
  bool alarm = false;
  bool manual = false;  ///< output fixed by hand instead of controlled
};

/// A temperature controller with its sensor and heater. Faults are thrown as DeviceError.
class Heater {
 public:
  virtual ~Heater() = default;
  virtual const std::string& name() const = 0;
  virtual Temperature max_target() const = 0;
  /// Brings it into a known, unheated state, checks identity, limits and number format, arms and verifies its
  /// own over-temperature limit. Returns its identity.
  virtual Task<std::string> arm() = 0;
  /// Returns the target as the instrument holds it.
  virtual Task<Temperature> set_target(Temperature target) = 0;
  virtual Task<HeaterReading> read() = 0;
  /// Cuts the heating and verifies it. Safe at any time, from any state, more than once.
  virtual Task<void> off() = 0;
};

}  // namespace nocturne
