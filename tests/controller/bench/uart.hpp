#pragma once

#include <cmath>
#include <string>

namespace nocturne::test {

/// What a UART set to `read_baud` makes of `bytes` sent back to back at `sent_baud`, 8 data bits, no parity,
/// one stop bit. It waits for a falling edge and looks at the middle of each of its own bits. As a serial
/// port in raw mode it hands on bytes without a stop bit, too, and then waits until the line rests.
inline std::string heard_at(double read_baud, double sent_baud, const std::string& bytes) {
  constexpr int bits_per_frame = 10;
  const double step = sent_baud / read_baud;  // of the reader's bits, in bits of the sender
  const double end = bits_per_frame * static_cast<double>(bytes.size());
  const auto is_high = [&](double time) {
    if (time >= end) return true;
    const auto bit = static_cast<std::size_t>(time);
    const std::size_t at = bit % bits_per_frame;
    if (at == 0 || at == bits_per_frame - 1) return at != 0;
    return (static_cast<unsigned char>(bytes[bit / bits_per_frame]) >> (at - 1) & 1) != 0;
  };
  std::string heard;
  for (double edge = 0.0; edge < end;) {
    while (edge < end && is_high(edge)) edge = std::floor(edge) + 1.0;
    if (edge >= end) break;
    if (is_high(edge + 0.5 * step)) {  // too short for a start bit
      edge += 0.5 * step;
      continue;
    }
    unsigned value = 0;
    for (int k = 0; k < 8; ++k) value |= (is_high(edge + (k + 1.5) * step) ? 1U : 0U) << k;
    heard += static_cast<char>(value);
    edge += (bits_per_frame - 0.5) * step;
    while (edge < end && !is_high(edge)) edge = std::floor(edge) + 1.0;
  }
  return heard;
}

}  // namespace nocturne::test
