#include "devices/eurotherm_heater.hpp"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <cstdio>
#include <utility>

#include "devices/error.hpp"
#include "devices/heater_off.hpp"
#include "devices/words.hpp"

namespace nocturne {
namespace {

// Parameter addresses in the region of scaled 16-bit integers.
namespace reg {
constexpr int process_value = 1;
constexpr int target = 2;
constexpr int manual_output = 3;
constexpr int working_output = 4;
constexpr int alarm_1_threshold = 13;
constexpr int remote_target = 26;
constexpr int status = 75;
constexpr int firmware = 107;
constexpr int target_high_limit = 111;  // 112: low
constexpr int manual_mode = 273;
constexpr int use_remote = 276;
}  // namespace reg

/// Where the same parameter stands as a float in two registers.
constexpr int float_address(int parameter) { return 0x8000 + 2 * parameter; }

namespace status_bit {
constexpr unsigned any_alarm = 0x000F;
constexpr unsigned in_manual = 1u << 4;
constexpr unsigned sensor_break = 1u << 5;
constexpr unsigned over_range = 1u << 10;
constexpr unsigned remote_failed = 1u << 14;
}  // namespace status_bit

double signed_value(std::uint16_t word) { return static_cast<double>(static_cast<std::int16_t>(word)); }

}  // namespace

EurothermHeater::EurothermHeater(Clock& clock, ModbusBus& bus, EurothermSettings settings)
    : clock_{clock},
      settings_{std::move(settings)},
      unit_{bus, settings_.name, settings_.unit},
      steps_per_kelvin_{std::pow(10.0, settings_.decimals)},
      setting_{clock.io()} {
  assert(settings_.decimals >= 0 && settings_.decimals <= 2);
  assert(settings_.unit >= 1 && settings_.unit <= 247);
}

Task<std::uint16_t> EurothermHeater::read_word(int address) {
  const Words words = co_await unit_.read(address, 1);
  co_return words.front();
}

Task<void> EurothermHeater::write_word(int address, std::uint16_t value) {
  return unit_.write(address, Words(1, value));
}

Task<void> EurothermHeater::write_verified(int address, std::uint16_t value, std::string what) {
  const Words words = co_await unit_.write_and_read_back(address, Words(1, value));
  const std::uint16_t held = words.front();
  if (held != value)
    fail(DeviceFault::refused, "holds " + std::to_string(signed_value(held)) + " instead of " +
                                   std::to_string(signed_value(value)) + " as " + what);
}

double EurothermHeater::scaled(std::uint16_t word) const { return signed_value(word) / steps_per_kelvin_; }

Temperature EurothermHeater::to_temperature(std::uint16_t word) const {
  return Temperature::from_celsius(scaled(word));
}

std::uint16_t EurothermHeater::to_word(Temperature temperature) const {
  const double steps = std::round(temperature.celsius() * steps_per_kelvin_);
  if (!(std::abs(steps) <= 32767.0))
    fail(DeviceFault::out_of_range, in_words(temperature) + " does not fit the instrument's numbers");
  return static_cast<std::uint16_t>(static_cast<std::int16_t>(steps));
}

void EurothermHeater::fail(DeviceFault fault, const std::string& detail) const {
  throw DeviceError{fault, settings_.name, detail};
}

Task<std::string> EurothermHeater::arm() {
  armed_ = false;
  const std::uint16_t firmware = co_await read_word(reg::firmware);
  co_await read_limits();
  co_await off();
  const Mutex::Lock lock = co_await setting_.lock();
  const std::uint16_t status = co_await read_word(reg::status);
  if ((status & (status_bit::sensor_break | status_bit::over_range)) != 0)
    fail(DeviceFault::refused, "has a broken sensor");
  check_limits();
  const bool verified = co_await check_decimals();
  const std::uint16_t threshold = to_word(settings_.alarm_threshold);
  co_await write_verified(reg::alarm_1_threshold, threshold, "threshold of alarm 1");
  co_await prepare_rest_target();
  armed_ = true;
  char identity[64];
  std::snprintf(identity, sizeof identity, "Eurotherm firmware %04X%s", static_cast<unsigned>(firmware),
                verified ? "" : " (decimals not verified)");
  co_return identity;
}

/// Before anything is written: what answers zeros where it has nothing is another instrument.
Task<void> EurothermHeater::read_limits() {
  const Words limits = co_await unit_.read(reg::target_high_limit, 2);
  high_limit_ = to_temperature(limits[0]);
  low_limit_ = to_temperature(limits[1]);
  if (limits[0] == limits[1])
    fail(DeviceFault::refused, "holds " + std::to_string(limits[0]) +
                                   " as its highest and as its lowest target: it is no Eurotherm");
}

void EurothermHeater::check_limits() const {
  if (!(low_limit_ < high_limit_))
    fail(DeviceFault::refused,
         "reports target limits of " + in_words(low_limit_) + " to " + in_words(high_limit_));
  if (settings_.max_target > high_limit_)
    fail(DeviceFault::refused,
         "allows targets up to " + in_words(high_limit_) + " only, not " + in_words(settings_.max_target));
}

/// The integer and the float of one parameter agree only if the decimal places are as configured. Returns
/// false if the instrument has no floats.
Task<bool> EurothermHeater::check_decimals() {
  std::optional<Words> floats;
  try {
    floats = co_await unit_.read(float_address(reg::target_high_limit), 2);
  } catch (const DeviceError& error) {
    if (error.fault() != DeviceFault::refused) throw;
  }
  if (!floats) co_return false;
  require_equal(high_limit_, float_from_registers((*floats)[0], (*floats)[1]), 0.0);
  const std::uint16_t before = co_await read_word(reg::process_value);
  const Words process = co_await unit_.read(float_address(reg::process_value), 2);
  constexpr double drift_K = 2.0;  // it may have moved between the two readings
  require_equal(to_temperature(before), float_from_registers(process[0], process[1]), drift_K);
  co_return true;
}

void EurothermHeater::require_equal(Temperature integer, float celsius, double tolerance_K) const {
  const double step_K = 1.0 / steps_per_kelvin_;
  if (std::abs(integer.celsius() - static_cast<double>(celsius)) <= tolerance_K + step_K) return;
  fail(DeviceFault::refused,
       "has other decimal places than " + std::to_string(settings_.decimals) + ": it calls " +
           in_words(Temperature::from_celsius(static_cast<double>(celsius))) + " " + in_words(integer));
}

/// Without us a remote target fails and the stored one takes over, so that one must be harmless.
Task<void> EurothermHeater::prepare_rest_target() {
  remote_.reset();
  if (settings_.remote_target) co_await write_word(reg::use_remote, 0);
  const std::uint16_t rest = to_word(std::clamp(settings_.rest_target, low_limit_, high_limit_));
  const std::uint16_t held = co_await read_word(reg::target);
  if (held != rest) co_await write_verified(reg::target, rest, "target at rest");
}

Task<Temperature> EurothermHeater::set_target(Temperature target) {
  if (!armed_) fail(DeviceFault::refused, "is not armed");
  const Temperature highest = std::min(high_limit_, settings_.max_target);
  if (!(target >= low_limit_ && target <= highest))
    fail(DeviceFault::out_of_range,
         in_words(target) + " is outside " + in_words(low_limit_) + " to " + in_words(highest));
  const std::uint16_t word = to_word(target);
  const unsigned offs_before = offs_;
  const Mutex::Lock lock = co_await setting_.lock();
  std::uint16_t held = word;
  if (settings_.remote_target)
    co_await set_remote(word);
  else
    held = co_await set_stored(word);
  if (offs_before == offs_) co_await leave_manual();
  if (offs_before != offs_) fail(DeviceFault::refused, "was switched off meanwhile");
  co_return to_temperature(held);
}

Task<void> EurothermHeater::set_remote(std::uint16_t word) {
  co_await write_verified(reg::remote_target, word, "remote target");
  co_await write_verified(reg::use_remote, 1, "choice of the remote target");
  remote_ = word;
}

Task<std::uint16_t> EurothermHeater::set_stored(std::uint16_t word) {
  const std::uint16_t held = co_await read_word(reg::target);
  const double change_K = std::abs(scaled(word) - scaled(held));
  if (change_K < settings_.min_change.si()) co_return held;
  spend_stored_write();
  co_await write_verified(reg::target, word, "target");
  co_return word;
}

/// Its memory lasts some 100 000 writes.
void EurothermHeater::spend_stored_write() {
  constexpr Duration hour = std::chrono::hours{1};
  std::erase_if(stored_writes_, [&](Instant when) { return clock_.now() - when >= hour; });
  if (stored_writes_.size() >= settings_.stored_writes_per_hour)
    fail(DeviceFault::refused, "has had its stored target written " + std::to_string(stored_writes_.size()) +
                                   " times within an hour, which wears it out");
  stored_writes_.push_back(clock_.now());
}

Task<void> EurothermHeater::leave_manual() {
  co_await write_word(reg::manual_mode, 0);
  const std::uint16_t status = co_await read_word(reg::status);
  if ((status & status_bit::in_manual) != 0) fail(DeviceFault::refused, "stays in manual mode");
}

Task<HeaterReading> EurothermHeater::read() {
  const std::optional<std::uint16_t> remote = remote_;
  if (remote) co_await write_word(reg::remote_target, *remote);
  const Words words = co_await unit_.read(reg::process_value, 5);
  const std::uint16_t status = co_await read_word(reg::status);  // after the values, so that it covers them
  HeaterReading reading;
  reading.process = to_temperature(words[0]);
  reading.target = to_temperature(words[4]);
  reading.output = std::clamp(scaled(words[3]) / 100.0, 0.0, 1.0);
  reading.sensor_fault = (status & (status_bit::sensor_break | status_bit::over_range)) != 0;
  reading.alarm =
      (status & status_bit::any_alarm) != 0 || (remote && (status & status_bit::remote_failed) != 0);
  reading.manual = (status & status_bit::in_manual) != 0;
  co_return reading;
}

Task<bool> EurothermHeater::is_off() {
  const std::uint16_t output = co_await read_word(reg::working_output);
  const std::uint16_t status = co_await read_word(reg::status);
  co_return output == 0 && (status & status_bit::in_manual) != 0;
}

/// One attempt. Throws unless the heating is cut.
// g++ 12: an if that awaits, in a coroutine without a variable, writes over the coroutine's frame; hence the
// variable.
/// The request may arrive although its reply does not: what is read afterwards tells.
Task<void> EurothermHeater::send_word(int address, std::uint16_t value) {
  try {
    co_await write_word(address, value);
  } catch (const DeviceError& error) {
    if (!is_line_fault(error)) throw;
  }
}

Task<void> EurothermHeater::cut() {
  co_await send_word(reg::manual_mode, 1);
  co_await send_word(reg::manual_output, 0);
  const bool off = co_await is_off();
  if (!off) fail(DeviceFault::refused, "still heats after being switched off");
}

Task<void> EurothermHeater::off() {
  ++offs_;
  remote_.reset();
  std::function<Task<void>()> attempt = [this] { return cut(); };
  co_await off_until_verified(clock_, settings_.off_deadline, std::move(attempt));
}

}  // namespace nocturne
