#include "devices/moxa_input.hpp"

#include <algorithm>
#include <cassert>
#include <cstdio>
#include <utility>

#include "devices/error.hpp"
#include "devices/words.hpp"

namespace nocturne {
namespace {

constexpr int channels = 8;
// Input registers; the channel's number is added.
constexpr int raw_registers = 0;
constexpr int status_registers = 60;
constexpr int firmware_register = 5029;
// Holding registers.
constexpr int mode_registers = 24;

constexpr int mode_0_10_V = 0, mode_4_20_mA = 1, mode_0_20_mA = 2, mode_4_20_mA_burnout = 4;

std::string name_of_mode(int mode) {
  switch (mode) {
    case mode_0_10_V:
      return "0-10 V";
    case mode_4_20_mA:
      return "4-20 mA";
    case mode_0_20_mA:
      return "0-20 mA";
    case mode_4_20_mA_burnout:
      return "4-20 mA with burn-out";
    default:
      return "mode " + std::to_string(mode);
  }
}

std::string name_of_status(int status) {
  switch (status) {
    case 1:
      return "broken wire";
    case 2:
      return "over range";
    case 3:
      return "under range";
    default:
      return "status " + std::to_string(status);
  }
}

const char* name_of(AnalogSignal signal) {
  switch (signal) {
    case AnalogSignal::current_4_20:
      return "4-20 mA";
    case AnalogSignal::current_0_20:
      return "0-20 mA";
    case AnalogSignal::voltage_0_10:
      return "0-10 V";
  }
  return "";
}

/// The ends of a signal, in V or mA; no channel shows more than the upper one.
double bottom_of(AnalogSignal signal) { return signal == AnalogSignal::current_4_20 ? 4.0 : 0.0; }
double top_of(AnalogSignal signal) { return signal == AnalogSignal::voltage_0_10 ? 10.0 : 20.0; }

/// V or mA.
double electrical(std::uint16_t raw, int mode) {
  const double share = static_cast<double>(raw) / 65535.0;
  if (mode == mode_0_10_V) return 10.0 * share;
  return mode == mode_0_20_mA ? 20.0 * share : 4.0 + 16.0 * share;
}

std::string in_mA(double current) { return print("%.2f mA", current); }

}  // namespace

MoxaInput::MoxaInput(ModbusBus& bus, MoxaSettings settings)
    : settings_{std::move(settings)}, module_{bus, settings_.name, settings_.address} {
  assert(settings_.channel >= 0 && settings_.channel < channels);
}

Task<int> MoxaInput::read_mode() {
  const Words words = co_await module_.read(mode_registers + settings_.channel, 1);
  co_return words.front();
}

bool MoxaInput::fits(int mode) const {
  switch (settings_.signal) {
    case AnalogSignal::current_4_20:
      return mode == mode_4_20_mA || mode == mode_4_20_mA_burnout || mode == mode_0_20_mA;
    case AnalogSignal::current_0_20:
      return mode == mode_0_20_mA;
    case AnalogSignal::voltage_0_10:
      return mode == mode_0_10_V;
  }
  return false;
}

/// Its digits as they come; older modules may have none there.
Task<std::string> MoxaInput::firmware() {
  try {
    const Words words = co_await module_.read_input(firmware_register, 2);
    char text[32];
    std::snprintf(text, sizeof text, "firmware %04X %04X", static_cast<unsigned>(words[0]),
                  static_cast<unsigned>(words[1]));
    co_return text;
  } catch (const DeviceError& error) {
    if (error.fault() != DeviceFault::refused) throw;
  }
  co_return "firmware unknown";
}

Task<std::string> MoxaInput::arm() {
  co_await module_.read_input(raw_registers, channels);
  const Words states = co_await module_.read_input(status_registers, channels);
  if (std::ranges::any_of(states, [](std::uint16_t state) { return state > 3; }))
    throw DeviceError{DeviceFault::refused, settings_.name,
                      "has no channel states (0 to 3) in input registers 60 to 67: it is no ioLogik E1240"};
  const int mode = co_await read_mode();
  if (!fits(mode))
    throw DeviceError{DeviceFault::refused, settings_.name,
                      "channel " + std::to_string(settings_.channel) + " is set to " + name_of_mode(mode) +
                          ", the sensor gives " + name_of(settings_.signal)};
  const std::string version = co_await firmware();
  co_return "ioLogik E1240 " + version + ", channel " + std::to_string(settings_.channel) + " at " +
      name_of_mode(mode);
}

/// State and range are read after the value, so that they cover it.
Task<AnalogReading> MoxaInput::read() {
  const Words raw = co_await module_.read_input(raw_registers + settings_.channel, 1);
  const Words status = co_await module_.read_input(status_registers + settings_.channel, 1);
  const int mode = co_await read_mode();
  co_return interpret(raw.front(), status.front(), mode);
}

AnalogReading MoxaInput::interpret(std::uint16_t raw, std::uint16_t status, int mode) const {
  AnalogReading reading;
  const double signal = electrical(raw, mode);
  const bool live_zero = settings_.signal == AnalogSignal::current_4_20;
  if (!fits(mode))
    reading.fault = "the channel was set to " + name_of_mode(mode);
  else if (status != 0)
    reading.fault = name_of_status(status);
  else if (live_zero && signal < settings_.lowest_mA)
    reading.fault = "under range (" + in_mA(signal) + ")";
  else if (live_zero && signal > settings_.highest_mA)
    reading.fault = "over range (" + in_mA(signal) + ")";
  if (!reading.fault.empty()) return reading;
  reading.value = quantity(signal);
  return reading;
}

/// Of a signal in V or mA.
double MoxaInput::quantity(double signal) const {
  const double bottom = bottom_of(settings_.signal), top = top_of(settings_.signal);
  return settings_.low + (signal - bottom) / (top - bottom) * (settings_.high - settings_.low);
}

std::pair<double, double> MoxaInput::range() const {
  const bool live_zero = settings_.signal == AnalogSignal::current_4_20;
  const double top = top_of(settings_.signal);
  return std::minmax({quantity(live_zero ? settings_.lowest_mA : bottom_of(settings_.signal)),
                      quantity(live_zero ? std::min(settings_.highest_mA, top) : top)});
}

}  // namespace nocturne
