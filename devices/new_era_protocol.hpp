#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "devices/line.hpp"
#include "models/units.hpp"

namespace nocturne::new_era {

/// What a pump answers: its state, or an alarm, and data or an error text that begins with '?'.
struct Reply {
  int address = 0;
  char status = '\0';  ///< I W S P T U X, or A with `alarm`
  char alarm = '\0';   ///< R reset, S stall, T watchdog, E program error, O phase out of range
  std::string data;
};

/// CRC-16 with polynomial 1021h, initial value 0, not reflected.
std::uint16_t crc16(std::string_view data);
/// A safe-mode frame around `data`, which is at most 251 bytes.
std::string packet(std::string_view data);

/// Judges the beginning of `received` as a reply, in basic or safe framing, of the pump at `address`; a sound
/// one is stored in `reply`.
FrameVerdict examine(std::string_view received, int address, Reply& reply);

/// A number as the pump can hold it: at most four digits, at most three of them after the point.
struct Number {
  double value = 0.0;
  std::string text;
};
/// The number next to `value`, which must be in 0..9999, that does not lie outside [low, high].
Number quantise(double value, double low, double high);

/// The digits and the unit behind them, as in "12.34MM"; nothing if `text` does not begin with a number.
struct Measure {
  double value = 0.0;
  std::string unit;
};
std::optional<Measure> parse_measure(std::string_view text);

/// "NE1000V3.928", "NE1000X2V3.9": what only a pump's answer to VER looks like.
bool is_version(std::string_view data);
/// A rate in UM, MM, UH or MH.
std::optional<FlowRate> to_flow(const Measure& measure);
/// A volume in UL or ML.
std::optional<Volume> to_volume(const Measure& measure);

/// What the pump has counted.
struct Dispensed {
  Volume infused, withdrawn;
};
/// A reply like "I1.200W0.000ML".
std::optional<Dispensed> parse_dispensed(std::string_view data);

}  // namespace nocturne::new_era
