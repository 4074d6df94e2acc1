#include "fuzz/talk_modbus.hpp"

#include <algorithm>
#include <cmath>
#include <string>

#include "devices/virtual/virtual_eurotherm.hpp"
#include "devices/virtual/virtual_moxa.hpp"
#include "devices/virtual/virtual_watlow.hpp"
#include "fuzz/hold.hpp"

namespace nocturne::test {

namespace {

using virtual_modbus::Framing;

constexpr std::size_t largest_pdu = 253;

unsigned byte_at(std::string_view bytes, std::size_t i) { return static_cast<unsigned char>(bytes[i]); }

void check_reply(const std::string& request, const std::string& reply) {
  hold(!reply.empty() && reply.size() <= largest_pdu, "a reply of impossible length");
  const unsigned asked = byte_at(request, 0), said = byte_at(reply, 0);
  hold(said == asked || said == (asked | 0x80u), "a reply to another function");
  if ((said & 0x80u) != 0) {
    hold(reply.size() == 2 && byte_at(reply, 1) >= 1 && byte_at(reply, 1) <= 3, "an unknown exception");
  } else if (asked <= 4) {
    hold(reply.size() == 2 + byte_at(reply, 1), "a block of another length than it says");
  } else {
    hold(request.starts_with(reply), "a write that is acknowledged as another");
  }
}

VirtualWatlowOptions watlow(int map) {
  VirtualWatlowOptions options;
  options.map = map;
  options.high_word_first = map == 2;
  return options;
}

/// Units of every kind that have heard nothing yet.
struct Units {
  VirtualClock clock;
  double celsius = 25.0;
  VirtualEurotherm eurotherm{clock, {}, [this](Instant) { return celsius; }};
  VirtualWatlow watlow_1{clock, watlow(1), [this](Instant) { return celsius; }};
  VirtualWatlow watlow_2{clock, watlow(2), [this](Instant) { return celsius; }};
  VirtualMoxa moxa{clock, {}};

  void hear(const std::string& pdu, int times) {
    for (VirtualModbusUnit* unit :
         {static_cast<VirtualModbusUnit*>(&eurotherm), static_cast<VirtualModbusUnit*>(&watlow_1),
          static_cast<VirtualModbusUnit*>(&watlow_2), static_cast<VirtualModbusUnit*>(&moxa)}) {
      check_reply(pdu, unit->answer(pdu));
      hold(unit->address() >= 1 && unit->address() <= 254, "an address out of range");
    }
    for (const double power :
         {eurotherm.power(times, celsius), watlow_1.power(times, celsius), watlow_2.power(times, celsius)})
      hold(std::isfinite(power) && power >= 0.0 && power <= 1.0, "an impossible power");
  }
};

int talk(std::string_view bytes, std::size_t piece, Framing framing) {
  Units units;
  virtual_modbus::RequestReader reader{framing};
  int requests = 0;
  for (std::size_t at = 0; at < bytes.size() && !reader.lost(); at += piece) {
    reader.feed(bytes.substr(at, piece), Instant{});
    while (const auto request = reader.next()) {
      hold(!request->pdu.empty() && request->pdu.size() <= largest_pdu, "a request of impossible length");
      units.hear(request->pdu, ++requests);
      const std::string frame = virtual_modbus::reply_frame(framing, *request, std::string(2, '\1'));
      hold(frame.size() == (framing == Framing::rtu ? 5u : 9u), "a frame of another length");
    }
    hold(reader.lost() || reader.pending() <= 260, "more kept than a frame");
  }
  return requests;
}

}  // namespace

int talk_modbus(std::string_view bytes) {
  if (bytes.empty()) return 0;
  const std::size_t piece = 1 + byte_at(bytes, 0);
  bytes.remove_prefix(1);
  int requests = talk(bytes, piece, Framing::rtu) + talk(bytes, piece, Framing::tcp);
  // Bare requests get past the check that few mutations survive.
  if (!bytes.empty() && bytes.size() <= largest_pdu) {
    Units units;
    units.hear(std::string{bytes}, 1);
    ++requests;
  }
  return requests;
}

}  // namespace nocturne::test
