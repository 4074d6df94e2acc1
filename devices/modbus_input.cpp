#include "devices/modbus_input.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <utility>

#include "devices/error.hpp"

namespace nocturne {

ModbusInput::ModbusInput(ModbusBus& bus, ModbusInputSettings settings)
    : settings_{std::move(settings)}, module_{bus, settings_.name, settings_.address} {}

Task<void> ModbusInput::recognise() {
  for (const MappedConstant& constant : settings_.constants)
    co_await require_constant(module_, constant, "the mark by which it is recognised");
}

Task<std::string> ModbusInput::arm() {
  co_await recognise();
  co_await read();
  co_return "described input, register " + std::to_string(settings_.value.first);
}

std::pair<double, double> ModbusInput::range() const {
  const auto [low, high] = range_of(settings_.value);
  return {std::max(settings_.lowest, low + settings_.offset),
          std::min(settings_.highest, high + settings_.offset)};
}

/// State and marks are read after the value, so that they cover it.
Task<AnalogReading> ModbusInput::read() {
  const Words words = co_await read_words(module_, settings_.value);
  const bool good = !settings_.state || co_await is_good(module_, *settings_.state);
  co_await recognise();
  AnalogReading reading;
  const double value = decode(settings_.value, words) + settings_.offset;
  char text[48];
  std::snprintf(text, sizeof text, "%.4g %s", value, settings_.unit.c_str());
  if (!good)
    reading.fault = "its state is not good";
  else if (!(value >= settings_.lowest && value <= settings_.highest))  // also if it is no number
    reading.fault = "out of range (" + std::string{text} + ")";
  else
    reading.value = value;
  co_return reading;
}

}  // namespace nocturne
