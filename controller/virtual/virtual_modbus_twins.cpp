#include "controller/bench/mapped_settings.hpp"
#include "controller/virtual/virtual_twins.hpp"
#include "devices/virtual/heater_tuning.hpp"
#include "devices/virtual/virtual_eurotherm.hpp"
#include "devices/virtual/virtual_julabo.hpp"
#include "devices/virtual/virtual_modbus_line.hpp"
#include "devices/virtual/virtual_moxa.hpp"
#include "devices/virtual/virtual_watlow.hpp"

namespace nocturne {
namespace {

constexpr double kRunaway = 1.0;  // of the heating power
constexpr double kStuck = 0.5;

void add(FaultBoard& board, VirtualHeaterFaults& faults) {
  board.add(faults.reply)
      .add("sensor_break", faults.sensor_break)
      .add("frozen_reading", faults.frozen_reading)
      .add("heater_dead", faults.heater_dead)
      .add("runaway",
           [&faults](bool on) { faults.stuck_output = on ? std::optional{kRunaway} : std::nullopt; })
      .add("stuck_output",
           [&faults](bool on) { faults.stuck_output = on ? std::optional{kStuck} : std::nullopt; });
}

std::function<double(Instant)> probe_of(const VirtualOrder& order) {
  return [&world = order.world](Instant when) { return world.probe_celsius(when); };
}

std::unique_ptr<VirtualEurotherm> make_eurotherm(const VirtualOrder& order,
                                                 const InstrumentDescription& heater, FaultBoard& board) {
  VirtualEurothermOptions options;
  options.name = heater.name;
  options.address = heater.address;
  options.decimals = settings_of(order, heater).integer("decimals", options.decimals, 0, 2);
  tune(options.parameters, order.world.parameters().heater);
  auto unit = std::make_unique<VirtualEurotherm>(order.clock, options, probe_of(order));
  heat_with(order, heater, *unit);
  add(board, unit->faults());
  return unit;
}

std::unique_ptr<VirtualWatlow> make_watlow(const VirtualOrder& order, const InstrumentDescription& heater,
                                           FaultBoard& board) {
  VirtualWatlowOptions options;
  options.name = heater.name;
  options.address = heater.address;
  DriverSettings settings = settings_of(order, heater);
  options.map = settings.integer("map", options.map, 1, 2);
  options.port = settings.integer("port", options.port, 1, 2);
  options.high_word_first = word_order(settings, "word_order", "low_first") == WordOrder::high_first;
  virtual_control::Parameters tuned;
  tune(tuned, order.world.parameters().heater);
  options.settings.proportional_band = tuned.proportional_band;
  options.settings.integral_s = tuned.integral_s;
  options.settings.derivative_s = tuned.derivative_s;
  auto unit = std::make_unique<VirtualWatlow>(order.clock, options, probe_of(order));
  heat_with(order, heater, *unit);
  add(board, unit->faults());
  board.add_once("reboot", [&made = *unit] { made.reboot(); });
  return unit;
}

std::unique_ptr<VirtualMoxa> make_moxa(const VirtualOrder& order, const InstrumentDescription& input,
                                       FaultBoard& board) {
  VirtualMoxaOptions options;
  options.name = input.name;
  options.address = input.address;
  DriverSettings settings = settings_of(order, input);
  const auto index = static_cast<std::size_t>(settings.integer("channel", 0, 0, 7));
  VirtualMoxaChannel& channel = options.channels.at(index);
  channel.quantity = [&world = order.world](Instant when) { return world.pressure_bar(when); };
  channel.low = settings.number("low", channel.low, -kLargestSetting, kLargestSetting);
  channel.high = settings.number("high", channel.high, -kLargestSetting, kLargestSetting);
  const std::string signal = settings.one_of("signal", "4-20 mA", {"4-20 mA", "0-20 mA", "0-10 V"});
  if (signal == "0-20 mA") channel.mode = VirtualMoxaMode::milliamperes_0_20;
  if (signal == "0-10 V") channel.mode = VirtualMoxaMode::volts_0_10;
  auto unit = std::make_unique<VirtualMoxa>(order.clock, options);
  VirtualMoxaFaults& faults = unit->faults();
  const auto at_channel = [&faults, index](VirtualMoxaFault fault) {
    return [&faults, index, fault](bool on) { faults.channels[index] = on ? fault : VirtualMoxaFault::none; };
  };
  board.add(faults.reply)
      .add("sensor_break", at_channel(VirtualMoxaFault::broken_wire))
      .add("short_circuit", at_channel(VirtualMoxaFault::short_circuit))
      .add("frozen_reading", at_channel(VirtualMoxaFault::frozen))
      .add("over_pressure", [&world = order.world](bool on) { world.clog(on); })
      .add_once("reboot", [&made = *unit] { made.reboot(); });
  return unit;
}

}  // namespace

VirtualLine make_modbus_twins(const VirtualOrder& order) {
  auto bus = std::make_unique<VirtualModbusLine>(order.clock, order.line.name, virtual_modbus::Framing::rtu);
  VirtualLine line;
  const auto put = [&](auto unit) {
    bus->add(*unit);
    line.units.push_back(std::move(unit));
  };
  for (const InstrumentDescription* one : order.instruments) {
    FaultBoard& board = line.faults[one->name];
    if (one->driver == "eurotherm") put(make_eurotherm(order, *one, board));
    if (one->driver == "watlow") put(make_watlow(order, *one, board));
    if (one->driver == "moxa") put(make_moxa(order, *one, board));
  }
  line.over_tcp = [&made = *bus](ByteLink& link) {
    return made.serve_as(link, virtual_modbus::Framing::tcp);
  };
  line.instrument = std::move(bus);
  return line;
}

VirtualLine make_julabo_twin(const VirtualOrder& order) {
  const InstrumentDescription& heater = only_one(order);
  VirtualJulaboOptions options;
  options.name = heater.name;
  tune(options.parameters, order.world.parameters().heater);
  auto unit = std::make_unique<VirtualJulabo>(order.clock, options, probe_of(order));
  heat_with(order, heater, *unit);
  VirtualLine line;
  FaultBoard& board = line.faults[heater.name];
  add(board, unit->faults());
  board.add_once("reboot", [&made = *unit] { made.reboot(); });
  line.instrument = std::move(unit);
  return line;
}

}  // namespace nocturne
