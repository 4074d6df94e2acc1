#pragma once

#include <memory>
#include <optional>
#include <string>

#include "devices/concurrency.hpp"
#include "devices/virtual/new_era_memory.hpp"
#include "devices/virtual/new_era_wire.hpp"
#include "devices/virtual/outbox.hpp"
#include "devices/virtual/reply_faults.hpp"
#include "devices/virtual/syringe_drive.hpp"

namespace nocturne {

struct VirtualNewEraOptions {
  virtual_new_era::Memory memory;  ///< as the last user left it
  VirtualSyringe syringe{millimeters(26.59), milliliters(60.0), milliliters(60.0)};
  std::string firmware = "NE1000V3.928";
  double min_speed = 0.004205e-2 / 3600.0;  ///< of the plunger, m/s
  double max_speed = 5.1005e-2 / 60.0;      ///< m/s
  double stall_force = 80.0;                ///< on the plunger, N
  Duration reply_delay = std::chrono::milliseconds{5};
  int stale_status_replies =
      0;  ///< after a stop so many replies, its own included, show the status before it
};

/// One NE-1000 syringe pump: its memory, motor, watchdog and command language. It keeps time by itself, on
/// the clock: targets, ends of travel and the safe-mode watchdog come when they are due, whether or not
/// anybody talks.
class VirtualNewEra {
 public:
  VirtualNewEra(Clock& clock, VirtualNewEraOptions options, FlowListener listener);

  /// Where replies and alarms go from now on.
  void connect(std::weak_ptr<Outbox> line) { line_ = std::move(line); }
  /// Bytes arrived on the line.
  void receive(std::string_view bytes);

  ReplyFaults& faults() { return faults_; }
  /// Mains off and on again: what is not in its memory is lost and the first answer is the reset alarm.
  void power_cycle();
  /// Pressure against the plunger, in bar; more than the motor can push stalls it.
  void set_back_pressure(double bar);
  void refill(Volume contents);

  FlowRate true_flow() const { return drive_.true_flow(); }
  Volume contents();
  const virtual_new_era::Memory& memory() const { return memory_; }
  /// How often the memory was written since it was made: it wears.
  int memory_writes() const { return memory_writes_; }

 private:
  enum class Motion { stopped, paused, pumping, purging };
  using Text = const std::string&;

  // time
  void advance(Instant now);
  std::optional<Instant> next_deadline() const;
  std::optional<Instant> next_event() const;
  void happen(Instant now);
  void schedule();
  Task<void> watch(Instant until);
  Task<void> watch_gap();

  // line
  bool safe_mode() const { return memory_.safe_seconds > 0; }
  void obey(const virtual_new_era::Request& request);
  void execute(Text command);
  void reply(Text data);
  void send(Text data, Duration delay);
  std::string status();
  void raise_alarm(char reason);

  // motion
  bool moving() const { return motion_ == Motion::pumping || motion_ == Motion::purging; }
  double rate() const { return volatile_rate_.value_or(memory_.rate); }
  double speed_of(double rate, Text unit) const;
  bool can_run_at(double speed) const;
  double run_speed() const;
  Length target_way() const;
  void move(Motion motion, double speed, Instant when);
  void check_load(Instant when);
  template <class Field, class Value>
  void store(Field& field, const Value& value) {
    field = value;
    ++memory_writes_;
  }

  // commands, in virtual_new_era_commands.cpp; each returns the data of the reply or throws Refusal
  std::string interpret(Text command);
  std::string system_command(Text command);
  std::string version(Text argument);
  std::string diameter(Text argument);
  std::string set_rate(Text argument);
  std::string volume(Text argument);
  std::string direction(Text argument);
  std::string run(Text argument);
  std::string purge(Text argument);
  std::string stop(Text argument);
  std::string dispensed(Text argument);
  std::string clear(Text argument);
  std::string safe(Text argument);
  std::string phase(Text argument);
  std::string function(Text argument);
  std::string trigger(Text argument);
  std::string output(Text argument);
  std::string input(Text argument);
  std::string buzzer(Text argument);
  std::string switch_setting(Text name, Text argument);

  Clock& clock_;
  const VirtualNewEraOptions options_;
  const FlowListener listener_;
  ReplyFaults faults_;
  std::weak_ptr<Outbox> line_;
  virtual_new_era::Receiver receiver_;
  virtual_new_era::Memory memory_;
  virtual_pump::SyringeDrive drive_;
  int memory_writes_ = 0;

  Motion motion_ = Motion::stopped;
  std::optional<double> volatile_rate_;  // changed while pumping
  std::optional<char> alarm_ = 'R';
  std::optional<Instant> watchdog_;
  double back_pressure_ = 0.0;  // bar
  FlowRate announced_;
  bool executing_ = false;
  int stale_replies_ = 0;
  char stale_status_ = 'S';

  bool watches_gap_ = false;
  std::optional<Instant> watched_;  // what the running watch() sleeps for
  Background gap_watch_;            // last, so that they stop first
  Background deadline_watch_;
};

}  // namespace nocturne
