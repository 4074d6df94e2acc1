#include "controller/bench/driver_settings.hpp"
#include "controller/bench/drivers.hpp"
#include "controller/bench/mapped_settings.hpp"
#include "devices/modbus_input.hpp"
#include "devices/moxa_input.hpp"

namespace nocturne {
namespace {

double required_number(DriverSettings& settings, const std::string& key) {
  settings.require(key);
  return settings.number(key, 0.0, -kLargestSetting, kLargestSetting);
}

std::string unit_setting(DriverSettings& settings) {
  settings.require("unit");
  std::string unit = settings.text("unit", "");
  if (unit.empty()) settings.refuse("unit", "the unit is empty (such as \"bar\")");
  return unit;
}

std::unique_ptr<AnalogInput> make_moxa_input(const Order& order) {
  DriverSettings settings{order.bench, order.instrument};
  MoxaSettings made;
  made.name = order.instrument.name;
  made.address = settings.address(1, 247);
  settings.require("channel");
  made.channel = settings.integer("channel", made.channel, 0, 7);
  const std::string signal = settings.one_of("signal", "4-20 mA", {"4-20 mA", "0-20 mA", "0-10 V"});
  if (signal == "0-20 mA") made.signal = AnalogSignal::current_0_20;
  if (signal == "0-10 V") made.signal = AnalogSignal::voltage_0_10;
  made.low = required_number(settings, "low");
  made.high = required_number(settings, "high");
  if (made.low == made.high) settings.refuse("high", "low and high are the same (the ends of the signal)");
  made.unit = unit_setting(settings);
  made.lowest_mA = settings.number("lowest_mA", made.lowest_mA, 0.0, 4.0);
  made.highest_mA = settings.number("highest_mA", made.highest_mA, 20.0, 25.0);
  settings.finish();
  return std::make_unique<MoxaInput>(order.lines.modbus(order.instrument), std::move(made));
}

std::unique_ptr<AnalogInput> make_modbus_input(const Order& order) {
  DriverSettings settings{order.bench, order.instrument};
  ModbusInputSettings made;
  made.name = order.instrument.name;
  made.address = settings.address(1, 247);
  made.constants = mapped_constants(settings);
  made.value = mapped_number(settings, "value");
  made.offset = settings.number("offset", made.offset, -kLargestSetting, kLargestSetting);
  made.unit = unit_setting(settings);
  made.lowest = required_number(settings, "lowest");
  made.highest = required_number(settings, "highest");
  if (!(made.lowest < made.highest)) settings.refuse("highest", "highest is not above lowest");
  made.state = optional_state(settings, "state");
  settings.finish();
  return std::make_unique<ModbusInput>(order.lines.modbus(order.instrument), std::move(made));
}

}  // namespace

const std::map<std::string, Maker<AnalogInput>> kAnalogInputs{{"moxa", make_moxa_input},
                                                              {"modbus_input", make_modbus_input}};

}  // namespace nocturne
