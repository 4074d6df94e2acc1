#pragma once

#include <optional>

#include "devices/error.hpp"
#include "devices/line.hpp"
#include "devices/valve.hpp"
#include "devices/vici_protocol.hpp"

namespace nocturne {

enum class ViciKind { selector, two_position };  ///< mode AM3; modes AM1 and AM2

struct ViciSettings {
  std::string name;
  ViciKind kind = ViciKind::selector;
  int positions = 10;     ///< of a selector; the others have A and B, here 1 and 2
  char id = vici::no_id;  ///< on a line with several: '0' to '9', 'A' to 'Z'
  Duration reply_deadline = std::chrono::milliseconds{500};
  Duration switching_deadline = std::chrono::seconds{3};
  Duration poll_interval = std::chrono::milliseconds{100};
};

/// A valve on a VICI universal actuator; a selector serves as fraction collector, too. It never repeats a
/// move: it asks where the valve stands until it is there or its time is over. After its line broke it must
/// be armed again before it moves.
class ViciValve final : public Valve {
 public:
  /// `clock` and `line` must outlive the valve.
  ViciValve(Clock& clock, Line& line, ViciSettings settings);

  const std::string& name() const override { return settings_.name; }
  int positions() const override { return settings_.positions; }
  Task<std::string> arm() override;
  Task<void> go_to(int position) override;
  Task<int> read() override;

 private:
  Task<std::string> send(std::string command);
  Task<std::string> ask(std::string command);
  Task<std::string> query(std::string command);
  Task<void> check_mode();
  Task<void> check_positions();
  Task<std::string> version();
  Task<void> move(int position);
  Task<void> wait_for(int position);
  std::string request(const std::string& command) const;
  int to_position(const std::string& value) const;
  void require_armed() const;
  [[noreturn]] void fail(DeviceFault fault, const std::string& detail) const;

  Clock& clock_;
  Line& line_;
  const ViciSettings settings_;
  Mutex moving_;
  Mutex talking_;
  static constexpr int not_connected = -1;
  int connection_ = not_connected;  // of the line, when armed
  bool in_doubt_ = false;           // an answer may still be on its way
  bool on_its_way_ = false;         // a move that nobody saw the end of
};

}  // namespace nocturne
