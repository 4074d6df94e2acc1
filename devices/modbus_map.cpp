#include "devices/modbus_map.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <utility>

#include "devices/error.hpp"
#include "devices/words.hpp"

namespace nocturne {
namespace {

std::string in_words(double value) { return print("%.7g", value); }

/// The least and the largest number that stands in registers of a format.
std::pair<double, double> bounds_of(NumberFormat format) {
  switch (format) {
    case NumberFormat::int16:
      return {-32768.0, 32767.0};
    case NumberFormat::uint16:
      return {0.0, 65535.0};
    case NumberFormat::int32:
      return {-2147483648.0, 2147483647.0};
    case NumberFormat::float32:
      break;
  }
  constexpr auto largest = static_cast<double>(std::numeric_limits<float>::max());
  return {-largest, largest};
}

Words in_order(std::uint32_t bits, WordOrder order) {
  Words words{static_cast<std::uint16_t>(bits >> 16), static_cast<std::uint16_t>(bits & 0xFFFF)};
  if (order == WordOrder::low_first) std::swap(words[0], words[1]);
  return words;
}

std::uint32_t bits_of(const Words& words, WordOrder order) {
  const bool low_first = order == WordOrder::low_first;
  return static_cast<std::uint32_t>(words[low_first ? 1 : 0]) << 16 | words[low_first ? 0 : 1];
}

}  // namespace

int register_count(NumberFormat format) {
  return format == NumberFormat::int32 || format == NumberFormat::float32 ? 2 : 1;
}

double resolution(const RegisterNumber& number, double at) {
  const double unit = std::abs(number.scale);
  const double finest = number.format == NumberFormat::float32 ? 1e-6 * std::max(std::abs(at), unit) : unit;
  return std::max(number.step, finest);
}

double decode(const RegisterNumber& number, const Words& words) {
  switch (number.format) {
    case NumberFormat::int16:
      return number.scale * static_cast<double>(static_cast<std::int16_t>(words[0]));
    case NumberFormat::uint16:
      return number.scale * static_cast<double>(words[0]);
    case NumberFormat::int32:
      return number.scale *
             static_cast<double>(std::bit_cast<std::int32_t>(bits_of(words, number.word_order)));
    case NumberFormat::float32:
      return number.scale * static_cast<double>(float_from_registers(words[0], words[1], number.word_order));
  }
  return 0.0;
}

std::optional<Words> encode(const RegisterNumber& number, double value) {
  const double steps = value / number.scale;
  if (!std::isfinite(steps)) return std::nullopt;
  if (number.format == NumberFormat::float32) {
    const auto narrow = static_cast<float>(steps);
    if (!std::isfinite(narrow)) return std::nullopt;
    return in_order(std::bit_cast<std::uint32_t>(narrow), number.word_order);
  }
  const double whole = std::round(steps);
  const auto [least, largest] = bounds_of(number.format);
  if (!(whole >= least && whole <= largest)) return std::nullopt;
  const auto bits = static_cast<std::int32_t>(whole);
  if (number.format == NumberFormat::int32)
    return in_order(std::bit_cast<std::uint32_t>(bits), number.word_order);
  return Words(1, static_cast<std::uint16_t>(bits));
}

std::pair<double, double> range_of(const RegisterNumber& number) {
  const auto [least, largest] = bounds_of(number.format);
  return std::minmax({number.scale * least, number.scale * largest});
}

Task<Words> read_words(ModbusUnit& unit, RegisterNumber number) {
  const int count = register_count(number.format);
  return number.function == 4 ? unit.read_input(number.first, count) : unit.read(number.first, count);
}

Task<double> read_number(ModbusUnit& unit, RegisterNumber number) {
  const Words words = co_await read_words(unit, number);
  const double value = decode(number, words);
  if (!std::isfinite(value))
    throw DeviceError{DeviceFault::garbled, unit.name(),
                      "holds no number in register " + std::to_string(number.first)};
  co_return value;
}

Task<double> write_number(ModbusUnit& unit, RegisterNumber number, double value, WriteFunction function,
                          std::string what) {
  const std::optional<Words> words = encode(number, value);
  if (!words)
    throw DeviceError{DeviceFault::out_of_range, unit.name(),
                      in_words(value) + " does not fit register " + std::to_string(number.first)};
  const Words back = co_await unit.write_and_read_back(number.first, *words, function);
  const double held = decode(number, back);
  const double sent = decode(number, *words);
  constexpr double rounding = 1e-9;  // of the scale
  const double tolerance = 0.5 * resolution(number, sent) + rounding * std::abs(sent);
  if (!(std::abs(held - sent) <= tolerance))
    throw DeviceError{DeviceFault::refused, unit.name(),
                      "holds " + in_words(held) + " instead of " + in_words(sent) + " as " + what};
  co_return held;
}

Task<bool> is_good(ModbusUnit& unit, MappedState state) {
  const Words words = co_await read_words(unit, state.number);
  co_return (words.front() & state.mask) == state.good;
}

Task<void> require_constant(ModbusUnit& unit, MappedConstant constant, std::string what) {
  const double held = co_await read_number(unit, constant.number);
  if (std::abs(held - constant.value) <= 0.5 * resolution(constant.number, constant.value)) co_return;
  throw DeviceError{DeviceFault::refused, unit.name(),
                    "has " + in_words(held) + " in register " + std::to_string(constant.number.first) +
                        " instead of " + in_words(constant.value) + " as " + what};
}

}  // namespace nocturne
