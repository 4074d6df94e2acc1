#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "devices/virtual/harvard_model.hpp"
#include "devices/virtual/outbox.hpp"
#include "devices/virtual/pump_chain_wire.hpp"
#include "devices/virtual/pump_motion.hpp"
#include "devices/virtual/reply_faults.hpp"
#include "devices/virtual/wake_up.hpp"

namespace nocturne {

/// Whether replies carry the pump's address; automatic: all addresses but 0.
enum class AddressPrefix { automatic, always, never };

/// What real pumps of this family were seen to do. All of them may be switched on while it runs.
struct HarvardQuirks {
  int stale_replies = 0;  ///< after a stop so many replies, its own included, still show the motion before it
  bool stale_unit = false;  ///< the first query after a rate was set gives the new number with the old unit
  int not_set_replies = 0;  ///< so many of the next numbers asked for are "not set"
  bool keeps_diameter = false;  ///< a new diameter is accepted and shown, but the old one stays in use
};

struct VirtualHarvardOptions {
  virtual_harvard::Model model = virtual_harvard::legato_100();
  virtual_harvard::Settings settings;  ///< as the last user left them
  VirtualSyringe syringe{millimeters(14.43), milliliters(10.0), milliliters(10.0)};
  AddressPrefix address_prefix = AddressPrefix::automatic;
  HarvardQuirks quirks;
  Duration reply_delay = std::chrono::milliseconds{5};
  /// On the pump's own clock when the campaign's was zero.
  std::chrono::sys_seconds date = std::chrono::sys_days{std::chrono::May / 8 / 2023} + std::chrono::hours{12};
};

/// One Harvard Pump 11 Elite, PHD Ultra or KD Scientific Legato: its settings, motor and command language. It
/// keeps time by itself, on the clock: targets, ramps and ends of travel come when they are due.
class VirtualHarvard {
 public:
  VirtualHarvard(Clock& clock, VirtualHarvardOptions options, FlowListener listener);

  /// Where replies go from now on.
  void connect(std::weak_ptr<Outbox> line) { line_ = std::move(line); }
  int address() const { return settings_.address; }
  /// A request for this pump.
  void obey(const virtual_pump_chain::Request& request);

  ReplyFaults& faults() { return faults_; }
  HarvardQuirks& quirks() { return quirks_; }
  /// Mains off and on again: what nvram did not keep is lost, and nothing moves.
  void power_cycle();
  /// A stuck mechanism stalls the motor until it is freed.
  void jam(bool jammed);
  /// Pressure against the plunger, in bar; more than the force allows stalls an infusion.
  void set_back_pressure(double bar);
  void refill(Volume contents);
  /// Another syringe, whatever the pump was told.
  void insert(VirtualSyringe syringe);

  FlowRate true_flow() const { return motion_.true_flow(); }
  Volume contents();
  const virtual_harvard::Settings& settings() const { return settings_; }
  /// How often settings were written since it was made: that wears the memory.
  int memory_writes() const { return memory_writes_; }

 private:
  using Way = virtual_pump::Way;
  using State = virtual_pump::State;
  using Lines = std::vector<std::string>;
  using Arguments = const std::vector<std::string>&;
  struct Command {
    const char* name;
    Lines (*answer)(VirtualHarvard&, Arguments);
  };

  void advance(Instant now);
  void schedule() { wake_.set(motion_.next_event()); }
  Lines interpret(const virtual_pump_chain::Request& request);
  static const Command* motion_command(const std::string& word);
  static const Command* setting_command(const std::string& word);
  void reply(const Lines& lines, int address_before);
  void send(std::string bytes, const ReplyFaults& faults);
  std::string address_shown(int address, bool wrong) const;
  std::string prompt() const;
  State shown_state() const;

  void written();
  template <class Field, class Value>
  void store(Field& field, const Value& value) {
    field = value;
    written();
  }
  void apply_settings();
  void apply_load();
  void must_rest() const;
  Length diameter_in_use() const { return millimeters(diameter_in_use_mm_); }
  double fastest() const;  // m³/s
  double slowest() const;  // m³/s
  bool can_run_at(double flow) const;
  virtual_pump_chain::Rate checked_rate(const std::string& value, const std::string& unit) const;
  Lines measured(const std::string& name, const std::string& value);

  // commands, in virtual_harvard_motion.cpp
  Lines run(Way way);
  Lines run_again(bool reversed);
  Lines stop();
  Lines rate(Way way, Arguments arguments);
  Lines set_rate(Way way, const virtual_pump_chain::Rate& rate);
  Lines ramp(Way way, Arguments arguments);
  Lines current_rate();
  Lines clear(bool volume, bool infused, bool withdrawn);
  Lines target_volume(Arguments arguments);
  Lines target_time(Arguments arguments);
  Lines clear_target(bool volume);
  Lines status() const;

  // commands, in virtual_harvard_settings.cpp
  Lines version() const;
  Lines metrics() const;
  Lines set_address(Arguments arguments);
  Lines baud(Arguments arguments);
  Lines on_or_off(bool virtual_harvard::Settings::*field, Arguments arguments);
  Lines nvram(Arguments arguments);
  Lines percentage(int virtual_harvard::Settings::*field, int least, Arguments arguments);
  Lines time(Arguments arguments);
  Lines diameter(Arguments arguments);
  Lines set_diameter(double diameter_mm, const std::string& manufacturer, double volume);
  Lines syringe_volume(Arguments arguments);
  Lines manufacturer(Arguments arguments);
  Lines method(Arguments arguments);
  Lines keep_words(const std::string& name, Arguments arguments);

  Clock& clock_;
  const VirtualHarvardOptions options_;
  ReplyFaults faults_;
  HarvardQuirks quirks_;
  std::weak_ptr<Outbox> line_;
  virtual_harvard::Settings settings_;
  virtual_harvard::Settings stored_;
  int memory_writes_ = 0;
  double diameter_in_use_mm_ = 0.0;
  std::chrono::sys_seconds date_;
  virtual_pump::Motion motion_;
  double back_pressure_ = 0.0;  // bar
  int stale_replies_ = 0;
  State stale_state_ = State::idle;
  double stale_flow_ = 0.0;
  std::string stale_unit_;
  WakeUp wake_;  // last, so that it stops first
};

}  // namespace nocturne
