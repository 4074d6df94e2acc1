#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "devices/line.hpp"

namespace nocturne::chemyx {

/// What a pump says to a command: lines of text, without the echo of the command and the prompt.
struct Reply {
  std::vector<std::string> lines;
  bool refused = false;  ///< "Invalid Command!"
};

/// Judges the beginning of `received` as the reply to `command`. A prompt ends a reply, silence does so too.
FrameVerdict examine(std::string_view received, std::string_view command, Reply& reply);

/// A value and how finely it was printed.
struct Value {
  double number = 0.0;
  double step = 1.0;  ///< one in the last digit
};
/// "rate = 0.650000" for the name "rate", or the number alone; nothing unless that is the whole reply.
std::optional<Value> parse_value(const Reply& reply, std::string_view name);

/// The reply to `read limit parameter`: two ranges, one of volumes and one of rates in the pump's units.
/// Firmware differs in which comes first.
struct Ranges {
  double first_most = 0.0, first_least = 0.0, second_most = 0.0, second_least = 0.0;
};
std::optional<Ranges> parse_ranges(const Reply& reply);

struct Limits {
  double most_volume = 0.0, least_volume = 0.0, fastest = 0.0, slowest = 0.0;
};
/// In µL and µL/min, from what the pump tells in µL/min and in µL/h: rates are another number then, volumes
/// are not. Nothing if neither range or both are.
std::optional<Limits> limits_of(const Ranges& per_minute, const Ranges& per_hour);

/// The reply to `pump status`.
enum class State { stopped, running, paused, delayed, stalled };
std::optional<State> parse_state(const Reply& reply);

/// A number that the pump takes: six digits, at most five of them after the point.
struct Number {
  double value = 0.0;
  std::string text;
};
/// The number next to `value`, which must be positive, that does not lie outside [low, high].
Number quantise(double value, double low, double high);

/// Whether the pump took `asked` as far as its digits go: it answers a value beyond its limits with the
/// limit.
bool took(const Value& told, double asked);

}  // namespace nocturne::chemyx
