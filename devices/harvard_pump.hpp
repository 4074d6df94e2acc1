#pragma once

#include "devices/error.hpp"
#include "devices/line.hpp"
#include "devices/pump.hpp"
#include "devices/pump_chain_session.hpp"

namespace nocturne {

struct HarvardSettings {
  std::string name;
  int address = 0;  ///< 0..99 on its chain
  Length syringe_diameter;
  Volume syringe_volume;  ///< the pump stops by itself after so much
  pump_chain::Prefix prefix = pump_chain::Prefix::automatic;
  bool unwatched = false;             ///< the user knows that nothing stops the pump if this program dies
  double top_speed_mm_per_min = 0.0;  ///< of the plunger, from the manual; 0: that of any known model
  Duration reply_deadline = std::chrono::milliseconds{500};
  Duration stop_deadline = std::chrono::seconds{5};
};

/// A syringe pump that speaks Pump Chain: Harvard Pump 11 Elite, PHD Ultra, KDS Legato. The dialect has no
/// watchdog and no documented way to renew a target while it runs, so that only the target volume, set to the
/// syringe's content, stops a pump whose computer is gone: arm() refuses unless `unwatched` says that this is
/// known. After a draw it is what the syringe then holds. A stall, a limit switch or lost settings need arm()
/// before it flows again. A set_flow that stop() overtakes throws DeviceError{refused} and starts nothing.
class HarvardPump final : public Pump {
 public:
  /// `clock` and `line`, which pumps may share, must outlive the pump.
  HarvardPump(Clock& clock, Line& line, HarvardSettings settings);

  const std::string& name() const override { return settings_.name; }
  /// Before arm() what every known model can do, then the pump's own limits.
  FlowRate min_flow() const override { return limits_.low; }
  FlowRate max_flow() const override { return limits_.high; }
  /// The identity names the motor's force, which is never changed.
  Task<std::string> arm() override;
  CounterAtArming counter() const override { return at_arming_; }
  Task<FlowRate> set_flow(FlowRate flow) override;
  Task<Volume> draw(Volume volume, FlowRate flow) override;
  /// Throws DeviceError{refused} if the pump lost its settings; a stall and a limit switch are `stalled`.
  Task<PumpReading> read() override;
  Task<void> stop() override;

 private:
  using Status = pump_chain::Status;

  Task<Status> status();
  Task<void> halt();
  Task<void> set_up();
  Task<void> load(std::string method);
  Task<void> check_diameter();
  Task<void> read_limits();
  Task<void> set_targets();
  Task<void> set_target_volume(Volume volume);
  Task<void> check_target_volume(Volume volume);
  Task<void> clear(std::string counters);
  Task<std::string> force();

  Task<void> set_rate(std::string name, pump_chain::Rate rate);
  Task<bool> holds(std::string name, FlowRate flow);
  Task<void> run(std::string command, unsigned stops_before);
  Task<bool> comes_to_move(bool withdrawing);
  Task<void> get_ready_to_push();
  Task<void> wait_until_drawn(Duration limit, unsigned stops_before);
  pump_chain::Rate rate_for(FlowRate flow) const;

  [[noreturn]] void fail(DeviceFault fault, const std::string& detail) const;
  void note(const Status& status);
  void require_armed() const;
  void require_free(const Status& status) const;

  Clock& clock_;
  const HarvardSettings settings_;
  PumpChainSession session_;
  pump_chain::Limits limits_;
  Mutex setting_;  // arm() and set_flow() exclude each other; stop() and read() wait for neither
  bool armed_ = false;
  CounterAtArming at_arming_{};
  std::string blocked_;  // why it cannot move
  std::string tripped_;  // why it needs arm() again
  unsigned stops_ = 0;
  FlowRate held_;
  Volume counter_;  // of what it pushed, as last seen
  Volume counter_when_armed_;
  Volume pushed_before_;   // since it was armed, before the counter was last cleared
  Volume drawn_;           // its other counter: in the last draw
  Volume credited_;        // of that, counted in held_content_
  Volume held_content_;    // of the syringe, when the counter was last cleared; at most
  bool pushes_ = false;    // its method and targets are those of a feed
  bool clearing_ = false;  // a counter that falls now was not reset
};

}  // namespace nocturne
