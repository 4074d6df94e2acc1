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
      flows_uL_min_(parameters_.feeds.size(), 0.0),
      leaks_(parameters_.feeds.size(), false) {}

VirtualWorld::~VirtualWorld() { plant_.attach_heater({}); }

std::optional<std::size_t> VirtualWorld::index_of(const std::string& stock) const {
  const auto found = std::ranges::find(parameters_.feeds, stock, &PlantFeed::name);
  if (found == parameters_.feeds.end()) return std::nullopt;
  return static_cast<std::size_t>(found - parameters_.feeds.begin());
}

std::optional<FlowListener> VirtualWorld::feed(const std::string& stock) {
  const std::optional<std::size_t> index = index_of(stock);
  if (!index) return std::nullopt;
  return [this, index = *index](FlowRate flow, Instant) {
    // A syringe that fills draws from its bottle through a valve, not from the reactor.
    flows_uL_min_[index] = std::max(0.0, in_microliters_per_minute(flow));
    feed(index);
  };
}

void VirtualWorld::feed(std::size_t index) {
  plant_.set_feed(index, leaks_[index] ? 0.0 : flows_uL_min_[index], in_seconds(clock_.now()));
}

void VirtualWorld::leak(const std::string& stock, bool on) {
  const std::optional<std::size_t> index = index_of(stock);
  if (!index) return;
  leaks_[*index] = on;
  feed(*index);
}

VirtualWorld::Amount VirtualWorld::fed(Instant when) {
  Amount all;
  for (std::size_t i = 0; i < parameters_.feeds.size(); ++i) {
    const double mL = 1e-3 * plant_.fed_uL(i, in_seconds(when));
    all.mL += mL;
    all.grams += mL * parameters_.feeds[i].density_kg_per_L.value_or(parameters_.geometry.density_kg_per_L);
  }
  return all;
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
  if (!clogged_at_) return flowing;
  return flowing + 1e3 * (fed(when).mL - clogged_at_->mL) / kCompliance_uL_per_bar;
}

void VirtualWorld::clog(bool on) { clogged_at_ = on ? std::optional{fed(clock_.now())} : std::nullopt; }

double VirtualWorld::flow_uL_min() const {
  return std::accumulate(flows_uL_min_.begin(), flows_uL_min_.end(), 0.0);
}

double VirtualWorld::flow_uL_min(const std::string& stock) const {
  const std::optional<std::size_t> index = index_of(stock);
  return index ? flows_uL_min_[*index] : 0.0;
}

double VirtualWorld::leaking_uL_min() const {
  double leaking = 0.0;
  for (std::size_t i = 0; i < leaks_.size(); ++i)
    if (leaks_[i]) leaking += flows_uL_min_[i];
  return leaking;
}

}  // namespace nocturne
