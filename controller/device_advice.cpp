#include "controller/device_advice.hpp"

#include <fmt/format.h>

namespace nocturne {
namespace {

std::string where_to_look(const LineDescription& line) {
  if (line.kind == "serial") return line.device;
  return line.kind == "virtual" ? "line " + line.name : fmt::format("{}:{}", line.host, line.port);
}

std::string unreachable_advice(const LineDescription& line) {
  if (line.kind == "serial")
    return fmt::format(
        "is the adapter plugged in (ls -l /dev/serial/by-id/), may you open {} (group dialout), is no "
        "other program using it?",
        line.device);
  return fmt::format(
      "is it switched on and on this network (ping {}), is {} its port, is no other program connected?",
      line.host, line.port);
}

std::string silence_advice(const InstrumentDescription& instrument, const LineDescription& line) {
  std::string text = "is it switched on and its cable in " + where_to_look(line) + "?";
  if (line.kind == "serial")
    text += fmt::format(" Does its menu say {} baud and parity {}, and address {}?", line.baud, line.parity,
                        instrument.address);
  return text;
}

std::string garbled_advice(const InstrumentDescription& instrument, const LineDescription& line) {
  std::string text =
      fmt::format("something answers on {} that is no {}: another instrument, two with address {}",
                  where_to_look(line), instrument.driver, instrument.address);
  if (line.baud > 0)
    text += fmt::format(", or another baud rate than {} or parity than {}", line.baud, line.parity);
  return text;
}

}  // namespace

std::string advice(const DeviceError& error, const InstrumentDescription& instrument,
                   const LineDescription& line) {
  switch (error.fault()) {
    case DeviceFault::unreachable:
      return unreachable_advice(line);
    case DeviceFault::timed_out:
      return silence_advice(instrument, line);
    case DeviceFault::garbled:
      return garbled_advice(instrument, line);
    case DeviceFault::refused:
    case DeviceFault::out_of_range:
      return fmt::format("compare what it says with its menu and with [[instrument]] {} in the bench file",
                         instrument.name);
    case DeviceFault::stalled:
      return "free the plunger: the syringe is empty, clamped wrongly or its tube is blocked";
  }
  return {};
}

}  // namespace nocturne
