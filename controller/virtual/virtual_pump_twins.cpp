#include <fmt/format.h>

#include <algorithm>

#include "controller/virtual/virtual_twins.hpp"
#include "devices/virtual/syringe_drive.hpp"
#include "devices/virtual/virtual_chemyx.hpp"
#include "devices/virtual/virtual_new_era_chain.hpp"
#include "devices/virtual/virtual_pump_chain.hpp"

namespace nocturne {
namespace {

constexpr double kTooMuchPressure = 1000.0;  // bar: no motor pushes against it
const Length kWrongDiameter = millimeters(8.66);

const FeedDescription* feed_of(const VirtualOrder& order, const InstrumentDescription& pump) {
  const auto feed = std::ranges::find(order.bench.feeds, pump.name, &FeedDescription::pump);
  return feed == order.bench.feeds.end() ? nullptr : &*feed;
}

/// The syringe that the bench says is in the pump.
VirtualSyringe syringe_of(const VirtualOrder& order, const InstrumentDescription& pump) {
  const FeedDescription* feed = feed_of(order, pump);
  if (!feed) return {millimeters(26.59), milliliters(60.0), milliliters(60.0)};
  const auto held = order.history.contents.find(feed->stock);
  return {feed->syringe.diameter, feed->syringe.volume,
          held == order.history.contents.end() ? feed->syringe.volume : held->second};
}

FlowListener listener_of(const VirtualOrder& order, const InstrumentDescription& pump) {
  const FeedDescription* feed = feed_of(order, pump);
  if (!feed) return [](FlowRate, Instant) {};
  if (auto listener = order.world.feed(feed->stock)) return *std::move(listener);
  throw misfit(order, pump,
               fmt::format("plant {} has no feed {}", order.world.parameters().name, feed->stock));
}

/// What can happen to any pump.
template <class Unit>
FaultBoard faults_of(const VirtualOrder& order, const InstrumentDescription& pump, Unit& unit,
                     VirtualSyringe syringe) {
  FaultBoard board;
  if (const FeedDescription* feed = feed_of(order, pump))
    board.add("leak", [&world = order.world, stock = feed->stock](bool on) { world.leak(stock, on); });
  board.add(unit.faults())
      .add("stall", [&unit](bool on) { unit.set_back_pressure(on ? kTooMuchPressure : 0.0); })
      .add_once("reboot", [&unit] { unit.power_cycle(); })
      .add("empty_syringe", [&unit, syringe](bool on) { unit.refill(on ? Volume{} : syringe.capacity); });
  return board;
}

template <class Unit>
void add_wrong_syringe(FaultBoard& board, Unit& unit, VirtualSyringe syringe) {
  board.add("wrong_syringe", [&unit, syringe](bool on) {
    VirtualSyringe other = syringe;
    if (on) other.diameter = kWrongDiameter;
    unit.insert(other);
  });
}

}  // namespace

VirtualLine make_new_era_twins(const VirtualOrder& order) {
  auto chain = std::make_unique<VirtualNewEraChain>(order.clock, order.line.name);
  VirtualLine line;
  for (const InstrumentDescription* pump : order.instruments) {
    VirtualNewEraOptions options;
    options.memory.address = pump->address;
    options.syringe = syringe_of(order, *pump);
    VirtualNewEra& unit = chain->add(options, listener_of(order, *pump));
    line.faults[pump->name] = faults_of(order, *pump, unit, options.syringe);
  }
  line.instrument = std::move(chain);
  return line;
}

VirtualLine make_harvard_twins(const VirtualOrder& order) {
  auto chain = std::make_unique<VirtualPumpChain>(order.clock, order.line.name);
  VirtualLine line;
  for (const InstrumentDescription* pump : order.instruments) {
    VirtualHarvardOptions options;
    options.settings.address = pump->address;
    options.syringe = syringe_of(order, *pump);
    VirtualHarvard& unit = chain->add(options, listener_of(order, *pump));
    FaultBoard board = faults_of(order, *pump, unit, options.syringe);
    add_wrong_syringe(board, unit, options.syringe);
    board.add("keeps_diameter", unit.quirks().keeps_diameter).add("stale_unit", unit.quirks().stale_unit);
    line.faults[pump->name] = std::move(board);
  }
  line.instrument = std::move(chain);
  return line;
}

VirtualLine make_chemyx_twin(const VirtualOrder& order) {
  const InstrumentDescription& pump = only_one(order);
  VirtualChemyxOptions options;
  options.name = pump.name;
  options.syringe = syringe_of(order, pump);
  auto unit = std::make_unique<VirtualChemyx>(order.clock, options, listener_of(order, pump));
  VirtualLine line;
  FaultBoard board = faults_of(order, pump, *unit, options.syringe);
  add_wrong_syringe(board, *unit, options.syringe);
  line.faults[pump.name] = std::move(board);
  line.instrument = std::move(unit);
  return line;
}

}  // namespace nocturne
