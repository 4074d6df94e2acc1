#include "controller/bench/device_advice.hpp"

#include <fmt/format.h>

namespace nocturne {
namespace {

std::string where_to_look(const LineDescription& line) {
  if (line.kind == "serial") return line.device;
  return line.kind == "virtual" ? "line " + line.name : fmt::format("{}:{}", line.host, line.port);
}

std::string speed_of(const LineDescription& line) {
  return line.baud > 0 ? fmt::format("{} baud, parity {}", line.baud, line.parity) : std::string{};
}

/// Empty if it has none: most instruments that stand alone on their line.
std::string address_of(const InstrumentDescription& instrument) {
  const bool has_one = instrument.address != 0 || instrument.setting_lines.contains("address");
  return has_one ? fmt::format("address {}", instrument.address) : std::string{};
}

/// Who may be there instead: words for the end of a sentence.
std::string who_else(const InstrumentDescription& instrument, const LineDescription& line) {
  const std::string address = address_of(instrument);
  return fmt::format("another instrument on {}, or two{} that answer at once", where_to_look(line),
                     address.empty() ? "" : " with " + address);
}

std::string unreachable_advice(const LineDescription& line) {
  if (line.kind == "virtual")
    return fmt::format(
        "{} is virtual and was cut at the other end: run the command again, and look for a fault that "
        "disconnects it",
        where_to_look(line));
  if (line.kind == "serial")
    return fmt::format(
        "is the adapter plugged in (ls -l /dev/serial/by-id/), may you open {} (group dialout), is no "
        "other program using it?",
        line.device);
  return fmt::format(
      "is it switched on and on this network (ping {}), is {} its port, is no other program connected? If "
      "so, look for another instrument there, which hangs up on what it does not understand.",
      line.host, line.port);
}

std::string silence_advice(const InstrumentDescription& instrument, const LineDescription& line) {
  std::string text = "is it switched on and its cable in " + where_to_look(line) + "?";
  const std::string address = address_of(instrument), speed = speed_of(line);
  if (!speed.empty() || !address.empty())
    text += fmt::format(" Does its menu say {}{}{}?", speed, speed.empty() || address.empty() ? "" : " and ",
                        address);
  return text + " If so, look for " + who_else(instrument, line) + ".";
}

std::string garbled_advice(const InstrumentDescription& instrument, const LineDescription& line) {
  std::string text =
      fmt::format("something answers that is no {}: {}", instrument.driver, who_else(instrument, line));
  if (const std::string speed = speed_of(line); !speed.empty())
    text += ", or one whose menu says other than " + speed;
  return text;
}

std::string refused_advice(const InstrumentDescription& instrument, const LineDescription& line) {
  return fmt::format(
      "compare what it says with its menu and with [[instrument]] {} in the bench file; if that is not it, "
      "look for {}",
      instrument.name, who_else(instrument, line));
}

}  // namespace

std::string expectation(const InstrumentDescription& instrument, const LineDescription& line) {
  std::string text = instrument.driver;
  if (const std::string address = address_of(instrument); !address.empty()) text += ", " + address + ",";
  text += " on " + where_to_look(line);
  if (const std::string speed = speed_of(line); !speed.empty()) text += " at " + speed;
  return text;
}

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
      return refused_advice(instrument, line);
    case DeviceFault::stalled:
      return "free the plunger: the syringe is empty, clamped wrongly or its tube is blocked";
  }
  return {};
}

}  // namespace nocturne
