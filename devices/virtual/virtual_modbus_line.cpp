#include "devices/virtual/virtual_modbus_line.hpp"

#include <algorithm>

#include "devices/concurrency.hpp"
#include "devices/virtual/outbox.hpp"

namespace nocturne {

namespace {

constexpr int last_address = 247;
constexpr int direct_to_gateway = 0xFF;

struct DelayedReply {
  std::string frame;
  Duration delay{};
  int lane = 0;
};

/// One partner's conversation with the units of a line.
class Conversation {
 public:
  Conversation(Clock& clock, ByteLink& link, virtual_modbus::Framing framing,
               std::vector<VirtualModbusUnit*> units)
      : clock_{clock},
        link_{link},
        framing_{framing},
        units_{std::move(units)},
        reader_{framing},
        outbox_{clock} {}

  Task<void> hold() { co_await race(listen(), outbox_.write_to(link_)); }

 private:
  Task<void> listen() {
    while (!ended_) {
      const std::string bytes = co_await link_.read_some();
      reader_.feed(bytes, clock_.now());
      while (const auto request = reader_.next())
        if (!ended_) handle(*request);
      ended_ = ended_ || reader_.lost();
    }
    outbox_.hang_up();
    for (;;) co_await link_.read_some();  // until the replies before have left
  }

  bool means(const VirtualModbusUnit& unit, int address) const {
    if (address == unit.address()) return true;
    if (framing_ == virtual_modbus::Framing::rtu) return address == 0;
    return units_.size() == 1 && (address == 0 || address == direct_to_gateway);
  }

  void handle(const virtual_modbus::Request& request) {
    std::vector<DelayedReply> replies;
    for (std::size_t i = 0; i < units_.size(); ++i) {
      VirtualModbusUnit& unit = *units_[i];
      if (unit.reply_faults().deaf || !means(unit, request.unit)) continue;
      const std::string pdu = unit.answer(request.pdu);
      if (pdu.empty() || (framing_ == virtual_modbus::Framing::rtu && request.unit == 0)) continue;
      const ReplyFaults faults = unit.reply_faults().take();
      ended_ = ended_ || faults.drop_link;
      if (!faults.drop_link)
        replies.push_back({spoken(request, pdu, faults), faults.delay, static_cast<int>(i)});
    }
    send(std::move(replies));
  }

  std::string spoken(virtual_modbus::Request request, const std::string& pdu,
                     const ReplyFaults& faults) const {
    if (faults.wrong_address) request.unit = request.unit % last_address + 1;
    std::string frame = virtual_modbus::reply_frame(framing_, request, pdu);
    if (faults.wrong_checksum && framing_ == virtual_modbus::Framing::rtu) frame.back() ^= 0x55;
    return damaged(std::move(frame), faults);
  }

  void send(std::vector<DelayedReply> replies) {
    if (replies.empty()) return;
    // A gateway passes on nothing that came garbled.
    if (replies.size() > 1 && framing_ == virtual_modbus::Framing::tcp) return;
    DelayedReply& heard = replies.front();
    for (std::size_t i = 1; i < replies.size(); ++i) collide(heard.frame, replies[i].frame);
    outbox_.put(std::move(heard.frame), heard.delay, heard.lane);
  }

  /// Where two drive the line at once its zeros win.
  static void collide(std::string& frame, const std::string& other) {
    const std::size_t common = std::min(frame.size(), other.size());
    for (std::size_t i = 0; i < common; ++i) frame[i] = static_cast<char>(frame[i] & other[i]);
    frame += other.substr(common);
  }

  Clock& clock_;
  ByteLink& link_;
  const virtual_modbus::Framing framing_;
  const std::vector<VirtualModbusUnit*> units_;
  virtual_modbus::RequestReader reader_;
  Outbox outbox_;
  bool ended_ = false;
};

}  // namespace

Task<void> serve_modbus(Clock& clock, ByteLink& link, virtual_modbus::Framing framing,
                        std::vector<VirtualModbusUnit*> units) {
  Conversation conversation{clock, link, framing, std::move(units)};
  co_await conversation.hold();
}

}  // namespace nocturne
