#include "devices/words.hpp"

#include "devices/ascii.hpp"

namespace nocturne {

std::string in_words(Temperature temperature) { return print("%.2f °C", temperature.celsius()); }

std::string in_words(Duration duration, int digits) { return print("%.*g s", digits, in_seconds(duration)); }

std::string in_words(FlowRate flow, int digits) {
  return print("%.*g µL/min", digits, in_microliters_per_minute(flow));
}

std::string hex_digits(std::string_view bytes) {
  static constexpr char digits[] = "0123456789abcdef";
  std::string text;
  text.reserve(2 * bytes.size());
  for (const char c : bytes) {
    const auto value = static_cast<unsigned char>(c);
    text += {digits[value >> 4], digits[value & 15]};
  }
  return text;
}

std::string bytes_in_words(std::string_view bytes, std::size_t most) {
  std::string hex, printable;
  for (const char c : bytes.substr(0, most)) {
    hex += hex_digits({&c, 1}) + " ";
    if (c == '\r')
      printable += "\\r";
    else if (c == '\n')
      printable += "\\n";
    else
      printable += is_text(c) ? c : '.';
  }
  const std::string more =
      bytes.size() > most ? " and " + std::to_string(bytes.size() - most) + " bytes more" : "";
  return hex + '"' + printable + '"' + more;
}

}  // namespace nocturne
