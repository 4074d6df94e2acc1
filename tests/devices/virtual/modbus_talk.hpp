#pragma once

#include <bit>
#include <string>
#include <vector>

#include "conversation.hpp"
#include "devices/virtual/modbus_wire.hpp"

namespace nocturne::test {

/// A partner that speaks Modbus RTU in virtual time.
struct ModbusTalk : Conversation {
  int unit = 1;
  bool high_word_first = true;

  static std::string frame(const std::string& unit_and_pdu) {
    const unsigned check = virtual_modbus::crc(unit_and_pdu);
    return unit_and_pdu + static_cast<char>(check & 0xFF) + static_cast<char>(check >> 8);
  }
  static std::string word(int value) {
    return {static_cast<char>(value >> 8 & 0xFF), static_cast<char>(value & 0xFF)};
  }
  static int byte(const std::string& bytes, std::size_t i) { return static_cast<unsigned char>(bytes.at(i)); }

  std::string hex(const std::string& request) { return in_hex(ask(from_hex(request))); }
  std::string to_unit(int function) const {
    return std::string{static_cast<char>(unit), static_cast<char>(function)};
  }

  /// Words of `count` registers from `address`, or minus the exception code.
  std::vector<int> read(int address, int count, int function = 3) {
    const std::string reply = ask(frame(to_unit(function) + word(address) + word(count)));
    if (reply.size() == 5) return {-static_cast<int>(reply[2])};
    std::vector<int> words;
    for (std::size_t i = 3; i + 3 < reply.size(); i += 2)
      words.push_back(byte(reply, i) << 8 | byte(reply, i + 1));
    return words;
  }
  int read(int address) { return read(address, 1).at(0); }
  float float_at(int address, int function = 3) { return joined(read(address, 2, function)); }
  float joined(const std::vector<int>& words) const {
    const auto high = static_cast<std::uint32_t>(words.at(high_word_first ? 0 : 1));
    const auto low = static_cast<std::uint32_t>(words.at(high_word_first ? 1 : 0));
    return std::bit_cast<float>(high << 16 | low);
  }
  /// 0, or the exception code.
  int write(int address, int value) {
    const std::string request = frame(to_unit(6) + word(address) + word(value));
    const std::string reply = ask(request);
    return reply == request ? 0 : static_cast<int>(reply.at(2));
  }
  int write_words(int address, const std::vector<int>& words) {
    const int count = static_cast<int>(words.size());
    std::string body = to_unit(16) + word(address) + word(count) + static_cast<char>(2 * count);
    for (const int value : words) body += word(value);
    const std::string reply = ask(frame(body));
    return reply.size() == 8 ? 0 : static_cast<int>(reply.at(2));
  }
  std::vector<int> split(float value) const {
    const auto bits = std::bit_cast<std::uint32_t>(value);
    const int high = static_cast<int>(bits >> 16), low = static_cast<int>(bits & 0xFFFFu);
    if (high_word_first) return {high, low};
    return {low, high};
  }
  int write_float(int address, float value) { return write_words(address, split(value)); }
};

}  // namespace nocturne::test
