#pragma once

#include <map>
#include <memory>
#include <string>

#include "devices/line.hpp"
#include "devices/link_relay.hpp"
#include "devices/modbus_bus.hpp"
#include "recipes/bench_file.hpp"

namespace nocturne {

class VirtualSide;

/// Opens the lines of a bench in place of the usual way: to listen in, or to answer from a recording.
class LineOpener {
 public:
  virtual ~LineOpener() = default;
  /// `usual` opens what the bench file says. Throws DeviceError.
  virtual Task<std::unique_ptr<ByteLink>> open(std::string line, Line::Opener usual) = 0;
};

/// The lines of a bench, opened when the first instrument on them is spoken to. Behind a virtual line stands
/// the virtual side of the bench; who uses the line cannot tell.
class Lines {
 public:
  /// `virtual_side` may be null if the bench has no virtual line, or `opener` does without. `opener` may be
  /// null: the usual way. All outlive the lines.
  Lines(Clock& clock, const BenchDescription& bench, VirtualSide* virtual_side, LineOpener* opener = nullptr);

  /// A line of bytes. Throws FileError if it is already used for Modbus.
  Line& bytes(const InstrumentDescription& instrument);
  /// A line of Modbus requests. Throws FileError if it is already used for something else.
  ModbusBus& modbus(const InstrumentDescription& instrument);
  /// Where an instrument is reached, for people: "serial:/dev/ttyUSB0", "memory:pumps".
  std::string endpoint(const InstrumentDescription& instrument) const;
  bool any_modbus() const { return !modbus_.empty(); }

 private:
  const LineDescription& describe(const InstrumentDescription& instrument) const;
  std::unique_ptr<Line> byte_line(const LineDescription& line);
  std::unique_ptr<ModbusBus> direct_bus(const LineDescription& line);
  /// A bus whose bytes pass through `opener_`.
  std::unique_ptr<ModbusBus> relayed_bus(const LineDescription& line);
  Line::Opener usual_opener(const LineDescription& line);
  Line::Opener chosen_opener(const LineDescription& line);

  Clock& clock_;
  const BenchDescription& bench_;
  VirtualSide* virtual_side_;
  LineOpener* opener_;
  std::map<std::string, LinkRelay> relays_;  // before those who are connected to them
  std::map<std::string, std::string> relayed_endpoints_;
  std::map<std::string, std::unique_ptr<Line>> bytes_;
  std::map<std::string, std::unique_ptr<ModbusBus>> modbus_;
};

}  // namespace nocturne
