#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "devices/fake_modbus.hpp"

namespace nocturne::test {

/// An EZ-ZONE PM as it leaves the factory, but for map and word order, behind a FakeModbus.
class FakeWatlow {
 public:
  FakeWatlow(Clock& clock, int map, WordOrder order) : modbus{clock}, map_{map}, order_{order} {
    modbus.on_write = [this](int address, std::uint16_t) { obey(address); };
    publish();
  }

  Task<void> serve() { return modbus.serve(); }

  int mode_register() const { return map_ == 1 ? 1880 : 2360; }
  int target_register() const { return map_ == 1 ? 2160 : 2640; }
  int threshold_register() const { return map_ == 1 ? 1480 : 1880; }
  int limit_register() const { return map_ == 1 ? 686 : 726; }

  /// Writes the instrument's state into its registers.
  void publish() {
    FakeModbus::Registers& registers = modbus.registers;
    registers.clear();
    const int active = sensor == 61 ? mode : 62;
    power = active == 10 && process_C < target_C ? 100.0 : 0.0;
    put_temperature(360, process_C);
    put(362, sensor);
    put(398, decimals);
    put(mode_register(), mode);
    put(mode_register() + 2, active);
    put_float(mode_register() + 28, power);
    put_temperature(target_register(), target_C);
    put_temperature(target_register() + 12, target_C);
    put_temperature(threshold_register(), threshold_C);
    put(threshold_register() + 16, alarm);
    put_temperature(limit_register(), limit_C);
    put(limit_register() + 4, limit);
    put(2490, unit);
    if (second_port) put(2510, unit_2);
    put(2494, saving);
    if (map_ == 2) {
      put_temperature(2644, lowest_C);
      put_temperature(2646, highest_C);
      put(2664, on_sensor_error);
      put(744, limit_status);
    }
    for (const auto& [address, word] : overrides) registers[address] = word;
    if (!has_block) return;
    for (int i = 0; i < 40; ++i) {
      registers[40 + i] = pointers[static_cast<std::size_t>(i)];
      const auto found = registers.find(pointers[static_cast<std::size_t>(i)]);
      registers[200 + i] = found == registers.end() ? std::uint16_t{0} : found->second;
    }
  }

  /// Back to what its memory holds.
  void reboot() {
    unit = 30;
    saving = 106;
    threshold_C = 148.9;
    pointers.fill(0);
    publish();
  }

  FakeModbus modbus;
  double process_C = 25.3, target_C = 23.9, threshold_C = 148.9, limit_C = 260.0;
  double lowest_C = -200.0, highest_C = 1000.0, power = 0.0;
  int sensor = 61, mode = 62, alarm = 61, limit = 61, limit_status = 1667;
  int unit = 30, unit_2 = 30, saving = 106, decimals = 94, on_sensor_error = 14;
  bool has_block = true, second_port = false;
  bool converts = true;       ///< floats on this port follow its unit
  double target_up_to = 1e9;  ///< clamps without a word
  bool obeys_mode = true;
  int saved = 0;                           ///< writes to its non-volatile memory
  std::map<int, std::uint16_t> overrides;  ///< what stands somewhere in spite of all

 private:
  void put(int address, int value) {
    modbus.registers[address] = static_cast<std::uint16_t>(value);
    modbus.registers[address + 1] = 0;
  }
  void put_float(int address, double value) {
    const auto words = to_registers(static_cast<float>(value), order_);
    modbus.registers[address] = words[0];
    modbus.registers[address + 1] = words[1];
  }
  bool in_fahrenheit() const { return converts && unit == 30; }
  void put_temperature(int address, double celsius) {
    put_float(address, in_fahrenheit() ? 1.8 * celsius + 32.0 : celsius);
  }
  double temperature_at(int address) {
    const double value = static_cast<double>(
        float_from_registers(modbus.registers[address], modbus.registers[address + 1], order_));
    return in_fahrenheit() ? (value - 32.0) / 1.8 : value;
  }

  /// Called for every register; a float is complete with its second one.
  void obey(int address) {
    if (saving == 106 && address != 2494 && (address < 200 || address > 279)) ++saved;
    const int value = modbus.registers[address];
    if (address == mode_register() && obeys_mode) mode = value;
    if (address == 2490) unit = value;
    if (address == 2510) unit_2 = value;
    if (address == 2494) saving = value;
    if (map_ == 2 && address == 2664) on_sensor_error = value;
    if (address >= 40 && address < 80)
      pointers[static_cast<std::size_t>(address - 40)] = static_cast<std::uint16_t>(value);
    bool half = false;
    for (const auto& [first, variable] : temperatures()) {
      half = half || address == first;
      if (address == first + 1) *variable = temperature_at(first);
    }
    target_C = std::min(target_C, target_up_to);
    if (!half) publish();
  }
  std::vector<std::pair<int, double*>> temperatures() {
    return {
        {target_register(), &target_C}, {threshold_register(), &threshold_C}, {limit_register(), &limit_C}};
  }

  const int map_;
  const WordOrder order_;
  std::array<std::uint16_t, 40> pointers{};
};

}  // namespace nocturne::test
