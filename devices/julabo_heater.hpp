#pragma once

#include "devices/error.hpp"
#include "devices/heater.hpp"
#include "devices/line.hpp"

namespace nocturne {

struct JulaboSettings {
  std::string name;
  int decimals = 1;              ///< of its set point, 0..2
  bool external_sensor = false;  ///< the reactor's temperature is that of the external sensor, not the bath's
  std::string limit_query;       ///< asks for its own over-temperature limit, such as "in_sp_03"
  std::string limit_command;     ///< sets it, such as "out_sp_03"; empty: it is set by hand
  bool unwatched = false;        ///< heat without a limit of its own
  std::string output_query;      ///< asks for the heating power in %; empty: it is not known
  Temperature max_target;        ///< ours
  Temperature lowest_target = Temperature::from_celsius(0.0);
  Temperature limit;  ///< what its own limit must not exceed
  Duration reply_deadline = std::chrono::milliseconds{500};
  Duration pause = std::chrono::milliseconds{250};  ///< after a command, which has no reply
  Duration off_deadline = std::chrono::seconds{3};
};

enum class JulaboReply { number, status, version };

/// A Julabo circulator with its serial ASCII commands, one on a line, in °C. Every command is verified by
/// asking back.
class JulaboHeater final : public Heater {
 public:
  /// `clock` and `line` must outlive the heater.
  JulaboHeater(Clock& clock, Line& line, JulaboSettings settings);

  const std::string& name() const override { return settings_.name; }
  Temperature max_target() const override { return settings_.max_target; }
  Task<std::string> arm() override;
  Task<Temperature> set_target(Temperature target) override;
  Task<HeaterReading> read() override;
  Task<void> off() override;

 private:
  Task<std::string> ask_once(std::string query, JulaboReply kind);
  Task<void> get_in_step();
  Task<std::string> ask(std::string query, JulaboReply kind);
  Task<double> ask_number(std::string query);
  Task<bool> is_running();
  Task<void> command(std::string text);
  Task<Temperature> set(std::string command_word, std::string query, Temperature wanted, std::string what);
  Task<void> require_no_error();
  Task<void> check_limit();
  Task<void> cut();
  std::string spell(Temperature temperature) const;
  [[noreturn]] void fail(DeviceFault fault, const std::string& detail) const;

  Clock& clock_;
  Line& line_;
  const JulaboSettings settings_;
  Mutex setting_;  // arm() and set_target() exclude each other; off() and read() wait for neither
  Mutex asking_;   // a query and what it takes to be in step
  bool armed_ = false;
  bool in_step_ = false;  // nothing asked for earlier can still arrive
  unsigned offs_ = 0;
};

}  // namespace nocturne
