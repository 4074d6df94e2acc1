#pragma once

#include "devices/analog_input.hpp"
#include "devices/modbus_unit.hpp"

namespace nocturne {

/// What the sensor gives.
enum class AnalogSignal { current_4_20, current_0_20, voltage_0_10 };

struct MoxaSettings {
  std::string name;
  int address = 1;  ///< Modbus address, 1..247
  int channel = 0;  ///< 0..7
  AnalogSignal signal = AnalogSignal::current_4_20;
  double low = 0.0, high = 1.0;               ///< the quantity at the two ends of the signal
  std::string unit;                           ///< of the quantity
  double lowest_mA = 3.8, highest_mA = 21.0;  ///< a 4-20 mA signal beyond them is a fault (NAMUR NE 43)
};

/// One channel of a Moxa ioLogik E1240 over Modbus TCP. A sensor of 4-20 mA may hang on a channel of that
/// range or of 0-20 mA.
class MoxaInput final : public AnalogInput {
 public:
  /// `bus` must outlive the input.
  MoxaInput(ModbusBus& bus, MoxaSettings settings);

  const std::string& name() const override { return settings_.name; }
  const std::string& unit() const override { return settings_.unit; }
  std::pair<double, double> range() const override;
  Task<std::string> arm() override;
  Task<AnalogReading> read() override;

 private:
  Task<int> read_mode();
  Task<std::string> firmware();
  bool fits(int mode) const;
  double quantity(double signal) const;
  AnalogReading interpret(std::uint16_t raw, std::uint16_t status, int mode) const;

  const MoxaSettings settings_;
  ModbusUnit module_;
};

}  // namespace nocturne
