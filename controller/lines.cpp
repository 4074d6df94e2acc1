#include "controller/lines.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "controller/virtual/virtual_side.hpp"
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

Task<std::unique_ptr<ByteLink>> plug_in(VirtualSide& side, LineDescription line) {
  co_return side.connect(line);
}

/// The library waits by the wall clock, and what answers on a virtual line is this very process: on a busy
/// machine a night must not find out.
ModbusTiming timing_of(const LineDescription& line) {
  ModbusTiming timing;
  if (line.kind == "virtual") timing.allowance = std::chrono::milliseconds{500};
  return timing;
}

std::string byte_endpoint(const LineDescription& line) {
  if (line.kind == "virtual") return "memory:" + line.name;
  if (line.kind == "serial") return "serial:" + line.device;
  return fmt::format("tcp://{}:{}", line.host, line.port);
}

}  // namespace

Lines::Lines(Clock& clock, const BenchDescription& bench, VirtualSide* virtual_side, LineOpener* opener)
    : clock_{clock}, bench_{bench}, virtual_side_{virtual_side}, opener_{opener} {}

const LineDescription& Lines::describe(const InstrumentDescription& instrument) const {
  return *std::ranges::find(bench_.lines, instrument.line, &LineDescription::name);
}

Line::Opener Lines::usual_opener(const LineDescription& line) {
  if (line.kind == "virtual") return [this, line] { return plug_in(*virtual_side_, line); };
  if (line.kind == "serial")
    return [this, settings = serial_settings(line)] { return open_port(clock_, settings); };
  return [this, line] { return connect_tcp(clock_, line.host, line.port, kConnectDeadline); };
}

Line::Opener Lines::chosen_opener(const LineDescription& line) {
  Line::Opener usual = usual_opener(line);
  if (!opener_) return usual;
  return [this, name = line.name, usual] { return opener_->open(name, usual); };
}

std::unique_ptr<Line> Lines::byte_line(const LineDescription& line) {
  if (line.kind == "virtual" && !opener_) return std::make_unique<Line>(clock_, virtual_side_->connect(line));
  return std::make_unique<Line>(clock_, byte_endpoint(line), chosen_opener(line));
}

std::unique_ptr<ModbusBus> Lines::direct_bus(const LineDescription& line) {
  if (line.kind == "virtual") {
    SerialSettings settings;
    settings.path = virtual_side_->open_terminal(line);
    return std::make_unique<ModbusBus>(clock_, settings, timing_of(line));
  }
  if (line.kind == "serial") return std::make_unique<ModbusBus>(clock_, serial_settings(line));
  if (line.kind == "rtu_tcp")
    return std::make_unique<ModbusBus>(clock_, RtuOverTcpSettings{line.host, line.port});
  return std::make_unique<ModbusBus>(clock_, ModbusTcpSettings{line.host, line.port});
}

std::unique_ptr<ModbusBus> Lines::relayed_bus(const LineDescription& line) {
  const std::string here = "127.0.0.1";
  LineDescription far = line;
  if (line.kind == "virtual") far.baud = 0;  // its time stands still while the library waits for a reply
  const LinkRelay& relay = relays_.try_emplace(line.name, clock_, chosen_opener(far)).first->second;
  relayed_endpoints_[line.name] = line.kind == "virtual" ? byte_endpoint(line) : direct_bus(line)->endpoint();
  if (line.kind == "tcp") return std::make_unique<ModbusBus>(clock_, ModbusTcpSettings{here, relay.port()});
  return std::make_unique<ModbusBus>(clock_, RtuOverTcpSettings{here, relay.port()}, timing_of(line));
}

Line& Lines::bytes(const InstrumentDescription& instrument) {
  const LineDescription& line = describe(instrument);
  if (modbus_.contains(line.name) || line.kind == "rtu_tcp")
    throw FileError{fmt::format("{}:{}: line {} speaks Modbus, {} does not (one protocol per line)",
                                bench_.file, instrument.file_line, line.name, instrument.name)};
  std::unique_ptr<Line>& made = bytes_[line.name];
  if (!made) made = byte_line(line);
  return *made;
}

ModbusBus& Lines::modbus(const InstrumentDescription& instrument) {
  const LineDescription& line = describe(instrument);
  if (bytes_.contains(line.name))
    throw FileError{
        fmt::format("{}:{}: {} speaks Modbus, line {} already carries another protocol (one per line)",
                    bench_.file, instrument.file_line, instrument.name, line.name)};
  std::unique_ptr<ModbusBus>& made = modbus_[line.name];
  if (!made) made = opener_ ? relayed_bus(line) : direct_bus(line);
  return *made;
}

std::string Lines::endpoint(const InstrumentDescription& instrument) const {
  const LineDescription& line = describe(instrument);
  if (const auto found = relayed_endpoints_.find(line.name); found != relayed_endpoints_.end())
    return found->second;
  if (const auto found = bytes_.find(line.name); found != bytes_.end()) return found->second->endpoint();
  if (const auto found = modbus_.find(line.name); found != modbus_.end()) return found->second->endpoint();
  return line.kind;
}

}  // namespace nocturne
