#include "controller/virtual/virtual_instruments.hpp"

#include <fmt/format.h>

#include "controller/virtual/virtual_twins.hpp"
#include "devices/virtual/virtual_balance.hpp"
#include "devices/virtual/virtual_ocean.hpp"
#include "devices/virtual/virtual_vici.hpp"

namespace nocturne {
namespace {

constexpr std::uint64_t kAllBits = 0xffff;
constexpr std::uint64_t kOneBit = 1U << 14U;
constexpr double kStuckPixel_nm = 510.0;
constexpr double kFlicker = 0.2;    // relative, between exposures
constexpr int kLostFrames = 1000;   // more than anyone waits for
constexpr double kSlowness = 20.0;  // of a valve
constexpr double kDrop_g = 0.016;   // 20 µL
const std::string kViciIds = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";

Eigen::Index pixel_at(const Detector& detector, double nm) {
  Eigen::Index pixel = 0;
  (detector.wavelength_nm.array() - nm).abs().minCoeff(&pixel);
  return pixel;
}

VirtualLine make_ocean(const VirtualOrder& order) {
  const InstrumentDescription& spectrometer = only_one(order);
  VirtualOceanOptions options;
  options.name = spectrometer.name;
  options.model = order.world.parameters().detector.model;
  options.serial_line = order.line.baud > 0;
  auto made = std::make_unique<VirtualOcean>(order.clock, options, order.world.plant().detector(),
                                             order.world.optics());
  VirtualOcean& unit = *made;
  VirtualLine line;
  line.faults[spectrometer.name]
      .add(unit.faults().reply)
      .add("frozen_reading", unit.faults().frozen)
      .add("saturation", unit.faults().saturated)
      .add("lights_dead", unit.faults().lights_fail)
      .add("bubble_train", [&world = order.world](bool on) { world.aerate(on); })
      .add("lamp_dead", unit.faults().lamp_dead)
      .add("lamp_flicker", [&unit](bool on) { unit.faults().lamp_flicker = on ? kFlicker : 0.0; })
      .add("lost_frames", [&unit](bool on) { unit.faults().lost_frames = on ? kLostFrames : 0; })
      .add_once("reboot", [&unit] { unit.power_cycle(); })
      .add("stuck_bits", [&unit](bool on) { unit.faults().stuck_bits = on ? kAllBits : 0; })
      .add("stuck_pixel", [&unit, pixel = pixel_at(order.world.plant().detector(), kStuckPixel_nm)](bool on) {
        unit.faults().stuck_bits = on ? kOneBit : 0;
        unit.faults().stuck_pixel = pixel;
      });
  line.instrument = std::move(made);
  return line;
}

/// Told of every turn of a valve that stands at a syringe; nobody, if it does not.
VirtualVici::PositionListener tap_of(const VirtualOrder& order, const InstrumentDescription& valve) {
  for (const FeedDescription& feed : order.bench.feeds) {
    if (!feed.refill || feed.refill->valve != valve.name) continue;
    return [&world = order.world, stock = feed.stock, refill = *feed.refill](int position, Instant) {
      world.turn(stock, position == refill.to_reactor  ? Leads::to_reactor
                        : position == refill.to_bottle ? Leads::to_bottle
                                                       : Leads::nowhere);
    };
  }
  return {};
}

VirtualLine make_vici(const VirtualOrder& order) {
  const InstrumentDescription& valve = only_one(order);
  VirtualViciOptions options;
  options.name = valve.name;
  DriverSettings settings = settings_of(order, valve);
  const int address = settings.address(0, static_cast<int>(kViciIds.size()) - 1);
  if (address > 0) options.id = std::string{kViciIds[static_cast<std::size_t>(address)]};
  if (settings.one_of("kind", "selector", {"selector", "two_position"}) == "two_position") options.mode = 1;
  options.positions = settings.integer("positions", options.positions, 2, 96);
  const VirtualVici::PositionListener tap = tap_of(order, valve);
  if (tap) tap(options.position, order.clock.now());
  auto made = std::make_unique<VirtualVici>(order.clock, options, tap);
  VirtualVici& unit = *made;
  VirtualLine line;
  line.faults[valve.name]
      .add(unit.faults().reply)
      .add("stuck", unit.faults().jammed)
      .add("slow", [&unit](bool on) { unit.faults().slowness = on ? kSlowness : 1.0; })
      .add("wrong_position", [&unit](bool on) { unit.faults().misses_by = on ? 1 : 0; })
      .add("coupling_slips", unit.faults().coupling_slips);
  line.instrument = std::move(made);
  return line;
}

VirtualLine make_balance(const VirtualOrder& order) {
  const InstrumentDescription& balance = only_one(order);
  VirtualBalanceOptions options;
  options.name = balance.name;
  options.model = "XPR2003S 2100.000 g";  // it holds what all syringes do
  options.cell = {.capacity_g = 2100.0, .decimals = 3, .drop_g = kDrop_g, .noise_g = 0.0005};
  auto made = std::make_unique<VirtualBalance>(
      order.clock, options, [&world = order.world](Instant when) { return world.collected_g(when); });
  VirtualBalance& unit = *made;
  VirtualLine line;
  line.faults[balance.name]
      .add(unit.faults().reply)
      .add("unstable", unit.faults().unstable)
      .add("overload", unit.faults().overload)
      .add("underload", unit.faults().underload)
      .add("frozen_reading", unit.faults().frozen)
      .add_once("reboot", [&unit] { unit.power_cycle(); });
  line.instrument = std::move(made);
  return line;
}

using TwinMaker = VirtualLine (*)(const VirtualOrder&);
const std::map<std::string, TwinMaker> kMakers{
    {"new_era", make_new_era_twins},  {"harvard", make_harvard_twins}, {"chemyx", make_chemyx_twin},
    {"eurotherm", make_modbus_twins}, {"watlow", make_modbus_twins},   {"moxa", make_modbus_twins},
    {"julabo", make_julabo_twin},     {"ocean_obp", make_ocean},       {"vici", make_vici},
    {"mettler", make_balance}};

}  // namespace

FileError misfit(const VirtualOrder& order, const InstrumentDescription& instrument,
                 const std::string& what) {
  return FileError{fmt::format("{}:{}: {}", order.bench.file, instrument.file_line, what)};
}

const InstrumentDescription& only_one(const VirtualOrder& order) {
  if (order.instruments.size() > 1)
    throw misfit(order, *order.instruments[1],
                 fmt::format("{} and {} cannot share a line ({} stands alone)", order.instruments[0]->name,
                             order.instruments[1]->name, order.instruments[0]->driver));
  return *order.instruments.front();
}

DriverSettings settings_of(const VirtualOrder& order, const InstrumentDescription& instrument) {
  return DriverSettings{order.bench, instrument};
}

VirtualLine make_virtual_line(const VirtualOrder& order) {
  TwinMaker first = nullptr;
  for (const InstrumentDescription* instrument : order.instruments) {
    const auto found = kMakers.find(instrument->driver);
    if (found == kMakers.end()) {
      std::string known;
      for (const auto& [driver, maker] : kMakers) known += (known.empty() ? "" : ", ") + driver;
      throw misfit(order, *instrument,
                   fmt::format("{} has no virtual twin ({} have)", instrument->driver, known));
    }
    if (first && found->second != first)
      throw misfit(order, *instrument,
                   fmt::format("{} and {} do not speak the same protocol on line {}",
                               order.instruments.front()->name, instrument->name, order.line.name));
    first = found->second;
  }
  return first(order);
}

}  // namespace nocturne
