#include <algorithm>

#include "controller/bench/driver_settings.hpp"
#include "controller/bench/drivers.hpp"
#include "devices/chemyx_pump.hpp"
#include "devices/harvard_pump.hpp"
#include "devices/new_era_pump.hpp"

namespace nocturne {
namespace {

/// The syringe of a pump that feeds, as every pump does that is built.
const SyringeDescription& syringe_of(const Order& order) {
  return std::ranges::find(order.bench.feeds, order.instrument.name, &FeedDescription::pump)->syringe;
}

std::unique_ptr<Pump> make_new_era(const Order& order) {
  DriverSettings settings{order.bench, order.instrument};
  NewEraSettings made;
  made.name = order.instrument.name;
  made.address = settings.address(0, 99);
  made.syringe_diameter = syringe_of(order).diameter;
  made.watchdog_s = settings.integer("watchdog_s", made.watchdog_s, 1, 255);
  if (settings.flag("unwatched", false)) made.watchdog_s = 0;
  made.only_microliters = settings.flag("only_microliters", made.only_microliters);
  made.min_plunger_cm_per_h = settings.number("min_plunger_cm_per_h", made.min_plunger_cm_per_h, 1e-6, 10.0);
  made.max_plunger_cm_per_min =
      settings.number("max_plunger_cm_per_min", made.max_plunger_cm_per_min, 0.01, 100.0);
  settings.finish();
  return std::make_unique<NewEraPump>(order.clock, order.lines.bytes(order.instrument), std::move(made));
}

pump_chain::Prefix address_prefix(DriverSettings& settings) {
  const std::string prefix = settings.one_of("address_prefix", "auto", {"auto", "always", "never"});
  if (prefix == "always") return pump_chain::Prefix::always;
  return prefix == "never" ? pump_chain::Prefix::never : pump_chain::Prefix::automatic;
}

std::unique_ptr<Pump> make_harvard(const Order& order) {
  DriverSettings settings{order.bench, order.instrument};
  HarvardSettings made;
  made.name = order.instrument.name;
  made.address = settings.address(0, 99);
  made.syringe_diameter = syringe_of(order).diameter;
  made.syringe_volume = syringe_of(order).volume;
  made.prefix = address_prefix(settings);
  made.unwatched = settings.flag("unwatched", made.unwatched);
  made.top_speed_mm_per_min = settings.number("top_speed_mm_per_min", 0.0, 1.0, 1000.0);
  settings.finish();
  return std::make_unique<HarvardPump>(order.clock, order.lines.bytes(order.instrument), std::move(made));
}

std::unique_ptr<Pump> make_chemyx(const Order& order) {
  DriverSettings settings{order.bench, order.instrument};
  ChemyxSettings made;
  made.name = order.instrument.name;
  made.syringe_diameter = syringe_of(order).diameter;
  made.syringe_volume = syringe_of(order).volume;
  made.unwatched = settings.flag("unwatched", made.unwatched);
  made.status_query = settings.flag("status_query", made.status_query);
  made.speed_is_known = order.instrument.settings.contains("top_speed_mm_per_min");
  made.top_speed_mm_per_min = settings.number("top_speed_mm_per_min", made.top_speed_mm_per_min, 1.0, 1000.0);
  made.slowest_mm_per_min = settings.number("slowest_mm_per_min", made.slowest_mm_per_min, 1e-6, 1.0);
  settings.finish();
  return std::make_unique<ChemyxPump>(order.clock, order.lines.bytes(order.instrument), std::move(made));
}

}  // namespace

const std::map<std::string, Maker<Pump>> kPumps{
    {"chemyx", make_chemyx}, {"harvard", make_harvard}, {"new_era", make_new_era}};

}  // namespace nocturne
