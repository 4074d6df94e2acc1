#pragma once

#include <optional>
#include <vector>

#include "devices/error.hpp"
#include "devices/heater.hpp"
#include "devices/modbus_map.hpp"

namespace nocturne {

enum class TemperatureUnit { celsius, fahrenheit, kelvin };

/// How the heating is switched.
struct MappedSwitch {
  RegisterNumber number;
  double on = 1.0;
  double off = 0.0;
};

/// A temperature controller as its registers are described. Temperatures in the registers are in
/// `scale_unit`.
struct ModbusHeaterSettings {
  std::string name;
  int address = 1;  ///< Modbus address, 1..247
  WriteFunction write_function = WriteFunction::one;
  TemperatureUnit scale_unit = TemperatureUnit::celsius;
  std::vector<MappedConstant> constants;  ///< by which it is recognised, in arm() and at every reading
  RegisterNumber process;
  RegisterNumber target;
  std::optional<MappedSwitch> on_off;
  std::optional<Temperature> rest_target;   ///< without a switch: the target that cuts the heating
  std::optional<RegisterNumber> output;     ///< heating power in %
  std::optional<MappedState> sensor;        ///< what it says of its sensor
  std::optional<MappedState> alarm;         ///< what it says of its alarms
  std::optional<RegisterNumber> limit;      ///< the threshold of its own over-temperature limit or alarm
  bool limit_is_fixed = false;              ///< set by hand: only verified
  bool unwatched = false;                   ///< heat without a limit of its own
  Temperature lowest_sound, highest_sound;  ///< a process value beyond them is a broken sensor
  TemperatureStep min_change = TemperatureStep::from_si(0.5);  ///< smaller changes are not written
  Temperature max_target;                                      ///< ours
  Temperature lowest_target = Temperature::from_celsius(0.0);
  Temperature limit_threshold;
  Duration off_deadline = std::chrono::seconds{3};
};

/// A controller that this project does not know, over Modbus.
class ModbusHeater final : public Heater {
 public:
  /// `clock` and `bus`, which instruments may share, must outlive the heater. The settings need a switch or a
  /// rest target.
  ModbusHeater(Clock& clock, ModbusBus& bus, ModbusHeaterSettings settings);

  const std::string& name() const override { return settings_.name; }
  Temperature max_target() const override { return settings_.max_target; }
  Task<std::string> arm() override;
  Task<Temperature> set_target(Temperature target) override;
  Task<HeaterReading> read() override;
  Task<void> off() override;

 private:
  Task<void> recognise();
  Task<void> require_recognised();
  Task<void> arm_limit();
  Task<bool> limit_holds();
  Task<void> cut();
  Task<Temperature> write_target(Temperature target);
  Task<Temperature> read_temperature(RegisterNumber number);
  double to_number(Temperature temperature) const;
  Temperature to_temperature(double number) const;
  double tolerance_of(const RegisterNumber& number, double at) const;
  [[noreturn]] void fail(DeviceFault fault, const std::string& detail) const;

  Clock& clock_;
  const ModbusHeaterSettings settings_;
  ModbusUnit unit_;
  Mutex setting_;  // arm() and set_target() exclude each other; off() and read() wait for neither
  bool armed_ = false;
  unsigned offs_ = 0;
  double limit_number_ = 0.0;  // as it was found or set
};

}  // namespace nocturne
