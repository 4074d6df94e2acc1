#include "devices/vici_protocol.hpp"

#include <algorithm>

#include "devices/ascii.hpp"

namespace nocturne::vici {
namespace {

using Kind = FrameVerdict::Kind;

constexpr std::size_t longest_line = 256;
constexpr std::string_view line_ends = "\r\n";

bool is_end(char c) { return line_ends.find(c) != line_ends.npos; }
bool is_id(char c) { return is_digit(c) || (c >= 'A' && c <= 'Z'); }

std::string_view trimmed(std::string_view text) {
  const std::size_t first = text.find_first_not_of(' ');
  if (first == text.npos) return {};
  return text.substr(first, text.find_last_not_of(' ') - first + 1);
}

}  // namespace

FrameVerdict examine(std::string_view received, char id, std::string_view command, std::string& value) {
  if (received.empty()) return {};
  const auto strange = std::ranges::find_if(received, [](char c) { return !is_text(c) && !is_end(c); });
  if (strange != received.end())
    return {Kind::noise, static_cast<std::size_t>(strange - received.begin()) + 1};
  const std::size_t end = received.find_first_of(line_ends);
  if (end == received.npos)
    return received.size() > longest_line ? FrameVerdict{Kind::noise, received.size()} : FrameVerdict{};
  std::string_view text = trimmed(received.substr(0, end));
  if (text.empty()) return {Kind::foreign, end + 1};
  const bool carries_id = id != no_id && text.front() == id && text.substr(1).starts_with(command);
  if (carries_id)
    text.remove_prefix(1);
  else if (!text.starts_with(command)) {
    const bool of_another = is_id(text.front()) && text.substr(1).starts_with(command);
    return {of_another ? Kind::foreign : Kind::noise, end + 1};
  }
  value = trimmed(text.substr(command.size()));
  return {Kind::reply, end + 1};
}

std::optional<int> position(std::string_view value) {
  if (value == "A") return 1;
  if (value == "B") return 2;
  if (value.empty() || value.size() > 2 || !std::ranges::all_of(value, is_digit)) return std::nullopt;
  int number = 0;
  for (const char c : value) number = 10 * number + (c - '0');
  return number;
}

}  // namespace nocturne::vici
