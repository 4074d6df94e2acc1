#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "devices/line.hpp"
#include "models/units.hpp"

namespace nocturne::pump_chain {

/// Whether text lines carry the pump's address and prompt: firmware differs at address 0. Automatic judges
/// every reply by its prompt.
enum class Prefix { automatic, always, never };

/// What the prompt at the end of a reply says.
enum class State { idle, infusing, withdrawing, stalled, target_reached };

struct Reply {
  State state = State::idle;
  std::optional<int> address;      ///< if the prompt names one
  std::vector<std::string> lines;  ///< of text, without prefix
  std::string error;               ///< "Target volume out of range"; empty if the pump did not complain
  bool marked = false;             ///< ended with XON, as after `poll on`
};

/// A command as it goes over the line, without a change of the pump's display.
std::string request(int address, std::string_view command);

/// Judges the beginning of `received` as a reply of the pump at `address`; a sound one is stored in `reply`.
/// Without XON a prompt ends a reply only if silence follows.
FrameVerdict examine(std::string_view received, int address, Prefix prefix, Reply& reply);

/// "199.49 ul/min", "5 m/m"; nothing unless the whole text is a rate.
std::optional<FlowRate> parse_flow(std::string_view text);
/// "1.69023 ul".
std::optional<Volume> parse_volume(std::string_view text);
/// "7.2620 mm".
std::optional<Length> parse_length(std::string_view text);

struct Limits {
  FlowRate low, high;
};
/// "25.0404 nl/min to 26.0035 ml/min".
std::optional<Limits> parse_limits(std::string_view text);

/// The reply to `status`.
struct Status {
  FlowRate rate;
  std::int64_t time_ms = 0;
  Volume volume;
  bool moving = false;
  bool withdraws = false;
  char limit_switch = '.';  ///< the end that was run into: i, w, or . for none
  bool stalled = false;
  bool target_reached = false;
};
std::optional<Status> parse_status(std::string_view text);

/// "Target volume not set", where a value was asked for.
bool is_not_set(std::string_view text);
/// "PHD ULTRA 3.0.5": what no other reply looks like.
bool is_version(std::string_view text);

/// A rate as these pumps print it, in six digits: "123.456 ul/min".
struct Rate {
  FlowRate flow;
  std::string text;
};
/// The rate next to `flow`, which must be positive, that lies within the limits.
Rate quantise(FlowRate flow, Limits limits);

/// Whether two values agree in the six digits in which the pump prints them.
bool same_in_six_digits(double a, double b);

/// Limits of a syringe at a plunger's top speed: the motor's periods go from 26 µs to 27 s per microstep.
Limits limits_for(Length diameter, double top_speed_mm_per_min);

}  // namespace nocturne::pump_chain
