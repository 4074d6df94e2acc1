#include "devices/pump_chain_protocol.hpp"

#include <algorithm>
#include <array>
#include <cassert>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <numbers>

#include "devices/ascii.hpp"

namespace nocturne::pump_chain {
namespace {

using Kind = FrameVerdict::Kind;
constexpr char end_mark = '\x11';
constexpr std::size_t longest_reply = 4096;
constexpr std::size_t longest_prompt = 4;  // "02T*"
constexpr double longest_over_shortest_period = 27.0 / 26e-6;

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return text;
}

bool contains(std::string_view text, std::string_view lower_word) {
  const auto same = [](char of_text, char of_word) { return lower(of_text) == of_word; };
  return lower_word.empty() ||
         std::search(text.begin(), text.end(), lower_word.begin(), lower_word.end(), same) != text.end();
}

/// Removes two digits from the front and returns them as a number.
std::optional<int> take_address(std::string_view& text) {
  if (text.size() < 2 || !is_digit(text[0]) || !is_digit(text[1])) return std::nullopt;
  const int address = 10 * (text[0] - '0') + (text[1] - '0');
  text.remove_prefix(2);
  return address;
}

/// Removes a prompt symbol from the front.
std::optional<State> take_symbol(std::string_view& text) {
  constexpr std::array<std::pair<std::string_view, State>, 7> symbols{{{"T*", State::target_reached},
                                                                       {">*", State::target_reached},
                                                                       {"<*", State::target_reached},
                                                                       {":", State::idle},
                                                                       {">", State::infusing},
                                                                       {"<", State::withdrawing},
                                                                       {"*", State::stalled}}};
  for (const auto& [symbol, state] : symbols) {
    if (!text.starts_with(symbol)) continue;
    text.remove_prefix(symbol.size());
    return state;
  }
  return std::nullopt;
}

std::optional<Reply> parse_prompt(std::string_view text) {
  if (text.size() > longest_prompt) return std::nullopt;
  Reply reply;
  reply.address = take_address(text);
  const std::optional<State> state = take_symbol(text);
  if (!state || !text.empty()) return std::nullopt;
  reply.state = *state;
  return reply;
}

/// A number never begins with a zero and a digit, so below address 10 the digits alone are a prefix, too.
std::string_view without_prefix(std::string_view text, std::optional<int> address, Prefix prefix) {
  if (!address || prefix == Prefix::never) return text;
  std::string_view rest = text;
  const std::optional<int> digits = take_address(rest);
  if (digits != address) return text;
  const bool symbol = take_symbol(rest).has_value();
  return symbol || prefix == Prefix::always || *address < 10 ? rest : text;
}

void note_error(Reply& reply) {
  if (reply.lines.empty()) return;
  const std::string_view first = reply.lines.front();
  if (!first.starts_with("Command error:") && !first.starts_with("Argument error:")) return;
  const std::string_view message = reply.lines.size() > 1 ? trimmed(reply.lines[1]) : first;
  reply.error = message.empty() ? first : message;
}

/// Everything up to the end mark or the end of what was received. What stands before another prompt (an
/// unasked-for T*, a cut reply) does not belong to the reply.
std::optional<Reply> parse(std::string_view body, Prefix prefix) {
  const std::size_t prompt_at = body.rfind('\n');
  if (prompt_at == body.npos) return std::nullopt;
  std::optional<Reply> reply = parse_prompt(body.substr(prompt_at + 1));
  if (!reply) return std::nullopt;
  std::size_t end = prompt_at;
  while (end > 0 && body[end - 1] == '\r') {
    const std::size_t start = body.rfind('\n', end - 1);
    if (start == body.npos) break;
    const std::string_view text = body.substr(start + 1, end - start - 2);
    if (!std::ranges::all_of(text, is_text)) return std::nullopt;
    reply->lines.emplace_back(without_prefix(text, reply->address, prefix));
    end = start;
  }
  std::ranges::reverse(reply->lines);
  note_error(*reply);
  return reply;
}

bool is_from(const Reply& reply, int address, Prefix prefix) {
  if (reply.address) return *reply.address == address;
  return address == 0 || prefix == Prefix::never;
}

struct Measure {
  double value = 0.0;
  std::string unit;  ///< in lower case
};

std::optional<Measure> parse_measure(std::string_view text) {
  text = trimmed(text);
  if (text.empty() || !(is_digit(text[0]) || text[0] == '.')) return std::nullopt;
  Measure measure;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), measure.value);
  if (error != std::errc{} || !std::isfinite(measure.value)) return std::nullopt;
  measure.unit = trimmed(text.substr(static_cast<std::size_t>(end - text.data())));
  std::ranges::transform(measure.unit, measure.unit.begin(), lower);
  return measure;
}

