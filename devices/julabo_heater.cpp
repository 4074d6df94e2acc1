#include "devices/julabo_heater.hpp"

#include <algorithm>
#include <cassert>
#include <charconv>
#include <cmath>
#include <optional>
#include <utility>

#include "devices/ascii.hpp"
#include "devices/error.hpp"
#include "devices/heater_off.hpp"
#include "devices/words.hpp"

namespace nocturne {
namespace {

constexpr std::size_t longest_reply = 80;

FrameVerdict judge_nothing(std::string_view received) { return {FrameVerdict::Kind::noise, received.size()}; }

std::optional<double> parse_number(std::string_view text) {
  while (text.starts_with(' ')) text.remove_prefix(1);
  while (text.ends_with(' ')) text.remove_suffix(1);
  if (text.starts_with('+')) text.remove_prefix(1);
  double value = 0.0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || !std::isfinite(value)) return std::nullopt;
  return value;
}

/// What a line could be the reply to. A status is a number with words after it, a version begins with a word.
bool could_be(JulaboReply kind, std::string_view line) {
  if (line.empty() || !std::ranges::all_of(line, is_text)) return false;
  if (kind == JulaboReply::number) return parse_number(line).has_value();
  const bool begins_as_number = line.front() == '-' || is_digit(line.front());
  if (kind == JulaboReply::version) return !begins_as_number && !parse_number(line);
  return begins_as_number && line.find_first_not_of("-0123456789") != std::string_view::npos &&
         !parse_number(line);
}

/// A reply is a line of the right kind. Flow-control characters belong to none.
FrameVerdict judge(JulaboReply kind, std::string_view received) {
  using Kind = FrameVerdict::Kind;
  if (received.front() == 0x11 || received.front() == 0x13) return {Kind::noise, 1};
  const std::size_t end = received.find("\r\n");
  if (end != std::string_view::npos)
    return {could_be(kind, received.substr(0, end)) ? Kind::reply : Kind::foreign, end + 2};
  if (received.size() > longest_reply) return {Kind::noise, received.size()};
  return {};
}

}  // namespace

JulaboHeater::JulaboHeater(Clock& clock, Line& line, JulaboSettings settings)
    : clock_{clock}, line_{line}, settings_{std::move(settings)}, setting_{clock.io()}, asking_{clock.io()} {
  assert(settings_.decimals >= 0 && settings_.decimals <= 2);
}

void JulaboHeater::fail(DeviceFault fault, const std::string& detail) const {
  throw DeviceError{fault, settings_.name, detail};
}

Task<std::string> JulaboHeater::ask_once(std::string query, JulaboReply kind) {
  const Framing framing = [kind](std::string_view received) { return judge(kind, received); };
  in_step_ = false;
  std::string reply =
      co_await line_.transact(settings_.name, query + "\r", framing, settings_.reply_deadline);
  in_step_ = true;
  reply.resize(reply.size() - 2);
  co_return reply;
}

/// Replies do not tell which query they answer, but they come in the order of asking: once the version has
/// arrived, no number that was asked for before can.
Task<void> JulaboHeater::get_in_step() {
  if (!in_step_) co_await ask_once("version", JulaboReply::version);
}

/// A query moves nothing, so a lost or damaged reply is asked for once more.
Task<std::string> JulaboHeater::ask(std::string query, JulaboReply kind) {
  const Mutex::Lock lock = co_await asking_.lock();
  co_await get_in_step();
  try {
    co_return co_await ask_once(query, kind);
  } catch (const DeviceError& error) {
    if (error.fault() == DeviceFault::unreachable) throw;
  }
  co_await get_in_step();
  co_return co_await ask_once(query, kind);
}

Task<double> JulaboHeater::ask_number(std::string query) {
  const std::string reply = co_await ask(std::move(query), JulaboReply::number);
  co_return *parse_number(reply);
}

Task<bool> JulaboHeater::is_running() {
  const double mode = co_await ask_number("in_mode_05");
  if (mode != 0.0 && mode != 1.0) fail(DeviceFault::garbled, "is neither stopped nor running");
  co_return mode == 1.0;
}

/// Commands have no reply: silence until the pause is over is what is expected, and whatever comes instead
/// answers something else.
Task<void> JulaboHeater::command(std::string text) {
  try {
    co_await line_.transact(settings_.name, text + "\r", judge_nothing, settings_.pause);
  } catch (const DeviceError& error) {
    if (error.fault() == DeviceFault::unreachable) throw;
  }
}

