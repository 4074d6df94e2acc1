#pragma once

#include <array>
#include <cstddef>

namespace nocturne::virtual_control {

struct Alarm {
  enum class Kind { off, high, low, deviation };
  Kind kind = Kind::off;
  bool latching = false;
  double threshold = 0.0;   ///< °C; for `deviation` the distance of the process value from the set point
  double hysteresis = 1.0;  ///< K
};

/// What an operator sets on the controller. Temperatures in °C, outputs in percent, times in seconds.
struct Parameters {
  double proportional_band = 15.0;  ///< K for the whole output; > 0
  double integral_s = 60.0;         ///< 0: off
  double derivative_s = 5.0;        ///< 0: off
  bool direct_action = false;       ///< cools instead of heats
  double set_point_1 = 20.0;
  double set_point_2 = 20.0;
  bool second_set_point = false;
  double remote_set_point = 0.0;
  bool remote = false;
  double set_point_low = 0.0;
  double set_point_high = 250.0;
  double set_point_rate = 0.0;  ///< 0: off
  int set_point_rate_unit = 0;  ///< per 0 minute, 1 hour, 2 second
  bool manual = false;
  double manual_output = 0.0;
  double output_low = 0.0;
  double output_high = 100.0;
  double output_rate = 0.0;  ///< percent per second, 0: off
  double range_low = -200.0;
  double range_high = 400.0;
  std::array<Alarm, 4> alarms{Alarm{Alarm::Kind::high, true, 240.0, 1.0}, {}, {}, {}};
};

/// The control loop: PID with limited integral and output, alarms, ramps. Alarm 1 cuts the output while it is
/// active, in automatic and manual alike; so does a broken sensor in automatic.
class Loop {
 public:
  Loop(Parameters parameters, double remote_timeout_s)
      : parameters_{parameters}, remote_timeout_s_{remote_timeout_s}, working_{target_set_point()} {}

  /// One control period ends at `time_s`; returns the heating power 0..1 for the next. Time never runs
  /// backwards.
  double update(double time_s, double celsius);
  /// What the display shows between control periods.
  void observe(double celsius);

  Parameters& parameters() { return parameters_; }
  const Parameters& parameters() const { return parameters_; }
  void write_remote_set_point(double celsius, double time_s);
  void acknowledge();
  /// What a power cycle does: parameters stay, everything else is forgotten.
  void restart();
  /// The working set point starts here on its way to the target; no effect without a rate.
  void ramp_from(double celsius) { working_ = celsius; }
  /// A broken sensor keeps the last value; a frozen one goes unnoticed.
  void set_sensor(bool broken, bool frozen);

  double process_value() const { return process_value_; }
  /// The set point aimed at: local, or remote while that is alive.
  double target_set_point() const;
  /// The one controlled to now: it follows the target at the set rate.
  double working_set_point() const;
  double output_percent() const;
  bool sensor_broken() const { return broken_; }
  bool alarm_active(std::size_t index) const { return active_.at(index); }
  /// An alarm came since the last acknowledgement.
  bool new_alarm() const { return new_alarm_; }
  bool ramping() const { return working_set_point() != target_set_point(); }
  /// The remote set point is selected and was not refreshed in time.
  bool remote_fails() const;

 private:
  bool remote_alive() const;
  void follow_target(double elapsed_s);
  void check_alarms();
  double controlled(double elapsed_s);

  Parameters parameters_;
  const double remote_timeout_s_;
  double process_value_ = 0.0;
  double integral_ = 0.0;  // percent
  double slope_ = 0.0;     // K/s, filtered
  double last_process_value_ = 0.0;
  double output_ = 0.0;
  double time_s_ = 0.0;
  double remote_written_s_ = 0.0;
  bool remote_ever_written_ = false;
  bool started_ = false;
  bool broken_ = false;
  bool frozen_ = false;
  bool new_alarm_ = false;
  std::array<bool, 4> active_{};
  double working_;  // last, because it begins as what the others say
};

}  // namespace nocturne::virtual_control
