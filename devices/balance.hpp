#pragma once

#include <string>

#include "devices/clock.hpp"

namespace nocturne {

struct BalanceReading {
  double grams = 0.0;
  bool stable = false;  ///< by the balance's own criterion
};

/// A laboratory balance. Overload, underload and other faults are thrown as DeviceError.
class Balance {
 public:
  virtual ~Balance() = default;
  virtual const std::string& name() const = 0;
  /// Ends what it was doing; returns model and serial number.
  virtual Task<std::string> arm() = 0;
  virtual Task<BalanceReading> read() = 0;
  /// Sets the present load to zero, when it is stable.
  virtual Task<void> tare() = 0;
};

}  // namespace nocturne
