#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "devices/modbus_bus.hpp"

namespace nocturne {

/// What stands in consecutive registers.
using Words = std::vector<std::uint16_t>;

/// How registers are written.
enum class WriteFunction {
  one = 6,    ///< a single register; several still go with function 16
  many = 16,  ///< also a single one
};

/// One instrument on a Modbus line. Throws what ModbusBus throws.
class ModbusUnit {
 public:
  /// `bus` must outlive it.
  ModbusUnit(ModbusBus& bus, std::string name, int address);

  const std::string& name() const { return name_; }
  Task<Words> read(int first, int count);
  Task<Words> read_input(int first, int count);
  Task<void> write(int first, Words words, WriteFunction function = WriteFunction::one);
  /// Writes once and returns what then stands there. A write without a sound reply is not repeated: it counts
  /// as done if `words` stand there, otherwise its failure is thrown.
  Task<Words> write_and_read_back(int first, Words words, WriteFunction function = WriteFunction::one);

 private:
  ModbusBus& bus_;
  const std::string name_;
  const int address_;
};

}  // namespace nocturne
