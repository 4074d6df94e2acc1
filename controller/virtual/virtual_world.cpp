#include "controller/virtual/virtual_world.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace nocturne {
namespace {

constexpr double kCompliance_uL_per_bar = 10.0;  // of tube, syringes and liquid together

}  // namespace

VirtualWorld::VirtualWorld(Clock& clock, PlantParameters parameters, std::uint64_t seed)
    : clock_{clock},
      parameters_{std::move(parameters)},
      plant_{parameters_, seed},
      feeds_(parameters_.feeds.size()) {}

VirtualWorld::~VirtualWorld() { plant_.attach_heater({}); }

std::optional<std::size_t> VirtualWorld::index_of(const std::string& stock) const {
  const auto found = std::ranges::find(parameters_.feeds, stock, &PlantFeed::name);
  if (found == parameters_.feeds.end()) return std::nullopt;
  return static_cast<std::size_t>(found - parameters_.feeds.begin());
}

std::optional<FlowListener> VirtualWorld::feed(const std::string& stock) {
  const auto index = index_of(stock);
  if (!index) return std::nullopt;
  return [this, i = *index](FlowRate pumped, Instant) {
    count(feeds_[i]);
    feeds_[i].pumped_uL_min = in_microliters_per_minute(pumped);
    flow(i);
  };
}

void VirtualWorld::turn(const std::string& stock, Leads leads) {
  const std::size_t i = index_of(stock).value();
  count(feeds_[i]);
  feeds_[i].leads = leads;
  flow(i);
}

void VirtualWorld::empty_line(const std::string& stock, Volume line) {
  if (const auto index = index_of(stock)) feeds_[*index].dry_uL = in_microliters(line);
}

void VirtualWorld::leak(const std::string& stock, bool on) {
  const auto index = index_of(stock);
  if (!index) return;
  feeds_[*index].leaks = on;
  flow(*index);
}

MovedVolumes VirtualWorld::moved(const std::string& stock) {
  Feed& feed = feeds_[index_of(stock).value()];
  count(feed);
  return feed.moved;
}

void VirtualWorld::count(Feed& feed) {
  const double uL = feed.pumped_uL_min * in_seconds(clock_.now() - feed.counted_to) / 60.0;
  feed.counted_to = clock_.now();
  if (feed.leads == Leads::to_reactor)
    (uL > 0.0 ? feed.moved.to_reactor : feed.moved.from_reactor) += std::abs(uL);
  if (feed.leads == Leads::to_bottle)
    (uL > 0.0 ? feed.moved.to_bottle : feed.moved.from_bottle) += std::abs(uL);
}

double VirtualWorld::Feed::towards_reactor_uL_min() const {
  return leads == Leads::to_reactor ? pumped_uL_min : 0.0;
}

double VirtualWorld::Feed::into_tube_uL_min() const {
  return leaks ? 0.0 : std::max(0.0, towards_reactor_uL_min());
}

/// The plant knows no flow backwards: where liquid is drawn out of it, it stands.
void VirtualWorld::flow(std::size_t index) {
  const Feed& feed = feeds_[index];
  plant().set_feed(index, feed.dry_uL > 0.0 ? 0.0 : feed.into_tube_uL_min(), in_seconds(clock_.now()));
}

void VirtualWorld::fill_lines() {
  const auto full_at = [](const Feed& feed) {
    if (feed.dry_uL <= 0.0 || feed.into_tube_uL_min() <= 0.0) return Instant::max();
    const double missing_uL = feed.dry_uL - feed.moved.to_reactor;
    return feed.counted_to + seconds(60.0 * missing_uL / feed.into_tube_uL_min());
  };
  for (;;) {
    const auto next = std::ranges::min_element(feeds_, {}, full_at);
    if (next == feeds_.end() || full_at(*next) > clock_.now()) return;
    const Instant when = full_at(*next);
    next->dry_uL = 0.0;
    plant_.set_feed(static_cast<std::size_t>(next - feeds_.begin()), next->into_tube_uL_min(),
                    in_seconds(when));
  }
}

VirtualWorld::Amount VirtualWorld::fed(Instant when) {
  Amount all;
  for (std::size_t i = 0; i < parameters_.feeds.size(); ++i) {
    count(feeds_[i]);
    const double mL = 1e-3 * (plant().fed_uL(i, in_seconds(when)) - feeds_[i].moved.from_reactor);
    all.mL += mL;
    all.grams += mL * parameters_.feeds[i].density_kg_per_L.value_or(parameters_.geometry.density_kg_per_L);
  }
  return all;
}

double VirtualWorld::probe_celsius(Instant when) { return plant().probe_celsius(in_seconds(when)); }

void VirtualWorld::attach_heater(std::function<double(double, double)> power, std::function<double()> now) {
  plant_.attach_heater(std::move(power));
  heating_ = std::move(now);
}

VirtualOceanWorld VirtualWorld::optics() {
  VirtualOceanWorld world;
  // The clock's time rather than the nominal start: on real time the wake-up comes a little later, and the
  // plant may have been looked at in between.
  world.expose = [this](Instant, Duration exposure) {
    return plant().expose(in_seconds(clock_.now()), in_seconds(exposure));
  };
  world.set_lamp = [this](bool on) { plant().set_lamp(on, in_seconds(clock_.now())); };
  world.set_led = [this](bool on) { plant().set_led(on, in_seconds(clock_.now())); };
  return world;
}

double VirtualWorld::pressure_bar(Instant when) {
  const double flowing = plant().pressure_bar(in_seconds(when));
  if (!clogged_at_) return flowing;
  return flowing + 1e3 * (fed(when).mL - clogged_at_->mL) / kCompliance_uL_per_bar;
}

void VirtualWorld::clog(bool on) { clogged_at_ = on ? std::optional{fed(clock_.now())} : std::nullopt; }

double VirtualWorld::flow_uL_min() const {
  const auto add = [](double sum, const Feed& feed) { return sum + feed.towards_reactor_uL_min(); };
  return std::accumulate(feeds_.begin(), feeds_.end(), 0.0, add);
}

double VirtualWorld::flow_uL_min(const std::string& stock) const {
  const std::optional<std::size_t> index = index_of(stock);
  return index ? feeds_[*index].towards_reactor_uL_min() : 0.0;
}

double VirtualWorld::leaking_uL_min() const {
  double leaking = 0.0;
  for (const Feed& feed : feeds_)
    if (feed.leaks) leaking += feed.towards_reactor_uL_min();
  return leaking;
}

}  // namespace nocturne
