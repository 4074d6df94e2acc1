#pragma once

#include <string>
#include <utility>

#include "devices/clock.hpp"

namespace nocturne {

struct AnalogReading {
  double value = 0.0;  ///< in the input's unit; meaningless with a fault
  std::string fault;   ///< why there is no value ("broken wire", "over range"); empty = sound
};

/// One measured quantity behind an analog input, such as a pressure. A broken sensor is a reading, a silent
/// module is thrown as DeviceError.
class AnalogInput {
 public:
  virtual ~AnalogInput() = default;
  virtual const std::string& name() const = 0;
  /// "bar", "V", "mA", ...
  virtual const std::string& unit() const = 0;
  /// The lowest and the highest value that a sound reading can have, in this unit.
  virtual std::pair<double, double> range() const = 0;
  /// Checks that the module and the channel are those that the bench says. Returns its identity.
  virtual Task<std::string> arm() = 0;
  virtual Task<AnalogReading> read() = 0;
};

}  // namespace nocturne
