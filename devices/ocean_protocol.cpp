#include "devices/ocean_protocol.hpp"

#include <openssl/evp.h>

#include <array>
#include <bit>
#include <cassert>
#include <stdexcept>

namespace nocturne::ocean {
namespace {

using Kind = FrameVerdict::Kind;

constexpr std::string_view start_bytes = "\xC1\xC0";
constexpr std::string_view footer = "\xC5\xC4\xC3\xC2";
constexpr std::uint16_t current_version = 0x1100, first_version = 0x1000;
constexpr std::size_t header_size = 44;
constexpr std::size_t checksum_size = 16;
constexpr std::size_t trailer_size = checksum_size + footer.size();
constexpr std::size_t immediate_size = 16;
constexpr std::size_t longest_payload = 64 * 1024;

// Where the header's fields begin.
constexpr std::size_t version_at = 2, flags_at = 4, error_at = 6, type_at = 8, regarding_at = 12,
                      checksum_type_at = 22, immediate_length_at = 23, immediate_at = 24, remaining_at = 40;

template <class Unsigned>
Unsigned read_number(std::string_view data, std::size_t offset) {
  assert(offset + sizeof(Unsigned) <= data.size());
  Unsigned value = 0;
  for (std::size_t i = sizeof(Unsigned); i-- > 0;)
    value = static_cast<Unsigned>(value << 8 | static_cast<unsigned char>(data[offset + i]));
  return value;
}

template <class Unsigned>
void write_number(std::string& bytes, std::size_t offset, Unsigned value) {
  for (std::size_t i = 0; i < sizeof(Unsigned); ++i)
    bytes[offset + i] = static_cast<char>(value >> 8 * i & 0xFF);
}

std::string md5_of(std::string_view bytes) {
  std::array<unsigned char, checksum_size> digest{};
  unsigned size = 0;
  if (EVP_Digest(bytes.data(), bytes.size(), digest.data(), &size, EVP_md5(), nullptr) != 1 ||
      size != digest.size())
    throw std::runtime_error{"the cryptographic library offers no MD5"};
  return {reinterpret_cast<const char*>(digest.data()), digest.size()};
}

/// How much at the front cannot begin a message: up to the next start bytes.
FrameVerdict skip_to_start(std::string_view received) {
  const std::size_t next = received.find(start_bytes, 1);
  if (next != received.npos) return {Kind::noise, next};
  const bool may_begin = received.size() > 1 && received.back() == start_bytes.front();
  return {Kind::noise, received.size() - (may_begin ? 1 : 0)};
}

bool is_sound_header(std::string_view header) {
  const std::uint16_t version = u16_at(header, version_at);
  const std::size_t immediate = static_cast<unsigned char>(header[immediate_length_at]);
  const std::uint32_t remaining = u32_at(header, remaining_at);
  return (version == current_version || version == first_version) && immediate <= immediate_size &&
         remaining >= trailer_size && remaining <= trailer_size + longest_payload;
}

}  // namespace

std::uint16_t u16_at(std::string_view data, std::size_t offset) {
  return read_number<std::uint16_t>(data, offset);
}
std::uint32_t u32_at(std::string_view data, std::size_t offset) {
  return read_number<std::uint32_t>(data, offset);
}
float f32_at(std::string_view data, std::size_t offset) { return std::bit_cast<float>(u32_at(data, offset)); }

std::string u32_bytes(std::uint32_t value) {
  std::string bytes(4, '\0');
  write_number(bytes, 0, value);
  return bytes;
}

std::string encode(const Message& message) {
  const bool immediate = message.data.size() <= immediate_size;
  const std::size_t payload = immediate ? 0 : message.data.size();
  std::string bytes(header_size, '\0');
  bytes.replace(0, start_bytes.size(), start_bytes);
  write_number(bytes, version_at, current_version);
  write_number(bytes, flags_at, message.flags);
  write_number(bytes, error_at, message.error);
  write_number(bytes, type_at, message.type);
  write_number(bytes, regarding_at, message.regarding);
  bytes[checksum_type_at] = message.md5 ? '\1' : '\0';
  write_number(bytes, remaining_at, static_cast<std::uint32_t>(payload + trailer_size));
  if (immediate) {
    bytes[immediate_length_at] = static_cast<char>(message.data.size());
    bytes.replace(immediate_at, message.data.size(), message.data);
  } else {
    bytes += message.data;
  }
  bytes += message.md5 ? md5_of(bytes) : std::string(checksum_size, '\0');
  bytes += footer;
  return bytes;
}

FrameVerdict examine(std::string_view received, Message& message) {
  if (!received.starts_with(start_bytes.substr(0, received.size()))) return skip_to_start(received);
  if (received.size() < header_size) return {};
  if (!is_sound_header(received)) return skip_to_start(received);
  const std::size_t payload = u32_at(received, remaining_at) - trailer_size;
  const std::size_t length = header_size + payload + trailer_size;
  if (received.size() < length) return {};
  if (received.substr(length - footer.size(), footer.size()) != footer) return skip_to_start(received);
  const bool md5 = received[checksum_type_at] == '\1';
  const std::string_view checked = received.substr(0, header_size + payload);
  if (md5 && received.substr(checked.size(), checksum_size) != md5_of(checked)) return {Kind::noise, length};
  message.flags = u16_at(received, flags_at);
  message.error = u16_at(received, error_at);
  message.type = u32_at(received, type_at);
  message.regarding = u32_at(received, regarding_at);
  message.md5 = md5;
  const std::size_t immediate = static_cast<unsigned char>(received[immediate_length_at]);
  message.data =
      immediate > 0 ? received.substr(immediate_at, immediate) : received.substr(header_size, payload);
  return {Kind::reply, length};
}

std::string error_text(std::uint16_t error) {
  static constexpr std::array<const char*, 14> common{"no error",
                                                      "unsupported protocol",
                                                      "unknown message type",
                                                      "bad checksum",
                                                      "message too large",
                                                      "wrong payload length",
                                                      "invalid payload",
                                                      "not ready",
                                                      "unknown checksum type",
                                                      "unexpected reset",
                                                      "too many buses",
                                                      "out of memory",
                                                      "no such value",
                                                      "internal error"};
  if (error < common.size()) return common[error];
  switch (error) {
    case 100:
      return "cannot decrypt";
    case 101:
      return "wrong firmware layout";
    case 102:
      return "wrong packet size";
    case 103:
      return "wrong hardware revision";
    case 104:
      return "wrong flash map";
    case 255:
      return "deferred";
    default:
      return "error " + std::to_string(error);
  }
}

}  // namespace nocturne::ocean
