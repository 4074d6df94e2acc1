#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "devices/concurrency.hpp"
#include "devices/virtual/outbox.hpp"
#include "devices/virtual/reply_faults.hpp"
#include "devices/virtual/virtual_instrument.hpp"

namespace nocturne {

struct VirtualViciOptions {
  std::string name = "valve";
  int mode = 3;        ///< 1 two positions with stops, 2 two without, 3 many
  int positions = 10;  ///< in mode 3: 2..99
  int position = 1;    ///< where it stands at first; in modes 1 and 2: 1 = A, 2 = B
  std::string id;      ///< one character 0-9 or A-Z that every command begins with; empty = none
  bool id_in_replies = false;
  int feedback = 0;  ///< IFM: 0 a move is not answered, 1 its end is, 2 its beginning and end are
  int line_end = 1;  ///< DEL: replies end with 1 CR, 2 LF, 3 CR LF
  Duration first_step = std::chrono::milliseconds{150};
  Duration further_step = std::chrono::milliseconds{60};
  std::string version = "EUHB 1.07";
  std::string refusal;  ///< answers what is not understood; empty = silence
  Duration reply_delay = std::chrono::milliseconds{5};
};

struct VirtualViciFaults {
  ReplyFaults reply;
  bool jammed = false;          ///< it hums and stays where it stands
  double slowness = 1.0;        ///< a move takes so many times longer
  int misses_by = 0;            ///< it stops, and says so, that many positions further
  bool coupling_slips = false;  ///< the motor arrives and says so, the valve stays
};

/// A VICI universal actuator with its valve: positions count from 1. While it moves it reports where it came
/// from and takes no other move.
class VirtualVici final : public VirtualInstrument {
 public:
  /// Told when the valve itself stands at another position than before.
  using PositionListener = std::function<void(int position, Instant when)>;

  /// Throws std::invalid_argument if the options contradict each other.
  VirtualVici(Clock& clock, VirtualViciOptions options, PositionListener listener);
  VirtualVici(const VirtualVici&) = delete;
  VirtualVici& operator=(const VirtualVici&) = delete;

  VirtualViciFaults& faults() { return faults_; }
  /// Of the valve, whatever the actuator says.
  int position() const { return valve_; }
  bool moving() const { return moving_; }
  /// Mains off and on again: a move ends where it began, settings stay.
  void power_cycle();

  const std::string& name() const override { return options_.name; }
  Task<void> serve(ByteLink& link) override;

 private:
  struct Refusal {};
  struct Named {
    const char* word;
    void (VirtualVici::*obey)(const std::string& argument);
  };
  using Argument = const std::string&;

  Task<void> listen(ByteLink& link);
  void receive(std::string_view bytes);
  void obey(std::string line);
  void execute(const std::string& line);
  void reply(const std::string& text);

  bool multiposition() const { return mode_ == 3; }
  int count() const { return multiposition() ? positions_ : 2; }
  std::string position_text(int position) const;
  int position_of(Argument text) const;
  int forward(int position) const { return position % count() + 1; }
  int backward(int position) const { return (position + count() - 2) % count() + 1; }
  int shortest_way(int target) const;
  void move(int target, int steps);
  Task<void> turn(int target, Duration time);
  Task<void> toggle_and_return(int other, Duration there_and_back);
  void arrive(int target);
  void stand(int position);
  void renumber();

  void ask_or_set(const char* word, Argument argument, int& value, int least, int most, int digits);
  void actuator_mode(Argument argument);
  void current_position(Argument argument);
  void go(Argument argument);
  void clockwise(Argument argument);
  void counter_clockwise(Argument argument);
  void home(Argument argument);
  void learn(Argument argument);
  void number_of_positions(Argument argument);
  void counter(Argument argument);
  void delay_time(Argument argument);
  void timed_toggle(Argument argument);
  void feedback(Argument argument);
  void rotation(Argument argument);
  void baud(Argument argument);
  void line_end(Argument argument);
  void identity(Argument argument);
  void version(Argument argument);
  void status(Argument argument);
  void help(Argument argument);

  static const std::vector<Named>& words();

  Clock& clock_;
  const VirtualViciOptions options_;
  const PositionListener listener_;
  VirtualViciFaults faults_;
  std::weak_ptr<Outbox> line_;
  std::string received_;
  bool overlong_ = false;

  int mode_, positions_, feedback_, line_end_;
  std::string id_;
  char rotation_ = 'A';
  int delay_ms_ = 0;
  int baud_ = 9600;
  int cycles_ = 0;
  int encoder_;  // where the actuator says that it stands
  int valve_;
  bool moving_ = false;
  Background mover_;  // last, so that it stops first
};

}  // namespace nocturne