/// "ul", or in short "u".
std::optional<Volume> volume_unit(std::string_view text) {
  if (text.empty() || text.size() > 2 || (text.size() == 2 && text[1] != 'l')) return std::nullopt;
  if (text[0] == 'm') return milliliters(1.0);
  if (text[0] == 'u') return microliters(1.0);
  if (text[0] == 'n') return microliters(1e-3);
  if (text[0] == 'p') return microliters(1e-6);
  return std::nullopt;
}

std::optional<Seconds> time_unit(std::string_view text) {
  if (text == "s" || text == "sec") return Seconds{1.0};
  if (text == "m" || text == "min") return Seconds{60.0};
  if (text == "h" || text == "hr") return Seconds{3600.0};
  return std::nullopt;
}

/// Removes a whole number and the spaces behind it.
std::optional<std::int64_t> take_integer(std::string_view& text) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  const auto length = static_cast<std::size_t>(end - text.data());
  if (error != std::errc{} || value < 0 || length == text.size() || *end != ' ') return std::nullopt;
  text = trimmed(text.substr(length));
  return value;
}

}  // namespace

std::string request(int address, std::string_view command) {
  assert(address >= 0 && address <= 99);
  std::string text = address == 0 ? "" : std::to_string(address);
  text += '@';
  text += command;
  text += '\r';
  return text;
}

FrameVerdict examine(std::string_view received, int address, Prefix prefix, Reply& reply) {
  const std::size_t mark = received.find(end_mark);
  if (mark == received.npos && received.size() > longest_reply) return {Kind::noise, received.size()};
  const std::string_view body = received.substr(0, std::min(mark, received.size()));
  std::optional<Reply> parsed = parse(body, prefix);
  if (mark == received.npos) {
    if (!parsed || !is_from(*parsed, address, prefix)) return {};
    reply = *std::move(parsed);
    return {Kind::reply_if_quiet, received.size()};
  }
  if (!parsed) return {Kind::noise, mark + 1};
  if (!is_from(*parsed, address, prefix)) return {Kind::foreign, mark + 1};
  reply = *std::move(parsed);
  reply.marked = true;
  return {Kind::reply, mark + 1};
}

std::optional<FlowRate> parse_flow(std::string_view text) {
  const auto measure = parse_measure(text);
  if (!measure) return std::nullopt;
  const std::string_view unit = measure->unit;
  const std::size_t slash = unit.find('/');
  if (slash == unit.npos) return std::nullopt;
  const auto volume = volume_unit(unit.substr(0, slash));
  const auto time = time_unit(unit.substr(slash + 1));
  if (!volume || !time) return std::nullopt;
  return measure->value * (*volume / *time);
}

std::optional<Volume> parse_volume(std::string_view text) {
  const auto measure = parse_measure(text);
  const auto unit = measure ? volume_unit(measure->unit) : std::nullopt;
  if (!unit) return std::nullopt;
  return measure->value * *unit;
}

std::optional<Length> parse_length(std::string_view text) {
  const auto measure = parse_measure(text);
  if (!measure || measure->unit != "mm") return std::nullopt;
  return millimeters(measure->value);
}

std::optional<Limits> parse_limits(std::string_view text) {
  constexpr std::string_view between = " to ";
  const std::size_t at = text.find(between);
  if (at == text.npos) return std::nullopt;
  const auto low = parse_flow(text.substr(0, at));
  const auto high = parse_flow(text.substr(at + between.size()));
  if (!low || !high || *low > *high) return std::nullopt;
  return Limits{*low, *high};
}

