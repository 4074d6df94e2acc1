#include "controller/virtual_world.hpp"

#include <algorithm>
#include <numeric>

namespace nocturne {
namespace {

constexpr double kCompliance_uL_per_bar = 10.0;  // of tube, syringes and liquid together

}  // namespace

VirtualWorld::VirtualWorld(Clock& clock, PlantParameters parameters, std::uint64_t seed)
    : clock_{clock},
      parameters_{std::move(parameters)},
      plant_{parameters_, seed},
      flows_uL_min_(parameters_.feeds.size(), 0.0) {}

VirtualWorld::~VirtualWorld() { plant_.attach_heater({}); }

std::optional<FlowListener> VirtualWorld::feed(const std::string& stock) {
  const auto found = std::ranges::find(parameters_.feeds, stock, &PlantFeed::name);
  if (found == parameters_.feeds.end()) return std::nullopt;
  const auto index = static_cast<std::size_t>(found - parameters_.feeds.begin());
  return [this, index](FlowRate flow, Instant) {
    // A syringe that fills draws from its bottle through a valve, not from the reactor.
    flows_uL_min_[index] = std::max(0.0, in_microliters_per_minute(flow));
    collected_.set_flow(1e-3 * flow_uL_min() * parameters_.geometry.density_kg_per_L / 60.0, clock_.now());
    plant_.set_feed(index, flows_uL_min_[index], in_seconds(clock_.now()));
  };
}

double VirtualWorld::probe_celsius(Instant when) { return plant_.probe_celsius(in_seconds(when)); }

void VirtualWorld::attach_heater(std::function<double(double, double)> power, std::function<double()> now) {
  plant_.attach_heater(std::move(power));
  heating_ = std::move(now);
}

VirtualOceanWorld VirtualWorld::optics() {
  VirtualOceanWorld world;
  // The clock's time rather than the nominal start: on real time the wake-up comes a little later, and the
  // plant may have been looked at in between.
  world.expose = [this](Instant, Duration exposure) {
    return plant_.expose(in_seconds(clock_.now()), in_seconds(exposure));
  };
  world.set_lamp = [this](bool on) { plant_.set_lamp(on, in_seconds(clock_.now())); };
  world.set_led = [this](bool on) { plant_.set_led(on, in_seconds(clock_.now())); };
  return world;
}

double VirtualWorld::pressure_bar(Instant when) {
  const double flowing = plant_.pressure_bar(in_seconds(when));
  if (!clogged_at_g_) return flowing;
  const double pressed_g = collected_.at(when) - *clogged_at_g_;
  return flowing + 1e3 * pressed_g / parameters_.geometry.density_kg_per_L / kCompliance_uL_per_bar;
}

void VirtualWorld::clog(bool on) {
  clogged_at_g_ = on ? std::optional{collected_.at(clock_.now())} : std::nullopt;
}

double VirtualWorld::flow_uL_min() const {
  return std::accumulate(flows_uL_min_.begin(), flows_uL_min_.end(), 0.0);
}

}  // namespace nocturne
