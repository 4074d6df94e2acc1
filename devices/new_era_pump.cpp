#include "devices/new_era_pump.hpp"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <numbers>
#include <utility>

#include "devices/draw.hpp"
#include "devices/error.hpp"
#include "devices/flow_change.hpp"
#include "devices/words.hpp"

namespace nocturne {
namespace {

constexpr int most_repeats = 3;  // of what the pump says it has not executed
constexpr double most_in_four_digits = 9999.0;
constexpr Duration halting_pause = std::chrono::milliseconds{50};

bool is_moving(char status) { return status == 'I' || status == 'W' || status == 'X'; }

/// As the pump would print both: equal to four digits.
bool same_number(double a, double b) { return std::abs(a - b) <= 2e-4 * std::max(std::abs(a), std::abs(b)); }

double area_m2(Length diameter) { return std::numbers::pi / 4.0 * diameter.si() * diameter.si(); }

}  // namespace

struct NewEraPump::Rate {
  new_era::Number number;
  std::string unit;
  FlowRate flow;
};

NewEraPump::NewEraPump(Clock& clock, Line& line, NewEraSettings settings)
    : clock_{clock}, line_{line}, settings_{std::move(settings)}, setting_{clock.io()}, talking_{clock.io()} {
  assert(settings_.address >= 0 && settings_.address <= 99);
  assert(settings_.watchdog_s >= 0 && settings_.watchdog_s <= 255);
  assert(settings_.syringe_diameter.si() > 0.0);
}

FlowRate NewEraPump::min_flow() const {
  return FlowRate::from_si(area_m2(settings_.syringe_diameter) * settings_.min_plunger_cm_per_h * 0.01 /
                           3600.0);
}

FlowRate NewEraPump::max_flow() const {
  const FlowRate fastest =
      FlowRate::from_si(area_m2(settings_.syringe_diameter) * settings_.max_plunger_cm_per_min * 0.01 / 60.0);
  return settings_.only_microliters ? std::min(fastest, microliters_per_minute(most_in_four_digits))
                                    : fastest;
}

Task<NewEraPump::Reply> NewEraPump::send(std::string command, bool expect_version) {
  Reply reply;
  Framing framing = [this, &reply, expect_version](std::string_view received) {
    FrameVerdict verdict = new_era::examine(received, settings_.address, reply);
    if (verdict.kind != FrameVerdict::Kind::reply) return verdict;
    if (reply.alarm != '\0') note_alarm(reply.alarm);
    if (expect_version && !new_era::is_version(reply.data)) verdict.kind = FrameVerdict::Kind::foreign;
    return verdict;
  };
  const std::string text = std::to_string(settings_.address) + command;
  std::string request = packets_ ? new_era::packet(text) : text + "\r";
  try {
    co_await line_.transact(settings_.name, std::move(request), std::move(framing), settings_.reply_deadline);
  } catch (...) {
    in_doubt_ = true;
    throw;
  }
  // An alarm may have been announced unasked, and then the reply to this command is still to come.
  if (reply.alarm != '\0') in_doubt_ = true;
  co_return reply;
}

/// Replies carry nothing that tells to which command they belong, except that no other one looks like a
/// version.
Task<void> NewEraPump::resynchronise() {
  std::exception_ptr failure;
  for (int i = 0; i < 2; ++i) {
    try {
      co_await send("VER", true);
      in_doubt_ = false;
      co_return;
    } catch (const DeviceError& error) {
      if (!is_line_fault(error)) throw;
      failure = std::current_exception();
    }
  }
  std::rethrow_exception(failure);
}

Task<NewEraPump::Reply> NewEraPump::converse(std::string command, std::optional<unsigned> unless_stopped) {
  const Mutex::Lock lock = co_await talking_.lock();
  if (in_doubt_) co_await resynchronise();
  if (unless_stopped && *unless_stopped != stops_) fail(DeviceFault::refused, "was stopped meanwhile");
  co_return co_await send(std::move(command));
}

Task<NewEraPump::Reply> NewEraPump::exchange(std::string command, std::optional<unsigned> unless_stopped) {
  for (int i = 0; i < most_repeats; ++i) {
    Reply reply = co_await converse(command, unless_stopped);
    if (reply.alarm != '\0') {
      if (stalled_) fail(DeviceFault::stalled, "the motor is stalled");
      if (!tripped_.empty()) fail(DeviceFault::refused, tripped_);
      continue;  // it has told about its past instead of executing the command
    }
    if (reply.data == "?COM") continue;
    if (reply.data == "?OOR") fail(DeviceFault::out_of_range, "says that '" + command + "' is out of range");
    if (reply.data == "?NA") fail(DeviceFault::refused, "says that '" + command + "' is not applicable now");
    if (reply.data.starts_with('?'))
      fail(DeviceFault::refused, "answers '" + command + "' with " + reply.data);
    co_return reply;
  }
  fail(DeviceFault::garbled, "did not take '" + command + "' (alarms or damaged packets)");
}

Task<NewEraPump::Reply> NewEraPump::query(std::string command) {
  try {
    co_return co_await exchange(command);
  } catch (const DeviceError& error) {
    if (!is_line_fault(error)) throw;
  }
  co_return co_await exchange(command);
}

void NewEraPump::note_alarm(char alarm) {
  if (!armed_) return;
  if (alarm == 'S')
    stalled_ = true;
  else if (alarm == 'T')
    tripped_ = "was stopped by its own watchdog; arm it again";
  else if (alarm == 'R')
    tripped_ = "was reset (power failure?); arm it again";
  else
    tripped_ = std::string{"raised the alarm "} + alarm + "; arm it again";
}

void NewEraPump::require_armed() const {
  if (!armed_) fail(DeviceFault::refused, "is not armed");
  if (!tripped_.empty()) fail(DeviceFault::refused, tripped_);
}

void NewEraPump::fail(DeviceFault fault, const std::string& detail) const {
  throw DeviceError{fault, settings_.name, detail};
}

Task<std::string> NewEraPump::arm() {
  const Mutex::Lock lock = co_await setting_.lock();
  armed_ = false;
  stalled_ = false;
  tripped_.clear();
  held_ = FlowRate{};
  co_await find();
  co_await halt();
  std::string identity = co_await identify();
  const Reply counters = co_await query("DIS");
  const auto counted = new_era::parse_dispensed(counters.data).value_or(new_era::Dispensed{});
  at_arming_ = {counted.infused, Volume{}, counted.withdrawn};
  pushed_before_ = Volume{};
  co_await set_up();
  co_await arm_watchdog();
  armed_ = true;
  co_return identity;
}

/// From whatever mode it is in to basic mode.
Task<void> NewEraPump::find() {
  packets_ = true;
  in_doubt_ = false;
  std::exception_ptr silence;
  for (int i = 0; i < most_repeats; ++i) {
    try {
      const Reply reply = co_await converse("SAF0");
      if (reply.alarm == '\0' && reply.data.empty()) {
        packets_ = false;
        if (silence) in_doubt_ = true;  // this may have been the answer to the first attempt
        co_return;
      }
      if (reply.data == "?") fail(DeviceFault::refused, "has no safe mode");
    } catch (const DeviceError& error) {
      if (!is_line_fault(error)) throw;
      if (silence) break;
      silence = std::current_exception();
      in_doubt_ = false;
    }
  }
  if (settings_.watchdog_s > 0) {
    if (silence) std::rethrow_exception(silence);
    fail(DeviceFault::garbled, "cannot be brought into basic mode");
  }
  packets_ = false;
  in_doubt_ = true;
}

Task<std::string> NewEraPump::identify() {
  const Reply reply = co_await query("VER");
  if (!new_era::is_version(reply.data))
    fail(DeviceFault::refused, "is not a New Era pump: it calls itself '" + reply.data + "'");
  co_return reply.data;
}

Task<void> NewEraPump::set_up() {
  co_await exchange("PF0");  // a power dip must not start it again
  const Reply power_fail = co_await query("PF");
  if (const auto mode = new_era::parse_measure(power_fail.data); !mode || mode->value != 0.0)
    fail(DeviceFault::refused, "would start again by itself after a power failure");
  co_await set_optional("LOC1");
  co_await set_optional("BP0");
  co_await set_optional("AL1");
  co_await set_diameter();
  co_await get_ready_to_push();
  co_await exchange("CLDINF");
  co_await exchange("CLDWDR");
}

/// Towards the reactor, until told otherwise.
Task<void> NewEraPump::get_ready_to_push() {
  pushes_ = false;
  co_await exchange("VOL0");
  const Reply volume = co_await query("VOL");
  if (const auto limit = new_era::parse_measure(volume.data); !limit || limit->value != 0.0)
    fail(DeviceFault::refused, "keeps a target volume of " + volume.data);
  co_await set_direction("INF");
  pushes_ = true;
}

Task<void> NewEraPump::set_direction(std::string direction) {
  co_await exchange("DIR" + direction);
  const Reply held = co_await query("DIR");
  if (held.data != direction) fail(DeviceFault::refused, "keeps the direction " + held.data);
}

/// For conveniences that not every firmware has.
Task<void> NewEraPump::set_optional(std::string command) {
  try {
    co_await exchange(std::move(command));
  } catch (const DeviceError& error) {
    if (error.fault() != DeviceFault::refused && error.fault() != DeviceFault::out_of_range) throw;
  }
}

Task<void> NewEraPump::set_diameter() {
  const new_era::Number diameter =
      new_era::quantise(in_millimeters(settings_.syringe_diameter), 0.0, most_in_four_digits);
  const Reply before = co_await query("DIA");
  const auto held_before = new_era::parse_measure(before.data);
  if (held_before && same_number(held_before->value, diameter.value)) co_return;
  co_await exchange("DIA" + diameter.text);
  const Reply after = co_await query("DIA");
  const auto held = new_era::parse_measure(after.data);
  if (!held || !same_number(held->value, diameter.value))
    fail(DeviceFault::refused,
         "holds a syringe diameter of " + after.data + " mm instead of " + diameter.text + " mm");
}

Task<void> NewEraPump::arm_watchdog() {
  if (settings_.watchdog_s == 0) co_return;
  packets_ = true;
  co_await exchange("SAF" + std::to_string(settings_.watchdog_s));
  const Reply reply = co_await query("SAF");
  const auto held = new_era::parse_measure(reply.data);
  if (!held || held->value != settings_.watchdog_s)
    fail(DeviceFault::refused, "holds a watchdog of '" + reply.data + "' s instead of " +
                                   std::to_string(settings_.watchdog_s) + " s");
}

NewEraPump::Rate NewEraPump::rate_for(FlowRate flow) const {
  constexpr double hair = 1e-9;
  if (!(flow >= (1.0 - hair) * min_flow() && flow <= (1.0 + hair) * max_flow()))
    fail(DeviceFault::out_of_range,
         in_words(flow, 4) + " is outside " + in_words(min_flow(), 4) + " to " + in_words(max_flow(), 4));
  const double microliters = in_microliters_per_minute(flow);
  const char* unit = microliters < 1.0 ? "UH" : "UM";  // in the finer unit three decimals are four digits
  if (microliters > most_in_four_digits && !settings_.only_microliters) unit = "MM";
  const FlowRate one = *new_era::to_flow({1.0, unit});
  new_era::Number number = new_era::quantise(flow / one, min_flow() / one, max_flow() / one);
  const FlowRate held = number.value * one;
  return {std::move(number), unit, held};
}

Task<FlowRate> NewEraPump::set_flow(FlowRate flow) {
  require_armed();
  if (flow == FlowRate{}) {
    co_await stop();
    co_return FlowRate{};
  }
  if (stalled_) fail(DeviceFault::stalled, "is stalled; arm it again");
  Rate rate = rate_for(flow);
  const unsigned stops_before = stops_;
  const Mutex::Lock lock = co_await setting_.lock();
  const Reply state = co_await query("");
  const Reply current = co_await query("RAT");
  const auto current_rate = new_era::parse_measure(current.data);
  const bool goes_on = pushes_ && state.status == 'I' && current_rate && current_rate->unit == rate.unit;
  const FlowChange change{changing_, state.status == 'I' && !goes_on};
  if (!goes_on) co_await halt();  // the unit cannot change while it pumps
  if (!pushes_) co_await get_ready_to_push();
  co_await set_rate(rate, goes_on);
  if (!goes_on) co_await run(stops_before, 'I');
  if (stops_before != stops_) fail(DeviceFault::refused, "was stopped meanwhile");
  co_return held_;
}

Task<void> NewEraPump::set_rate(Rate rate, bool moving) {
  const std::string command = "RAT" + rate.number.text + (moving ? "" : rate.unit);
  std::exception_ptr lost;
  for (int i = 0; i < 2; ++i) {
    lost = nullptr;
    try {
      co_await exchange(command);
    } catch (const DeviceError& error) {
      if (!is_line_fault(error)) throw;
      lost = std::current_exception();
    }
    const Reply reply = co_await query("RAT");
    const auto held = new_era::parse_measure(reply.data);
    const auto held_flow = held ? new_era::to_flow(*held) : std::nullopt;
    if (!held_flow) fail(DeviceFault::garbled, "reports the rate '" + reply.data + "'");
    held_ = *held_flow;
    if (held->unit == rate.unit && same_number(held->value, rate.number.value)) co_return;
    if (!lost)
      fail(DeviceFault::refused,
           "holds the rate " + reply.data + " instead of " + rate.number.text + rate.unit);
  }
  std::rethrow_exception(lost);
}

Task<void> NewEraPump::run(unsigned stops_before, char direction) {
  std::exception_ptr lost;
  for (int i = 0; i < 2; ++i) {
    lost = nullptr;
    try {
      co_await exchange("RUN", stops_before);
    } catch (const DeviceError& error) {
      if (!is_line_fault(error)) throw;
      lost = std::current_exception();
    }
    const Reply state = co_await query("");
    if (state.status == direction) co_return;
    if (stops_before != stops_) fail(DeviceFault::refused, "was stopped meanwhile");
    if (!lost) fail(DeviceFault::refused, std::string{"did not start: status "} + state.status);
  }
  std::rethrow_exception(lost);
}

Task<Volume> NewEraPump::draw(Volume volume, FlowRate flow) {
  require_armed();
  if (stalled_) fail(DeviceFault::stalled, "is stalled; arm it again");
  Rate rate = rate_for(flow);
  const unsigned stops_before = stops_;
  const Mutex::Lock lock = co_await setting_.lock();
  co_await halt();
  pushes_ = false;
  const Volume target = co_await set_target(volume);
  co_await set_direction("WDR");
  co_await clear_counters();
  co_await set_rate(rate, false);
  co_await run(stops_before, 'W');
  co_await wait_until_drawn(longest_draw(target, held_), stops_before);
  const new_era::Dispensed counted = co_await dispensed();
  if (!is_drawn(counted.withdrawn, target))
    fail(DeviceFault::refused, print("stands after it has drawn %g mL instead of %g mL",
                                     in_milliliters(counted.withdrawn), in_milliliters(target)));
  co_await get_ready_to_push();
  co_return counted.withdrawn;
}

/// They hold four digits: at most 9999 µL with a narrow syringe.
Task<void> NewEraPump::clear_counters() {
  const new_era::Dispensed counted = co_await dispensed();
  co_await query("CLDINF");
  pushed_before_ = pushed_before_ + counted.infused;
  at_arming_.from = Volume{} - pushed_before_;
  co_await query("CLDWDR");
}

/// What the pump will draw, in the unit that it counts in; never more than asked.
Task<Volume> NewEraPump::set_target(Volume volume) {
  const Reply before = co_await query("VOL");
  const auto measure = new_era::parse_measure(before.data);
  const auto one = measure ? new_era::to_volume({1.0, measure->unit}) : std::nullopt;
  if (!one) fail(DeviceFault::garbled, "reports the target volume '" + before.data + "'");
  const double most = std::min(volume / *one, most_in_four_digits);
  const new_era::Number target = new_era::quantise(most, 0.0, most);
  if (target.value <= 0.0) fail(DeviceFault::out_of_range, "cannot draw so little");
  co_await exchange("VOL" + target.text);
  const Reply after = co_await query("VOL");
  const auto held = new_era::parse_measure(after.data);
  if (!held || held->unit != measure->unit || !same_number(held->value, target.value))
    fail(DeviceFault::refused, "holds the target volume " + after.data + " instead of " + target.text);
  co_return target.value** one;
}

Task<void> NewEraPump::wait_until_drawn(Duration limit, unsigned stops_before) {
  const Instant deadline = clock_.now() + limit;
  for (;;) {
    const Reply state = co_await query("");
    if (stops_before != stops_) fail(DeviceFault::refused, "was stopped meanwhile");
    require_armed();
    if (stalled_) fail(DeviceFault::stalled, "is stalled; arm it again");
    if (state.status == 'S') co_return;
    if (clock_.now() >= deadline) break;
    co_await clock_.sleep_for(kDrawingPoll);
  }
  fail(DeviceFault::refused, "still draws although it should have what it was told to");
}

Task<new_era::Dispensed> NewEraPump::dispensed() {
  const Reply reply = co_await query("DIS");
  const auto counted = new_era::parse_dispensed(reply.data);
  if (!counted) fail(DeviceFault::garbled, "reports the volumes '" + reply.data + "'");
  co_return *counted;
}

Task<PumpReading> NewEraPump::read() {
  require_armed();
  const bool changing = changing_;
  std::optional<Reply> reply;
  try {
    reply = co_await query("DIS");
  } catch (const DeviceError& error) {
    if (error.fault() != DeviceFault::stalled) throw;
  }
  if (!reply) reply = co_await query("DIS");
  require_armed();
  const auto counted = new_era::parse_dispensed(reply->data);
  if (!counted) fail(DeviceFault::garbled, "reports the volumes '" + reply->data + "'");
  const bool moving = is_moving(reply->status) || changing || changing_;
  co_return PumpReading{
      moving, stalled_, held_, pushed_before_ + counted->infused, reply->status == 'W', counted->withdrawn};
}

Task<void> NewEraPump::stop() {
  ++stops_;
  co_await halt();
}

/// Sent even when the line is out of step: what comes back is judged by the poll that follows.
Task<void> NewEraPump::press_stop() {
  const Mutex::Lock lock = co_await talking_.lock();
  co_await send("STP");
}

/// The first STP pauses, the second stops, and right after it the pump still reports that it moves.
Task<void> NewEraPump::halt() {
  const Instant deadline = clock_.now() + settings_.stop_deadline;
  std::exception_ptr failure;
  do {
    char status = '\0';
    try {
      failure = nullptr;
      co_await press_stop();
      const Reply reply = co_await converse("");
      status = reply.status;
    } catch (const DeviceError&) {
      failure = std::current_exception();
    }
    if (status == 'S') co_return;
    if (status != 'P') co_await clock_.sleep_for(halting_pause);
  } while (clock_.now() < deadline);
  if (failure) std::rethrow_exception(failure);
  fail(DeviceFault::refused, "still moves after being told to stop");
}

}  // namespace nocturne
