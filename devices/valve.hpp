#pragma once

#include <string>

#include "devices/clock.hpp"

namespace nocturne {

/// A selector or two-position valve; positions count from 1. Faults are thrown as DeviceError.
class Valve {
 public:
  virtual ~Valve() = default;
  virtual const std::string& name() const = 0;
  /// As the bench says; arm() checks it.
  virtual int positions() const = 0;
  /// Checks that it is there and has the positions that the bench says; moves nothing. Returns its identity.
  virtual Task<std::string> arm() = 0;
  /// Completes when the valve itself says that it stands there; throws DeviceError{stalled} if it does not
  /// get there in time.
  virtual Task<void> go_to(int position) = 0;
  /// Where it stands.
  virtual Task<int> read() = 0;
};

}  // namespace nocturne
