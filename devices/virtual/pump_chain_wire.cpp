#include "devices/virtual/pump_chain_wire.hpp"

#include <array>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <sstream>
#include <utility>

#include "devices/ascii.hpp"

namespace nocturne::virtual_pump_chain {

namespace {

constexpr double seconds_per(char time_unit) {
  return time_unit == 's' ? 1.0 : time_unit == 'm' ? 60.0 : 3600.0;
}

/// Cubic metres of a volume unit, the "l" of which may be left out.
std::optional<double> volume_unit_si(std::string_view unit) {
  static constexpr std::array<std::pair<char, double>, 4> prefixes{
      {{'p', 1e-15}, {'n', 1e-12}, {'u', 1e-9}, {'m', 1e-6}}};
  if (unit == "l") return 1e-3;
  if (unit.size() > 2 || (unit.size() == 2 && unit[1] != 'l')) return std::nullopt;
  for (const auto& [prefix, si] : prefixes)
    if (unit.starts_with(prefix)) return si;
  return std::nullopt;
}

std::optional<char> time_unit(std::string_view unit) {
  for (const std::string_view whole : {"sec", "min", "hr", "hour"})
    if (!unit.empty() && whole.starts_with(unit)) return whole.front();
  return std::nullopt;
}

/// Value and unit such that six significant digits do not begin with a zero.
std::pair<double, const char*> ranged(double cubic_meters) {
  static constexpr std::array<std::pair<double, const char*>, 3> units{
      {{1e-6, "ml"}, {1e-9, "ul"}, {1e-12, "nl"}}};
  constexpr double rounds_to_one = 1.0 - 5e-7;
  if (cubic_meters == 0.0) return {0.0, "ul"};
  for (const auto& [si, name] : units)
    if (cubic_meters / si >= rounds_to_one) return {cubic_meters / si, name};
  return {cubic_meters / 1e-15, "pl"};
}

}  // namespace

std::optional<Request> Receiver::push(char byte) {
  if (byte != '\r') {
    const bool counts = is_text(byte);
    if (counts && line_.size() <= longest) line_ += byte;
    return std::nullopt;
  }
  return parsed(std::exchange(line_, {}));
}

Request parsed(std::string line) {
  Request request;
  request.too_long = line.size() > Receiver::longest;
  std::size_t at = line.find_first_not_of(" @");
  const auto is = [&](auto accepts) { return at < line.size() && accepts(line[at]); };
  if (is(is_digit)) {
    request.address = 0;
    for (int digits = 0; digits < 2 && is(is_digit); ++digits, ++at)
      request.address = *request.address * 10 + (line[at] - '0');
    if (is([](char c) { return c == ':'; })) ++at;
    at = line.find_first_not_of(" @", at);
  }
  std::istringstream words{at < line.size() ? line.substr(at) : std::string{}};
  words >> request.command;
  request.command = lower_case(request.command);
  for (std::string word; words >> word;) request.arguments.push_back(word);
  request.line = std::move(line);
  return request;
}

bool names(std::string_view word, std::string_view command) {
  return word == command || (word.size() >= 4 && command.starts_with(word));
}

std::string lower_case(std::string text) {
  for (char& c : text)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return text;
}

Refusal bad_command(std::string message) { return {"Command error:", "   " + std::move(message)}; }

Refusal bad_argument(const std::string& argument, std::string message) {
  return {"Argument error: " + argument, "   " + std::move(message)};
}

double number(const std::string& text) {
  double value = 0.0;
  const char* const end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, value, std::chars_format::fixed);
  const bool plain = !text.empty() && (is_digit(text[0]) || text[0] == '.');
  if (!plain || error != std::errc{} || rest != end || !std::isfinite(value))
    throw bad_argument(text, "Invalid argument");
  return value;
}

double number(const std::string& text, double low, double high) {
  const double value = number(text);
  if (value < low || value > high) throw bad_argument(text, "Out of range");
  return value;
}

int integer(const std::string& text, int low, int high) {
  const double value = number(text, low, high);
  if (value != std::floor(value)) throw bad_argument(text, "Invalid argument");
  return static_cast<int>(value);
}

Rate rate(const std::string& value, const std::string& unit) {
  const std::string name = lower_case(unit);
  const std::size_t slash = std::min(name.find('/'), name.size());
  const auto per_unit = volume_unit_si(std::string_view{name}.substr(0, slash));
  const auto per =
      slash < name.size() ? time_unit(std::string_view{name}.substr(slash + 1)) : std::optional<char>{};
  if (!per_unit || !per) throw bad_argument(unit, "Invalid argument");
  return {number(value) * *per_unit / seconds_per(*per), *per};
}

double volume(const std::string& value, const std::string& unit) {
  const auto per_unit = volume_unit_si(lower_case(unit));
  if (!per_unit) throw bad_argument(unit, "Invalid argument");
  return number(value) * *per_unit;
}

double duration(const std::string& text) {
  if (text.find(':') == std::string::npos) return number(text);
  std::istringstream parts{text};
  double seconds = 0.0;
  int count = 0;
  for (std::string part; std::getline(parts, part, ':'); ++count)
    seconds = seconds * 60.0 + integer(part, 0, count == 0 ? 99 : 59);
  if (count != 3 || text.back() == ':') throw bad_argument(text, "Invalid argument");
  return seconds;
}

std::string general(double value) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%g", value);
  return text.data();
}

std::string printed_volume(double cubic_meters) {
  const auto [value, unit] = ranged(cubic_meters);
  return general(value) + " " + unit;
}

std::string printed(const Rate& rate) {
  const auto [value, unit] = ranged(rate.flow * seconds_per(rate.per));
  const std::string per = rate.per == 's' ? "sec" : rate.per == 'm' ? "min" : "hr";
  return general(value) + " " + unit + "/" + per;
}

std::string printed_duration(double seconds) {
  if (seconds < 60.0) return general(seconds) + " seconds";
  const long whole = std::lround(seconds);
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%02ld:%02ld:%02ld", whole / 3600, whole / 60 % 60, whole % 60);
  return text.data();
}

}  // namespace nocturne::virtual_pump_chain
