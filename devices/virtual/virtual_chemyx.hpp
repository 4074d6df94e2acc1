#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "devices/virtual/outbox.hpp"
#include "devices/virtual/pump_motion.hpp"
#include "devices/virtual/reply_faults.hpp"
#include "devices/virtual/virtual_instrument.hpp"
#include "devices/virtual/wake_up.hpp"

namespace nocturne {

/// What a Chemyx pump was told; rate and volume in its unit.
struct VirtualChemyxSettings {
  int units = 0;  ///< 0 mL/min, 1 mL/h, 2 µL/min, 3 µL/h
  double diameter_mm = 14.43;
  double rate = 1.0;
  double volume = 1.0;  ///< negative: withdraw; 0: until stopped
  double delay = 0.0;   ///< min
  double prime_rate = 1.0;
};

struct VirtualChemyxOptions {
  std::string name = "chemyx";
  VirtualChemyxSettings settings;  ///< as the last user left them
  VirtualSyringe syringe{millimeters(14.43), milliliters(10.0), milliliters(10.0)};
  double min_speed = 1e-6 / 60.0;    ///< of the plunger, m/s (assumed)
  double max_speed = 190e-3 / 60.0;  ///< m/s (assumed)
  double travel = 0.14;              ///< of the plunger, m: the largest volume (assumed)
  double strongest_push = 180.0;     ///< N (assumed)
  bool echo = false;                 ///< requests come back before their replies
  std::string prompt;                ///< after each reply, where the firmware has one
  int stale_replies = 0;             ///< so many status replies after a stop still show the motion before it
  Duration reply_delay = std::chrono::milliseconds{10};
};

/// A Chemyx Fusion syringe pump. What it was told beyond its limits it clamps, and it answers a set with what
/// it took. It keeps time by itself, on the clock: delay, target volume and ends of travel.
class VirtualChemyx final : public VirtualInstrument {
 public:
  VirtualChemyx(Clock& clock, VirtualChemyxOptions options, FlowListener listener);

  const std::string& name() const override { return options_.name; }
  Task<void> serve(ByteLink& link) override;
  /// Bytes arrived on the line.
  void receive(std::string_view bytes);

  ReplyFaults& faults() { return faults_; }
  /// Mains off and on again: nothing moves, the settings stay.
  void power_cycle();
  /// A stuck mechanism stalls the motor until it is freed.
  void jam(bool jammed);
  /// Pressure against the plunger, in bar; more than the motor can push stalls an infusion.
  void set_back_pressure(double bar);
  void refill(Volume contents);
  /// Another syringe, whatever the pump was told.
  void insert(VirtualSyringe syringe);

  FlowRate true_flow() const { return motion_.true_flow(); }
  Volume contents();
  const VirtualChemyxSettings& settings() const { return settings_; }

 private:
  using Way = virtual_pump::Way;
  enum class Status { stopped, running, paused, delayed, stalled };
  using Words = std::vector<std::string>;
  using Lines = std::vector<std::string>;

  Task<void> listen(ByteLink& link);
  void advance(Instant now);
  std::optional<Instant> next_event() const;
  void obey(const std::string& line);
  void reply(const Lines& lines);
  Lines interpret(const std::string& line);
  Lines set(const std::string& name, const std::string& value);
  Lines set_all(const Words& words);
  Lines start();
  Lines pause();
  Lines stop();
  Lines parameters() const;
  std::string pump_status();

  void take(const std::string& name, double value);
  void clamp_to_limits();
  double rate_unit() const;    // m³/s
  double volume_unit() const;  // m³
  double area() const;         // m²
  double fastest() const;      // in the rate unit, as printed
  double slowest() const;
  double largest() const;  // in the volume unit, as printed
  void run();
  void remember_status();
  Status status() const;

  Clock& clock_;
  const VirtualChemyxOptions options_;
  ReplyFaults faults_;
  std::weak_ptr<Outbox> line_;
  std::string received_;
  VirtualChemyxSettings settings_;
  virtual_pump::Motion motion_;
  bool paused_ = false;
  std::optional<Instant> starts_;  // after the delay
  int stale_replies_ = 0;
  WakeUp wake_;  // last, so that it stops first
};

}  // namespace nocturne
