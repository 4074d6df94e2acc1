#pragma once

#include <map>
#include <memory>
#include <string>

#include "devices/line.hpp"
#include "devices/modbus_bus.hpp"
#include "recipes/bench_file.hpp"

namespace nocturne {

class VirtualSide;

/// The lines of a bench, opened when the first instrument on them is spoken to. Behind a virtual line stands
/// the virtual side of the bench; who uses the line cannot tell.
class Lines {
 public:
  /// `virtual_side` may be null if the bench has no virtual line. All outlive the lines.
  Lines(Clock& clock, const BenchDescription& bench, VirtualSide* virtual_side);

  /// A line of bytes. Throws FileError if it is already used for Modbus.
  Line& bytes(const InstrumentDescription& instrument);
  /// A line of Modbus requests. Throws FileError if it is already used for something else.
  ModbusBus& modbus(const InstrumentDescription& instrument);
  /// Where an instrument is reached, for people: "serial:/dev/ttyUSB0", "memory:pumps".
  std::string endpoint(const InstrumentDescription& instrument) const;

 private:
  const LineDescription& describe(const InstrumentDescription& instrument) const;
  Clock& clock_;
  const BenchDescription& bench_;
  VirtualSide* virtual_side_;
  std::map<std::string, std::unique_ptr<Line>> bytes_;
  std::map<std::string, std::unique_ptr<ModbusBus>> modbus_;
};

}  // namespace nocturne
