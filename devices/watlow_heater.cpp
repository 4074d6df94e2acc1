#include "devices/watlow_heater.hpp"

#include <algorithm>
#include <array>
#include <cassert>
#include <cmath>
#include <utility>

#include "devices/error.hpp"
#include "devices/heater_off.hpp"
#include "devices/words.hpp"

namespace nocturne {

namespace {

/// What read() asks for, in this order.
struct Item {
  enum Index : std::size_t {
    process,
    sensor,
    active_target,
    output,
    active_mode,
    guard_state,
    guard_threshold,
    unit,
    saving,
  };
};

const char* in_words(WordOrder order) { return order == WordOrder::low_first ? "low" : "high"; }

}  // namespace

WatlowHeater::WatlowHeater(Clock& clock, ModbusBus& bus, WatlowSettings settings)
    : clock_{clock},
      settings_{std::move(settings)},
      registers_{watlow::registers_of(settings_.map, settings_.guard, settings_.alarm, settings_.port)},
      unit_{bus, settings_.name, settings_.unit},
      items_{watlow::process_register,   watlow::sensor_register, registers_.active_target,
             registers_.output,          registers_.active_mode,  registers_.guard_state,
             registers_.guard_threshold, registers_.unit,         watlow::saving_register},
      setting_{clock.io()} {
  assert(settings_.map == 1 || settings_.map == 2);
  assert(settings_.port == 1 || settings_.port == 2);
  assert(settings_.alarm >= 1 && settings_.alarm <= 4);
}

void WatlowHeater::fail(DeviceFault fault, const std::string& detail) const {
  throw DeviceError{fault, settings_.name, detail};
}

/// An enumeration stands in the first register of its pair; some firmware has been seen to use the second.
int WatlowHeater::to_enumeration(const Words& words, std::size_t at) const {
  if (words[at] != 0 && words[at + 1] != 0) return -1;
  return words[at] != 0 ? words[at] : words[at + 1];
}

float WatlowHeater::to_float(const Words& words, std::size_t at) const {
  return float_from_registers(words[at], words[at + 1], settings_.word_order);
}

Task<int> WatlowHeater::read_enumeration(int address) {
  const Words words = co_await unit_.read(address, 2);
  co_return to_enumeration(words, 0);
}

Task<float> WatlowHeater::read_float(int address) {
  const Words words = co_await unit_.read(address, 2);
  co_return to_float(words, 0);
}

Task<void> WatlowHeater::write_enumeration(int address, int value, std::string what) {
  const Words wanted(1, static_cast<std::uint16_t>(value));
  const Words held = co_await unit_.write_and_read_back(address, wanted);
  if (held != wanted)
    fail(DeviceFault::refused,
         "holds " + std::to_string(held.front()) + " instead of " + std::to_string(value) + " as " + what);
}

/// Returns the temperature as the instrument holds it.
Task<Temperature> WatlowHeater::write_temperature(int address, Temperature wanted, std::string what) {
  const auto words = to_registers(static_cast<float>(wanted.celsius()), settings_.word_order);
  const Words sent(words.begin(), words.end());
  const Words back = co_await unit_.write_and_read_back(address, sent);
  const Temperature held = Temperature::from_celsius(static_cast<double>(to_float(back, 0)));
  if (!(std::abs((held - wanted).si()) <= 0.5 * step_K_ + watlow::smallest_step_K))
    fail(DeviceFault::refused, "holds " + in_words(held) + " instead of " + in_words(wanted) + " as " + what);
  co_return held;
}

Task<std::string> WatlowHeater::arm() {
  armed_ = false;
  in_block_ = false;
  co_await check_map();
  co_await stop_saving();
  co_await off();
  const Mutex::Lock lock = co_await setting_.lock();
  co_await check_word_order();
  co_await use_celsius();
  co_await check_sensor();
  co_await check_target_limits();
  co_await arm_guard();
  co_await arm_fallback();
  co_await gather_in_block();
  armed_ = was_armed_ = true;
  co_return "Watlow EZ-ZONE, map " + std::to_string(settings_.map) + ", " + in_words(settings_.word_order) +
      " word first, guarded at " + in_words(guard_threshold_);
}

/// Whether the registers that hold control modes in this map could hold some.
Task<bool> WatlowHeater::shows_modes(int map) {
  try {
    const Words words = co_await unit_.read(watlow::mode_register(map), 4);
    co_return watlow::is_mode(to_enumeration(words, 0)) && watlow::is_mode(to_enumeration(words, 2));
  } catch (const DeviceError& error) {
    if (error.fault() != DeviceFault::refused) throw;
  }
  co_return false;
}

/// The same register is the control mode in one map and an alarm's threshold in the other.
Task<void> WatlowHeater::check_map() {
  const int other = 3 - settings_.map;
  const bool is_ours = co_await shows_modes(settings_.map);
  const bool is_other = co_await shows_modes(other);
  if (is_ours && !is_other) co_return;
  const std::string shown = std::to_string(watlow::mode_register(settings_.map));
  if (is_ours)
    fail(DeviceFault::refused, "looks like register map 1 and like map 2: which it is, is in doubt");
  fail(DeviceFault::refused,
       "shows no control mode (10, 54 or 62) in register " + shown +
           (is_other ? ", but one where map " + std::to_string(other) +
                           " has it: set map = " + std::to_string(other) + " or change the instrument's"
                     : ": it is no EZ-ZONE with register map " + std::to_string(settings_.map)));
}

Task<void> WatlowHeater::stop_saving() {
  const int held = co_await read_enumeration(watlow::saving_register);
  if (held == watlow::no) co_return;
  co_await write_enumeration(watlow::saving_register, watlow::no, "choice to save settings");
}

/// A number that only one order makes plausible settles it; one that both or neither do says nothing.
Task<void> WatlowHeater::check_word_order() {
  const std::array addresses{watlow::process_register, registers_.target, registers_.guard_threshold};
  int for_ours = 0, for_other = 0;
  for (const int address : addresses) {
    const Words words = co_await unit_.read(address, 2);
    const bool ours = watlow::is_plausible(to_float(words, 0));
    const bool other = watlow::is_plausible(float_from_registers(
        words[0], words[1],
        settings_.word_order == WordOrder::low_first ? WordOrder::high_first : WordOrder::low_first));
    for_ours += ours && !other;
    for_other += other && !ours;
  }
  if (for_ours > 0 && for_other == 0) co_return;
  fail(DeviceFault::refused, std::string{"does not seem to send the "} + in_words(settings_.word_order) +
                                 " word of its floats first (" + std::to_string(for_ours) + " of 3 for it, " +
                                 std::to_string(for_other) + " against it)");
}

/// If the unit has to change, the target has to change with it: that proves the port, too.
Task<void> WatlowHeater::use_celsius() {
  const int unit = co_await read_enumeration(registers_.unit);
  if (unit != watlow::celsius && unit != watlow::fahrenheit)
    fail(DeviceFault::refused, "has the temperature unit " + std::to_string(unit) +
                                   " (15 = °C or 30 = °F) on its port " + std::to_string(settings_.port));
  if (unit == watlow::celsius) {
    if (!co_await is_other_port_in_fahrenheit()) co_return;
    co_await change_unit(watlow::fahrenheit);
  }
  const float before = co_await read_float(registers_.target);
  co_await change_unit(watlow::celsius);
  const float after = co_await read_float(registers_.target);
  if (!(std::abs(watlow::in_celsius(before, watlow::fahrenheit) - static_cast<double>(after)) <= 1.0))
    fail(DeviceFault::refused,
         "still does not send °C after being told to on its port " + std::to_string(settings_.port));
}

Task<void> WatlowHeater::change_unit(int unit) {
  return write_enumeration(registers_.unit, unit, "temperature unit");
}

Task<bool> WatlowHeater::is_other_port_in_fahrenheit() {
  try {
    co_return co_await read_enumeration(watlow::unit_register(3 - settings_.port)) == watlow::fahrenheit;
  } catch (const DeviceError& error) {
    if (error.fault() != DeviceFault::refused) throw;  // it has no other port
  }
  co_return false;
}

Task<void> WatlowHeater::check_sensor() {
  const int error = co_await read_enumeration(watlow::sensor_register);
  if (error != watlow::none)
    fail(DeviceFault::refused, "has a broken sensor (error " + std::to_string(error) + ")");
  step_K_ = watlow::step_of(co_await read_enumeration(watlow::decimals_register));
}

/// Map 1 has its limits at places that are not known for sure; a target that it does not take is found when
/// it is read back.
Task<void> WatlowHeater::check_target_limits() {
  if (settings_.map == 1) co_return;
  const auto low = static_cast<double>(co_await read_float(watlow::lowest_target_register));
  const auto high = static_cast<double>(co_await read_float(watlow::highest_target_register));
  if (!(low < high)) fail(DeviceFault::refused, "reports target limits that are none");
  if (settings_.max_target > Temperature::from_celsius(high))
    fail(DeviceFault::refused, "allows targets up to " + in_words(Temperature::from_celsius(high)) +
                                   " only, not " + in_words(settings_.max_target));
}

Task<void> WatlowHeater::arm_guard() {
  const bool is_limit = settings_.guard == WatlowGuard::limit;
  const std::string guard = is_limit ? "limit" : "alarm " + std::to_string(settings_.alarm);
  guard_threshold_ = co_await write_temperature(registers_.guard_threshold, settings_.guard_threshold,
                                                "threshold of its " + guard);
  const int state = co_await read_enumeration(registers_.guard_state);
  if (!watlow::is_on_guard(settings_.guard, state))
    fail(DeviceFault::refused,
         "its " + guard + " does not stand guard (state " + std::to_string(state) +
             (state == watlow::alarm_high || state == watlow::alarm_low ? ", active)"
                                                                        : "; is it configured?)"));
  if (!is_limit || settings_.map == 1) co_return;
  const int status = co_await read_enumeration(watlow::limit_status_register);
  if (status != watlow::limit_safe)
    fail(DeviceFault::refused, "its limit is not safe (status " + std::to_string(status) + ")");
}

/// What it does by itself when its sensor breaks.
Task<void> WatlowHeater::arm_fallback() {
  if (settings_.map == 1) co_return;
  const int held = co_await read_enumeration(watlow::sensor_error_action_register);
  if (held == watlow::action_off) co_return;
  co_await write_enumeration(watlow::sensor_error_action_register, watlow::action_off,
                             "action on a broken sensor");
}

/// Points the user block at what read() asks for, so that one request gets it all. Instruments without one
/// are read item by item.
Task<void> WatlowHeater::gather_in_block() {
  Words pointers;
  for (const int item : items_) {
    pointers.push_back(static_cast<std::uint16_t>(item));
    pointers.push_back(static_cast<std::uint16_t>(item + 1));
  }
  try {
    for (std::size_t i = 0; i < pointers.size(); i += 2) {
      const Words pair(pointers.begin() + static_cast<std::ptrdiff_t>(i),
                       pointers.begin() + static_cast<std::ptrdiff_t>(i + 2));
      co_await unit_.write(watlow::block_pointers + static_cast<int>(i), pair);
    }
    const Words held = co_await unit_.read(watlow::block_pointers, static_cast<int>(pointers.size()));
    in_block_ = held == pointers;
  } catch (const DeviceError& error) {
    if (error.fault() != DeviceFault::refused) throw;
  }
}

/// Two registers for each item. The pointers are read after the values, so that they cover them; when
/// somebody moved them, the block is given up.
Task<Words> WatlowHeater::read_items() {
  const int count = 2 * static_cast<int>(items_.size());
  if (in_block_) {
    Words values = co_await unit_.read(watlow::block_data, count);
    const Words pointers = co_await unit_.read(watlow::block_pointers, count);
    for (std::size_t i = 0; i < items_.size(); ++i)
      in_block_ = in_block_ && pointers[2 * i] == items_[i] && pointers[2 * i + 1] == items_[i] + 1;
    if (in_block_) co_return values;
  }
  Words values;
  for (const int item : items_) {
    const Words pair = co_await unit_.read(item, 2);
    values.insert(values.end(), pair.begin(), pair.end());
  }
  co_return values;
}

Task<HeaterReading> WatlowHeater::read() {
  const bool was_armed = armed_;
  const Words words = co_await read_items();
  const int unit = to_enumeration(words, 2 * Item::unit);
  if (unit != watlow::celsius && unit != watlow::fahrenheit)
    fail(DeviceFault::refused, "has the temperature unit " + std::to_string(unit) + " (15 = °C or 30 = °F)");
  const auto temperature = [&](Item::Index item) {
    return Temperature::from_celsius(watlow::in_celsius(to_float(words, 2 * item), unit));
  };
  const Temperature threshold = temperature(Item::guard_threshold);
  const bool same_guard =
      std::abs((threshold - guard_threshold_).si()) <= 0.5 * step_K_ + watlow::smallest_step_K;
  if (was_armed && armed_ &&
      (unit != watlow::celsius || to_enumeration(words, 2 * Item::saving) != watlow::no || !same_guard))
    co_await give_up("has forgotten its settings, as after a reboot: it is off and has to be armed again");
  const int guard = to_enumeration(words, 2 * Item::guard_state);
  HeaterReading reading;
  reading.process = temperature(Item::process);
  reading.target = temperature(Item::active_target);
  reading.output = std::clamp(static_cast<double>(to_float(words, 2 * Item::output)) / 100.0, 0.0, 1.0);
  reading.sensor_fault = to_enumeration(words, 2 * Item::sensor) != watlow::none ||
                         !std::isfinite(to_float(words, 2 * Item::process));
  reading.alarm = !watlow::is_on_guard(settings_.guard, guard);
  reading.manual = to_enumeration(words, 2 * Item::active_mode) == watlow::mode_manual;
  co_return reading;
}

Task<void> WatlowHeater::give_up(std::string why) {
  armed_ = false;
  co_await off();
  fail(DeviceFault::refused, why);
}

Task<void> WatlowHeater::require_as_armed() {
  const int unit = co_await read_enumeration(registers_.unit);
  const int saves = co_await read_enumeration(watlow::saving_register);
  if (unit != watlow::celsius || saves != watlow::no)
    co_await give_up("has forgotten its settings, as after a reboot: it is off and has to be armed again");
}

Task<Temperature> WatlowHeater::set_target(Temperature target) {
  if (!armed_) fail(DeviceFault::refused, "is not armed");
  if (!(target >= settings_.lowest_target && target <= settings_.max_target))
    fail(DeviceFault::out_of_range, in_words(target) + " is outside " + in_words(settings_.lowest_target) +
                                        " to " + in_words(settings_.max_target));
  const unsigned offs_before = offs_;
  const Mutex::Lock lock = co_await setting_.lock();
  co_await require_as_armed();
  const Temperature held = co_await write_temperature(registers_.target, target, "target");
  if (offs_before == offs_) {
    co_await write_enumeration(registers_.mode, watlow::mode_auto, "control mode");
    co_await wait_for_mode(watlow::mode_auto);
  }
  if (offs_before != offs_) fail(DeviceFault::refused, "was switched off meanwhile");
  co_return held;
}

Task<void> WatlowHeater::wait_for_mode(int mode) {
  const unsigned offs_before = offs_;
  const Instant deadline = clock_.now() + settings_.off_deadline;
  for (;;) {
    const int active = co_await read_enumeration(registers_.active_mode);
    if (active == mode || offs_before != offs_) co_return;
    if (clock_.now() >= deadline)
      fail(DeviceFault::refused, "is in control mode " + std::to_string(active) + " instead of " +
                                     std::to_string(mode) + " (10 = auto, 54 = manual, 62 = off)");
    co_await clock_.sleep_for(settle_pause);
  }
}

/// One attempt. Throws unless the heating is cut. In the other register map the mode's place is an alarm's
/// threshold: it is looked at before it is written.
Task<void> WatlowHeater::cut() {
  std::optional<int> mode;
  try {
    mode = co_await read_enumeration(registers_.mode);
  } catch (const DeviceError&) {
    if (!was_armed_) throw;  // in a controller that is known the request may arrive although no reply does
  }
  if (mode && !watlow::is_mode(*mode))
    fail(DeviceFault::refused, "shows no control mode in register " + std::to_string(registers_.mode) +
                                   ", so it cannot be switched off there");
  if (mode != watlow::mode_off) co_await write_enumeration(registers_.mode, watlow::mode_off, "control mode");
  const int active = co_await read_enumeration(registers_.active_mode);
  const float power = co_await read_float(registers_.output);
  if (active != watlow::mode_off || power != 0.0f)
    fail(DeviceFault::refused, "still heats after being switched off");
}

Task<void> WatlowHeater::off() {
  ++offs_;
  std::function<Task<void>()> attempt = [this] { return cut(); };
  co_await off_until_verified(clock_, settings_.off_deadline, std::move(attempt));
}

}  // namespace nocturne
