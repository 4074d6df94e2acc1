#include "devices/virtual/virtual_bench.hpp"

#include <algorithm>

namespace nocturne {

namespace {

VirtualOceanWorld world_of(Plant& plant, Clock& clock) {
  VirtualOceanWorld world;
  // The clock's time rather than the nominal start: on real time the wake-up comes a little later, and the
  // plant may have been looked at in between.
  world.expose = [&](Instant, Duration exposure) {
    return plant.expose(in_seconds(clock.now()), in_seconds(exposure));
  };
  world.set_lamp = [&](bool on) { plant.set_lamp(on, in_seconds(clock.now())); };
  world.set_led = [&](bool on) { plant.set_led(on, in_seconds(clock.now())); };
  return world;
}

}  // namespace

VirtualBench::VirtualBench(Clock& clock, Plant& plant, VirtualBenchOptions options)
    : clock_{clock},
      plant_{plant},
      pumps_{clock, options.chain_name},
      heater_{clock, options.heater, [&](Instant when) { return plant.probe_celsius(in_seconds(when)); }},
      spectrometer_{clock, options.spectrometer, plant.detector(), world_of(plant, clock)} {
  for (const VirtualFeed& feed : options.feeds) {
    const std::size_t index = feed.plant_feed;
    // A syringe that fills draws from its bottle through a valve, not from the reactor.
    pumps_.add(feed.pump, [this, index](FlowRate flow, Instant) {
      plant_.set_feed(index, std::max(0.0, in_microliters_per_minute(flow)), in_seconds(clock_.now()));
    });
  }
  plant_.attach_heater([this](double time_s, double celsius) { return heater_.power(time_s, celsius); });
}

VirtualBench::~VirtualBench() { plant_.attach_heater({}); }

void tune(virtual_eurotherm::Parameters& parameters, const PlantHeater& heater) {
  const double delay = std::max(heater.dead_time_s + heater.probe_time_s, 1.0);
  const double closed_loop = delay;
  parameters.proportional_band = 100.0 * (heater.full_power_K_per_s / 100.0) * (closed_loop + delay);
  parameters.integral_s = std::min(heater.loss_time_s, 4.0 * (closed_loop + delay));
  parameters.derivative_s = heater.probe_time_s;
}

}  // namespace nocturne
