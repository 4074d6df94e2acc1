#include "devices/sics_protocol.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include "devices/ascii.hpp"

namespace nocturne::sics {
namespace {

using Kind = FrameVerdict::Kind;

constexpr std::size_t longest_line = 512;
constexpr std::size_t longest_id = 8;

struct Unit {
  std::string_view name;
  double grams;
};
/// The avoirdupois pound is 453.59237 g by definition, the metric carat 0.2 g.
constexpr std::array units{Unit{"g", 1.0},
                           Unit{"kg", 1e3},
                           Unit{"mg", 1e-3},
                           Unit{"ug", 1e-6},
                           Unit{"ct", 0.2},
                           Unit{"lb", 453.59237},
                           Unit{"oz", 453.59237 / 16.0}};

/// Between spaces; what stands in quotation marks is one text, spaces and all.
std::optional<std::vector<std::string>> words_of(std::string_view line) {
  std::vector<std::string> words;
  while (true) {
    const std::size_t first = line.find_first_not_of(' ');
    if (first == line.npos) return words;
    line.remove_prefix(first);
    const bool quoted = line.front() == '"';
    if (quoted) line.remove_prefix(1);
    const std::size_t end = line.find(quoted ? '"' : ' ');
    if (quoted && end == line.npos) return std::nullopt;
    words.emplace_back(line.substr(0, end));
    line.remove_prefix(std::min(line.size(), end == line.npos ? end : end + 1));
  }
}

bool is_upper_or_digit(char c) { return (c >= 'A' && c <= 'Z') || is_digit(c); }

bool is_id(std::string_view word) {
  return !word.empty() && word.size() <= longest_id && word.front() >= 'A' && word.front() <= 'Z' &&
         std::ranges::all_of(word, is_upper_or_digit);
}

/// A line without its end as a reply; false if it is none.
bool parse(std::string_view line, Reply& reply) {
  const auto words = words_of(line);
  if (!words || words->empty() || !is_id(words->front())) return false;
  Reply parsed;
  parsed.id = words->front();
  if (words->size() > 1) {
    parsed.status = (*words)[1];
    parsed.fields.assign(words->begin() + 2, words->end());
  }
  if (parsed.is_error() == (words->size() > 1)) return false;
  reply = std::move(parsed);
  return true;
}

}  // namespace

FrameVerdict examine(std::string_view received, std::string_view id, Reply& reply) {
  const std::size_t end = received.find('\n');
  if (end == received.npos)
    return received.size() > longest_line ? FrameVerdict{Kind::noise, received.size()} : FrameVerdict{};
  std::string_view line = received.substr(0, end);
  const bool is_printable = std::ranges::all_of(line.substr(0, line.find('\r')),
                                                [](char c) { return static_cast<unsigned char>(c) >= ' '; });
  if (!line.ends_with('\r') || !is_printable || line.size() > longest_line) return {Kind::noise, end + 1};
  line.remove_suffix(1);
  if (!parse(line, reply)) return {Kind::noise, end + 1};
  return {reply.is_error() || reply.id == id ? Kind::reply : Kind::foreign, end + 1};
}

std::optional<double> grams(const std::vector<std::string>& fields) {
  if (fields.size() != 2) return std::nullopt;
  const std::string& number = fields[0];
  double value = 0.0;
  const auto [end, error] =
      std::from_chars(number.data(), number.data() + number.size(), value, std::chars_format::fixed);
  if (error != std::errc{} || end != number.data() + number.size() || !std::isfinite(value))
    return std::nullopt;
  const auto unit = std::ranges::find(units, fields[1], &Unit::name);
  if (unit == units.end()) return std::nullopt;
  return value * unit->grams;
}

}  // namespace nocturne::sics
