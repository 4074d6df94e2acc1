#include "devices/chemyx_pump.hpp"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <numbers>
#include <utility>

#include "devices/draw.hpp"
#include "devices/flow_change.hpp"
#include "devices/words.hpp"

namespace nocturne {
namespace {

constexpr Duration motion_poll_pause = std::chrono::milliseconds{100};
constexpr int most_start_polls = 20;  // until a pump that was started moves
constexpr double least_target_uL = 1e-5;
constexpr double told_speed_tolerance = 5e-3;  // limits are told in few digits
constexpr const char* microliters_per_hour = "3";
constexpr const char* units_of_microliters = "2";  // the unit of rates, µL/min, and with it of volumes

bool is_limits(const chemyx::Reply& reply) { return chemyx::parse_ranges(reply).has_value(); }
bool is_state(const chemyx::Reply& reply) { return reply.refused || chemyx::parse_state(reply).has_value(); }
bool is_start(const chemyx::Reply& reply) {
  return reply.refused || reply.lines[0].starts_with("Pump start") ||
         reply.lines[0].starts_with("Pump delay");
}

double area_mm2(Length diameter) {
  return std::numbers::pi / 4.0 * in_millimeters(diameter) * in_millimeters(diameter);
}

chemyx::Limits limits_before_arming(const ChemyxSettings& settings) {
  const double area = area_mm2(settings.syringe_diameter);
  return {in_microliters(settings.syringe_volume), 0.0, area * settings.top_speed_mm_per_min,
          area * settings.slowest_mm_per_min};
}

}  // namespace

ChemyxPump::ChemyxPump(Clock& clock, Line& line, ChemyxSettings settings)
    : clock_{clock},
      line_{line},
      settings_{std::move(settings)},
      limits_{limits_before_arming(settings_)},
      setting_{clock.io()},
      talking_{clock.io()} {
  assert(settings_.syringe_diameter.si() > 0.0 && settings_.syringe_volume.si() > 0.0);
}

Task<chemyx::Reply> ChemyxPump::send(std::string command, IsAnswer is_answer) {
  using Kind = FrameVerdict::Kind;
  Reply reply;
  std::string other;
  Framing framing = [&](std::string_view received) {
    const FrameVerdict verdict = chemyx::examine(received, command, reply);
    if (verdict.kind != Kind::reply && verdict.kind != Kind::reply_if_quiet) return verdict;
    if (is_answer(reply)) return verdict;
    other = reply.lines[0];
    return verdict.kind == Kind::reply ? FrameVerdict{Kind::foreign, verdict.length} : FrameVerdict{};
  };
  std::string request = command + "\r";
  try {
    co_await line_.transact(settings_.name, std::move(request), std::move(framing), settings_.reply_deadline);
  } catch (const DeviceError& error) {
    in_doubt_ = true;
    if (other.empty() || !is_line_fault(error)) throw;
    fail(DeviceFault::garbled, "answers '" + command + "' with '" + other + "'");
  } catch (...) {
    in_doubt_ = true;
    throw;
  }
  co_return reply;
}

/// No other reply is four numbers.
Task<void> ChemyxPump::resynchronise() {
  std::exception_ptr failure;
  const IsAnswer answer = is_limits;
  for (int i = 0; i < 2; ++i) {
    try {
      co_await send("read limit parameter", answer);
      in_doubt_ = false;
      co_return;
    } catch (const DeviceError& error) {
      if (!is_line_fault(error)) throw;
      failure = std::current_exception();
    }
  }
  std::rethrow_exception(failure);
}

Task<chemyx::Reply> ChemyxPump::converse(std::string command, IsAnswer is_answer,
                                         std::optional<unsigned> unless_stopped) {
  const Mutex::Lock lock = co_await talking_.lock();
  if (in_doubt_) co_await resynchronise();
  if (unless_stopped && *unless_stopped != stops_) fail(DeviceFault::refused, "was stopped meanwhile");
  Reply reply = co_await send(command, is_answer);
  if (reply.refused) fail(DeviceFault::refused, "does not know '" + command + "'");
  co_return reply;
}

Task<chemyx::Reply> ChemyxPump::query(std::string command, IsAnswer is_answer) {
  try {
    co_return co_await converse(command, is_answer, std::nullopt);
  } catch (const DeviceError& error) {
    if (!is_line_fault(error)) throw;
  }
  co_return co_await converse(command, is_answer, std::nullopt);
}

/// "elapsed time", "dispensed volume".
Task<double> ChemyxPump::counter(std::string name) {
  const IsAnswer answer = [&](const Reply& reply) {
    return reply.refused || chemyx::parse_value(reply, name).has_value();
  };
  const Reply reply = co_await query(name, answer);
  co_return chemyx::parse_value(reply, name)->number;
}

/// Nothing if the pump has no such query.
Task<std::optional<chemyx::State>> ChemyxPump::state() {
  if (!has_status_) co_return std::nullopt;
  const IsAnswer answer = is_state;
  const Reply reply = co_await query("pump status", answer);
  const std::optional<State> state = chemyx::parse_state(reply);
  if (armed_ && state == State::stalled) stalled_ = true;
  co_return state;
}

void ChemyxPump::require_armed() const {
  if (!armed_) fail(DeviceFault::refused, "is not armed");
}

void ChemyxPump::fail(DeviceFault fault, const std::string& detail) const {
  throw DeviceError{fault, settings_.name, detail};
}

Task<std::string> ChemyxPump::arm() {
  const Mutex::Lock lock = co_await setting_.lock();
  armed_ = stalled_ = flowing_ = false;
  counted_ = Counted::pushed;
  held_ = FlowRate{};
  if (!settings_.unwatched)
    fail(
        DeviceFault::refused,
        "has no watchdog: if this program dies, it pumps until its syringe is empty (unwatched = true in the "
        "bench file accepts that)");
  co_await meet();
  co_await halt();
  const double found_uL = co_await counter("dispensed volume");
  co_await set_syringe();
  co_await read_limits();
  co_await set("delay", "0");
  counter_uL_ = co_await counter("dispensed volume");
  delivered_uL_ = -counter_uL_;
  filled_to_uL_ = in_microliters(settings_.syringe_volume);
  drawn_uL_ = 0.0;
  at_arming_ = {microliters(found_uL), microliters(counter_uL_)};
  armed_ = true;
  co_return print("Chemyx, %g to %g µL/min", limits_.slowest, limits_.fastest);
}

Task<void> ChemyxPump::meet() {
  in_doubt_ = true;
  const IsAnswer answer = is_limits;
  co_await query("read limit parameter", answer);
  has_status_ = settings_.status_query;
  try {
    co_await state();
  } catch (const DeviceError& error) {
    if (error.fault() == DeviceFault::unreachable) throw;
    has_status_ = false;
  }
}

/// Nothing reads a setting back, but the reply to setting it is the value as the pump has taken it. Lost, it
/// is set again only while the pump stands: nothing comes of it before the next start.
Task<double> ChemyxPump::set(std::string name, std::string value) {
  const std::string command = "set " + name + " " + value;
  const double asked = std::stod(value);
  const IsAnswer answer = [&](const Reply& reply) {
    return reply.refused || chemyx::parse_value(reply, name).has_value();
  };
  std::optional<Reply> reply;
  try {
    reply = co_await converse(command, answer, std::nullopt);
  } catch (const DeviceError& error) {
    if (!is_line_fault(error)) throw;
  }
  if (!reply) {
    co_await halt();
    reply = co_await converse(command, answer, std::nullopt);
  }
  const auto told = chemyx::parse_value(*reply, name);
  if (chemyx::took(*told, asked)) co_return told->number;
  fail(DeviceFault::refused,
       "took the " + name + " " + value + " as " + print("%g", told->number) + " (its limit?)");
}

Task<void> ChemyxPump::set_syringe() {
  co_await set("units", units_of_microliters);
  co_await set("diameter", print("%.3f", in_millimeters(settings_.syringe_diameter)));
}

Task<void> ChemyxPump::read_limits() {
  const IsAnswer answer = is_limits;
  co_await set("units", microliters_per_hour);
  const Reply per_hour = co_await query("read limit parameter", answer);
  co_await set("units", units_of_microliters);
  const Reply per_minute = co_await query("read limit parameter", answer);
  const auto told = chemyx::limits_of(*chemyx::parse_ranges(per_minute), *chemyx::parse_ranges(per_hour));
  if (!told) fail(DeviceFault::refused, "tells limits of which neither or both change from µL/min to µL/h");
  const chemyx::Limits& limits = *told;
  const double speed = limits.fastest / area_mm2(settings_.syringe_diameter);
  const double expected = settings_.top_speed_mm_per_min;
  if (settings_.speed_is_known && std::abs(speed - expected) > told_speed_tolerance * expected)
    fail(DeviceFault::refused,
         print("goes up to %g µL/min, with this syringe %g mm/min of plunger instead of "
               "%g: a wrong diameter or another model",
               limits.fastest, speed, expected));
  limits_ = limits;
}

/// It never runs past the end of the syringe, even if nobody stops it.
Task<void> ChemyxPump::set_content() {
  const double left = filled_to_uL_ - (delivered_uL_ + counter_uL_);
  if (left < std::max(limits_.least_volume, least_target_uL))
    fail(DeviceFault::refused, "has delivered what its syringe holds; fill it and arm it again");
  const chemyx::Number target =
      chemyx::quantise(std::min(left, limits_.most_volume), limits_.least_volume, limits_.most_volume);
  co_await set("volume", target.text);
}

chemyx::Number ChemyxPump::rate_for(FlowRate flow) const {
  constexpr double hair = 1e-9;
  if (!(flow >= (1.0 - hair) * min_flow() && flow <= (1.0 + hair) * max_flow()))
    fail(DeviceFault::out_of_range, print("%g µL/min is outside %g to %g", in_microliters_per_minute(flow),
                                          limits_.slowest, limits_.fastest));
  return chemyx::quantise(in_microliters_per_minute(flow), limits_.slowest, limits_.fastest);
}

Task<FlowRate> ChemyxPump::set_flow(FlowRate flow) {
  require_armed();
  if (flow == FlowRate{}) {
    co_await stop();
    co_return FlowRate{};
  }
  const chemyx::Number rate = rate_for(flow);
  const unsigned stops_before = stops_;
  const Mutex::Lock lock = co_await setting_.lock();
  const FlowChange change{changing_, flowing_ && counted_ != Counted::drawn};
  co_await halt();
  co_await count();
  close_draw();
  if (stalled_) fail(DeviceFault::stalled, "is stalled; arm it again");
  co_await set_syringe();  // a reset pump has forgotten them
  co_await set_content();
  held_ = microliters_per_minute(co_await set("rate", rate.text));
  co_await start(stops_before, Counted::pushed);
  if (stops_before != stops_) fail(DeviceFault::refused, "was stopped meanwhile");
  co_return held_;
}

/// A lost start is sent again only after the pump's clock has told that it stands.
Task<void> ChemyxPump::start(unsigned stops_before, Counted what) {
  const IsAnswer answer = is_start;
  std::exception_ptr lost;
  for (int i = 0; i < 2; ++i) {
    lost = nullptr;
    try {
      co_await converse("start", answer, stops_before);
    } catch (const DeviceError& error) {
      if (!is_line_fault(error)) throw;
      lost = std::current_exception();
    }
    if (co_await comes_to_move()) {
      flowing_ = true;
      counted_ = what;
      last_progress_ = clock_.now();
      co_await count();
      co_return;
    }
    if (stops_before != stops_) fail(DeviceFault::refused, "was stopped meanwhile");
    if (stalled_) fail(DeviceFault::stalled, "is stalled; arm it again");
    if (!lost) fail(DeviceFault::refused, "did not start");
  }
  std::rethrow_exception(lost);
}

Task<bool> ChemyxPump::comes_to_move() {
  const unsigned stops_before = stops_;
  const double before = co_await counter("elapsed time");
  for (int i = 0; i < most_start_polls && stops_before == stops_ && !stalled_; ++i) {
    co_await clock_.sleep_for(motion_poll_pause);
    const double now = co_await counter("elapsed time");
    const std::optional<State> told = co_await state();
    if (now != before && (!told || *told == State::running)) co_return true;
  }
  co_return false;
}

/// The pump counts from zero at every start.
Task<void> ChemyxPump::count() {
  const double now = co_await counter("dispensed volume");
  if (counted_ == Counted::neither) co_return;
  double& seen = counted_ == Counted::drawn ? drawn_uL_ : counter_uL_;
  if (counted_ == Counted::pushed && now < seen) delivered_uL_ += seen;
  if (now != seen) last_progress_ = clock_.now();
  seen = now;
}

Task<Volume> ChemyxPump::draw(Volume volume, FlowRate flow) {
  require_armed();
  const chemyx::Number rate = rate_for(flow);
  const unsigned stops_before = stops_;
  const Mutex::Lock lock = co_await setting_.lock();
  co_await halt();
  co_await count();
  close_draw();
  if (stalled_) fail(DeviceFault::stalled, "is stalled; arm it again");
  co_await set_syringe();
  const Volume target = co_await set_draw(volume);
  held_ = microliters_per_minute(co_await set("rate", rate.text));
  counted_ = Counted::neither;  // until it runs what it shows is what was pushed
  delivered_uL_ += std::exchange(counter_uL_, 0.0);
  drawn_uL_ = 0.0;
  co_await start(stops_before, Counted::drawn);
  co_await wait_until_drawn(longest_draw(target, held_), stops_before);
  co_await count();
  const Volume drawn = microliters(drawn_uL_);
  close_draw();
  if (!is_drawn(drawn, target))
    fail(DeviceFault::refused, print("stands after it has drawn %g mL instead of %g mL",
                                     in_milliliters(drawn), in_milliliters(target)));
  co_return drawn;
}

/// A negative volume is withdrawn. What the pump took, never more than asked.
Task<Volume> ChemyxPump::set_draw(Volume volume) {
  const double most = std::min(in_microliters(volume), limits_.most_volume);
  if (volume > settings_.syringe_volume || most < std::max(limits_.least_volume, least_target_uL))
    fail(DeviceFault::out_of_range, print("cannot draw %g mL into a syringe of %g mL", in_milliliters(volume),
                                          in_milliliters(settings_.syringe_volume)));
  const chemyx::Number target = chemyx::quantise(most, limits_.least_volume, most);
  const double taken_uL = co_await set("volume", "-" + target.text);
  co_return microliters(-taken_uL);
}

Task<void> ChemyxPump::wait_until_drawn(Duration limit, unsigned stops_before) {
  const Instant deadline = clock_.now() + limit;
  bool still = false;
  while (!still) {
    still = co_await stands();
    if (stops_before != stops_) fail(DeviceFault::refused, "was stopped meanwhile");
    if (stalled_) fail(DeviceFault::stalled, "is stalled; arm it again");
    if (!still && clock_.now() >= deadline)
      fail(DeviceFault::refused, "still draws although it should have what it was told to");
  }
  flowing_ = false;
}

/// What was drawn may be delivered from now on, as far as the syringe can hold it.
void ChemyxPump::close_draw() {
  if (counted_ != Counted::drawn) return;
  counted_ = Counted::neither;
  const double full_uL = delivered_uL_ + counter_uL_ + in_microliters(settings_.syringe_volume);
  filled_to_uL_ = std::min(filled_to_uL_ + drawn_uL_, full_uL);
}

Task<PumpReading> ChemyxPump::read() {
  require_armed();
  co_await count();
  const std::optional<State> told = co_await state();
  const bool progresses = flowing_ && clock_.now() - last_progress_ <= 2 * settings_.stand_still;
  const bool moving = changing_ || (progresses && (!told || *told == State::running));
  co_return PumpReading{moving,
                        stalled_,
                        held_,
                        microliters(delivered_uL_ + counter_uL_),
                        moving && counted_ == Counted::drawn,
                        microliters(drawn_uL_)};
}

Task<void> ChemyxPump::stop() {
  ++stops_;
  co_await halt();
}

/// Sent even when the line is out of step: what came of it is judged by its clock.
Task<void> ChemyxPump::press_stop() {
  const IsAnswer answer = [](const Reply&) { return true; };
  const Mutex::Lock lock = co_await talking_.lock();
  try {
    co_await send("stop", answer);
  } catch (const DeviceError&) {
  }
}

Task<bool> ChemyxPump::stands() {
  const double before = co_await counter("elapsed time");
  co_await clock_.sleep_for(settings_.stand_still);
  const double after = co_await counter("elapsed time");
  const std::optional<State> told = co_await state();
  co_return before == after && (!told || (*told != State::running && *told != State::delayed));
}

Task<void> ChemyxPump::halt() {
  const Instant deadline = clock_.now() + settings_.stop_deadline;
  std::exception_ptr failure;
  do {
    co_await press_stop();
    try {
      failure = nullptr;
      if (co_await stands()) {
        flowing_ = false;
        co_return;
      }
    } catch (const DeviceError&) {
      failure = std::current_exception();
    }
    if (failure) co_await clock_.sleep_for(motion_poll_pause);
  } while (clock_.now() < deadline);
  if (failure) std::rethrow_exception(failure);
  fail(DeviceFault::refused, "still moves after being told to stop");
}

}  // namespace nocturne
