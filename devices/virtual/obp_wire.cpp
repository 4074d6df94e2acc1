#include "devices/virtual/obp_wire.hpp"

#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <bit>
#include <stdexcept>

namespace nocturne::virtual_obp {

namespace {

constexpr std::string_view start{"\xC1\xC0", 2};
constexpr std::string_view footer{"\xC5\xC4\xC3\xC2", 4};
constexpr std::size_t header_size = 44;
constexpr std::size_t checksum_size = 16;
constexpr std::size_t trailer_size = checksum_size + footer.size();
constexpr std::size_t immediate_size = 16;
constexpr std::size_t immediate_at = 24;

Error check(const Message& message, std::string_view whole, unsigned checksum_type, std::size_t immediate,
            std::size_t payload) {
  if (message.version != 0x1000 && message.version != 0x1100) return Error::protocol_unsupported;
  if (checksum_type > 1) return Error::unknown_checksum_type;
  const std::string_view covered = whole.substr(0, header_size + payload);
  if (checksum_type == 1 && md5(covered) != whole.substr(covered.size(), checksum_size))
    return Error::bad_checksum;
  if (immediate > immediate_size || (immediate > 0 && payload > 0)) return Error::wrong_length;
  return Error::none;
}

Arrival decoded(std::string_view whole) {
  Arrival result;
  Message& message = result.message;
  message.version = static_cast<std::uint16_t>(number_at(whole, 2, 2));
  message.flags = static_cast<std::uint16_t>(number_at(whole, 4, 2));
  message.type = number_at(whole, 8, 4);
  message.regarding = number_at(whole, 12, 4);
  const unsigned checksum_type = number_at(whole, 22, 1);
  message.md5 = checksum_type == 1;
  const std::size_t immediate = number_at(whole, 23, 1);
  const std::size_t payload = whole.size() - header_size - trailer_size;
  result.error = check(message, whole, checksum_type, immediate, payload);
  if (result.error == Error::none)
    message.data = payload > 0 ? whole.substr(header_size, payload) : whole.substr(immediate_at, immediate);
  return result;
}

}  // namespace

std::string md5(std::string_view bytes) {
  std::array<unsigned char, checksum_size> digest{};
  unsigned size = 0;
  if (EVP_Digest(bytes.data(), bytes.size(), digest.data(), &size, EVP_md5(), nullptr) != 1)
    throw std::runtime_error{"MD5 is not available"};
  return std::string{digest.begin(), digest.end()};
}

std::string encoded(const Message& message) {
  const bool inside = message.data.size() <= immediate_size;
  const std::string payload = inside ? std::string{} : message.data;
  std::string immediate = inside ? message.data : std::string{};
  std::string result{start};
  result += bytes_of(message.version, 2) + bytes_of(message.flags, 2);
  result += bytes_of(static_cast<std::uint16_t>(message.error), 2);
  result += bytes_of(message.type, 4) + bytes_of(message.regarding, 4) + std::string(6, '\0');
  result += bytes_of(message.md5 ? 1 : 0, 1) + bytes_of(immediate.size(), 1);
  immediate.resize(immediate_size);
  result += immediate + bytes_of(payload.size() + trailer_size, 4) + payload;
  result += message.md5 ? md5(result) : std::string(checksum_size, '\0');
  return result += footer;
}

std::optional<Arrival> MessageReader::next() {
  while (at_start()) {
    if (buffer_.size() < header_size) return std::nullopt;
    const std::uint32_t remaining = number_at(buffer_, 40, 4);
    if (remaining < trailer_size) {
      misframed();
      continue;
    }
    if (remaining > longest_payload + trailer_size) {
      Arrival arrival = decoded(buffer_.substr(0, header_size) + std::string(trailer_size, '\0'));
      arrival.error = Error::too_large;
      misframed();
      return arrival;
    }
    const std::size_t size = header_size + remaining;
    if (buffer_.size() < size) return std::nullopt;
    const std::string whole = buffer_.substr(0, size);
    if (!whole.ends_with(footer)) {
      misframed();
      continue;
    }
    buffer_.erase(0, size);
    return decoded(whole);
  }
  return std::nullopt;
}

bool MessageReader::at_start() {
  if (lost_) return false;
  if (buffer_.starts_with(start.substr(0, std::min(buffer_.size(), start.size())))) return !buffer_.empty();
  if (!resynchronises_) {
    lost_ = true;
    return false;
  }
  std::size_t begin = buffer_.find(start);
  if (begin == std::string::npos)  // the last byte may be half of a beginning
    begin = buffer_.size() - (buffer_.back() == start.front() ? 1 : 0);
  buffer_.erase(0, begin);
  return !buffer_.empty();
}

void MessageReader::misframed() {
  if (resynchronises_)
    buffer_.erase(0, 1);
  else
    lost_ = true;
}

std::string bytes_of(std::uint64_t value, int size) {
  std::string result;
  for (int i = 0; i < size; ++i) result += static_cast<char>(value >> (8 * i) & 0xFFu);
  return result;
}

float float_at(std::string_view bytes, std::size_t offset) {
  return std::bit_cast<float>(number_at(bytes, offset, 4));
}

std::string bytes_of(float value) { return bytes_of(std::bit_cast<std::uint32_t>(value), 4); }

std::uint32_t number_at(std::string_view bytes, std::size_t offset, int size) {
  std::uint32_t result = 0;
  for (int i = 0; i < size; ++i)
    result |=
        static_cast<std::uint32_t>(static_cast<unsigned char>(bytes[offset + static_cast<std::size_t>(i)]))
        << (8 * i);
  return result;
}

}  // namespace nocturne::virtual_obp
