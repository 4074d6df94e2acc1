#include "devices/chemyx_protocol.hpp"

#include <algorithm>
#include <boost/algorithm/string/predicate.hpp>
#include <cassert>
#include <charconv>
#include <cmath>
#include <cstdio>

#include "devices/ascii.hpp"

namespace nocturne::chemyx {
namespace {

using Kind = FrameVerdict::Kind;
constexpr std::size_t longest_reply = 2048;

bool ends_line(char c) { return c == '\r' || c == '\n'; }
bool is_protocol(char c) { return is_text(c) || ends_line(c); }

/// Without spaces and prompts around it.
std::string_view bare(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '>')) text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return text;
}

/// The number at the front of `text`.
std::optional<Value> take_value(std::string_view& text) {
  const bool negative = text.starts_with('-');
  const std::string_view digits = text.substr(negative ? 1 : 0);
  if (digits.empty() || !(is_digit(digits[0]) || digits[0] == '.')) return std::nullopt;
  Value value;
  const auto [end, error] =
      std::from_chars(digits.data(), digits.data() + digits.size(), value.number, std::chars_format::fixed);
  if (error != std::errc{} || !std::isfinite(value.number)) return std::nullopt;
  const std::string_view taken = digits.substr(0, static_cast<std::size_t>(end - digits.data()));
  const std::size_t point = taken.find('.');
  if (point != taken.npos) value.step = std::pow(10.0, -static_cast<double>(taken.size() - point - 1));
  if (negative) value.number = -value.number;
  text.remove_prefix(taken.size() + (negative ? 1 : 0));
  return value;
}

std::vector<double> numbers_in(const Reply& reply) {
  std::vector<double> numbers;
  for (const std::string& line : reply.lines) {
    std::string_view rest = line;
    while (!rest.empty()) {
      if (const auto value = take_value(rest))
        numbers.push_back(value->number);
      else
        rest.remove_prefix(1);
    }
  }
  return numbers;
}

}  // namespace

FrameVerdict examine(std::string_view received, std::string_view command, Reply& reply) {
  const auto strange = std::ranges::find_if_not(received, is_protocol);
  if (strange != received.end())
    return {Kind::noise, static_cast<std::size_t>(strange - received.begin()) + 1};
  if (received.size() > longest_reply) return {Kind::noise, received.size()};
  Reply found;
  std::size_t start = 0;
  for (std::size_t i = 0; i < received.size(); ++i) {
    if (!ends_line(received[i])) continue;
    const std::string_view line = bare(received.substr(start, i - start));
    start = i + 1;
    if (line.empty() || (found.lines.empty() && line == command)) continue;
    found.refused |= boost::algorithm::istarts_with(line, "invalid");
    found.lines.emplace_back(line);
  }
  const std::string_view rest = received.substr(start);
  const bool prompted = !rest.empty() && rest.back() == '>' && bare(rest).empty();
  if (found.lines.empty()) return prompted ? FrameVerdict{Kind::foreign, received.size()} : FrameVerdict{};
  if (!prompted && !rest.empty()) return {};
  reply = std::move(found);
  return {prompted ? Kind::reply : Kind::reply_if_quiet, received.size()};
}

std::optional<Value> parse_value(const Reply& reply, std::string_view name) {
  if (reply.lines.size() != 1) return std::nullopt;
  std::string_view text = reply.lines[0];
  if (const std::size_t equals = text.find('='); equals != text.npos) {
    if (bare(text.substr(0, equals)) != name) return std::nullopt;
    text = bare(text.substr(equals + 1));
  }
  const std::optional<Value> value = take_value(text);
  if (!value || !(text.empty() || text.front() == ' ')) return std::nullopt;
  return value;
}

std::optional<Ranges> parse_ranges(const Reply& reply) {
  const std::vector<double> numbers = numbers_in(reply);
  if (reply.refused || numbers.size() != 4) return std::nullopt;
  const Ranges ranges{numbers[0], numbers[1], numbers[2], numbers[3]};
  const bool sound = ranges.first_least >= 0.0 && ranges.first_most > ranges.first_least &&
                     ranges.second_least >= 0.0 && ranges.second_most > ranges.second_least;
  return sound ? std::optional{ranges} : std::nullopt;
}

std::optional<Limits> limits_of(const Ranges& per_minute, const Ranges& per_hour) {
  const auto is_rate = [](double minute, double hour) { return std::abs(hour / minute - 60.0) < 1.0; };
  const bool first = is_rate(per_minute.first_most, per_hour.first_most);
  const bool second = is_rate(per_minute.second_most, per_hour.second_most);
  if (first == second) return std::nullopt;
  const auto& [first_most, first_least, second_most, second_least] = per_minute;
  if (first) return Limits{second_most, second_least, first_most, first_least};
  return Limits{first_most, first_least, second_most, second_least};
}

std::optional<State> parse_state(const Reply& reply) {
  const auto value = parse_value(reply, "pump status");
  if (!value || value->step != 1.0 || value->number < 0.0 || value->number > 4.0) return std::nullopt;
  return static_cast<State>(static_cast<int>(value->number));
}

Number quantise(double value, double low, double high) {
  assert(value > 0.0);
  constexpr double beyond_six_digits = 1e6;
  int decimals = 5;
  double scale = 1e5;
  for (; decimals > 0 && std::round(value * scale) >= beyond_six_digits; scale /= 10.0) --decimals;
  constexpr double hair = 1e-9;  // a limit that is itself a number of the pump must stay reachable
  double steps = std::round(value * scale);
  if (steps / scale > high * (1.0 + hair)) steps -= 1.0;
  if (steps / scale < low * (1.0 - hair)) steps += 1.0;
  char text[40];
  std::snprintf(text, sizeof text, "%.*f", decimals, steps / scale);
  return {steps / scale, text};
}

bool took(const Value& told, double asked) {
  constexpr double coarsest = 5e-3;  // relative: rounding beyond that is another value
  const double off = std::abs(told.number - asked);
  return off <= 0.5000001 * told.step && off <= coarsest * std::abs(asked);
}

}  // namespace nocturne::chemyx
