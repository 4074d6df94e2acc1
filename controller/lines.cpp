#include "controller/lines.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "controller/virtual_side.hpp"
#include "devices/tcp_link.hpp"

namespace nocturne {
namespace {

constexpr Duration kConnectDeadline = std::chrono::seconds{2};

Parity parity_of(const LineDescription& line) {
  if (line.parity == "odd") return Parity::odd;
  if (line.parity == "even") return Parity::even;
  return Parity::none;
}

SerialSettings serial_settings(const LineDescription& line) {
  return SerialSettings{line.device, line.baud, parity_of(line)};
}

Task<std::unique_ptr<ByteLink>> open_port(Clock& clock, SerialSettings settings) {
  co_return open_serial(clock, settings);
}

}  // namespace

Lines::Lines(Clock& clock, const BenchDescription& bench, VirtualSide* virtual_side)
    : clock_{clock}, bench_{bench}, virtual_side_{virtual_side} {}

const LineDescription& Lines::describe(const InstrumentDescription& instrument) const {
  return *std::ranges::find(bench_.lines, instrument.line, &LineDescription::name);
}

Line& Lines::bytes(const InstrumentDescription& instrument) {
  const LineDescription& line = describe(instrument);
  if (modbus_.contains(line.name) || line.kind == "rtu_tcp")
    throw FileError{fmt::format("{}:{}: line {} speaks Modbus, {} does not (one protocol per line)",
                                bench_.file, instrument.file_line, line.name, instrument.name)};
  std::unique_ptr<Line>& made = bytes_[line.name];
  if (made) return *made;
  if (line.kind == "virtual") {
    made = std::make_unique<Line>(clock_, virtual_side_->connect(line));
  } else if (line.kind == "serial") {
    const SerialSettings settings = serial_settings(line);
    made = std::make_unique<Line>(clock_, "serial:" + line.device,
                                  [this, settings] { return open_port(clock_, settings); });
  } else {
    made = std::make_unique<Line>(clock_, fmt::format("tcp://{}:{}", line.host, line.port), [this, &line] {
      return connect_tcp(clock_, line.host, line.port, kConnectDeadline);
    });
  }
  return *made;
}

ModbusBus& Lines::modbus(const InstrumentDescription& instrument) {
  const LineDescription& line = describe(instrument);
  if (bytes_.contains(line.name))
    throw FileError{
        fmt::format("{}:{}: {} speaks Modbus, line {} already carries another protocol (one per line)",
                    bench_.file, instrument.file_line, instrument.name, line.name)};
  std::unique_ptr<ModbusBus>& made = modbus_[line.name];
  if (made) return *made;
  if (line.kind == "virtual") {
    SerialSettings settings;
    settings.path = virtual_side_->open_terminal(line);
    made = std::make_unique<ModbusBus>(clock_, settings);
  } else if (line.kind == "serial") {
    made = std::make_unique<ModbusBus>(clock_, serial_settings(line));
  } else if (line.kind == "rtu_tcp") {
    made = std::make_unique<ModbusBus>(clock_, RtuOverTcpSettings{line.host, line.port});
  } else {
    made = std::make_unique<ModbusBus>(clock_, ModbusTcpSettings{line.host, line.port});
  }
  return *made;
}

std::string Lines::endpoint(const InstrumentDescription& instrument) const {
  const LineDescription& line = describe(instrument);
  if (const auto found = bytes_.find(line.name); found != bytes_.end()) return found->second->endpoint();
  if (const auto found = modbus_.find(line.name); found != modbus_.end()) return found->second->endpoint();
  return line.kind;
}

}  // namespace nocturne
