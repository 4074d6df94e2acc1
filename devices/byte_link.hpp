#pragma once

#include <string>

#include "devices/clock.hpp"

namespace nocturne {

/// Two-way bytes to one partner: a serial port, a TCP stream, or memory. std::string holds bytes, not text.
/// A broken link throws DeviceError{unreachable}; cancellation ends a wait with operation_aborted.
class ByteLink {
 public:
  virtual ~ByteLink() = default;
  /// "serial:/dev/ttyUSB0", "tcp://127.0.0.1:5601", "memory:pump": for messages.
  virtual const std::string& endpoint() const = 0;
  /// Waits for at least one byte and returns what has arrived.
  virtual Task<std::string> read_some() = 0;
  /// Completes when all bytes have left.
  virtual Task<void> write(std::string bytes) = 0;
  /// Throws away what has arrived and was not read; returns it for those who want to know.
  virtual std::string discard_input() = 0;
};

}  // namespace nocturne
