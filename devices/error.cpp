#include "devices/error.hpp"

namespace nocturne {

const char* name_of(DeviceFault fault) {
  switch (fault) {
    case DeviceFault::unreachable:
      return "unreachable";
    case DeviceFault::timed_out:
      return "timed_out";
    case DeviceFault::refused:
      return "refused";
    case DeviceFault::out_of_range:
      return "out_of_range";
    case DeviceFault::stalled:
      return "stalled";
    case DeviceFault::garbled:
      return "garbled";
  }
  return "unknown";
}

bool is_line_fault(const DeviceError& error) {
  return error.fault() == DeviceFault::timed_out || error.fault() == DeviceFault::garbled;
}

}  // namespace nocturne
