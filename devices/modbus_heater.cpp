#include "devices/modbus_heater.hpp"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <utility>

#include "devices/error.hpp"
#include "devices/heater_off.hpp"
#include "devices/words.hpp"

namespace nocturne {

ModbusHeater::ModbusHeater(Clock& clock, ModbusBus& bus, ModbusHeaterSettings settings)
    : clock_{clock},
      settings_{std::move(settings)},
      unit_{bus, settings_.name, settings_.address},
      setting_{clock.io()} {
  assert(settings_.on_off || settings_.rest_target);
}

void ModbusHeater::fail(DeviceFault fault, const std::string& detail) const {
  throw DeviceError{fault, settings_.name, detail};
}

double ModbusHeater::to_number(Temperature temperature) const {
  switch (settings_.scale_unit) {
    case TemperatureUnit::celsius:
      return temperature.celsius();
    case TemperatureUnit::fahrenheit:
      return 1.8 * temperature.celsius() + 32.0;
    case TemperatureUnit::kelvin:
      return temperature.si();
  }
  return 0.0;
}

Temperature ModbusHeater::to_temperature(double number) const {
  switch (settings_.scale_unit) {
    case TemperatureUnit::celsius:
      return Temperature::from_celsius(number);
    case TemperatureUnit::fahrenheit:
      return Temperature::from_celsius((number - 32.0) / 1.8);
    case TemperatureUnit::kelvin:
      return Temperature::from_si(number);
  }
  return {};
}

Task<Temperature> ModbusHeater::read_temperature(RegisterNumber number) {
  co_return to_temperature(co_await read_number(unit_, number));
}

Task<void> ModbusHeater::recognise() {
  for (const MappedConstant& constant : settings_.constants)
    co_await require_constant(unit_, constant, "the mark by which it is recognised");
}

Task<std::string> ModbusHeater::arm() {
  armed_ = false;
  co_await recognise();
  co_await off();
  const Mutex::Lock lock = co_await setting_.lock();
  const HeaterReading reading = co_await read();
  if (reading.sensor_fault) fail(DeviceFault::refused, "has a broken sensor");
  co_await arm_limit();
  armed_ = true;
  co_return "described controller, " +
      (settings_.limit ? "limited at " + in_words(to_temperature(limit_number_)) : "no limit of its own");
}

Task<void> ModbusHeater::arm_limit() {
  if (!settings_.limit) {
    if (settings_.unwatched) co_return;
    fail(DeviceFault::refused,
         "names no over-temperature limit of its own (needed: limit, or unwatched = true)");
  }
  const double wanted = to_number(settings_.limit_threshold);
  limit_number_ = co_await read_number(unit_, *settings_.limit);
  if (settings_.limit_is_fixed) {
    if (limit_number_ > wanted)
      fail(DeviceFault::refused, "has its own limit at " + in_words(to_temperature(limit_number_)) +
                                     " (at most " + in_words(settings_.limit_threshold) + ")");
    co_return;
  }
  if (std::abs(limit_number_ - wanted) <= tolerance_of(*settings_.limit, wanted)) co_return;
  limit_number_ =
      co_await write_number(unit_, *settings_.limit, wanted, settings_.write_function, "its own limit");
}

/// Half of what shows: to tell values that are the same.
double ModbusHeater::tolerance_of(const RegisterNumber& number, double at) const {
  return 0.5 * resolution(number, at) * (1.0 + 1e-9);
}

Task<bool> ModbusHeater::limit_holds() {
  if (!settings_.limit) co_return true;
  const double held = co_await read_number(unit_, *settings_.limit);
  co_return std::abs(held - limit_number_) <= tolerance_of(*settings_.limit, limit_number_);
}

/// After a reboot or an exchange it may speak another unit or know no limit: nothing it says or does counts.
Task<void> ModbusHeater::require_recognised() {
  std::exception_ptr failure;
  try {
    co_await recognise();
    if (!co_await limit_holds()) fail(DeviceFault::refused, "its own limit has been changed");
  } catch (const DeviceError& error) {
    if (error.fault() != DeviceFault::refused) throw;
    failure = std::current_exception();
  }
  if (!failure) co_return;
  armed_ = false;
  co_await off();
  std::rethrow_exception(failure);
}

Task<Temperature> ModbusHeater::write_target(Temperature target) {
  const Temperature held = co_await read_temperature(settings_.target);
  if (std::abs((held - target).si()) < settings_.min_change.si()) co_return held;
  const double written =
      co_await write_number(unit_, settings_.target, to_number(target), settings_.write_function, "target");
  co_return to_temperature(written);
}

Task<Temperature> ModbusHeater::set_target(Temperature target) {
  if (!armed_) fail(DeviceFault::refused, "is not armed");
  if (!(target >= settings_.lowest_target && target <= settings_.max_target))
    fail(DeviceFault::out_of_range, in_words(target) + " is outside " + in_words(settings_.lowest_target) +
                                        " to " + in_words(settings_.max_target));
  const unsigned offs_before = offs_;
  const Mutex::Lock lock = co_await setting_.lock();
  co_await require_recognised();
  Temperature held = target;
  if (offs_before == offs_) held = co_await write_target(target);
  if (offs_before == offs_ && settings_.on_off)
    co_await write_number(unit_, settings_.on_off->number, settings_.on_off->on, settings_.write_function,
                          "switch");
  if (offs_before != offs_) fail(DeviceFault::refused, "was switched off meanwhile");
  co_return held;
}

Task<HeaterReading> ModbusHeater::read() {
  const bool was_armed = armed_;
  HeaterReading reading;
  reading.process = co_await read_temperature(settings_.process);
  reading.target = co_await read_temperature(settings_.target);
  if (settings_.output)
    reading.output = std::clamp(co_await read_number(unit_, *settings_.output) / 100.0, 0.0, 1.0);
  const bool plausible =
      reading.process >= settings_.lowest_sound && reading.process <= settings_.highest_sound;
  const bool sound = !settings_.sensor || co_await is_good(unit_, *settings_.sensor);
  reading.sensor_fault = !plausible || !sound;
  if (settings_.alarm) reading.alarm = !co_await is_good(unit_, *settings_.alarm);
  if (was_armed && armed_) co_await require_recognised();  // after the values, so that it covers them
  co_return reading;
}

/// One attempt. Throws unless the heating is cut.
Task<void> ModbusHeater::cut() {
  if (settings_.on_off)
    co_await write_number(unit_, settings_.on_off->number, settings_.on_off->off, settings_.write_function,
                          "switch");
  else
    co_await write_number(unit_, settings_.target, to_number(*settings_.rest_target),
                          settings_.write_function, "target at rest");
  if (!settings_.output) co_return;
  const double percent = co_await read_number(unit_, *settings_.output);
  if (percent > 0.0) fail(DeviceFault::refused, "still heats after being switched off");
}

Task<void> ModbusHeater::off() {
  ++offs_;
  std::function<Task<void>()> attempt = [this] { return cut(); };
  co_await off_until_verified(clock_, settings_.off_deadline, std::move(attempt));
}

}  // namespace nocturne
