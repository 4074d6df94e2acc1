#pragma once

#include <optional>

#include "devices/error.hpp"
#include "devices/heater.hpp"
#include "devices/modbus_unit.hpp"

namespace nocturne {

struct EurothermSettings {
  std::string name;
  int unit = 1;            ///< Modbus address, 1..247
  int decimals = 1;        ///< decimal places the instrument is configured for, 0..2
  Temperature max_target;  ///< ours, within the instrument's own limits
  Temperature
      alarm_threshold;  ///< of the instrument's alarm 1, a full-scale high alarm that cuts the heating
  Temperature rest_target = Temperature::from_celsius(20.0);  ///< what it falls back to without us
  bool remote_target = true;  ///< use the volatile set point; otherwise the stored one, which wears
  TemperatureStep min_change =
      TemperatureStep::from_si(0.5);        ///< smaller changes are not written to a stored one
  std::size_t stored_writes_per_hour = 60;  ///< more are refused
  Duration off_deadline = std::chrono::seconds{3};
};

/// A Eurotherm 2400, 3200 or EPC3000 over Modbus. read() keeps a remote target alive; when we fall silent the
/// instrument returns to `rest_target` by itself. Targets are in its resolution.
class EurothermHeater final : public Heater {
 public:
  /// `clock` and `bus`, which instruments may share, must outlive the heater.
  EurothermHeater(Clock& clock, ModbusBus& bus, EurothermSettings settings);

  const std::string& name() const override { return settings_.name; }
  Temperature max_target() const override { return settings_.max_target; }
  Task<std::string> arm() override;
  Task<Temperature> set_target(Temperature target) override;
  Task<HeaterReading> read() override;
  Task<void> off() override;

 private:
  Task<std::uint16_t> read_word(int address);
  Task<void> write_word(int address, std::uint16_t value);
  Task<void> send_word(int address, std::uint16_t value);
  Task<void> write_verified(int address, std::uint16_t value, std::string what);
  Task<bool> is_off();
  Task<void> cut();

  Task<void> read_limits();
  void check_limits() const;
  Task<bool> check_decimals();
  void require_equal(Temperature integer, float celsius, double tolerance_K) const;
  Task<void> prepare_rest_target();
  Task<void> set_remote(std::uint16_t word);
  Task<std::uint16_t> set_stored(std::uint16_t word);
  void spend_stored_write();
  Task<void> leave_manual();

  std::uint16_t to_word(Temperature temperature) const;
  Temperature to_temperature(std::uint16_t word) const;
  double scaled(std::uint16_t word) const;
  [[noreturn]] void fail(DeviceFault fault, const std::string& detail) const;

  Clock& clock_;
  const EurothermSettings settings_;
  ModbusUnit unit_;
  const double steps_per_kelvin_;
  Mutex setting_;  // arm() and set_target() exclude each other; off() and read() wait for neither
  bool armed_ = false;
  unsigned offs_ = 0;
  Temperature low_limit_;
  Temperature high_limit_;
  std::vector<Instant> stored_writes_;   // within the last hour
  std::optional<std::uint16_t> remote_;  // to be written again before the instrument gives it up
};

}  // namespace nocturne
