#pragma once

#include <string>

#include "devices/virtual/reply_faults.hpp"

namespace nocturne {

/// An instrument as a Modbus line sees it: an address, and answers.
class VirtualModbusUnit {
 public:
  virtual ~VirtualModbusUnit() = default;
  /// 1..247; may change while it runs.
  virtual int address() const = 0;
  /// Obeys a request (function and data, at least one byte) and returns the reply's function and data. Empty:
  /// it does not answer. Never waits.
  virtual std::string answer(const std::string& pdu) = 0;
  virtual ReplyFaults& reply_faults() = 0;
};

}  // namespace nocturne
