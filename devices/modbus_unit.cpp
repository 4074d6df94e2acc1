#include "devices/modbus_unit.hpp"

#include <exception>
#include <utility>

#include "devices/error.hpp"

namespace nocturne {

ModbusUnit::ModbusUnit(ModbusBus& bus, std::string name, int address)
    : bus_{bus}, name_{std::move(name)}, address_{address} {}

Task<Words> ModbusUnit::read(int first, int count) {
  return bus_.read_holding(name_, address_, first, count);
}

Task<Words> ModbusUnit::read_input(int first, int count) {
  return bus_.read_input(name_, address_, first, count);
}

Task<void> ModbusUnit::write(int first, Words words, WriteFunction function) {
  if (words.size() == 1 && function == WriteFunction::one)
    return bus_.write_register(name_, address_, first, words.front());
  return bus_.write_registers(name_, address_, first, std::move(words));
}

Task<Words> ModbusUnit::write_and_read_back(int first, Words words, WriteFunction function) {
  std::exception_ptr failure;
  try {
    co_await write(first, words, function);
  } catch (const DeviceError& error) {
    if (error.fault() == DeviceFault::refused) throw;
    failure = std::current_exception();
  }
  Words held = co_await read(first, static_cast<int>(words.size()));
  if (failure && held != words) std::rethrow_exception(failure);
  co_return held;
}

}  // namespace nocturne
