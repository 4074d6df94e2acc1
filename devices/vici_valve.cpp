#include "devices/vici_valve.hpp"

#include <cassert>
#include <utility>

#include "devices/concurrency.hpp"
#include "devices/words.hpp"

namespace nocturne {
namespace {

/// How long a move is listened to: it has no answer unless the actuator is set to give one.
constexpr Duration after_move = std::chrono::milliseconds{100};

ViciSettings completed(ViciSettings settings) {
  if (settings.kind == ViciKind::two_position) settings.positions = 2;
  return settings;
}

}  // namespace

ViciValve::ViciValve(Clock& clock, Line& line, ViciSettings settings)
    : clock_{clock},
      line_{line},
      settings_{completed(std::move(settings))},
      moving_{clock.io()},
      talking_{clock.io()} {
  assert(settings_.positions >= 2 && settings_.positions <= 99);
}

void ViciValve::fail(DeviceFault fault, const std::string& detail) const {
  throw DeviceError{fault, settings_.name, detail};
}

void ViciValve::require_armed() const {
  if (connection_ == not_connected) fail(DeviceFault::refused, "is not armed");
  if (connection_ != line_.connections())
    fail(DeviceFault::refused, "was reconnected and may be another one; arm it again");
}

std::string ViciValve::request(const std::string& command) const {
  return (settings_.id == vici::no_id ? std::string{} : std::string(1, settings_.id)) + command + "\r";
}

Task<std::string> ViciValve::send(std::string command) {
  std::string value;
  Framing framing = [this, &command, &value](std::string_view received) {
    return vici::examine(received, settings_.id, command == "VR" ? "" : command, value);
  };
  std::string bytes = request(command);
  try {
    co_await line_.transact(settings_.name, std::move(bytes), std::move(framing), settings_.reply_deadline);
  } catch (...) {
    in_doubt_ = true;
    throw;
  }
  co_return value;
}

/// One answer to one question. A late answer to an earlier one looks the same, so after a failure the mode is
/// asked for first: its answer comes after whatever was under way.
Task<std::string> ViciValve::ask(std::string command) {
  const Mutex::Lock lock = co_await talking_.lock();
  if (in_doubt_ && command != "AM") co_await send("AM");
  std::string value = co_await send(std::move(command));
  in_doubt_ = false;
  co_return value;
}

Task<std::string> ViciValve::query(std::string command) {
  try {
    co_return co_await ask(command);
  } catch (const DeviceError& error) {
    if (!is_line_fault(error)) throw;
  }
  co_return co_await ask(std::move(command));
}

int ViciValve::to_position(const std::string& value) const {
  const std::optional<int> position = vici::position(value);
  if (!position) fail(DeviceFault::garbled, "tells its position as '" + value + "'");
  if (*position < 1 || *position > settings_.positions)
    fail(DeviceFault::refused, "stands at " + std::to_string(*position) + "; it should have positions 1 to " +
                                   std::to_string(settings_.positions));
  return *position;
}

Task<std::string> ViciValve::arm() {
  const Mutex::Lock lock = co_await moving_.lock();
  connection_ = not_connected;
  co_await check_mode();
  if (settings_.kind == ViciKind::selector) co_await check_positions();
  co_await read();
  const std::string told = co_await version();
  connection_ = line_.connections();
  co_return told.empty() ? std::string{"VICI actuator"} : "VICI " + told;
}

Task<void> ViciValve::check_mode() {
  std::string mode;
  try {
    mode = co_await query("AM");
  } catch (const DeviceError& error) {
    if (!is_line_fault(error)) throw;
    throw DeviceError{error.fault(), settings_.name,
                      std::string{"does not answer AM as a VICI actuator (check power, line, baud rate and "
                                  "identifier): "} +
                          error.what()};
  }
  const bool selects = mode == "3", switches = mode == "1" || mode == "2";
  if (settings_.kind == ViciKind::selector ? selects : switches) co_return;
  fail(DeviceFault::refused,
       "is in mode '" + mode + "' (a selector is in 3, a two-position valve in 1 or 2)");
}

/// Not every actuator tells.
Task<void> ViciValve::check_positions() {
  std::string told;
  try {
    told = co_await ask("NP");
  } catch (const DeviceError& error) {
    if (!is_line_fault(error)) throw;
  }
  const std::optional<int> positions = vici::position(told);
  if (!positions || *positions == settings_.positions) co_return;
  fail(DeviceFault::refused,
       "has " + std::to_string(*positions) + " positions, not " + std::to_string(settings_.positions));
}

Task<std::string> ViciValve::version() {
  try {
    co_return co_await ask("VR");
  } catch (const DeviceError& error) {
    if (!is_line_fault(error)) throw;
  }
  co_return std::string{};
}

Task<int> ViciValve::read() {
  const std::string value = co_await query("CP");
  co_return to_position(value);
}

Task<void> ViciValve::go_to(int position) {
  if (position < 1 || position > settings_.positions)
    fail(DeviceFault::out_of_range,
         "has positions 1 to " + std::to_string(settings_.positions) + ", not " + std::to_string(position));
  const Mutex::Lock lock = co_await moving_.lock();
  require_armed();
  if (on_its_way_) co_await clock_.sleep_for(settings_.switching_deadline);
  on_its_way_ = false;
  const int before = co_await read();
  require_armed();
  if (before == position) co_return;
  on_its_way_ = true;
  co_await move(position);
  co_await wait_for(position);
  on_its_way_ = false;
}

/// Whatever is heard here says less than where the valve stands afterwards.
Task<void> ViciValve::move(int position) {
  std::string command = "GO";
  if (settings_.kind == ViciKind::two_position)
    command += position == 1 ? "A" : "B";
  else
    command += print("%02d", position);
  std::string answer;
  Framing framing = [&answer, id = settings_.id](std::string_view received) {
    return vici::examine(received, id, "GO", answer);
  };
  std::string bytes = request(command);
  const Mutex::Lock lock = co_await talking_.lock();
  try {
    co_await line_.transact(settings_.name, std::move(bytes), std::move(framing), after_move);
  } catch (const DeviceError& error) {
    if (!is_line_fault(error)) throw;
  }
}

Task<void> ViciValve::wait_for(int position) {
  const Instant deadline = clock_.now() + settings_.switching_deadline;
  std::exception_ptr failure;
  int at = 0;
  for (;;) {
    const bool last = clock_.now() >= deadline;
    try {
      failure = nullptr;
      const std::string value = co_await ask("CP");
      at = to_position(value);
    } catch (const DeviceError& error) {
      if (!is_line_fault(error)) throw;
      failure = std::current_exception();
    }
    if (!failure && at == position) co_return;
    if (last) break;
    co_await clock_.sleep_for(settings_.poll_interval);
  }
  if (failure) std::rethrow_exception(failure);
  fail(DeviceFault::stalled, "stands at " + std::to_string(at) + " instead of " + std::to_string(position) +
                                 " after " + in_words(settings_.switching_deadline) + " (jammed?)");
}

}  // namespace nocturne
