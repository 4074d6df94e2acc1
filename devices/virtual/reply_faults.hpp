#pragma once

#include <string>

#include "devices/byte_link.hpp"

namespace nocturne {

/// What goes wrong between an instrument and its partner, for tests. Switched on from outside, never by the
/// product.
struct ReplyFaults {
  bool deaf = false;            ///< requests are lost: neither obeyed nor answered
  bool silent = false;          ///< requests are obeyed, no reply leaves
  bool truncated = false;       ///< only the first half of a reply leaves
  bool wrong_checksum = false;  ///< no effect where the protocol has none
  bool wrong_address =
      false;               ///< the reply names another instrument (another request where there is no address)
  bool drop_link = false;  ///< the connection ends instead of a reply
  std::string garbage;     ///< leaves right before a reply
  Duration delay{};        ///< a reply leaves so much later
  int replies = -1;        ///< how many more replies are concerned; negative: all of them

  /// The faults of the next reply; counts it.
  ReplyFaults take();
};

/// The bytes that really leave for `reply`.
std::string damaged(std::string reply, const ReplyFaults& faults);

/// Sends `reply` through the faults. Returns false if the connection is to end. Waits on the clock only for a
/// delay.
Task<bool> send_reply(Clock& clock, ByteLink& link, std::string reply, ReplyFaults faults);

}  // namespace nocturne
