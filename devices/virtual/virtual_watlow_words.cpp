#include <algorithm>
#include <bit>
#include <cmath>

#include "devices/virtual/virtual_watlow.hpp"

namespace nocturne {

using virtual_modbus::Exception;
using virtual_modbus::ExceptionCode;

namespace {

constexpr int first_pointer = 40, first_shown = 200;
constexpr int pointers = virtual_watlow::pointer_count;
constexpr double fahrenheit_per_kelvin = 1.8, fahrenheit_at_zero = 32.0;
constexpr int largest_short_code = 255;

bool is_pointer(int address) { return address >= first_pointer && address < first_pointer + pointers; }
bool is_shown(int address) { return address >= first_shown && address < first_shown + pointers; }

[[noreturn]] void refuse(ExceptionCode code) { throw Exception{code}; }

}  // namespace

bool VirtualWatlow::in_fahrenheit() const {
  return settings_.comms_units.at(static_cast<std::size_t>(options_.port - 1)) ==
         virtual_watlow::in_fahrenheit;
}

std::vector<std::uint16_t> VirtualWatlow::Bank::read(std::uint16_t address, int count) {
  std::vector<std::uint16_t> words;
  for (int i = 0; i < count; ++i) words.push_back(owner_.word(address + i));
  return words;
}

std::uint16_t VirtualWatlow::word(int address) const {
  if (is_pointer(address)) return settings_.pointers.at(static_cast<std::size_t>(address - first_pointer));
  if (is_shown(address)) {
    const int target = settings_.pointers.at(static_cast<std::size_t>(address - first_shown));
    return target == 0 ? std::uint16_t{0} : word(target);
  }
  const auto found = items_.find(address & ~1);
  if (found != items_.end()) return words(found->second).at(static_cast<std::size_t>(address & 1));
  if (!options_.unknown_reads_zero) refuse(ExceptionCode::illegal_address);
  return 0;
}

std::array<std::uint16_t, 2> VirtualWatlow::words(const Item& item) const {
  double value = item.read();
  if (item.format == Format::code) {
    const auto number = static_cast<std::uint16_t>(value);
    if (options_.wide_codes_in_second_word && number > largest_short_code) return {0, number};
    return {number, 0};
  }
  if (item.format == Format::temperature && in_fahrenheit())
    value = value * fahrenheit_per_kelvin + fahrenheit_at_zero;
  if (item.format == Format::difference && in_fahrenheit()) value *= fahrenheit_per_kelvin;
  const std::uint32_t bits = item.format == Format::integer
                                 ? static_cast<std::uint32_t>(static_cast<std::int64_t>(value))
                                 : std::bit_cast<std::uint32_t>(static_cast<float>(value));
  const auto high = static_cast<std::uint16_t>(bits >> 16), low = static_cast<std::uint16_t>(bits & 0xFFFFu);
  if (options_.high_word_first) return {high, low};
  return {low, high};
}

double VirtualWatlow::value(const Item& item, const Halves& halves) const {
  if (item.format == Format::code) return code(halves);
  if (!halves.words[0] || !halves.words[1]) refuse(ExceptionCode::illegal_address);
  const std::uint32_t first = *halves.words[0], second = *halves.words[1];
  const std::uint32_t bits = options_.high_word_first ? first << 16 | second : second << 16 | first;
  double value = static_cast<double>(std::bit_cast<float>(bits));
  if (!std::isfinite(value)) refuse(ExceptionCode::illegal_value);
  if (item.format == Format::temperature && in_fahrenheit())
    value = (value - fahrenheit_at_zero) / fahrenheit_per_kelvin;
  if (item.format == Format::difference && in_fahrenheit()) value /= fahrenheit_per_kelvin;
  return value;
}

double VirtualWatlow::code(const Halves& halves) const {
  if (!halves.words[0]) refuse(ExceptionCode::illegal_address);
  const int first = *halves.words[0], second = halves.words[1].value_or(0);
  const bool wide = options_.wide_codes_in_second_word && first == 0 && second > largest_short_code;
  if (second != 0 && !wide) refuse(ExceptionCode::illegal_value);
  return wide ? second : first;
}

/// What the words of a write are meant for, in their order; the user's block stands for what it shows.
std::vector<VirtualWatlow::Halves> VirtualWatlow::items_in(std::uint16_t address,
                                                           const std::vector<std::uint16_t>& words) const {
  std::vector<Halves> found;
  for (std::size_t i = 0; i < words.size(); ++i) {
    int target = address + static_cast<int>(i);
    if (is_shown(target)) target = settings_.pointers.at(static_cast<std::size_t>(target - first_shown));
    const int item = target & ~1;
    if (!items_.contains(item)) refuse(ExceptionCode::illegal_address);
    if (found.empty() || found.back().item != item) found.push_back({item, {}});
    found.back().words.at(static_cast<std::size_t>(target & 1)) = words[i];
  }
  return found;
}

void VirtualWatlow::Bank::write(std::uint16_t address, const std::vector<std::uint16_t>& words) {
  if (is_pointer(address)) return owner_.write_pointers(address, words);
  std::vector<Change> changes;
  for (const Halves& halves : owner_.items_in(address, words)) {
    const Item& item = owner_.items_.at(halves.item);
    if (!item.accepts) refuse(ExceptionCode::illegal_address);
    changes.push_back({&item, owner_.value(item, halves)});
  }
  const Settings before = owner_.settings_, stored_before = owner_.stored_;
  const int writes_before = owner_.memory_writes_;
  for (const Change& change : changes) {  // one by one, because one value may limit the next
    if (owner_.obeyed(change)) continue;
    owner_.settings_ = before;
    owner_.stored_ = stored_before;
    owner_.memory_writes_ = writes_before;
    refuse(ExceptionCode::illegal_value);
  }
  owner_.apply_settings();
}

bool VirtualWatlow::obeyed(const Change& change) {
  const Item& item = *change.item;
  if (!item.accepts(change.value)) return false;
  if (item.set)
    store([&](Settings& settings) { item.set(settings, change.value); });
  else
    item.command();
  return true;
}

/// A pointer pair (r, r + 1) shows one item.
void VirtualWatlow::write_pointers(std::uint16_t address, const std::vector<std::uint16_t>& words) {
  if (address % 2 != 0 || words.size() % 2 != 0) refuse(ExceptionCode::illegal_address);
  if (!is_pointer(address + static_cast<int>(words.size()) - 1)) refuse(ExceptionCode::illegal_address);
  for (std::size_t i = 0; i < words.size(); i += 2)
    if (!items_.contains(words[i]) || words[i + 1] != words[i] + 1) refuse(ExceptionCode::illegal_value);
  for (std::size_t i = 0; i < words.size(); i += 2) {
    const std::size_t slot = static_cast<std::size_t>(address - first_pointer) + i;
    const std::uint16_t target = words[i];
    store([slot, target](Settings& settings) {
      settings.pointers.at(slot) = target;
      settings.pointers.at(slot + 1) = static_cast<std::uint16_t>(target + 1);
    });
  }
}

// Whatever is written while saving is on is saved, the order to stop saving included.
void VirtualWatlow::store(const std::function<void(Settings&)>& change) {
  const bool saves = settings_.nonvolatile_save == virtual_watlow::yes;
  change(settings_);
  if (!saves) return;
  change(stored_);
  ++memory_writes_;
}

}  // namespace nocturne
