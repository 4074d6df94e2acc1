#pragma once

#include <optional>

#include "devices/error.hpp"
#include "devices/line.hpp"
#include "devices/new_era_protocol.hpp"
#include "devices/pump.hpp"

namespace nocturne {

/// Plunger speeds are those of the NE-1000; other models of the family have others.
struct NewEraSettings {
  std::string name;
  int address = 0;  ///< 0..99 on its chain
  Length syringe_diameter;
  int watchdog_s =
      10;  ///< 1..255: silence after which the pump stops itself; 0: a pump without safe mode, unchecked
  double min_plunger_cm_per_h = 0.004205;
  double max_plunger_cm_per_min = 5.1005;
  bool only_microliters =
      false;  ///< firmware that takes no rate in mL, as on some NE-4000: 9999 µL/min at most
  Duration reply_deadline = std::chrono::milliseconds{500};
  Duration stop_deadline = std::chrono::seconds{5};
};

/// A syringe pump of the New Era NE-1000 family, in its checked mode: every packet carries a CRC, and the
/// pump stops by itself when no packet reaches it for `watchdog_s`. read() is the heartbeat. After a watchdog
/// stop, a reset or a stall only arm() makes it flow again. A set_flow that stop() overtakes throws
/// DeviceError{refused} and starts nothing.
class NewEraPump final : public Pump {
 public:
  /// `clock` and `line`, which pumps may share, must outlive the pump.
  NewEraPump(Clock& clock, Line& line, NewEraSettings settings);

  const std::string& name() const override { return settings_.name; }
  FlowRate min_flow() const override;
  FlowRate max_flow() const override;
  Task<std::string> arm() override;
  CounterAtArming counter() const override { return at_arming_; }
  Task<FlowRate> set_flow(FlowRate flow) override;
  Task<Volume> draw(Volume volume, FlowRate flow) override;
  /// Throws DeviceError{refused} if the pump was stopped by its watchdog or was reset; a stall is in the
  /// reading.
  Task<PumpReading> read() override;
  Task<void> stop() override;

 private:
  using Reply = new_era::Reply;
  struct Rate;

  Task<Reply> send(std::string command, bool expect_version = false);
  Task<Reply> converse(std::string command, std::optional<unsigned> unless_stopped = std::nullopt);
  Task<Reply> exchange(std::string command, std::optional<unsigned> unless_stopped = std::nullopt);
  Task<Reply> query(std::string command);
  Task<void> resynchronise();
  Task<void> halt();
  Task<void> press_stop();

  Task<void> find();
  Task<std::string> identify();
  Task<void> set_up();
  Task<void> set_optional(std::string command);
  Task<void> set_diameter();
  Task<void> arm_watchdog();

  Task<void> set_rate(Rate rate, bool moving);
  Task<void> run(unsigned stops_before, char direction);
  Task<void> set_direction(std::string direction);
  Task<void> get_ready_to_push();
  Task<Volume> set_target(Volume volume);
  Task<void> clear_counters();
  Task<void> wait_until_drawn(Duration limit, unsigned stops_before);
  Task<new_era::Dispensed> dispensed();
  Rate rate_for(FlowRate flow) const;

  [[noreturn]] void fail(DeviceFault fault, const std::string& detail) const;
  void note_alarm(char alarm);
  void require_armed() const;

  Clock& clock_;
  Line& line_;
  const NewEraSettings settings_;
  Mutex setting_;          // arm() and set_flow() exclude each other; stop() and read() wait for neither
  Mutex talking_;          // so that a resynchronisation stands before whatever comes next
  bool packets_ = true;    // understood in both modes of the pump
  bool in_doubt_ = false;  // a late reply may still come
  bool armed_ = false;
  CounterAtArming at_arming_{};
  bool stalled_ = false;
  std::string tripped_;    // why it needs arm() again
  bool changing_ = false;  // set_flow() has stopped a flow and will start it again, or throw
  bool pushes_ = false;    // its direction and target are those of a feed
  Volume pushed_before_;   // since it was armed, before its counters were last cleared
  unsigned stops_ = 0;
  FlowRate held_;
};

}  // namespace nocturne
