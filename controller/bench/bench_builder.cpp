#include "controller/bench/bench_builder.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "controller/bench/driver_settings.hpp"
#include "controller/bench/drivers.hpp"
#include "devices/words.hpp"

namespace nocturne {
namespace {

template <class Device>
std::unique_ptr<Device> make(const std::map<std::string, Maker<Device>>& makers, const Order& order,
                             const char* role) {
  const auto found = makers.find(order.instrument.driver);
  if (found != makers.end()) return found->second(order);
  std::string known;
  for (const auto& [name, maker] : makers) known += (known.empty() ? "" : ", ") + name;
  const DriverSettings settings{order.bench, order.instrument};
  settings.refuse("driver", fmt::format("{} cannot work as {} with driver {} (drivers: {})",
                                        order.instrument.name, role, order.instrument.driver, known));
}

std::unique_ptr<VirtualSide> make_virtual_side(Clock& clock, const BenchDescription& bench,
                                               std::optional<PlantParameters> plant, std::uint64_t seed,
                                               bool is_needed, const BenchHistory& history) {
  const bool any = std::ranges::any_of(bench.lines, [](const auto& line) { return line.kind == "virtual"; });
  if (!any || (!plant && !is_needed)) return nullptr;
  if (!plant) throw FileError{bench.file + ": virtual lines need a plant"};
  return std::make_unique<VirtualSide>(clock, bench, *std::move(plant), seed, history);
}

/// An interlock that no reading can ever set off guards nothing. Throws FileError.
void require_noticeable(const BenchDescription& bench, const InterlockDescription& interlock,
                        const AnalogInput& input) {
  const auto [lowest, highest] = input.range();
  const auto& [below, above, lasting, reaction] = interlock.limit;
  const auto refuse = [&, least = lowest, most = highest](int line) {
    throw FileError{fmt::format("{}:{}: this can never be noticed: {} shows {:.6g} to {:.6g} {}", bench.file,
                                line, input.name(), least, most, input.unit())};
  };
  if (below && *below <= lowest) refuse(interlock.below_line);
  if (above && *above >= highest) refuse(interlock.above_line);
}

}  // namespace

BuiltBench::BuiltBench(Clock& clock, const BenchDescription& description,
                       std::optional<PlantParameters> plant, std::uint64_t seed, LineOpener* opener,
                       const BenchHistory& history)
    : description_{description},
      virtual_side_{
          make_virtual_side(clock, description, std::move(plant), seed, opener == nullptr, history)},
      lines_{clock, description, virtual_side_.get(), opener} {
  std::map<std::string, Pump*> feeds;
  for (const FeedDescription& feed : description.feeds) {
    pumps_.push_back(make(kPumps, order_for(clock, feed.pump), "pump"));
    feeds[feed.stock] = pumps_.back().get();
  }
  heater_ = make(kHeaters, order_for(clock, description.heater), "heater");
  spectrometer_ = make(kSpectrometers, order_for(clock, description.spectrometer), "spectrometer");
  AnalogInput* pressure = nullptr;
  if (!description.pressure.empty()) pressure = &input(clock, description.pressure, "pressure sensor");
  if (!description.balance.empty())
    balance_ = make(kBalances, order_for(clock, description.balance), "balance");
  if (!description.collector.empty())
    collector_ = make(kValves, order_for(clock, description.collector), "collector");
  bench_ = std::make_unique<Bench>(Bench{clock,
                                         std::move(feeds),
                                         *heater_,
                                         *spectrometer_,
                                         pressure,
                                         balance_.get(),
                                         collector_.get(),
                                         make_interlocks(clock),
                                         {}});
  bench_->taps = make_taps(clock);
}

Order BuiltBench::order_for(Clock& clock, const std::string& name) {
  return Order{clock, lines_, description_,
               *std::ranges::find(description_.instruments, name, &InstrumentDescription::name)};
}

AnalogInput& BuiltBench::input(Clock& clock, const std::string& name, const char* role) {
  std::unique_ptr<AnalogInput>& made = inputs_[name];
  if (!made) made = make(kAnalogInputs, order_for(clock, name), role);
  return *made;
}

std::vector<Interlock> BuiltBench::make_interlocks(Clock& clock) {
  std::vector<InterlockDescription> described;
  const BenchLimits& limits = description_.limits;
  if (limits.max_pressure_bar)
    described.push_back(
        {description_.pressure, SignalLimit{{}, limits.max_pressure_bar}, 0, limits.max_pressure_line});
  std::ranges::copy(description_.interlocks, std::back_inserter(described));
  std::vector<Interlock> made;
  for (const InterlockDescription& interlock : described) {
    const bool is_heater = interlock.signal == description_.heater;
    made.push_back({is_heater ? nullptr : &input(clock, interlock.signal, "interlock"), interlock.limit});
    if (!is_heater) require_noticeable(description_, interlock, *made.back().input);
  }
  return made;
}

std::map<std::string, Tap> BuiltBench::make_taps(Clock& clock) {
  std::map<std::string, Tap> taps;
  for (const FeedDescription& feed : description_.feeds)
    if (feed.refill) taps.emplace(feed.stock, make_tap(clock, *feed.refill, *bench_->feeds.at(feed.stock)));
  return taps;
}

Tap BuiltBench::make_tap(Clock& clock, const RefillDescription& refill, const Pump& pump) {
  const auto refuse = [&](const std::string& what) {
    throw FileError{fmt::format("{}:{}: {}", description_.file, refill.file_line, what)};
  };
  if (refill.flow < pump.min_flow() || refill.flow > pump.max_flow())
    refuse(fmt::format("{} cannot draw at {} (allowed: {} to {})", pump.name(), in_words(refill.flow, 4),
                       in_words(pump.min_flow(), 4), in_words(pump.max_flow(), 4)));
  tap_valves_.push_back(make(kValves, order_for(clock, refill.valve), "refill valve"));
  Valve& valve = *tap_valves_.back();
  if (const int highest = std::max(refill.to_reactor, refill.to_bottle); highest > valve.positions())
    refuse(fmt::format("{} has no position {} (allowed: 1 to {})", refill.valve, highest, valve.positions()));
  return Tap{valve, refill.to_reactor, refill.to_bottle, refill.flow, refill.bottle};
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

InterpretationSettings interpretation_settings(const BenchDescription& bench) {
  constexpr double cm_per_mm = 0.1;
  InterpretationSettings settings;
  settings.path_cm = cm_per_mm * in_millimeters(bench.reactor.optical_path);
  settings.reference = bench.yield_reference;
  return settings;
}

std::unique_ptr<Clock> clock_for(const BenchDescription& bench) {
  if (is_wholly_virtual(bench)) return std::make_unique<VirtualClock>();
  return std::make_unique<SystemClock>();
}

}  // namespace nocturne
