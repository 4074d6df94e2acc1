#pragma once

#include <string>
#include <vector>

#include "recipes/bench_file.hpp"

namespace nocturne::test {

/// An instrument as a bench file asks for it.
struct Asked {
  static constexpr int no_address = -1;
  std::string title;
  std::string role;  ///< "pump", or the key at the top of the bench file
  std::string driver;
  int address = no_address;
  std::string settings;
  int baud = 0;       ///< 0: on the network
  std::string right;  ///< the twin that it is meant for
  bool modbus = false;
};

/// Every driver that a bench file may name, on every kind of line that differs for it.
const std::vector<Asked>& every_asked();

inline constexpr const char* device_asked = "/dev/serial/by-id/usb-here";
inline constexpr const char* host_asked = "192.0.2.7";

/// A real bench on which `asked` has its role, named "it" and on the line "port"; the others stand elsewhere.
BenchDescription bench_asking(const Asked& asked);

}  // namespace nocturne::test
