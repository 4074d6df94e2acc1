#pragma once

#include <optional>

#include "devices/virtual/reply_faults.hpp"

namespace nocturne {

/// What goes wrong in a virtual temperature controller and its heater. Switched on from outside.
struct VirtualHeaterFaults {
  ReplyFaults reply;
  bool sensor_break = false;
  bool frozen_reading = false;         ///< the sensor's value stands still and looks good
  bool heater_dead = false;            ///< whatever the controller puts out, nothing heats
  std::optional<double> stuck_output;  ///< the heater gets this, 0..1, whatever the controller puts out
};

/// The heating power 0..1 that arrives where the controller puts out `wanted`.
inline double arriving_power(const VirtualHeaterFaults& faults, double wanted) {
  if (faults.heater_dead) return 0.0;
  return faults.stuck_output.value_or(wanted);
}

}  // namespace nocturne
