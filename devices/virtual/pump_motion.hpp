#pragma once

#include <array>
#include <optional>

#include "devices/virtual/syringe_drive.hpp"

namespace nocturne::virtual_pump {

enum class Way { infuse, withdraw };

enum class State { idle, infusing, withdrawing, stalled, target_reached, infuse_limit, withdraw_limit };

/// What a pump believes to have moved.
struct Counter {
  double volume = 0.0;  ///< m³
  double time = 0.0;    ///< s
};

struct Targets {
  std::optional<double> volume;  ///< m³
  std::optional<double> time;    ///< s
};

struct Ramp {
  double from = 0.0;     ///< m³/s
  double to = 0.0;       ///< m³/s, kept after the ramp
  double seconds = 0.0;  ///< from the start
};

/// A motor that delivers what its pump believes at the diameter it was told, into whatever syringe is really
/// there: it stops at targets and ends of travel and stalls under too much load. Flows are positive, in m³/s.
class Motion {
 public:
  Motion(VirtualSyringe syringe, bool limit_switches, FlowListener listener);

  /// Lets happen all that was due until `now`. Every other call expects to come right after it.
  void advance(Instant now);
  std::optional<Instant> next_event() const;
  Instant counted_to() const { return counted_to_; }

  /// `diameter` as the pump was told. A run that was stopped before its target continues towards it.
  void start(Way way, double flow, Length diameter, std::optional<Ramp> ramp, Instant now);
  /// While moving; ends a ramp.
  void change_flow(double flow, Instant now);
  void stop(Instant now);
  /// Forgets a stall, a limit or a reached target.
  void calm();

  State state() const { return state_; }
  bool moving() const { return state_ == State::infusing || state_ == State::withdrawing; }
  /// The way of the last start.
  Way way() const { return way_; }
  /// As the pump believes; zero at rest.
  double flow() const { return moving() ? flow_ : 0.0; }
  const Counter& counted(Way way) const { return counters_[index(way)].total; }

  void set_targets(Targets targets);
  const Targets& targets() const { return targets_; }
  void clear_volume(Way way);
  void clear_time(Way way);
  /// The targets count from here on.
  void restart_targets();

  /// What presses against the plunger, in bar, and what the motor can push, in N.
  void set_load(double back_pressure, double strongest_push, Instant now);
  /// A mechanism that is stuck stalls at once and at every start.
  void jam(bool jammed, Instant now);
  const VirtualSyringe& syringe() const { return drive_.syringe(); }
  void refill(Volume contents) { drive_.refill(contents); }
  void insert(VirtualSyringe syringe, Instant now);
  FlowRate true_flow() const { return drive_.true_flow(); }

 private:
  struct Counters {
    Counter total, since_target;
  };
  static std::size_t index(Way way) { return way == Way::infuse ? 0 : 1; }
  void count(Instant until);
  void happen(Instant now);
  std::optional<Instant> reaches_target() const;
  std::optional<Instant> next_ramp_step() const;
  void step_ramp(Instant now);
  void deliver(double flow, Instant now);
  void halt(State state, Instant now);
  void check_load(Instant now);
  void announce(Instant now);

  const bool limit_switches_;
  const FlowListener listener_;
  SyringeDrive drive_;
  State state_ = State::idle;
  Way way_ = Way::infuse;
  double flow_ = 0.0;   // m³/s, believed
  double area_ = 1e-4;  // m², believed
  std::optional<Ramp> ramp_;
  Instant started_{};
  int ramp_step_ = 0;
  Instant counted_to_{};
  std::array<Counters, 2> counters_;
  Targets targets_;
  double back_pressure_ = 0.0;    // bar
  double strongest_push_ = 1e12;  // N
  bool jammed_ = false;
  FlowRate announced_;
};

}  // namespace nocturne::virtual_pump
