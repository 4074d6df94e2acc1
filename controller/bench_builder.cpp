#include "controller/bench_builder.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <functional>

#include "controller/driver_settings.hpp"
#include "devices/eurotherm_heater.hpp"
#include "devices/new_era_pump.hpp"
#include "devices/ocean_spectrometer.hpp"

namespace nocturne {
namespace {

/// What a driver is made from.
struct Order {
  Clock& clock;
  Lines& lines;
  const BenchDescription& bench;
  const InstrumentDescription& instrument;
};

std::unique_ptr<Pump> make_new_era(const Order& order) {
  DriverSettings settings{order.bench, order.instrument};
  const auto feed = std::ranges::find(order.bench.feeds, order.instrument.name, &FeedDescription::pump);
  NewEraSettings made;
  made.name = order.instrument.name;
  made.address = settings.address(0, 99);
  if (feed != order.bench.feeds.end()) made.syringe_diameter = feed->syringe.diameter;
  made.watchdog_s = settings.integer("watchdog_s", made.watchdog_s, 1, 255);
  made.min_plunger_cm_per_h = settings.number("min_plunger_cm_per_h", made.min_plunger_cm_per_h, 1e-6, 10.0);
  made.max_plunger_cm_per_min =
      settings.number("max_plunger_cm_per_min", made.max_plunger_cm_per_min, 0.01, 100.0);
  settings.finish();
  return std::make_unique<NewEraPump>(order.clock, order.lines.bytes(order.instrument), std::move(made));
}

std::unique_ptr<Heater> make_eurotherm(const Order& order) {
  DriverSettings settings{order.bench, order.instrument};
  EurothermSettings made;
  made.name = order.instrument.name;
  made.unit = settings.address(1, 247);
  made.decimals = settings.integer("decimals", made.decimals, 0, 2);
  made.remote_target = settings.flag("remote_target", made.remote_target);
  made.max_target = order.bench.limits.max_temperature;
  made.alarm_threshold = order.bench.limits.max_temperature;
  settings.finish();
  return std::make_unique<EurothermHeater>(order.clock, order.lines.modbus(order.instrument),
                                           std::move(made));
}

std::unique_ptr<Spectrometer> make_ocean(const Order& order) {
  DriverSettings settings{order.bench, order.instrument};
  const std::string model = settings.text("model", "FX");
  OceanSettings made;
  made.name = order.instrument.name;
  try {
    made.model = spectrometer_model(model);
  } catch (const std::invalid_argument& unknown) {
    settings.refuse("model", unknown.what());
  }
  made.led_bit = settings.integer("led_bit", made.led_bit, 0, 31);
  made.gain_electrons_per_count = settings.number("gain_electrons_per_count", 4.0, 1e-3, 1e4);
  made.read_noise_counts = settings.number("read_noise_counts", 12.0, 0.0, 1e4);
  settings.finish();
  return std::make_unique<OceanSpectrometer>(order.clock, order.lines.bytes(order.instrument),
                                             std::move(made));
}

template <class Device>
using Maker = std::unique_ptr<Device> (*)(const Order&);

const std::map<std::string, Maker<Pump>> kPumps{{"new_era", make_new_era}};
const std::map<std::string, Maker<Heater>> kHeaters{{"eurotherm", make_eurotherm}};
const std::map<std::string, Maker<Spectrometer>> kSpectrometers{{"ocean_obp", make_ocean}};

template <class Device>
std::unique_ptr<Device> make(const std::map<std::string, Maker<Device>>& makers, const Order& order,
                             const char* role) {
  const auto found = makers.find(order.instrument.driver);
  if (found != makers.end()) return found->second(order);
  std::string known;
  for (const auto& [name, maker] : makers) known += (known.empty() ? "" : ", ") + name;
  const DriverSettings settings{order.bench, order.instrument};
  settings.refuse("driver", fmt::format("{} cannot be a {} with driver {} (drivers: {})",
                                        order.instrument.name, role, order.instrument.driver, known));
}

std::unique_ptr<VirtualSide> make_virtual_side(Clock& clock, const BenchDescription& bench,
                                               std::optional<PlantParameters> plant, std::uint64_t seed) {
  const bool any = std::ranges::any_of(bench.lines, [](const auto& line) { return line.kind == "virtual"; });
  if (!any) return nullptr;
  if (!plant) throw FileError{bench.file + ": virtual lines need a plant"};
  return std::make_unique<VirtualSide>(clock, bench, *std::move(plant), seed);
}

}  // namespace

BuiltBench::BuiltBench(Clock& clock, const BenchDescription& description,
                       std::optional<PlantParameters> plant, std::uint64_t seed)
    : description_{description},
      virtual_side_{make_virtual_side(clock, description, std::move(plant), seed)},
      lines_{clock, description, virtual_side_.get()} {
  const auto order_for = [&](const std::string& name) {
    return Order{clock, lines_, description,
                 *std::ranges::find(description.instruments, name, &InstrumentDescription::name)};
  };
  std::map<std::string, Pump*> feeds;
  for (const FeedDescription& feed : description.feeds) {
    pumps_.push_back(make(kPumps, order_for(feed.pump), "pump"));
    feeds[feed.stock] = pumps_.back().get();
  }
  heater_ = make(kHeaters, order_for(description.heater), "heater");
  spectrometer_ = make(kSpectrometers, order_for(description.spectrometer), "spectrometer");
  bench_ = std::make_unique<Bench>(Bench{clock, std::move(feeds), *heater_, *spectrometer_});
}

std::map<std::string, FeedLimits> BuiltBench::feed_limits() const {
  std::map<std::string, FeedLimits> limits;
  for (const auto& [stock, pump] : bench_->feeds)
    limits[stock] = FeedLimits{pump->min_flow(), pump->max_flow()};
  return limits;
}

bool is_wholly_virtual(const BenchDescription& bench) {
  return std::ranges::all_of(bench.lines, [](const auto& line) { return line.kind == "virtual"; });
}

std::unique_ptr<Clock> clock_for(const BenchDescription& bench) {
  if (is_wholly_virtual(bench)) return std::make_unique<VirtualClock>();
  return std::make_unique<SystemClock>();
}

}  // namespace nocturne
