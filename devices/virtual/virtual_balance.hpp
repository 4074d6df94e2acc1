#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "devices/concurrency.hpp"
#include "devices/virtual/outbox.hpp"
#include "devices/virtual/reply_faults.hpp"
#include "devices/virtual/virtual_instrument.hpp"
#include "devices/virtual/weighing_cell.hpp"

namespace nocturne {

struct VirtualBalanceOptions {
  std::string name = "balance";
  std::string model = "XPR204 220.0000 g";
  std::string serial = "B027340195";
  std::string software = "1.10 18.6.4.1361.772";
  WeighingCellOptions cell;
  Duration stability_timeout = std::chrono::seconds{10};  ///< of every command that waits for stability
  double zero_range = 0.02;  ///< of the capacity, to either side of the zero of power-up
  bool reset_clears_tare = true;
  Duration reply_delay = std::chrono::milliseconds{5};
};

struct VirtualBalanceFaults {
  ReplyFaults reply;
  bool unstable = false;  ///< draught: the readings wander and never stand still
  bool overload = false;
  bool underload = false;  ///< as without the pan
  bool frozen = false;     ///< the reading of the first request from then on, forever
};

/// A laboratory balance that speaks MT-SICS levels 0 and 1.
class VirtualBalance final : public VirtualInstrument {
 public:
  /// `delivered`: see WeighingCell. The load of the beginning is its zero.
  VirtualBalance(Clock& clock, VirtualBalanceOptions options, WeighingCell::Delivered delivered);
  VirtualBalance(const VirtualBalance&) = delete;
  VirtualBalance& operator=(const VirtualBalance&) = delete;

  VirtualBalanceFaults& faults() { return faults_; }
  /// Puts something on the pan, in grams; what was delivered stays there.
  void set_load(double grams) { cell_.set_load(grams, clock_.now()); }
  /// Mains off and on again: a new zero, no tare, and the serial number is sent unasked.
  void power_cycle();

  const std::string& name() const override { return options_.name; }
  Task<void> serve(ByteLink& link) override;

 private:
  struct Reading {
    std::int64_t gross = 0;  // digits
    bool stable = false;
    char beyond = ' ';  // '+' or '-' where the range ends
  };
  enum class Purpose { weigh, zero, tare };
  using Text = const std::string&;

  Task<void> listen(ByteLink& link);
  void receive(std::string_view bytes);
  void obey(Text line);
  bool inform(Text command);
  bool weigh(Text command);
  void preset_tare(std::string_view arguments);
  void reply(Text text);

  Reading reading();
  std::string weight(std::int64_t digits) const;
  void answer(Text command, Purpose purpose, const Reading& seen, bool immediately);
  std::string done(Purpose purpose, const Reading& seen, bool immediately);
  void when_stable(Text command, Purpose purpose);
  Task<void> wait_for_stability(std::string command, Purpose purpose);
  Task<void> stream();
  void cancel();

  Clock& clock_;
  const VirtualBalanceOptions options_;
  WeighingCell cell_;
  VirtualBalanceFaults faults_;
  std::weak_ptr<Outbox> line_;
  std::string received_;
  bool transmission_error_ = false;

  std::int64_t power_up_zero_;  // digits, as are the next two
  std::int64_t zero_;
  std::int64_t tare_ = 0;
  std::optional<std::int64_t> frozen_at_;  // number of the reading
  bool waiting_ = false;
  Background waiter_;  // last, so that they stop first
  Background streamer_;
};

}  // namespace nocturne
