#pragma once

namespace nocturne {

/// Which of the instrument's own functions guards against too high a temperature. Its output must be wired to
/// cut the heating.
enum class WatlowGuard {
  alarm,  ///< a high process alarm
  limit,  ///< the limit controller, where the instrument has one
};

/// Registers and enumerations of the EZ-ZONE PM, RM and ST. Everything stands in two registers.
namespace watlow {

// The same in both register maps.
constexpr int process_register = 360;
constexpr int sensor_register = 362;
constexpr int decimals_register = 398;
constexpr int saving_register = 2494;  ///< whether settings go to non-volatile memory
constexpr int block_pointers = 40;     ///< what is to stand in the user block
constexpr int block_data = 200;
// In map 2 only.
constexpr int lowest_target_register = 2644;
constexpr int highest_target_register = 2646;
constexpr int sensor_error_action_register = 2664;
constexpr int limit_status_register = 744;

// What stands in enumerations.
constexpr int mode_auto = 10, mode_manual = 54, mode_off = 62;
constexpr int celsius = 15, fahrenheit = 30;
constexpr int no = 59;
constexpr int none = 61;
constexpr int action_off = 62;
constexpr int limit_safe = 1667;
constexpr int alarm_startup = 88, alarm_blocked = 12, alarm_low = 8, alarm_high = 7;

constexpr double smallest_step_K = 0.002;  ///< the instrument computes in °F, with floats

/// Where things stand in one of the maps.
struct Registers {
  int mode, active_mode, output, target, active_target, guard_state, guard_threshold, unit;
};
Registers registers_of(int map, WatlowGuard guard, int alarm, int port);
int mode_register(int map);
int unit_register(int port);

bool is_mode(int value);
/// Whether a guard in this state would act.
bool is_on_guard(WatlowGuard guard, int state);
/// Whether a float could be a temperature; one with its halves exchanged hardly ever can.
bool is_plausible(float value);
double in_celsius(float value, int unit);
/// Display steps of the enumeration of decimal places, in K; 0.1 if it is none.
double step_of(int decimals);

}  // namespace watlow
}  // namespace nocturne
