#include "devices/virtual/virtual_eurotherm.hpp"

#include <algorithm>
#include <bit>
#include <cmath>

namespace nocturne {

using virtual_modbus::Exception;
using virtual_modbus::ExceptionCode;

namespace {

constexpr std::uint16_t ieee_region = 0x8000;

// Status bits, register 75.
constexpr unsigned manual_bit = 1u << 4;
constexpr unsigned sensor_break_bit = 1u << 5;
constexpr unsigned over_range_bit = 1u << 10;
constexpr unsigned new_alarm_bit = 1u << 12;
constexpr unsigned ramp_bit = 1u << 13;
constexpr unsigned remote_failed_bit = 1u << 14;

double power_of_ten(int exponent) { return std::pow(10.0, exponent); }

}  // namespace

VirtualEurotherm::VirtualEurotherm(Clock& clock, VirtualEurothermOptions options,
                                   std::function<double(Instant)> probe)
    : clock_{clock},
      options_{std::move(options)},
      probe_{std::move(probe)},
      loop_{options_.parameters, in_seconds(options_.remote_timeout)} {
  add_readings();
  add_set_points();
  add_control();
  add_alarms();
  add_mode();
}

double VirtualEurotherm::power(double time_s, double probe_celsius) {
  loop_.set_sensor(faults_.sensor_break, faults_.frozen_reading);
  const double wanted = time_s < in_seconds(booted_) ? 0.0 : loop_.update(time_s, probe_celsius);
  return loop_.alarm_active(0) ? 0.0 : arriving_power(faults_, wanted);
}

void VirtualEurotherm::reboot() {
  probe_(clock_.now());
  loop_.restart();
  booted_ = clock_.now() + options_.boot_time;
}

std::uint16_t VirtualEurotherm::status() const {
  unsigned bits = 0;
  for (std::size_t i = 0; i < loop_.parameters().alarms.size(); ++i)
    if (loop_.alarm_active(i)) bits |= 1u << i;
  if (loop_.parameters().manual) bits |= manual_bit;
  if (loop_.sensor_broken()) bits |= sensor_break_bit;
  if (loop_.process_value() > loop_.parameters().range_high) bits |= over_range_bit;
  if (loop_.new_alarm()) bits |= new_alarm_bit;
  if (loop_.ramping()) bits |= ramp_bit;
  if (loop_.remote_fails()) bits |= remote_failed_bit;
  return static_cast<std::uint16_t>(bits);
}

std::string VirtualEurotherm::answer(const std::string& pdu) {
  refresh();
  if (clock_.now() < booted_) return {};
  return virtual_modbus::respond(bank_, pdu, options_.max_block);
}

// The world first moves on to now under the old settings; then the request is obeyed.
void VirtualEurotherm::refresh() {
  const double celsius = probe_(clock_.now());
  loop_.set_sensor(faults_.sensor_break, faults_.frozen_reading);
  loop_.observe(celsius);
}

const VirtualEurotherm::Register& VirtualEurotherm::at(std::uint16_t address) const {
  const auto found = registers_.find(address);
  if (found == registers_.end()) throw Exception{ExceptionCode::illegal_address};
  return found->second;
}

std::uint16_t VirtualEurotherm::scaled(const Register& entry) const {
  const double factor = entry.scale == Scale::analog ? power_of_ten(options_.decimals) : 1.0;
  const double value = std::clamp(std::round(entry.read() * factor), -32768.0, 65535.0);
  const double limited = entry.scale == Scale::analog ? std::min(value, 32767.0) : value;
  return static_cast<std::uint16_t>(static_cast<std::int32_t>(limited));
}

std::uint32_t VirtualEurotherm::full(const Register& entry) const {
  if (entry.scale == Scale::time) return static_cast<std::uint32_t>(std::lround(entry.read() * 1000.0));
  return std::bit_cast<std::uint32_t>(static_cast<float>(entry.read()));
}

std::vector<std::uint16_t> VirtualEurotherm::Bank::read(std::uint16_t address, int count) {
  std::vector<std::uint16_t> words;
  if (address < ieee_region) {
    for (int i = 0; i < count; ++i)
      words.push_back(owner_.scaled(owner_.at(static_cast<std::uint16_t>(address + i))));
    return words;
  }
  if (address % 2 != 0 || count % 2 != 0) throw Exception{ExceptionCode::illegal_address};
  for (int i = 0; i < count / 2; ++i) {
    const std::uint32_t value =
        owner_.full(owner_.at(static_cast<std::uint16_t>((address - ieee_region) / 2 + i)));
    words.push_back(static_cast<std::uint16_t>(value >> 16));
    words.push_back(static_cast<std::uint16_t>(value & 0xFFFFu));
  }
  return words;
}

void VirtualEurotherm::Bank::write(std::uint16_t address, const std::vector<std::uint16_t>& words) {
  auto changes = owner_.changes(address, words);
  for (Change& change : changes) owner_.check(change);
  const virtual_control::Parameters before = owner_.loop_.parameters();
  try {
    for (Change& change : changes) {  // once more, because one value may limit the next
      owner_.check(change);
      owner_.at(change.address).write(change.value);
    }
  } catch (const Exception&) {
    owner_.loop_.parameters() = before;
    throw;
  }
}

std::vector<VirtualEurotherm::Change> VirtualEurotherm::changes(
    std::uint16_t address, const std::vector<std::uint16_t>& words) const {
  std::vector<Change> result;
  if (address < ieee_region) {
    for (std::size_t i = 0; i < words.size(); ++i) {
      const auto target = static_cast<std::uint16_t>(address + i);
      const bool analog = at(target).scale == Scale::analog;
      const double raw = static_cast<std::int16_t>(words[i]);
      result.push_back({target, analog ? raw / power_of_ten(options_.decimals) : raw});
    }
    return result;
  }
  if (address % 2 != 0 || words.size() % 2 != 0) throw Exception{ExceptionCode::illegal_address};
  for (std::size_t i = 0; i < words.size(); i += 2) {
    const auto target = static_cast<std::uint16_t>((address - ieee_region + i) / 2);
    const std::uint32_t raw = static_cast<std::uint32_t>(words[i]) << 16 | words[i + 1];
    const bool time = at(target).scale == Scale::time;
    result.push_back({target, time ? raw / 1000.0 : static_cast<double>(std::bit_cast<float>(raw))});
  }
  return result;
}

void VirtualEurotherm::check(Change& change) const {
  const Register& entry = at(change.address);
  if (!entry.write) throw Exception{ExceptionCode::illegal_address};
  const Limits limits = entry.limits();
  const bool inside = change.value >= limits.low && change.value <= limits.high;  // false for NaN
  if (!inside && (!options_.clamps || std::isnan(change.value)))
    throw Exception{ExceptionCode::illegal_value};
  change.value = std::clamp(change.value, limits.low, limits.high);
}

}  // namespace nocturne
