#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "devices/line.hpp"

namespace nocturne::ocean {

/// Bits of a message's flags.
constexpr std::uint16_t is_reply = 1, is_ack = 2, ack_requested = 4, is_nack = 8, is_exception = 16;
/// Error numbers; the last two mean: later.
constexpr std::uint16_t unknown_type = 2, not_ready = 7, deferred = 255;

/// A message of the Ocean binary protocol, version 1100h.
struct Message {
  std::uint16_t flags = 0;
  std::uint16_t error = 0;
  std::uint32_t type = 0;
  std::uint32_t regarding = 0;  ///< free; the reply carries that of its request
  std::string data;             ///< immediate or payload
  bool md5 = false;             ///< carries a checksum
};

std::string encode(const Message& message);

/// Judges the beginning of `received`. A sound message of any type is a reply and stored in `message`.
FrameVerdict examine(std::string_view received, Message& message);

/// "unknown message type" for 2.
std::string error_text(std::uint16_t error);

/// Little-endian numbers at byte `offset`; the caller has checked the size.
std::uint16_t u16_at(std::string_view data, std::size_t offset);
std::uint32_t u32_at(std::string_view data, std::size_t offset);
float f32_at(std::string_view data, std::size_t offset);
std::string u32_bytes(std::uint32_t value);

}  // namespace nocturne::ocean
