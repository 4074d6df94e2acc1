#include "devices/virtual/virtual_moxa.hpp"

#include <algorithm>
#include <bit>
#include <cmath>

namespace nocturne {

using virtual_modbus::Exception;
using virtual_modbus::ExceptionCode;

namespace {

constexpr int channel_count = 8;
constexpr double full_scale = 65535.0;
// NAMUR NE 43: what a transmitter can send, and the current of a short circuit as the module limits it.
constexpr double least_mA = 3.8, most_mA = 20.5, short_mA = 25.0, short_V = 0.0;
constexpr double tolerated = 0.01;  // of the range beyond its ends, before the status says so
enum Status : std::uint16_t { sound = 0, burn_out = 1, over_range = 2, under_range = 3 };

constexpr int raw_inputs = 0, scaled_inputs = 8, raw_minima = 24, raw_maxima = 32, statuses = 60,
              scaled_minima = 109, scaled_maxima = 125;
constexpr int uptime = 5020, firmware = 5029, build = 5031, device_name = 5040, name_words = 10;
constexpr int modes = 24, burn_out_levels = 40;
constexpr int reset_minima = 4145, reset_maxima = 4153;
constexpr double highest_burn_out_mA = 4.0;

bool inside(int address, int first, int count) { return address >= first && address < first + count; }

std::size_t index(int address, int first, int words_each = 1) {
  return static_cast<std::size_t>((address - first) / words_each);
}

/// One half of a value whose high word comes first, at `first` or an even distance behind it.
std::uint16_t half(std::uint32_t bits, int address, int first) {
  return static_cast<std::uint16_t>((address - first) % 2 == 0 ? bits >> 16 : bits & 0xFFFFu);
}

std::uint16_t half(double value, int address, int first) {
  return half(std::bit_cast<std::uint32_t>(static_cast<float>(value)), address, first);
}

bool known_mode(std::uint16_t word) { return word <= 2 || word == 4; }

}  // namespace

VirtualMoxa::VirtualMoxa(Clock& clock, VirtualMoxaOptions options)
    : clock_{clock}, options_{std::move(options)} {}

void VirtualMoxa::reboot() {
  sampled_ = false;
  booted_ = clock_.now() + options_.boot_time;
}

std::string VirtualMoxa::answer(const std::string& pdu) {
  if (clock_.now() < booted_) return {};
  sample();
  return virtual_modbus::respond(virtual_modbus::Banks{holding_, inputs_, &resets_}, pdu, options_.max_block);
}

VirtualMoxa::Range VirtualMoxa::range_of(VirtualMoxaMode mode) {
  if (mode == VirtualMoxaMode::volts_0_10) return {0.0, 10.0};
  if (mode == VirtualMoxaMode::milliamperes_0_20) return {0.0, 20.0};
  return {4.0, 20.0};
}

void VirtualMoxa::sample() {
  for (std::size_t i = 0; i < samples_.size(); ++i) {
    Sample& s = samples_[i];
    if (faults_.channels[i] != VirtualMoxaFault::frozen || !sampled_) s.signal = signal(i);
    const Range range = range_of(options_.channels[i].mode);
    const double share = std::clamp((s.signal - range.low) / (range.high - range.low), 0.0, 1.0);
    s.raw = static_cast<std::uint16_t>(std::lround(share * full_scale));
    s.lowest = sampled_ ? std::min(s.lowest, s.raw) : s.raw;
    s.highest = sampled_ ? std::max(s.highest, s.raw) : s.raw;
  }
  sampled_ = true;
}

double VirtualMoxa::signal(std::size_t channel) const {
  const VirtualMoxaChannel& c = options_.channels[channel];
  const bool volts = c.mode == VirtualMoxaMode::volts_0_10;
  const VirtualMoxaFault fault = faults_.channels[channel];
  if (!c.quantity || fault == VirtualMoxaFault::broken_wire) return 0.0;
  if (fault == VirtualMoxaFault::short_circuit) return volts ? short_V : short_mA;
  const double share = (c.quantity(clock_.now()) - c.low) / (c.high - c.low);
  if (volts) return std::clamp(10.0 * share, -0.5, 10.5);
  return std::clamp(4.0 + 16.0 * share, least_mA, most_mA);
}

double VirtualMoxa::scaled(std::size_t channel, std::uint16_t raw) const {
  const VirtualMoxaChannel& c = options_.channels[channel];
  const Range range = range_of(c.mode);
  const auto [low, high] = c.scaled.value_or(std::pair{range.low, range.high});
  return low + (high - low) * raw / full_scale;
}

std::uint16_t VirtualMoxa::status(std::size_t channel) const {
  const VirtualMoxaChannel& c = options_.channels[channel];
  const double signal = samples_[channel].signal;
  if (c.mode == VirtualMoxaMode::milliamperes_4_20_burn_out && signal < c.burn_out_mA) return burn_out;
  const Range range = range_of(c.mode);
  const double margin = tolerated * (range.high - range.low);
  if (signal > range.high + margin) return over_range;
  return signal < range.low - margin ? under_range : sound;
}

std::uint16_t VirtualMoxa::input(int address) const {
  if (inside(address, raw_inputs, channel_count)) return samples_[index(address, raw_inputs)].raw;
  if (inside(address, raw_minima, channel_count)) return samples_[index(address, raw_minima)].lowest;
  if (inside(address, raw_maxima, channel_count)) return samples_[index(address, raw_maxima)].highest;
  if (inside(address, statuses, channel_count)) return status(index(address, statuses));
  if (const auto word = scaled_word(address)) return *word;
  return identity(address);
}

std::optional<std::uint16_t> VirtualMoxa::scaled_word(int address) const {
  const auto word = [&](int first, std::uint16_t Sample::*which) -> std::optional<std::uint16_t> {
    if (!inside(address, first, 2 * channel_count)) return std::nullopt;
    const std::size_t channel = index(address, first, 2);
    return half(scaled(channel, samples_[channel].*which), address, first);
  };
  if (const auto found = word(scaled_inputs, &Sample::raw)) return found;
  if (const auto found = word(scaled_minima, &Sample::lowest)) return found;
  return word(scaled_maxima, &Sample::highest);
}

std::uint16_t VirtualMoxa::identity(int address) const {
  const auto seconds = static_cast<std::uint32_t>(in_seconds(clock_.now() - booted_));
  if (inside(address, uptime, 2)) return half(seconds, address, uptime);
  if (inside(address, firmware, 2)) return half(options_.firmware, address, firmware);
  if (inside(address, build, 2)) return half(options_.build, address, build);
  if (!inside(address, device_name, name_words)) throw Exception{ExceptionCode::illegal_address};
  const std::size_t at = 2 * index(address, device_name);
  const auto letter = [&](std::size_t i) {
    return i < options_.name.size() ? static_cast<unsigned char>(options_.name[i]) : 0u;
  };
  return static_cast<std::uint16_t>(letter(at) << 8 | letter(at + 1));
}

std::vector<std::uint16_t> VirtualMoxa::Inputs::read(std::uint16_t address, int count) {
  std::vector<std::uint16_t> words;
  for (int i = 0; i < count; ++i) words.push_back(owner_.input(address + i));
  return words;
}

void VirtualMoxa::Inputs::write(std::uint16_t, const std::vector<std::uint16_t>&) {
  throw Exception{ExceptionCode::illegal_address};
}

std::vector<std::uint16_t> VirtualMoxa::Holding::read(std::uint16_t address, int count) {
  std::vector<std::uint16_t> words;
  for (int at = address; at < address + count; ++at) {
    const auto& channels = owner_.options_.channels;
    if (inside(at, modes, channel_count))
      words.push_back(static_cast<std::uint16_t>(channels[index(at, modes)].mode));
    else if (inside(at, burn_out_levels, 2 * channel_count))
      words.push_back(half(channels[index(at, burn_out_levels, 2)].burn_out_mA, at, burn_out_levels));
    else
      throw Exception{ExceptionCode::illegal_address};
  }
  return words;
}

void VirtualMoxa::Holding::write(std::uint16_t address, const std::vector<std::uint16_t>& words) {
  const int count = static_cast<int>(words.size());
  auto channels = owner_.options_.channels;
  if (inside(address, modes, channel_count) && inside(address + count - 1, modes, channel_count)) {
    for (std::size_t i = 0; i < words.size(); ++i) {
      if (!known_mode(words[i])) throw Exception{ExceptionCode::illegal_value};
      channels[index(address, modes) + i].mode = static_cast<VirtualMoxaMode>(words[i]);
    }
  } else {
    const bool whole = (address - burn_out_levels) % 2 == 0 && count % 2 == 0;
    if (!whole || !inside(address, burn_out_levels, 2 * channel_count) ||
        !inside(address + count - 1, burn_out_levels, 2 * channel_count))
      throw Exception{ExceptionCode::illegal_address};
    for (std::size_t i = 0; i < words.size(); i += 2) {
      const std::uint32_t bits = static_cast<std::uint32_t>(words[i]) << 16 | words[i + 1];
      const double level = static_cast<double>(std::bit_cast<float>(bits));
      const bool possible = level >= 0.0 && level <= highest_burn_out_mA;  // false for NaN
      if (!possible) throw Exception{ExceptionCode::illegal_value};
      channels[index(address, burn_out_levels, 2) + i / 2].burn_out_mA = level;
    }
  }
  owner_.options_.channels = std::move(channels);
}

std::vector<bool> VirtualMoxa::Resets::read(std::uint16_t address, int count) {
  if (!inside(address, reset_minima, 2 * channel_count) ||
      !inside(address + count - 1, reset_minima, 2 * channel_count))
    throw Exception{ExceptionCode::illegal_address};
  return std::vector<bool>(static_cast<std::size_t>(count), false);
}

void VirtualMoxa::Resets::write(std::uint16_t address, bool on) {
  read(address, 1);
  if (!on) return;
  if (inside(address, reset_minima, channel_count)) {
    Sample& s = owner_.samples_[index(address, reset_minima)];
    s.lowest = s.raw;
  } else {
    Sample& s = owner_.samples_[index(address, reset_maxima)];
    s.highest = s.raw;
  }
}

}  // namespace nocturne
