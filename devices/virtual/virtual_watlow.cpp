#include "devices/virtual/virtual_watlow.hpp"

#include <algorithm>
#include <cmath>
#include <stdexcept>

namespace nocturne {

using namespace virtual_watlow;

namespace {

constexpr double full_output = 99.5;   // percent
constexpr double expected_rise = 5.0;  // K, of full output within the open-loop time
constexpr double on_off_band = 0.01;   // K: a proportional band so narrow switches
constexpr std::uint16_t loop_1_map_1 = 1880, loop_1_map_2 = 2360;
constexpr std::uint16_t set_points_map_1 = 2160, set_points_map_2 = 2640;
constexpr std::uint16_t limit_map_1 = 684, limit_map_2 = 724;
constexpr std::uint16_t alarms_map_1 = 1480, alarms_map_2 = 1880;
constexpr std::uint16_t alarm_step_map_1 = 50, alarm_step_map_2 = 60;

bool is_choice(int number) { return number == 1 || number == 2; }

}  // namespace

VirtualWatlow::VirtualWatlow(Clock& clock, VirtualWatlowOptions options, std::function<double(Instant)> probe)
    : clock_{clock},
      options_{std::move(options)},
      probe_{std::move(probe)},
      settings_{options_.settings},
      stored_{options_.settings},
      loop_{virtual_control::Parameters{.alarms = {}}, 0.0} {
  if (!is_choice(options_.map) || !is_choice(options_.port))
    throw std::invalid_argument{options_.name + ": map and port of a Watlow are 1 or 2"};
  const bool first = options_.map == 1;
  add_inputs();
  add_communication();
  add_control(first ? loop_1_map_1 : loop_1_map_2);
  add_tuning(first ? loop_1_map_1 : loop_1_map_2);
  add_set_points(first ? set_points_map_1 : set_points_map_2);
  add_ramp(first ? set_points_map_1 : set_points_map_2);
  if (options_.has_limit) add_limit(first ? limit_map_1 : limit_map_2);
  for (std::size_t i = 0; i < alarms_.size(); ++i) {
    const std::size_t base = first ? alarms_map_1 : alarms_map_2;
    add_alarm(static_cast<std::uint16_t>(base + i * (first ? alarm_step_map_1 : alarm_step_map_2)), i);
  }
  if (first)
    add_outputs();
  else
    add_identity();
  apply_settings();
  loop_.restart();
}

double VirtualWatlow::power(double time_s, double probe_celsius) {
  const double passed = std::max(0.0, time_s - time_s_);
  time_s_ = time_s;
  feel(probe_celsius);
  filtered_ +=
      (loop_.process_value() - filtered_) * -std::expm1(-passed / std::max(settings_.filter_s, 1e-3));
  check_limit();
  double wanted = 0.0;
  if (time_s >= in_seconds(booted_)) {
    wanted = loop_.update(time_s, probe_celsius + settings_.calibration_offset);
    if (active_mode() == automatic) held_output_ = loop_.output_percent();
    if (!loop_.ramping()) starting_ramp_ = false;
    check_alarms();
    check_loop(time_s);
    apply_settings();
  }
  return contactor_closed() ? arriving_power(faults_, wanted) : 0.0;
}

void VirtualWatlow::reboot() {
  look();
  settings_ = stored_;
  limit_ = limit_none;
  alarms_.fill(alarm_none);
  loop_error_ = loop_sound;
  held_output_ = 0.0;
  full_since_s_ = time_s_;
  apply_settings();
  loop_.restart();
  starting_ramp_ = settings_.ramp_action == ramp_at_startup || settings_.ramp_action == ramp_at_both;
  if (starting_ramp_) loop_.ramp_from(loop_.process_value());
  apply_settings();
  booted_ = clock_.now() + options_.boot_time;
}

void VirtualWatlow::press_reset() {
  clear_limit();
  for (std::size_t i = 0; i < alarms_.size(); ++i) clear_alarm(i);
}

bool VirtualWatlow::contactor_closed() const {
  const bool limit_holds = !options_.has_limit || limit_state() == limit_none;
  return limit_holds && (alarms_[0] == alarm_none || !settings_.alarms[0].wired);
}

std::string VirtualWatlow::answer(const std::string& pdu) {
  look();
  if (clock_.now() < booted_) return {};
  return virtual_modbus::respond(bank_, pdu, options_.max_block);
}

// The world first moves on to now under the old settings; then the request is obeyed.
void VirtualWatlow::look() {
  const double celsius = probe_(clock_.now());
  feel(celsius);
}

void VirtualWatlow::feel(double celsius) {
  limit_celsius_ = celsius;
  loop_.set_sensor(faults_.sensor_break, faults_.frozen_reading);
  loop_.observe(celsius + settings_.calibration_offset);
  apply_settings();
}

void VirtualWatlow::apply_settings() {
  virtual_control::Parameters& p = loop_.parameters();
  const Settings& s = settings_;
  const bool switches = s.heat_algorithm == on_off;
  p.proportional_band = switches ? on_off_band : s.proportional_band;
  p.integral_s = switches ? 0.0 : s.integral_s;
  p.derivative_s = switches ? 0.0 : s.derivative_s;
  p.set_point_1 = s.closed_loop_set_point;
  p.set_point_low = s.set_point_low;
  p.set_point_high = s.set_point_high;
  p.set_point_rate = ramps() ? s.ramp_rate : 0.0;
  p.set_point_rate_unit = s.ramp_scale == per_hour ? 1 : 0;
  p.manual = active_mode() != automatic || s.heat_algorithm == no_heat;
  p.manual_output = manual_power();
}

bool VirtualWatlow::ramps() const {
  const bool always = settings_.ramp_action == ramp_to_set_point || settings_.ramp_action == ramp_at_both;
  return always || starting_ramp_;
}

int VirtualWatlow::input_error() const { return faults_.sensor_break ? faults_.broken_as : sensor_sound; }

int VirtualWatlow::active_mode() const {
  if (loop_error_ != loop_sound) return mode_off;
  if (settings_.mode != automatic || input_error() == sensor_sound) return settings_.mode;
  return settings_.error_action == error_off ? mode_off : manual;
}

double VirtualWatlow::manual_power() const {
  if (active_mode() != manual || settings_.heat_algorithm == no_heat) return 0.0;
  if (settings_.mode == manual || settings_.error_action == user_power) return settings_.open_loop_set_point;
  return settings_.error_action == bumpless ? held_output_ : options_.fixed_error_power;
}

void VirtualWatlow::check_limit() {
  if (!options_.has_limit || faults_.limit_sensor_break || limit_ != limit_none) return;
  if (limit_celsius_ > settings_.limit_high) limit_ = limit_high;
  if (limit_celsius_ < settings_.limit_low) limit_ = limit_low;
}

int VirtualWatlow::limit_state() const { return faults_.limit_sensor_break ? limit_error : limit_; }

void VirtualWatlow::clear_limit() {
  limit_ = limit_none;
  check_limit();
}

void VirtualWatlow::check_alarms() {
  const double process_value = loop_.process_value();
  for (std::size_t i = 0; i < alarms_.size(); ++i) {
    const Alarm& alarm = settings_.alarms[i];
    int& state = alarms_[i];
    if (!alarm.wired) continue;
    if (input_error() != sensor_sound)
      state = alarm_error;
    else if (process_value > alarm.high)
      state = alarm_high;
    else if (process_value < alarm.low)
      state = alarm_low;
    else if (!alarm.latching || state == alarm_error)
      clear_alarm(i);
  }
}

void VirtualWatlow::clear_alarm(std::size_t index) {
  const Alarm& alarm = settings_.alarms[index];
  const double margin = alarms_[index] == alarm_error ? 0.0 : alarm.hysteresis;
  const bool inside =
      loop_.process_value() <= alarm.high - margin && loop_.process_value() >= alarm.low + margin;
  if (inside && input_error() == sensor_sound) alarms_[index] = alarm_none;
}

void VirtualWatlow::check_loop(double time_s) {
  const double process_value = loop_.process_value();
  const bool pushes = active_mode() == automatic && loop_.output_percent() >= full_output;
  if (!pushes || process_value >= full_since_celsius_ + expected_rise) {
    full_since_s_ = time_s;
    full_since_celsius_ = process_value;
  }
  const double patience = in_seconds(options_.open_loop_time);
  if (patience > 0.0 && time_s - full_since_s_ >= patience) loop_error_ = open_loop;
}

}  // namespace nocturne
