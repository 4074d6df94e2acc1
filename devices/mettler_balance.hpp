#pragma once

#include <optional>
#include <vector>

#include "devices/balance.hpp"
#include "devices/error.hpp"
#include "devices/line.hpp"
#include "devices/sics_protocol.hpp"

namespace nocturne {

struct MettlerSettings {
  std::string name;
  Duration reply_deadline = std::chrono::milliseconds{500};
  Duration stable_deadline = std::chrono::seconds{15};  ///< for what waits until the load is at rest
};

/// A balance that speaks MT-SICS. After silence or nonsense it is asked who it is and what it has tared
/// before its next weight is believed; if that is another than before, or its line broke, it must be armed
/// again.
class MettlerBalance final : public Balance {
 public:
  /// `clock` and `line` must outlive the balance.
  MettlerBalance(Clock& clock, Line& line, MettlerSettings settings);

  const std::string& name() const override { return settings_.name; }
  Task<std::string> arm() override;
  Task<BalanceReading> read() override;
  Task<void> tare() override;

 private:
  using Reply = sics::Reply;
  Task<Reply> send(std::string command, std::string id, Duration deadline);
  Task<Reply> ask(std::string command, std::string id, Duration deadline);
  Task<std::string> reset();
  Task<std::string> model();
  Task<std::optional<double>> tared_grams();
  Task<void> recover();
  Task<std::optional<BalanceReading>> weigh();
  double to_grams(const Reply& reply) const;
  std::string serial_of(const Reply& reply) const;
  void refuse_load(const Reply& reply) const;
  void require_armed() const;
  void disarm(const std::string& why);
  [[noreturn]] void fail(DeviceFault fault, const std::string& detail) const;

  Clock& clock_;
  Line& line_;
  const MettlerSettings settings_;
  Mutex talking_;
  static constexpr int not_connected = -1;
  int connection_ = not_connected;  // of the line, when armed
  std::string lost_;                // why it must be armed again
  bool in_doubt_ = false;           // an answer may still be on its way, or it may have restarted
  bool restarted_ = false;
  std::string serial_;
  std::optional<double> tare_g_;  // nothing if it does not tell
};

}  // namespace nocturne
