#include "devices/harvard_pump.hpp"

#include <algorithm>
#include <array>
#include <cassert>
#include <cmath>
#include <numbers>
#include <utility>

#include "devices/draw.hpp"
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
  if (status.limit_switch != '.') blocked_ = "has run into its limit switch; arm it again";
  if (clearing_) return;
  Volume& counter = status.withdraws ? drawn_ : counter_;
  if (status.volume < counter) tripped_ = "was reset (its counter fell back); arm it again";
  counter = status.volume;
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
  const Status before = co_await status();
  co_await set_up();
  const std::string strength = co_await force();
  const Status state = co_await status();
  counter_ = counter_when_armed_ = state.withdraws ? Volume{} : state.volume;
  pushed_before_ = drawn_ = credited_ = Volume{};
  held_content_ = settings_.syringe_volume;
  clearing_ = false;
  pushes_ = true;
  at_arming_ = before.withdraws ? CounterAtArming{Volume{}, counter_, before.volume}
                                : CounterAtArming{before.volume, counter_, Volume{}};
  armed_ = true;
  co_return session_.identity() + strength;
}

Task<void> HarvardPump::set_up() {
  co_await session_.command_if_known("nvram off");
  co_await load("qs i");
  co_await read_limits();
  co_await set_targets();
}

/// A way to pump; its targets are gone then.
Task<void> HarvardPump::load(std::string method) {
  co_await session_.command_if_known("load " + method);
  co_await session_.command(print("diameter %.4f", in_millimeters(settings_.syringe_diameter)));
  co_await check_diameter();
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
  co_await session_.command_if_known(print("svolume %.6g ml", in_milliliters(settings_.syringe_volume)));
  co_await set_target_volume(settings_.syringe_volume);
}

Task<void> HarvardPump::set_target_volume(Volume volume) {
  co_await session_.command(print("tvolume %.6g ml", in_milliliters(volume)));
  co_await check_target_volume(volume);
}

Task<void> HarvardPump::check_target_volume(Volume volume) {
  const std::string text = co_await session_.ask("tvolume", is_volume);
  const auto held = pump_chain::parse_volume(text);
  if (held && pump_chain::same_in_six_digits(held->si(), volume.si())) co_return;
  fail(DeviceFault::refused, "answers '" + text + "' for the target volume that ends with its syringe");
}

/// Whoever reads the status meanwhile sees the old count or the new.
Task<void> HarvardPump::clear(std::string counters) {
  clearing_ = true;
  co_await session_.command(std::move(counters));
  clearing_ = false;
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
  Status state = co_await status();
  if (!pushes_) {
    co_await halt();
    co_await get_ready_to_push();
    state = co_await status();
  }
  require_free(state);
  const bool goes_on = state.moving && !state.withdraws;
  if (state.moving && !goes_on) co_await halt();
  if (!goes_on) {
    co_await check_diameter();  // both are gone after a reset
    co_await check_target_volume(held_content_);
  }
  co_await set_rate("irate", std::move(rate));
  if (!goes_on) {
    co_await run("irun", stops_before);
  } else {
    const bool moves = co_await comes_to_move(false);
    if (!moves && stops_before == stops_)
      fail(DeviceFault::refused, "stands still since its rate was changed");
  }
  if (stops_before != stops_) fail(DeviceFault::refused, "was stopped meanwhile");
  co_return held_;
}

/// A rate may be sent again: only after the pump has told that it holds another one.
Task<void> HarvardPump::set_rate(std::string name, pump_chain::Rate rate) {
  std::exception_ptr lost;
  for (int i = 0; i < 2; ++i) {
    lost = nullptr;
    try {
      co_await session_.command(name + " " + rate.text);
    } catch (const DeviceError& error) {
      if (!is_line_fault(error)) throw;
      lost = std::current_exception();
    }
    const bool taken = co_await holds(name, rate.flow);
    if (taken) co_return;
    if (!lost) fail(DeviceFault::refused, "holds the rate " + in_words(held_) + " instead of " + rate.text);
  }
  std::rethrow_exception(lost);
}

/// Right after a change the old value or its unit may still be told, or "not set".
Task<bool> HarvardPump::holds(std::string name, FlowRate flow) {
  held_ = FlowRate{};
  for (int i = 0; i < most_settling_polls; ++i) {
    if (i > 0) co_await clock_.sleep_for(settling_pause);
    const std::string text = co_await session_.ask(name, is_flow);
    const auto held = pump_chain::parse_flow(text);
    held_ = held.value_or(FlowRate{});
    if (held && pump_chain::same_in_six_digits(held->si(), flow.si())) co_return true;
  }
  co_return false;
}

