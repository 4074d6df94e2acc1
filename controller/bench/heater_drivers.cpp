#include "controller/bench/driver_settings.hpp"
#include "controller/bench/drivers.hpp"
#include "controller/bench/mapped_settings.hpp"
#include "devices/eurotherm_heater.hpp"
#include "devices/julabo_heater.hpp"
#include "devices/modbus_heater.hpp"
#include "devices/watlow_heater.hpp"

namespace nocturne {
namespace {

constexpr double kColdest = -100.0, kHottest = 1000.0;  // °C

Temperature celsius_setting(DriverSettings& settings, const std::string& key, Temperature fallback) {
  return Temperature::from_celsius(settings.number(key, fallback.celsius(), kColdest, kHottest));
}

/// For a heater that has no time-out: nobody may find out at night.
void require_unwatched(DriverSettings& settings) {
  if (!settings.flag("unwatched", false))
    settings.refuse("driver",
                    "it holds its temperature if this program dies, up to its own limit (unwatched = true in "
                    "the bench file accepts that)");
}

std::unique_ptr<Heater> make_eurotherm(const Order& order) {
  DriverSettings settings{order.bench, order.instrument};
  EurothermSettings made;
  made.name = order.instrument.name;
  made.unit = settings.address(1, 247);
  made.decimals = settings.integer("decimals", made.decimals, 0, 2);
  made.remote_target = settings.flag("remote_target", made.remote_target);
  if (!made.remote_target) require_unwatched(settings);
  made.stored_writes_per_hour =
      static_cast<std::size_t>(settings.integer("stored_writes_per_hour", 60, 1, 3600));
  made.max_target = order.bench.limits.max_temperature;
  made.alarm_threshold = order.bench.limits.max_temperature;
  settings.finish();
  return std::make_unique<EurothermHeater>(order.clock, order.lines.modbus(order.instrument),
                                           std::move(made));
}

std::unique_ptr<Heater> make_watlow(const Order& order) {
  DriverSettings settings{order.bench, order.instrument};
  WatlowSettings made;
  made.name = order.instrument.name;
  made.unit = settings.address(1, 247);
  made.map = settings.integer("map", made.map, 1, 2);
  made.word_order = word_order(settings, "word_order", "low_first");
  made.port = settings.integer("port", made.port, 1, 2);
  require_unwatched(settings);
  if (settings.one_of("guard", "alarm", {"alarm", "limit"}) == "limit") made.guard = WatlowGuard::limit;
  made.alarm = settings.integer("alarm", made.alarm, 1, 4);
  made.lowest_target = celsius_setting(settings, "lowest_target", made.lowest_target);
  made.max_target = order.bench.limits.max_temperature;
  made.guard_threshold = order.bench.limits.max_temperature;
  settings.finish();
  return std::make_unique<WatlowHeater>(order.clock, order.lines.modbus(order.instrument), std::move(made));
}

std::unique_ptr<Heater> make_julabo(const Order& order) {
  DriverSettings settings{order.bench, order.instrument};
  JulaboSettings made;
  made.name = order.instrument.name;
  made.decimals = settings.integer("decimals", made.decimals, 0, 2);
  made.external_sensor = settings.flag("external_sensor", made.external_sensor);
  made.limit_query = settings.text("limit_query", made.limit_query);
  made.limit_command = settings.text("limit_command", made.limit_command);
  if (!made.limit_command.empty() && made.limit_query.empty())
    settings.refuse("limit_command", "limit_command without limit_query (the limit has to be verified)");
  made.unwatched = settings.flag("unwatched", made.unwatched);
  made.output_query = settings.text("output_query", made.output_query);
  made.lowest_target = celsius_setting(settings, "lowest_target", made.lowest_target);
  made.max_target = order.bench.limits.max_temperature;
  made.limit = order.bench.limits.max_temperature;
  made.pause = std::chrono::milliseconds{settings.integer("pause_ms", 250, 0, 5000)};
  settings.finish();
  return std::make_unique<JulaboHeater>(order.clock, order.lines.bytes(order.instrument), std::move(made));
}

void read_switch(DriverSettings& settings, ModbusHeaterSettings& made) {
  if (is_described(settings, "switch")) {
    MappedSwitch on_off;
    on_off.number = written_number(settings, "switch");
    settings.require("switch.on");
    settings.require("switch.off");
    on_off.on = settings.number("switch.on", 1.0, -kLargestSetting, kLargestSetting);
    on_off.off = settings.number("switch.off", 0.0, -kLargestSetting, kLargestSetting);
    made.on_off = on_off;
  } else {
    if (!settings.has("rest_target"))
      settings.refuse("driver", "modbus_heater needs 'switch' or 'rest_target' (how the heating is cut)");
    made.rest_target = celsius_setting(settings, "rest_target", {});
  }
}

void read_watch(DriverSettings& settings, ModbusHeaterSettings& made) {
  made.sensor = optional_state(settings, "sensor");
  made.alarm = optional_state(settings, "alarm");
  made.limit_is_fixed = settings.flag("limit_is_fixed", made.limit_is_fixed);
  if (is_described(settings, "limit"))
    made.limit = made.limit_is_fixed ? mapped_number(settings, "limit") : written_number(settings, "limit");
  made.unwatched = settings.flag("unwatched", made.unwatched);
  made.lowest_sound = celsius_setting(settings, "lowest_sound", Temperature::from_celsius(-50.0));
  made.highest_sound = celsius_setting(settings, "highest_sound", Temperature::from_celsius(500.0));
}

std::unique_ptr<Heater> make_modbus_heater(const Order& order) {
  DriverSettings settings{order.bench, order.instrument};
  ModbusHeaterSettings made;
  made.name = order.instrument.name;
  made.address = settings.address(1, 247);
  if (settings.one_of("write_function", "6", {"6", "16"}) == "16") made.write_function = WriteFunction::many;
  const std::string unit = settings.one_of("unit", "°C", {"°C", "°F", "K"});
  if (unit == "°F") made.scale_unit = TemperatureUnit::fahrenheit;
  if (unit == "K") made.scale_unit = TemperatureUnit::kelvin;
  made.constants = mapped_constants(settings);
  made.process = mapped_number(settings, "process");
  made.target = written_number(settings, "target");
  made.output = optional_number(settings, "output");
  read_switch(settings, made);
  read_watch(settings, made);
  made.min_change = TemperatureStep::from_si(settings.number("min_change_K", 0.5, 0.0, 10.0));
  made.lowest_target = celsius_setting(settings, "lowest_target", made.lowest_target);
  made.max_target = order.bench.limits.max_temperature;
  made.limit_threshold = order.bench.limits.max_temperature;
  settings.finish();
  return std::make_unique<ModbusHeater>(order.clock, order.lines.modbus(order.instrument), std::move(made));
}

}  // namespace

const std::map<std::string, Maker<Heater>> kHeaters{{"eurotherm", make_eurotherm},
                                                    {"watlow", make_watlow},
                                                    {"julabo", make_julabo},
                                                    {"modbus_heater", make_modbus_heater}};

}  // namespace nocturne
