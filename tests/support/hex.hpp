#pragma once

#include <cctype>
#include <string>

namespace nocturne::test {

/// "01 03" and "0103" are the two bytes 1 and 3.
inline std::string from_hex(const std::string& text) {
  std::string digits, bytes;
  for (const char c : text)
    if (!std::isspace(static_cast<unsigned char>(c))) digits += c;
  for (std::size_t i = 0; i + 1 < digits.size(); i += 2)
    bytes += static_cast<char>(std::stoi(digits.substr(i, 2), nullptr, 16));
  return bytes;
}

inline std::string in_hex(const std::string& bytes) {
  static constexpr char digits[] = "0123456789ABCDEF";
  std::string text;
  for (const char c : bytes) {
    const auto value = static_cast<unsigned char>(c);
    if (!text.empty()) text += ' ';
    text += {digits[value >> 4], digits[value & 15]};
  }
  return text;
}

}  // namespace nocturne::test
