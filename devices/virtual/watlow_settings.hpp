#pragma once

#include <array>
#include <cstdint>

/// What a Watlow EZ-ZONE PM can be told, with the numbers that stand for choices on the wire.
namespace nocturne::virtual_watlow {

constexpr int yes = 106, no = 59, none = 61, off = 62, on = 63;
constexpr int in_celsius = 15, in_fahrenheit = 30;

enum Mode : int { mode_off = off, automatic = 10, manual = 54 };
enum HeatAlgorithm : int { no_heat = off, pid = 71, on_off = 64 };
enum SensorError : int { sensor_sound = none, sensor_open = 65, sensor_shorted = 127 };
/// What the output does in automatic while the sensor is at fault.
enum ErrorAction : int { error_off = off, bumpless = 14, fixed_power = 33, user_power = 100 };
enum RampAction : int { no_ramp = off, ramp_at_startup = 88, ramp_to_set_point = 85, ramp_at_both = 13 };
enum RampScale : int { per_hour = 39, per_minute = 57 };
enum LimitState : int { limit_none = none, limit_high = 51, limit_low = 52, limit_error = 255 };
enum LimitStatus : int { limit_safe = 1667, limit_failed = 32 };
enum AlarmState : int { alarm_none = none, alarm_low = 8, alarm_high = 7, alarm_error = 28 };
enum LoopError : int { loop_sound = none, open_loop = 1274 };

constexpr std::uint16_t pointer_count = 80;

/// A process alarm; one that is not wired neither reports nor acts.
struct Alarm {
  bool wired = false;
  bool latching = false;
  double low = -200.0;  ///< °C
  double high = 240.0;
  double hysteresis = 1.0;  ///< K
};

/// Temperatures in °C, differences in K, times in seconds, powers in percent; `int` where the wire has a
/// code.
struct Settings {
  std::array<int, 2> comms_units{in_fahrenheit, in_fahrenheit};  ///< of ports 1 and 2
  std::array<int, 2> baud{188, 188};                             ///< 188 9600, 189 19200, 190 38400
  int nonvolatile_save = yes;
  int display_units = in_fahrenheit;
  int decimals = 105;
  int mode = automatic;
  int heat_algorithm = pid;
  double closed_loop_set_point = 23.9;
  double open_loop_set_point = 0.0;
  double set_point_low = 0.0;
  double set_point_high = 250.0;
  double proportional_band = 15.0;
  double integral_s = 60.0;
  double derivative_s = 5.0;
  double calibration_offset = 0.0;
  double filter_s = 0.5;
  int error_action = user_power;
  int ramp_action = no_ramp;
  int ramp_scale = per_minute;
  double ramp_rate = 1.0;  ///< K per minute or hour
  double limit_low = -200.0;
  double limit_high = 230.0;
  std::array<Alarm, 4> alarms{Alarm{true}, {}, {}, {}};
  std::array<std::uint16_t, pointer_count> pointers{};  ///< registers shown in the user's block; 0: none
};

}  // namespace nocturne::virtual_watlow
