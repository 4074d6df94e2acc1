#pragma once

#include <functional>
#include <string>

#include "devices/error.hpp"
#include "devices/line.hpp"
#include "devices/pump_chain_protocol.hpp"

namespace nocturne {

/// The conversation with one pump on a Pump Chain. After a lost reply nothing is said before the pump has
/// told its version, so that no late reply is taken for another one. Faults are thrown as DeviceError.
class PumpChainSession {
 public:
  using IsAnswer = bool (*)(std::string_view);

  struct Settings {
    std::string name;
    int address = 0;
    pump_chain::Prefix prefix = pump_chain::Prefix::automatic;
    Duration reply_deadline = std::chrono::milliseconds{500};
  };
  /// `clock` and `line` must outlive the session.
  PumpChainSession(Clock& clock, Line& line, Settings settings);

  /// Brings the pump from whatever it was used for to replies without echo and with a mark at their end.
  Task<void> open();
  /// What the pump calls itself; known once it is open.
  const std::string& identity() const { return identity_; }
  /// Why the pump is not the one that was opened, or not in the state it was left in; else empty.
  const std::string& broken() const { return broken_; }

  /// Sent once; completes with the pump's prompt. `last_check` runs right before and may throw.
  Task<void> command(std::string text, std::function<void()> last_check = {});
  /// The same for what firmware may lack: a refusal is no failure.
  Task<void> command_if_known(std::string text);
  /// The one line of the answer, of the kind that is asked for or "... not set". Asks twice if need be.
  Task<std::string> ask(std::string query, IsAnswer is_answer);
  /// Sent even when the line is out of step, and nothing is thrown: somebody must look what came of it.
  Task<void> press(std::string text);

 private:
  using Reply = pump_chain::Reply;
  Task<Reply> send(std::string text, IsAnswer is_answer, bool unmarked);
  Task<Reply> converse(std::string text, IsAnswer is_answer, std::function<void()> last_check);
  Task<void> greet(std::string text);
  Task<void> resynchronise();
  void recognise(const Reply& reply);

  Line& line_;
  const Settings settings_;
  Mutex talking_;  // so that a resynchronisation stands before whatever comes next
  bool open_ = false;
  bool marks_ = false;     // it ends its replies with XON
  bool in_doubt_ = false;  // a late reply may still come
  std::string identity_;
  std::string broken_;
};

}  // namespace nocturne
