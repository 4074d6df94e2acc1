#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "devices/clock.hpp"
#include "devices/virtual/syringe_drive.hpp"
#include "devices/virtual/virtual_ocean.hpp"
#include "models/plant/plant.hpp"
#include "models/units.hpp"

namespace nocturne {

/// Where a syringe leads.
enum class Leads { to_reactor, to_bottle, nowhere };

/// What went through the mouth of a syringe, in µL.
struct MovedVolumes {
  double to_reactor = 0.0, to_bottle = 0.0, from_reactor = 0.0, from_bottle = 0.0;
};

/// The simulated reactor as virtual instruments meet it: liquids and heat go in, light, pressure and weight
/// come out. Its time is the clock's. The clock outlives it.
class VirtualWorld {
 public:
  VirtualWorld(Clock& clock, PlantParameters parameters, std::uint64_t seed);
  ~VirtualWorld();
  VirtualWorld(const VirtualWorld&) = delete;
  VirtualWorld& operator=(const VirtualWorld&) = delete;

  const PlantParameters& parameters() const { return parameters_; }
  Plant& plant() {
    fill_lines();
    return plant_;
  }

  /// Where the flow of a pump with this stock goes; nothing if the plant has no such feed.
  std::optional<FlowListener> feed(const std::string& stock);
  /// The valve at the syringe of a stock of the plant turned; without valves all lead to the reactor.
  void turn(const std::string& stock, Leads leads);
  /// Air stands in the tube from this syringe to the reactor: nothing arrives before it is full.
  void empty_line(const std::string& stock, Volume line);
  /// Since the beginning, for a stock of the plant.
  MovedVolumes moved(const std::string& stock);
  /// What a probe in the heated zone reads, in °C.
  double probe_celsius(Instant when);
  /// Who decides the heating power, 0..1, for each control period, from time in seconds and probe in °C; and
  /// what arrives at the heater right now.
  void attach_heater(std::function<double(double time_s, double probe_celsius)> power,
                     std::function<double()> now);
  VirtualOceanWorld optics();
  double pressure_bar(Instant when);
  /// The outlet is clogged: what is pumped in from now on only presses.
  void clog(bool on);
  /// The tube of this stock is broken before the reactor: what is pumped runs out there.
  void leak(const std::string& stock, bool on);
  /// Air gets into the tube.
  void aerate(bool on) { plant().set_air(on, in_seconds(clock_.now())); }
  /// What has left the outlet since the beginning; the tube counts as full of what is pumped.
  double collected_mL(Instant when) { return clogged_at_ ? clogged_at_->mL : fed(when).mL; }
  double collected_g(Instant when) { return clogged_at_ ? clogged_at_->grams : fed(when).grams; }

  /// What really goes in now, less what is drawn out, whatever anyone was told.
  double flow_uL_min() const;
  double flow_uL_min(const std::string& stock) const;
  /// How much of it runs out before the reactor.
  double leaking_uL_min() const;
  double heating() const { return heating_ ? heating_() : 0.0; }

 private:
  /// One syringe.
  struct Feed {
    double pumped_uL_min = 0.0;  ///< negative while it is filled
    Leads leads = Leads::to_reactor;
    bool leaks = false;
    double dry_uL = 0.0;  ///< what has to be pumped before anything arrives; nothing once it has
    MovedVolumes moved;
    Instant counted_to{};
    double towards_reactor_uL_min() const;
    double into_tube_uL_min() const;
  };
  struct Amount {
    double mL = 0.0, grams = 0.0;
  };
  std::optional<std::size_t> index_of(const std::string& stock) const;
  void count(Feed& feed);
  void flow(std::size_t index);
  /// Lets arrive what has filled its tube since the last look.
  void fill_lines();
  /// What has reached the reactor, less what was drawn out of it.
  Amount fed(Instant when);

  Clock& clock_;
  const PlantParameters parameters_;
  Plant plant_;
  std::vector<Feed> feeds_;
  std::function<double()> heating_;
  std::optional<Amount> clogged_at_;
};

}  // namespace nocturne
