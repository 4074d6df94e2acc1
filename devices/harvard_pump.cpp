#include "devices/harvard_pump.hpp"

#include <algorithm>
#include <array>
#include <cassert>
#include <cmath>
#include <numbers>
#include <utility>

#include "devices/words.hpp"

namespace nocturne {
namespace {

constexpr Duration settling_pause = std::chrono::milliseconds{50};
constexpr int most_settling_polls = 10;  // until a value just set is no longer the old one

/// Plunger speeds in mm/min: Pump 33 DDS, Legato 100, Pump 11 Elite and PHD Ultra as in its manual, PHD Ultra
/// as recorded.
constexpr std::array top_speeds{127.204, 159.004, 190.806, 215.389};
constexpr double known_speed_tolerance = 5e-4;  // they are known to six digits at best

bool is_flow(std::string_view text) { return pump_chain::parse_flow(text).has_value(); }
bool is_volume(std::string_view text) { return pump_chain::parse_volume(text).has_value(); }
bool is_length(std::string_view text) { return pump_chain::parse_length(text).has_value(); }
bool are_limits(std::string_view text) { return pump_chain::parse_limits(text).has_value(); }
bool is_status(std::string_view text) { return pump_chain::parse_status(text).has_value(); }
bool is_percentage(std::string_view text) { return text.ends_with('%'); }
bool is_time(std::string_view text) {
  return text.ends_with("seconds") || std::ranges::count(text, ':') == 2;
}

pump_chain::Limits limits_before_arming(const HarvardSettings& settings) {
  if (settings.top_speed_mm_per_min > 0.0)
    return pump_chain::limits_for(settings.syringe_diameter, settings.top_speed_mm_per_min);
  return {pump_chain::limits_for(settings.syringe_diameter, top_speeds.back()).low,
          pump_chain::limits_for(settings.syringe_diameter, top_speeds.front()).high};
}

bool same_speed(double a, double b) { return std::abs(a - b) <= known_speed_tolerance * b; }

}  // namespace

HarvardPump::HarvardPump(Clock& clock, Line& line, HarvardSettings settings)
    : clock_{clock},
      settings_{std::move(settings)},
      session_{clock, line, {settings_.name, settings_.address, settings_.prefix, settings_.reply_deadline}},
      limits_{limits_before_arming(settings_)},
      setting_{clock.io()} {
  assert(settings_.syringe_diameter.si() > 0.0 && settings_.syringe_volume.si() > 0.0);
}

Task<HarvardPump::Status> HarvardPump::status() {
  const std::string text = co_await session_.ask("status", is_status);
  const std::optional<Status> status = pump_chain::parse_status(text);
  if (!status) fail(DeviceFault::garbled, "reports the status '" + text + "'");
  note(*status);
  co_return *status;
}

void HarvardPump::note(const Status& status) {
  if (!armed_) return;
  if (status.stalled) blocked_ = "is stalled; arm it again";
  if (status.limit_switch == 'i') blocked_ = "has run into its limit switch; arm it again";
  if (status.volume < counter_) tripped_ = "was reset (its counter fell back); arm it again";
  counter_ = status.volume;
}

void HarvardPump::require_armed() const {
  if (!armed_) fail(DeviceFault::refused, "is not armed");
  if (!session_.broken().empty()) fail(DeviceFault::refused, session_.broken());
  if (!tripped_.empty()) fail(DeviceFault::refused, tripped_);
}

void HarvardPump::require_free(const Status& status) const {
  require_armed();
  if (!blocked_.empty()) fail(DeviceFault::stalled, blocked_);
  if (status.target_reached)
    fail(DeviceFault::refused, "has delivered what its syringe holds; fill it and arm it again");
}

void HarvardPump::fail(DeviceFault fault, const std::string& detail) const {
  throw DeviceError{fault, settings_.name, detail};
}

Task<std::string> HarvardPump::arm() {
  const Mutex::Lock lock = co_await setting_.lock();
  armed_ = false;
  blocked_.clear();
  tripped_.clear();
  held_ = FlowRate{};
  if (!settings_.unwatched)
    fail(
        DeviceFault::refused,
        "has no watchdog: if this program dies, it pumps until its syringe is empty (unwatched = true in the "
        "bench file accepts that)");
  co_await session_.open();
  co_await halt();
  counter_ = Volume{};
  const Status before = co_await status();
  co_await set_up();
  const std::string strength = co_await force();
  const Status state = co_await status();
  counter_ = counter_when_armed_ = state.volume;
  at_arming_ = {before.volume, state.volume};
  armed_ = true;
  co_return session_.identity() + strength;
}

Task<void> HarvardPump::set_up() {
  co_await session_.command_if_known("nvram off");
  co_await session_.command_if_known("load qs i");
  co_await session_.command(print("diameter %.4f", in_millimeters(settings_.syringe_diameter)));
  co_await check_diameter();
  co_await read_limits();
  co_await set_targets();
}

Task<void> HarvardPump::check_diameter() {
  const std::string text = co_await session_.ask("diameter", is_length);
  const auto held = pump_chain::parse_length(text);
  if (held && std::abs(in_millimeters(*held - settings_.syringe_diameter)) < 1e-4) co_return;
  const std::string wanted = print("%.4f mm", in_millimeters(settings_.syringe_diameter));
  fail(DeviceFault::refused, "holds a syringe diameter of '" + text + "' instead of " + wanted);
}

/// The limits show which diameter the pump really reckons with.
Task<void> HarvardPump::read_limits() {
  const std::string text = co_await session_.ask("irate lim", are_limits);
  const auto limits = pump_chain::parse_limits(text);
  if (!limits) fail(DeviceFault::garbled, "reports the rate limits '" + text + "'");
  const double diameter = settings_.syringe_diameter.si();
  const double area = std::numbers::pi / 4.0 * diameter * diameter;
  const double speed = limits->high.si() / area * 1e3 * 60.0;  // mm/min
  const bool right = settings_.top_speed_mm_per_min > 0.0
                         ? same_speed(speed, settings_.top_speed_mm_per_min)
                         : std::ranges::any_of(top_speeds, [&](double s) { return same_speed(speed, s); });
  const std::string expected = settings_.top_speed_mm_per_min > 0.0
                                   ? print("%g mm/min are expected", settings_.top_speed_mm_per_min)
                                   : std::string{"no known model has that"};
  if (!right)
    fail(DeviceFault::refused, "has the rate limits " + text + ", with this syringe " + print("%.6g", speed) +
                                   " mm/min of plunger, but " + expected +
                                   ": a wrong diameter, or set top_speed_mm_per_min from its manual");
  limits_ = *limits;
}

Task<std::string> HarvardPump::force() {
  try {
    co_return ", force " + co_await session_.ask("force", is_percentage);
  } catch (const DeviceError& error) {
    if (error.fault() != DeviceFault::refused) throw;
  }
  co_return std::string{};
}

Task<void> HarvardPump::set_targets() {
  co_await session_.command("cttime");
  co_await session_.command("ctvolume");
  co_await session_.command("cvolume");
  const std::string time = co_await session_.ask("ttime", is_time);
  if (!pump_chain::is_not_set(time)) fail(DeviceFault::refused, "keeps a target time of '" + time + "'");
  const std::string content = print("%.6g ml", in_milliliters(settings_.syringe_volume));
  co_await session_.command_if_known("svolume " + content);
  co_await session_.command("tvolume " + content);
  co_await check_target_volume();
}

Task<void> HarvardPump::check_target_volume() {
  const std::string text = co_await session_.ask("tvolume", is_volume);
  const auto held = pump_chain::parse_volume(text);
  if (held && pump_chain::same_in_six_digits(held->si(), settings_.syringe_volume.si())) co_return;
  fail(DeviceFault::refused, "answers '" + text + "' for the target volume that ends with its syringe");
}

pump_chain::Rate HarvardPump::rate_for(FlowRate flow) const {
  constexpr double hair = 1e-9;
  if (!(flow >= (1.0 - hair) * limits_.low && flow <= (1.0 + hair) * limits_.high))
    fail(DeviceFault::out_of_range,
         in_words(flow) + " is outside " + in_words(limits_.low) + " to " + in_words(limits_.high));
  return pump_chain::quantise(flow, limits_);
}

Task<FlowRate> HarvardPump::set_flow(FlowRate flow) {
  require_armed();
  if (flow == FlowRate{}) {
    co_await stop();
    co_return FlowRate{};
  }
  pump_chain::Rate rate = rate_for(flow);
  const unsigned stops_before = stops_;
  const Mutex::Lock lock = co_await setting_.lock();
  const Status state = co_await status();
  require_free(state);
  const bool goes_on = state.moving && !state.withdraws;
  if (state.moving && !goes_on) co_await halt();
  if (!goes_on) {
    co_await check_diameter();  // both are gone after a reset
    co_await check_target_volume();
  }
  co_await set_rate(std::move(rate));
  if (!goes_on)
    co_await run(stops_before);
  else if (!co_await comes_to_move() && stops_before == stops_)
    fail(DeviceFault::refused, "stands still since its rate was changed");
  if (stops_before != stops_) fail(DeviceFault::refused, "was stopped meanwhile");
  co_return held_;
}

/// A rate may be sent again: only after the pump has told that it holds another one.
Task<void> HarvardPump::set_rate(pump_chain::Rate rate) {
  std::exception_ptr lost;
  for (int i = 0; i < 2; ++i) {
    lost = nullptr;
    try {
      co_await session_.command("irate " + rate.text);
    } catch (const DeviceError& error) {
      if (!is_line_fault(error)) throw;
      lost = std::current_exception();
    }
    if (co_await holds(rate.flow)) co_return;
    if (!lost) fail(DeviceFault::refused, "holds the rate " + in_words(held_) + " instead of " + rate.text);
  }
  std::rethrow_exception(lost);
}

/// Right after a change the old value or its unit may still be told, or "not set".
Task<bool> HarvardPump::holds(FlowRate flow) {
  held_ = FlowRate{};
  for (int i = 0; i < most_settling_polls; ++i) {
    if (i > 0) co_await clock_.sleep_for(settling_pause);
    const std::string text = co_await session_.ask("irate", is_flow);
    const auto held = pump_chain::parse_flow(text);
    held_ = held.value_or(FlowRate{});
    if (held && pump_chain::same_in_six_digits(held->si(), flow.si())) co_return true;
  }
  co_return false;
}

Task<void> HarvardPump::run(unsigned stops_before) {
  const std::function<void()> unless_stopped = [this, stops_before] {
    if (stops_before != stops_) fail(DeviceFault::refused, "was stopped meanwhile");
  };
  std::exception_ptr lost;
  for (int i = 0; i < 2; ++i) {
    lost = nullptr;
    try {
      co_await session_.command("irun", unless_stopped);
    } catch (const DeviceError& error) {
      if (!is_line_fault(error)) throw;
      lost = std::current_exception();
    }
    if (co_await comes_to_move()) co_return;
    if (stops_before != stops_) fail(DeviceFault::refused, "was stopped meanwhile");
    if (!blocked_.empty()) fail(DeviceFault::stalled, blocked_);
    if (!lost) fail(DeviceFault::refused, "did not start");
  }
  std::rethrow_exception(lost);
}

Task<bool> HarvardPump::comes_to_move() {
  const unsigned stops_before = stops_;
  for (int i = 0; i < most_settling_polls && stops_before == stops_ && blocked_.empty(); ++i) {
    if (i > 0) co_await clock_.sleep_for(settling_pause);
    const Status state = co_await status();
    if (state.moving && !state.withdraws) co_return true;
  }
  co_return false;
}

Task<PumpReading> HarvardPump::read() {
  require_armed();
  const Status state = co_await status();
  require_armed();
  const FlowRate flow = state.moving && state.rate > FlowRate{} ? state.rate : held_;
  co_return PumpReading{state.moving, !blocked_.empty(), flow, state.volume - counter_when_armed_};
}

Task<void> HarvardPump::stop() {
  ++stops_;
  co_await halt();
}

/// Right after a stop the pump may still report that it moves: two polls must say that it stands.
Task<void> HarvardPump::halt() {
  const Instant deadline = clock_.now() + settings_.stop_deadline;
  std::exception_ptr failure;
  int standing = 0;
  do {
    if (standing == 0) co_await session_.press("stp");
    try {
      failure = nullptr;
      const Status state = co_await status();
      standing = state.moving ? 0 : standing + 1;
    } catch (const DeviceError&) {
      failure = std::current_exception();
      standing = 0;
    }
    if (standing == 2) co_return;
    co_await clock_.sleep_for(settling_pause);
  } while (clock_.now() < deadline);
  if (failure) std::rethrow_exception(failure);
  fail(DeviceFault::refused, "still moves after being told to stop");
}

}  // namespace nocturne
