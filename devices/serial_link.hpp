#pragma once

#include <memory>
#include <string>

#include "devices/byte_link.hpp"

namespace nocturne {

enum class Parity { none, odd, even };

struct SerialSettings {
  std::string path;  ///< "/dev/ttyUSB0", or a pseudo-terminal's
  int baud = 19200;
  Parity parity = Parity::none;
};

/// Opens a serial port with 8 data bits, 1 stop bit and no flow control. Throws DeviceError{unreachable}.
std::unique_ptr<ByteLink> open_serial(Clock& clock, const SerialSettings& settings);

}  // namespace nocturne
