#include "devices/virtual/control_loop.hpp"

#include <algorithm>
#include <cmath>

namespace nocturne::virtual_control {

namespace {

bool beyond(const Alarm& alarm, double process_value, double set_point, double margin) {
  switch (alarm.kind) {
    case Alarm::Kind::high:
      return process_value > alarm.threshold - margin;
    case Alarm::Kind::low:
      return process_value < alarm.threshold + margin;
    case Alarm::Kind::deviation:
      return std::abs(process_value - set_point) > alarm.threshold - margin;
    case Alarm::Kind::off:
      break;
  }
  return false;
}

}  // namespace

double Loop::update(double time_s, double celsius) {
  observe(celsius);
  const double elapsed = started_ ? time_s - time_s_ : 0.0;
  time_s_ = time_s;
  if (!started_) {
    last_process_value_ = process_value_;
    started_ = true;
  }
  follow_target(elapsed);
  check_alarms();
  const double wanted = std::clamp(controlled(elapsed), parameters_.output_low, parameters_.output_high);
  const double step = parameters_.output_rate > 0.0 ? parameters_.output_rate * elapsed : 100.0;
  output_ = std::clamp(wanted, output_ - step, output_ + step);
  if (active_[0] || (broken_ && !parameters_.manual)) output_ = 0.0;
  return std::clamp(output_ / 100.0, 0.0, 1.0);
}

void Loop::observe(double celsius) {
  if (!broken_ && !frozen_) process_value_ = celsius;
}

void Loop::write_remote_set_point(double celsius, double time_s) {
  parameters_.remote_set_point = celsius;
  remote_written_s_ = time_s;
  remote_ever_written_ = true;
}

void Loop::acknowledge() {
  new_alarm_ = false;
  for (std::size_t i = 0; i < active_.size(); ++i) {
    const Alarm& alarm = parameters_.alarms[i];
    active_[i] = active_[i] && beyond(alarm, process_value_, working_, alarm.hysteresis);
  }
}

void Loop::restart() {
  integral_ = slope_ = output_ = 0.0;
  remote_ever_written_ = started_ = new_alarm_ = false;
  active_ = {};
  working_ = target_set_point();
}

void Loop::set_sensor(bool broken, bool frozen) {
  broken_ = broken;
  frozen_ = frozen;
}

bool Loop::remote_fails() const { return parameters_.remote && !remote_alive(); }

bool Loop::remote_alive() const {
  return remote_ever_written_ && time_s_ - remote_written_s_ <= remote_timeout_s_;
}

double Loop::target_set_point() const {
  const Parameters& p = parameters_;
  const double local = p.second_set_point ? p.set_point_2 : p.set_point_1;
  return std::clamp(p.remote && remote_alive() ? p.remote_set_point : local, p.set_point_low,
                    p.set_point_high);
}

double Loop::working_set_point() const {
  return parameters_.set_point_rate > 0.0 ? working_ : target_set_point();
}

double Loop::output_percent() const {
  if (!parameters_.manual || active_[0]) return output_;
  return std::clamp(parameters_.manual_output, parameters_.output_low, parameters_.output_high);
}

void Loop::follow_target(double elapsed_s) {
  const double target = target_set_point();
  static constexpr std::array<double, 3> seconds_per_unit{60.0, 3600.0, 1.0};
  const double rate = parameters_.set_point_rate;
  const double step =
      rate / seconds_per_unit.at(static_cast<std::size_t>(parameters_.set_point_rate_unit)) * elapsed_s;
  working_ = rate > 0.0 ? std::clamp(target, working_ - step, working_ + step) : target;
}

void Loop::check_alarms() {
  if (broken_) return;
  for (std::size_t i = 0; i < active_.size(); ++i) {
    const Alarm& alarm = parameters_.alarms[i];
    if (beyond(alarm, process_value_, working_, 0.0)) {
      new_alarm_ = new_alarm_ || !active_[i];
      active_[i] = true;
    } else if (!alarm.latching && !beyond(alarm, process_value_, working_, alarm.hysteresis)) {
      active_[i] = false;
    }
  }
}

double Loop::controlled(double elapsed_s) {
  const Parameters& p = parameters_;
  const double sign = p.direct_action ? -1.0 : 1.0;
  const double gain = sign * 100.0 / p.proportional_band;
  if (elapsed_s > 0.0) {
    const double slope = (process_value_ - last_process_value_) / elapsed_s;
    slope_ += (slope - slope_) * (1.0 - std::exp(-elapsed_s / std::max(p.derivative_s / 5.0, 1e-3)));
  }
  last_process_value_ = process_value_;
  const double error = working_ - process_value_;
  const double immediate = gain * (error - p.derivative_s * slope_);
  if (p.manual) {
    integral_ =
        std::clamp(p.manual_output - immediate, p.output_low, p.output_high);  // to take over smoothly
    return p.manual_output;
  }
  const double output = immediate + integral_;
  const double growth = p.integral_s > 0.0 ? gain * error * elapsed_s / p.integral_s : 0.0;
  const bool winds_up = (output >= p.output_high && growth > 0.0) || (output <= p.output_low && growth < 0.0);
  if (!winds_up) integral_ = std::clamp(integral_ + growth, p.output_low, p.output_high);
  return std::clamp(output, p.output_low, p.output_high);
}

}  // namespace nocturne::virtual_control
