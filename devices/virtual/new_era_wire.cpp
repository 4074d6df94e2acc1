#include "devices/virtual/new_era_wire.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <cmath>
#include <cstdio>

#include "devices/ascii.hpp"

namespace nocturne::virtual_new_era {

namespace {

constexpr char stx = '\x02';
constexpr char etx = '\x03';
constexpr char carriage_return = '\r';
constexpr std::size_t overhead = 4;  // len, two bytes of CRC, ETX
constexpr std::size_t longest_text = 200;

std::string cleaned(std::string_view raw) {
  std::string result;
  for (const char c : raw)
    if (static_cast<unsigned char>(c) > ' ')
      result += static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return result;
}

}  // namespace

std::uint16_t crc(std::string_view data) {
  unsigned value = 0;
  for (const char c : data) {
    value ^= static_cast<unsigned>(static_cast<unsigned char>(c)) << 8;
    for (int bit = 0; bit < 8; ++bit) value = (value & 0x8000u) ? (value << 1) ^ 0x1021u : value << 1;
    value &= 0xFFFFu;
  }
  return static_cast<std::uint16_t>(value);
}

std::string packet(std::string_view data) {
  const unsigned check = crc(data);
  std::string result{stx};
  result += static_cast<char>(data.size() + overhead);
  result += data;
  result += static_cast<char>(check >> 8);
  result += static_cast<char>(check & 0xFFu);
  return result += etx;
}

std::string basic_reply(std::string_view data) { return stx + std::string{data} + etx; }

std::optional<Request> Receiver::push(char byte, Instant now, bool packets_only) {
  last_byte_ = now;
  if (!packet_.empty()) return push_packet_byte(byte);
  if (byte == stx) {
    text_.clear();
    packet_ = byte;
    return std::nullopt;
  }
  if (packets_only) {
    text_.clear();
    return std::nullopt;
  }
  if (byte == carriage_return) {
    Request request{Request::Form::text, cleaned(text_)};
    text_.clear();
    return request;
  }
  if (text_.size() < longest_text) text_ += byte;
  return std::nullopt;
}

std::optional<Request> Receiver::push_packet_byte(char byte) {
  packet_ += byte;
  const std::size_t length = static_cast<unsigned char>(packet_[1]);
  if (length < overhead) return give_up();
  if (packet_.size() < length + 1) return std::nullopt;
  const std::string data = packet_.substr(2, length - overhead);
  const bool valid = packet_ == packet(data);
  packet_.clear();
  return Request{valid ? Request::Form::packet : Request::Form::invalid_packet, cleaned(data)};
}

std::optional<Instant> Receiver::gives_up() const {
  if (packet_.empty()) return std::nullopt;
  return last_byte_ + max_gap;
}

Request Receiver::give_up() {
  Request request{Request::Form::invalid_packet,
                  packet_.size() > 2 ? cleaned(packet_.substr(2)) : std::string{}};
  packet_.clear();
  return request;
}

Addressed split_address(const std::string& data) {
  std::size_t digits = 0;
  while (digits < 2 && digits < data.size() && is_digit(data[digits])) ++digits;
  return Addressed{digits == 0 ? 0 : std::stoi(data.substr(0, digits)), data.substr(digits)};
}

double number(std::string_view text) {
  int digits = 0, decimals = 0, points = 0;
  for (const char c : text) {
    if (c == '.')
      ++points;
    else if (is_digit(c))
      ++digits, decimals += points;
    else
      throw Refusal{"?"};
  }
  if (digits == 0 || points > 1) throw Refusal{"?"};
  if (digits > 4 || decimals > 3) throw Refusal{"?OOR"};
  return std::stod(std::string{text});
}

int integer(std::string_view text, int low, int high) {
  if (text.empty() || text.size() > 4 || !std::ranges::all_of(text, is_digit)) throw Refusal{"?"};
  const int value = std::stoi(std::string{text});
  if (value < low || value > high) throw Refusal{"?OOR"};
  return value;
}

std::string printed(double value) {
  int decimals = 3;
  for (double limit = 9.9995; decimals > 0 && value >= limit; limit *= 10.0) --decimals;
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.*f%s", decimals, std::min(value, 9999.0),
                decimals == 0 ? "." : "");
  return text.data();
}

}  // namespace nocturne::virtual_new_era