std::optional<Status> parse_status(std::string_view text) {
  text = trimmed(text);
  const auto rate = take_integer(text);
  const auto time = rate ? take_integer(text) : std::nullopt;
  const auto volume = time ? take_integer(text) : std::nullopt;
  if (!volume || text.size() != 6) return std::nullopt;
  constexpr std::array<std::string_view, 6> allowed{"iIwW", "iw.", "S.", "T.", "iIwW.", "T."};
  for (std::size_t i = 0; i < allowed.size(); ++i)
    if (allowed[i].find(text[i]) == std::string_view::npos) return std::nullopt;
  constexpr double femtoliter = 1e-18;  // m³
  Status status;
  status.rate = FlowRate::from_si(static_cast<double>(*rate) * femtoliter);
  status.time_ms = *time;
  status.volume = Volume::from_si(static_cast<double>(*volume) * femtoliter);
  status.moving = text[0] == 'I' || text[0] == 'W';
  status.withdraws = lower(text[0]) == 'w';
  status.limit_switch = text[1];
  status.stalled = text[2] == 'S';
  status.target_reached = text[5] == 'T';
  return status;
}

bool is_not_set(std::string_view text) { return contains(text, "not set"); }

bool is_version(std::string_view text) {
  if (text.find(':') != text.npos || contains(text, "/min") || contains(text, "/sec")) return false;
  const std::size_t last_word = text.rfind(' ');
  if (last_word == text.npos) return false;
  std::string_view number = text.substr(last_word + 1);
  if (number.starts_with('v')) number.remove_prefix(1);
  if (number.empty() || !is_digit(number.front()) || number.find('.') == number.npos) return false;
  const auto in_number = [](char c) { return is_digit(c) || c == '.'; };
  const auto is_letter = [](char c) { return lower(c) >= 'a' && lower(c) <= 'z'; };
  return std::ranges::all_of(number, in_number) && std::ranges::any_of(text.substr(0, last_word), is_letter);
}

Rate quantise(FlowRate flow, Limits limits) {
  assert(flow > FlowRate{});
  struct Unit {
    const char* name;
    FlowRate one;
  };
  constexpr std::array<Unit, 4> units{{{"ml/min", microliters_per_minute(1e3)},
                                       {"ul/min", microliters_per_minute(1.0)},
                                       {"nl/min", microliters_per_minute(1e-3)},
                                       {"pl/min", microliters_per_minute(1e-6)}}};
  constexpr double hair = 1e-9;  // a limit that is itself a number of six digits must stay reachable
  const auto is_one = [&](const Unit& u) { return flow >= (1.0 - hair) * u.one; };
  const Unit* unit = std::ranges::find_if(units, is_one);
  if (unit == units.end()) --unit;
  const double value = flow / unit->one;
  constexpr double beyond_six_digits = 1e6;
  int decimals = 5;
  double scale = 1e5;
  for (; decimals > 0 && std::round(value * scale) >= beyond_six_digits; scale /= 10.0) --decimals;
  double steps = std::round(value * scale);
  if (steps / scale > (1.0 + hair) * (limits.high / unit->one)) steps -= 1.0;
  if (steps / scale < (1.0 - hair) * (limits.low / unit->one)) steps += 1.0;
  char text[40];
  std::snprintf(text, sizeof text, "%.*f %s", decimals, steps / scale, unit->name);
  return {(steps / scale) * unit->one, text};
}

bool same_in_six_digits(double a, double b) {
  return std::abs(a - b) <= 1.1e-5 * std::max(std::abs(a), std::abs(b));
}

Limits limits_for(Length diameter, double top_speed_mm_per_min) {
  const double area = std::numbers::pi / 4.0 * diameter.si() * diameter.si();  // m²
  const FlowRate high = FlowRate::from_si(area * top_speed_mm_per_min * 1e-3 / 60.0);
  return {(1.0 / longest_over_shortest_period) * high, high};
}

}  // namespace nocturne::pump_chain
