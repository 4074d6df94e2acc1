#include "devices/virtual/pump_motion.hpp"

#include <algorithm>
#include <cmath>

namespace nocturne::virtual_pump {

namespace {

constexpr double ramp_step_s = 0.1;  // at the rate of its middle, so that the volume is that of the ramp

int steps_of(const Ramp& ramp) {
  return std::max(1, static_cast<int>(std::ceil(ramp.seconds / ramp_step_s)));
}

std::optional<Instant> earlier(std::optional<Instant> a, std::optional<Instant> b) {
  if (!a || !b) return a ? a : b;
  return std::min(*a, *b);
}

}  // namespace

Motion::Motion(VirtualSyringe syringe, bool limit_switches, FlowListener listener)
    : limit_switches_{limit_switches}, listener_{std::move(listener)}, drive_{syringe} {}

void Motion::advance(Instant now) {
  for (auto next = next_event(); next && *next <= now; next = next_event()) {
    count(*next);
    happen(*next);
  }
  count(now);
}

std::optional<Instant> Motion::next_event() const {
  if (!moving()) return std::nullopt;
  return earlier(earlier(reaches_target(), next_ramp_step()), drive_.reaches_end());
}

void Motion::start(Way way, double flow, Length diameter, std::optional<Ramp> ramp, Instant now) {
  way_ = way;
  state_ = way == Way::infuse ? State::infusing : State::withdrawing;
  area_ = area_m2(diameter);
  ramp_ = ramp;
  ramp_step_ = 0;
  started_ = now;
  if (ramp_)
    step_ramp(now);
  else
    deliver(flow, now);
  check_load(now);
}

void Motion::change_flow(double flow, Instant now) {
  ramp_.reset();
  deliver(flow, now);
}

void Motion::stop(Instant now) { halt(State::idle, now); }

void Motion::calm() {
  if (!moving()) state_ = State::idle;
}

void Motion::set_targets(Targets targets) {
  targets_ = targets;
  restart_targets();
}

void Motion::clear_volume(Way way) {
  counters_[index(way)].total.volume = 0.0;
  counters_[index(way)].since_target.volume = 0.0;
  calm();
}

void Motion::clear_time(Way way) {
  counters_[index(way)].total.time = 0.0;
  counters_[index(way)].since_target.time = 0.0;
  calm();
}

void Motion::restart_targets() {
  for (Counters& counters : counters_) counters.since_target = {};
  calm();
}

void Motion::set_load(double back_pressure, double strongest_push, Instant now) {
  back_pressure_ = back_pressure;
  strongest_push_ = strongest_push;
  check_load(now);
}

void Motion::jam(bool jammed, Instant now) {
  jammed_ = jammed;
  check_load(now);
}

void Motion::insert(VirtualSyringe syringe, Instant now) {
  drive_.insert(syringe);
  announce(now);
  check_load(now);
}

void Motion::count(Instant until) {
  const double elapsed = in_seconds(until - counted_to_);
  counted_to_ = until;
  drive_.advance(until);
  if (!moving()) return;
  Counters& counters = counters_[index(way_)];
  for (Counter* counter : {&counters.total, &counters.since_target}) {
    counter->volume += flow_ * elapsed;
    counter->time += elapsed;
  }
}

void Motion::happen(Instant now) {
  const auto is_due = [&](std::optional<Instant> event) { return event && *event <= now; };
  if (is_due(reaches_target())) {
    counters_[index(way_)].since_target = {};
    halt(State::target_reached, now);
  } else if (is_due(drive_.reaches_end())) {
    const State limit = way_ == Way::infuse ? State::infuse_limit : State::withdraw_limit;
    halt(limit_switches_ ? limit : State::stalled, now);
  } else {
    step_ramp(now);
  }
}

std::optional<Instant> Motion::reaches_target() const {
  const Counter& counter = counters_[index(way_)].since_target;
  std::optional<Instant> first;
  if (targets_.volume) first = after(counted_to_, (*targets_.volume - counter.volume) / flow_);
  if (targets_.time) first = earlier(first, after(counted_to_, *targets_.time - counter.time));
  return first;
}

std::optional<Instant> Motion::next_ramp_step() const {
  if (!ramp_) return std::nullopt;
  return after(started_, ramp_->seconds * ramp_step_ / steps_of(*ramp_));
}

void Motion::step_ramp(Instant now) {
  const int steps = steps_of(*ramp_);
  if (ramp_step_ == steps) return change_flow(ramp_->to, now);
  const double part = (ramp_step_ + 0.5) / steps;
  ++ramp_step_;
  deliver(ramp_->from + (ramp_->to - ramp_->from) * part, now);
}

void Motion::deliver(double flow, Instant now) {
  flow_ = flow;
  drive_.set_speed((way_ == Way::infuse ? flow : -flow) / area_, now);
  announce(now);
}

void Motion::halt(State state, Instant now) {
  state_ = state;
  ramp_.reset();
  drive_.set_speed(0.0, now);
  announce(now);
}

void Motion::check_load(Instant now) {
  const double force = back_pressure_ * 1e5 * area_m2(drive_.syringe().diameter);
  const bool too_much = state_ == State::infusing && force > strongest_push_;
  if (moving() && (jammed_ || too_much)) halt(State::stalled, now);
}

void Motion::announce(Instant now) {
  if (drive_.true_flow() == announced_) return;
  announced_ = drive_.true_flow();
  if (listener_) listener_(announced_, now);
}

}  // namespace nocturne::virtual_pump
