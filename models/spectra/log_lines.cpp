#include "models/spectra/log_lines.hpp"

#include <algorithm>
#include <array>

namespace nocturne::detail {

namespace {

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c & 0x80) != 0; }

/// Digits from `at` on, at most four; 0 if there are more or none.
std::size_t digits_at(std::string_view text, std::size_t at) {
  std::size_t n = 0;
  while (at + n < text.size() && is_digit(text[at + n])) ++n;
  return n <= 4 ? n : 0;
}

/// "9:42", "09:42:35", "23/10/2025", "2025-10-23", "23.10.25".
bool holds_time(std::string_view text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (!is_digit(text[i]) || (i > 0 && is_digit(text[i - 1]))) continue;
    const std::size_t first = digits_at(text, i);
    const std::size_t mark = i + first;
    if (first == 0 || mark + 1 >= text.size()) continue;
    const char separator = text[mark];
    const std::size_t second = digits_at(text, mark + 1);
    if (separator == ':' && first <= 2 && second == 2) return true;
    if (separator != '.' && separator != '/' && separator != '-') continue;
    const std::size_t next = mark + 1 + second;
    if (second == 0 || second > 2 || next >= text.size() || text[next] != separator) continue;
    const std::size_t third = digits_at(text, next + 1);
    if (third == 2 || third == 4 || (first == 4 && third > 0)) return true;
  }
  return false;
}

/// "Operator Name  : Anna", "gain=2": a short key that begins with a letter.
bool holds_key(std::string_view text) {
  constexpr std::size_t longest_key = 60;
  const std::size_t mark = text.find_first_of(":=");
  if (mark == std::string_view::npos || mark == 0 || mark > longest_key) return false;
  const std::size_t start = text.find_first_not_of(" \t,;\"");
  return start < mark && is_letter(text[start]);
}

bool is_protocol_word(std::string_view word) {
  constexpr std::array<std::string_view, 32> words{
      "scan",        "scans",         "version",    "instrument", "start",      "stop",        "mode",
      "method",      "modifications", "baseline",   "lamp",       "detector",   "integration", "interval",
      "rate",        "spectrometer",  "operator",   "parameter",  "parameters", "averages",    "averaging",
      "boxcar",      "slit",          "gain",       "shutter",    "trigger",    "autosave",    "timeout",
      "temperature", "pixels",        "collection", "wavelengths"};
  return std::find(words.begin(), words.end(), word) != words.end();
}

bool begins_with_protocol_word(std::string_view text) {
  const std::string small = lower(text.substr(0, 120));
  std::size_t at = 0;
  for (int word = 0; word < 3; ++word) {
    at = small.find_first_not_of(" \t,;\"()/-", at);
    if (at == std::string::npos) return false;
    const std::size_t end = std::min(small.find_first_of(" \t,;\"()/-", at), small.size());
    if (is_protocol_word(std::string_view{small}.substr(at, end - at))) return true;
    at = end;
  }
  return false;
}

}  // namespace

bool looks_like_log(std::string_view line) {
  const std::string_view text = trimmed(line);
  if (text.empty()) return false;
  for (const std::string_view mark : {"#", "%", "//", ">>>>>", "<", "["}) {
    if (text.starts_with(mark)) return true;
  }
  return holds_time(text) || holds_key(text) || begins_with_protocol_word(text);
}

void LogBlock::add(const Line& line, char delimiter) {
  ++size_;
  const char cells[] = {delimiter, ' ', '\t', '"', '\0'};
  if (line.text.find_first_not_of(std::string_view{cells, 5}) == std::string_view::npos) return;
  if (looks_like_log(line.text)) {
    ++known_;
  } else if (++unknown_ == 1) {
    first_unknown_ = line;
  }
}

}  // namespace nocturne::detail