Task<void> HarvardPump::run(std::string command, unsigned stops_before) {
  const std::function<void()> unless_stopped = [this, stops_before] {
    if (stops_before != stops_) fail(DeviceFault::refused, "was stopped meanwhile");
  };
  std::exception_ptr lost;
  for (int i = 0; i < 2; ++i) {
    lost = nullptr;
    try {
      co_await session_.command(command, unless_stopped);
    } catch (const DeviceError& error) {
      if (!is_line_fault(error)) throw;
      lost = std::current_exception();
    }
    const bool moves = co_await comes_to_move(command == "wrun");
    if (moves) co_return;
    if (stops_before != stops_) fail(DeviceFault::refused, "was stopped meanwhile");
    if (!blocked_.empty()) fail(DeviceFault::stalled, blocked_);
    if (!lost) fail(DeviceFault::refused, "did not start");
  }
  std::rethrow_exception(lost);
}

Task<bool> HarvardPump::comes_to_move(bool withdrawing) {
  const unsigned stops_before = stops_;
  for (int i = 0; i < most_settling_polls && stops_before == stops_ && blocked_.empty(); ++i) {
    if (i > 0) co_await clock_.sleep_for(settling_pause);
    const Status state = co_await status();
    if (state.moving && state.withdraws == withdrawing) co_return true;
  }
  co_return false;
}

Task<Volume> HarvardPump::draw(Volume volume, FlowRate flow) {
  require_armed();
  if (!(volume > Volume{} && volume <= settings_.syringe_volume))
    fail(DeviceFault::out_of_range, print("cannot draw %g mL into a syringe of %g mL", in_milliliters(volume),
                                          in_milliliters(settings_.syringe_volume)));
  pump_chain::Rate rate = rate_for(flow);
  const unsigned stops_before = stops_;
  const Mutex::Lock lock = co_await setting_.lock();
  co_await halt();
  if (!blocked_.empty()) fail(DeviceFault::stalled, blocked_);
  if (!pushes_) co_await get_ready_to_push();  // counts what an earlier draw left
  pushes_ = false;
  co_await clear("cwvolume");
  drawn_ = credited_ = Volume{};
  co_await load("qs w");
  co_await set_target_volume(volume);
  co_await set_rate("wrate", std::move(rate));
  co_await run("wrun", stops_before);
  co_await wait_until_drawn(longest_draw(volume, held_), stops_before);
  const Volume drawn = drawn_;
  if (!is_drawn(drawn, volume))
    fail(DeviceFault::refused, print("stands after it has drawn %g mL instead of %g mL",
                                     in_milliliters(drawn), in_milliliters(volume)));
  co_await get_ready_to_push();
  co_return drawn;
}

Task<void> HarvardPump::wait_until_drawn(Duration limit, unsigned stops_before) {
  const Instant deadline = clock_.now() + limit;
  for (;;) {
    const Status state = co_await status();
    if (stops_before != stops_) fail(DeviceFault::refused, "was stopped meanwhile");
    require_armed();
    if (!blocked_.empty()) fail(DeviceFault::stalled, blocked_);
    if (!state.moving) break;
    if (clock_.now() >= deadline)
      fail(DeviceFault::refused, "still draws although it should have what it was told to");
    co_await clock_.sleep_for(kDrawingPoll);
  }
  co_await halt();
}

/// While it stands: towards the reactor, up to what its syringe holds after it was drawn into.
Task<void> HarvardPump::get_ready_to_push() {
  co_await load("qs i");
  co_await session_.command("ctvolume");
  co_await clear("civolume");
  const Volume pushed = counter_ - counter_when_armed_;
  held_content_ = std::min(held_content_ - pushed + (drawn_ - credited_), settings_.syringe_volume);
  credited_ = drawn_;
  pushed_before_ = pushed_before_ + pushed;
  counter_ = counter_when_armed_ = Volume{};
  at_arming_.from = Volume{} - pushed_before_;
  co_await set_target_volume(held_content_);
  pushes_ = true;
}

Task<PumpReading> HarvardPump::read() {
  require_armed();
  const Status state = co_await status();
  require_armed();
  const FlowRate flow = state.moving && state.rate > FlowRate{} ? state.rate : held_;
  const Volume pushed = pushed_before_ + (counter_ - counter_when_armed_);
  co_return PumpReading{state.moving, !blocked_.empty(), flow, pushed, state.moving && state.withdraws,
                        drawn_};
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
