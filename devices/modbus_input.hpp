#pragma once

#include <optional>
#include <vector>

#include "devices/analog_input.hpp"
#include "devices/modbus_map.hpp"

namespace nocturne {

/// An analog input as its registers are described.
struct ModbusInputSettings {
  std::string name;
  int address = 1;                        ///< Modbus address, 1..247
  std::vector<MappedConstant> constants;  ///< by which it is recognised, in arm() and at every reading
  RegisterNumber value;                   ///< what stands there times its scale ...
  double offset = 0.0;                    ///< ... plus this is the quantity
  std::string unit;                       ///< of the quantity
  double lowest = 0.0, highest = 0.0;     ///< a quantity beyond them is a fault
  std::optional<MappedState> state;       ///< what it says of its channel
};

/// An analog input that this project does not know, over Modbus.
class ModbusInput final : public AnalogInput {
 public:
  /// `bus` must outlive the input.
  ModbusInput(ModbusBus& bus, ModbusInputSettings settings);

  const std::string& name() const override { return settings_.name; }
  const std::string& unit() const override { return settings_.unit; }
  std::pair<double, double> range() const override;
  Task<std::string> arm() override;
  Task<AnalogReading> read() override;

 private:
  Task<void> recognise();

  const ModbusInputSettings settings_;
  ModbusUnit module_;
};

}  // namespace nocturne
