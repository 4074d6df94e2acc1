#pragma once

#include <stdexcept>
#include <string>

namespace nocturne {

/// What a caller can react to differently.
enum class DeviceFault {
  unreachable,   ///< the line is gone or cannot be opened
  timed_out,     ///< the line is there, the instrument is silent
  refused,       ///< the instrument understood and said no, or is not the one expected
  out_of_range,  ///< the value is outside what the instrument can do; nothing was sent or changed
  stalled,       ///< a motor is blocked
  garbled,       ///< what came back is not the protocol
};

const char* name_of(DeviceFault fault);

/// A fault of one instrument. what() reads "name: detail".
class DeviceError : public std::runtime_error {
 public:
  DeviceError(DeviceFault fault, const std::string& device, const std::string& detail)
      : std::runtime_error{device + ": " + detail}, fault_{fault}, device_{device}, detail_{detail} {}
  DeviceFault fault() const { return fault_; }
  const std::string& device() const { return device_; }
  const std::string& detail() const { return detail_; }

 private:
  DeviceFault fault_;
  std::string device_;
  std::string detail_;
};

/// The line is there, but what was said or answered may be lost.
bool is_line_fault(const DeviceError& error);

}  // namespace nocturne
