#pragma once

#include <algorithm>
#include <array>
#include <chrono>
#include <string>
#include <utility>

#include "devices/fake_modbus.hpp"

namespace nocturne::test {

/// Where every reply comes, waiting costs nothing; where some do not, it costs a test its time.
inline constexpr ModbusTiming patient{std::chrono::seconds{3}, std::chrono::milliseconds{50},
                                      std::chrono::seconds{1}};
inline constexpr ModbusTiming impatient{std::chrono::milliseconds{250}, std::chrono::milliseconds{50},
                                        std::chrono::seconds{1}};

/// What can happen to one exchange on a Modbus line.
enum class LineFault {
  unheard,
  silence,
  late,
  truncated,
  wrong_checksum,
  wrong_address,
  exception,
  garbage_before
};

inline constexpr std::array every_line_fault{
    LineFault::unheard,        LineFault::silence,       LineFault::late,      LineFault::truncated,
    LineFault::wrong_checksum, LineFault::wrong_address, LineFault::exception, LineFault::garbage_before};

inline std::string name_of(LineFault fault) {
  constexpr std::array names{"request unheard", "reply lost",    "reply late", "reply truncated",
                             "wrong checksum",  "wrong address", "exception",  "garbage before the reply"};
  return names[static_cast<std::size_t>(fault)];
}

/// Spoils a reply. The request has been obeyed, except for `unheard` and `exception` (see FakeModbus::deaf).
inline Utterances spoiled(LineFault fault, const std::string& request, Utterances usual) {
  std::string& reply = usual.front().bytes;
  switch (fault) {
    case LineFault::unheard:
    case LineFault::silence:
      return {};
    case LineFault::late:
      usual.front().after = std::chrono::milliseconds{20};
      break;
    case LineFault::truncated:
      reply.resize(4);
      break;
    case LineFault::wrong_checksum:
      reply[2] = static_cast<char>(reply[2] ^ 1);
      break;
    case LineFault::wrong_address:
      reply = with_crc(std::string(1, static_cast<char>(reply[0] + 1)) + reply.substr(1, reply.size() - 3));
      break;
    case LineFault::exception:
      reply = with_crc({request[0], static_cast<char>(request[1] | 0x80), 4});
      break;
    case LineFault::garbage_before:
      reply = "\x7F\xFF\x01" + reply;
      break;
  }
  return usual;
}

/// Lets one exchange, counted from 1, go wrong.
inline void spoil_exchange(FakeModbus& fake, int nth, LineFault fault) {
  int said = 0;
  const bool not_obeyed = fault == LineFault::unheard || fault == LineFault::exception;
  int heard = 0;
  fake.deaf = [=](const std::string&) mutable { return ++heard == nth && not_obeyed; };
  fake.tamper = [=](const std::string& request, Utterances usual) mutable {
    return ++said == nth ? spoiled(fault, request, std::move(usual)) : usual;
  };
}

inline void heal(FakeModbus& fake) {
  fake.deaf = {};
  fake.tamper = {};
}

}  // namespace nocturne::test