std::string JulaboHeater::spell(Temperature temperature) const {
  return print("%.*f", settings_.decimals, temperature.celsius());
}

/// Returns the temperature as the instrument holds it.
Task<Temperature> JulaboHeater::set(std::string command_word, std::string query, Temperature wanted,
                                    std::string what) {
  const std::string value = spell(wanted);
  co_await command(command_word + " " + value);
  const double held = co_await ask_number(query);
  const double step = std::pow(10.0, -settings_.decimals);
  if (!(std::abs(held - *parse_number(value)) < 0.5 * step))
    fail(DeviceFault::refused, "holds " + in_words(Temperature::from_celsius(held)) + " instead of " + value +
                                   " °C as " + what + " (is it under remote control?)");
  co_return Temperature::from_celsius(held);
}

Task<void> JulaboHeater::require_no_error() {
  const std::string status = co_await ask("status", JulaboReply::status);
  if (status.starts_with('-')) fail(DeviceFault::refused, "reports the error '" + status + "'");
}

Task<std::string> JulaboHeater::arm() {
  armed_ = false;
  const std::string version = co_await ask("version", JulaboReply::version);
  co_await is_running();  // it must know the command before it is sent
  co_await off();
  const Mutex::Lock lock = co_await setting_.lock();
  co_await require_no_error();
  co_await ask_number(settings_.external_sensor ? "in_pv_02" : "in_pv_00");
  co_await check_limit();
  armed_ = true;
  co_return version + (settings_.limit_query.empty() ? " (no limit of its own)" : "");
}

Task<void> JulaboHeater::check_limit() {
  if (settings_.limit_query.empty()) {
    if (settings_.unwatched) co_return;
    fail(DeviceFault::refused,
         "names no over-temperature limit of its own (needed: limit_query, or unwatched = true)");
  }
  if (!settings_.limit_command.empty()) {
    co_await set(settings_.limit_command, settings_.limit_query, settings_.limit, "over-temperature limit");
    co_return;
  }
  const Temperature held = Temperature::from_celsius(co_await ask_number(settings_.limit_query));
  if (held > settings_.limit)
    fail(DeviceFault::refused, "has its own over-temperature limit at " + in_words(held) + " (at most " +
                                   in_words(settings_.limit) + ")");
}

Task<Temperature> JulaboHeater::set_target(Temperature target) {
  if (!armed_) fail(DeviceFault::refused, "is not armed");
  if (!(target >= settings_.lowest_target && target <= settings_.max_target))
    fail(DeviceFault::out_of_range, in_words(target) + " is outside " + in_words(settings_.lowest_target) +
                                        " to " + in_words(settings_.max_target));
  const unsigned offs_before = offs_;
  const Mutex::Lock lock = co_await setting_.lock();
  const Temperature held = co_await set("out_sp_00", "in_sp_00", target, "set point");
  if (offs_before == offs_ && !co_await is_running()) {
    if (offs_before == offs_) co_await command("out_mode_05 1");
    if (offs_before == offs_ && !co_await is_running())
      fail(DeviceFault::refused, "does not start (is it under remote control?)");
  }
  if (offs_before != offs_) fail(DeviceFault::refused, "was switched off meanwhile");
  co_return held;
}

Task<HeaterReading> JulaboHeater::read() {
  HeaterReading reading;
  reading.process =
      Temperature::from_celsius(co_await ask_number(settings_.external_sensor ? "in_pv_02" : "in_pv_00"));
  reading.target = Temperature::from_celsius(co_await ask_number("in_sp_00"));
  if (!settings_.output_query.empty())
    reading.output = std::clamp(co_await ask_number(settings_.output_query) / 100.0, 0.0, 1.0);
  const std::string status =
      co_await ask("status", JulaboReply::status);  // after the values, so that it covers them
  reading.alarm = status.starts_with('-');
  co_return reading;
}

/// One attempt. Throws unless the heating is cut.
// g++ 12: an if that awaits, in a coroutine without a variable, writes over the coroutine's frame; hence the
// variable.
Task<void> JulaboHeater::cut() {
  co_await command("out_mode_05 0");
  const bool running = co_await is_running();
  if (running) fail(DeviceFault::refused, "still runs after being stopped");
}

Task<void> JulaboHeater::off() {
  ++offs_;
  std::function<Task<void>()> attempt = [this] { return cut(); };
  co_await off_until_verified(clock_, settings_.off_deadline, std::move(attempt));
}

}  // namespace nocturne
