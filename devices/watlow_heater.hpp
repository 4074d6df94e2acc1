#pragma once

#include "devices/error.hpp"
#include "devices/heater.hpp"
#include "devices/modbus_unit.hpp"
#include "devices/watlow_protocol.hpp"

namespace nocturne {

struct WatlowSettings {
  std::string name;
  int unit = 1;                                 ///< Modbus address, 1..247
  int map = 1;                                  ///< register map the instrument is set to, 1 or 2
  WordOrder word_order = WordOrder::low_first;  ///< of its floats
  int port = 1;                                 ///< which of its communications ports we are on, 1 or 2
  WatlowGuard guard = WatlowGuard::alarm;
  int alarm = 1;           ///< number of the guarding alarm, 1..4
  Temperature max_target;  ///< ours
  Temperature lowest_target = Temperature::from_celsius(0.0);
  Temperature guard_threshold;  ///< of the guard
  Duration off_deadline = std::chrono::seconds{3};
};

/// A Watlow EZ-ZONE PM, RM or ST over Modbus, its first loop. Map, word order, temperature unit and port are
/// proved before anything is believed; nothing is written to its non-volatile memory. An instrument that
/// forgot what arm() set, as after a reboot, is switched off and has to be armed again.
class WatlowHeater final : public Heater {
 public:
  /// `clock` and `bus`, which instruments may share, must outlive the heater.
  WatlowHeater(Clock& clock, ModbusBus& bus, WatlowSettings settings);

  const std::string& name() const override { return settings_.name; }
  Temperature max_target() const override { return settings_.max_target; }
  Task<std::string> arm() override;
  Task<Temperature> set_target(Temperature target) override;
  Task<HeaterReading> read() override;
  Task<void> off() override;

 private:
  Task<bool> shows_modes(int map);
  Task<void> check_map();
  Task<void> check_word_order();
  Task<void> stop_saving();
  Task<void> use_celsius();
  Task<void> change_unit(int unit);
  Task<bool> is_other_port_in_fahrenheit();
  Task<void> check_target_limits();
  Task<void> check_sensor();
  Task<void> arm_guard();
  Task<void> arm_fallback();
  Task<void> gather_in_block();

  Task<Words> read_items();
  Task<void> require_as_armed();
  Task<void> give_up(std::string why);
  Task<void> wait_for_mode(int mode);
  Task<void> cut();

  Task<int> read_enumeration(int address);
  Task<void> write_enumeration(int address, int value, std::string what);
  Task<float> read_float(int address);
  Task<Temperature> write_temperature(int address, Temperature wanted, std::string what);
  int to_enumeration(const Words& words, std::size_t at) const;
  float to_float(const Words& words, std::size_t at) const;
  [[noreturn]] void fail(DeviceFault fault, const std::string& detail) const;

  Clock& clock_;
  const WatlowSettings settings_;
  const watlow::Registers registers_;
  ModbusUnit unit_;
  const std::vector<int> items_;  // what read() asks for, in this order
  Mutex setting_;  // arm() and set_target() exclude each other; off() and read() wait for neither
  bool armed_ = false;
  bool was_armed_ = false;  ///< at any time: its registers are known
  bool in_block_ = false;   // the items stand together in the instrument's user block
  unsigned offs_ = 0;
  double step_K_ = 0.1;  // of its numbers
  Temperature guard_threshold_;
};

}  // namespace nocturne
