#include "models/spectra/text_scan.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>

namespace nocturne::detail {

namespace {

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\0' || c == '\f' || c == '\v'; }

/// Length of the UTF-8 sequence at `position`, 0 if there is none.
std::size_t sequence_length(std::string_view text, std::size_t position) {
  const auto lead = static_cast<unsigned char>(text[position]);
  const std::size_t length = lead < 0x80   ? 1
                             : lead < 0xC2 ? 0
                             : lead < 0xE0 ? 2
                             : lead < 0xF0 ? 3
                             : lead < 0xF5 ? 4
                                           : 0;
  if (length == 0 || position + length > text.size()) return 0;
  for (std::size_t i = 1; i < length; ++i) {
    if ((static_cast<unsigned char>(text[position + i]) & 0xC0) != 0x80) return 0;
  }
  return length;
}

bool is_missing(std::string_view text) {
  const std::string small = lower(text);
  return small.empty() || small == "nan" || small == "--" || small == "---" || small == "na" ||
         small == "n/a" || small == "inf" || small == "-inf" || small == "+inf";
}

}  // namespace

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
  return text;
}

std::vector<Line> lines_of(std::string_view text) {
  std::vector<Line> lines;
  int number = 1;
  std::size_t begin = 0;
  while (begin <= text.size()) {
    const std::size_t end = std::min(text.find_first_of("\r\n", begin), text.size());
    // Only blanks go from the left: a leading tab or zero byte can be an empty first cell.
    std::string_view line = text.substr(begin, end - begin);
    while (!line.empty() && (is_blank(line.back()) && line.back() != '\t')) line.remove_suffix(1);
    if (!trimmed(line).empty()) lines.push_back({line, number});
    if (end == text.size()) break;
    const bool pair = end + 1 < text.size() && text[end] != text[end + 1] &&
                      (text[end + 1] == '\r' || text[end + 1] == '\n');
    begin = end + (pair ? 2 : 1);
    ++number;
  }
  return lines;
}

std::optional<double> number_in(std::string_view text, char decimal_mark) {
  text = trimmed(text);
  if (text.size() > 1 && text.front() == '"' && text.back() == '"')
    text = trimmed(text.substr(1, text.size() - 2));
  if (text.size() > 64) return std::nullopt;
  std::array<char, 64> buffer{};
  char* out = buffer.data();
  for (const char c : text) {
    if (decimal_mark == ',' && c == '.') return std::nullopt;
    *out++ = c == decimal_mark ? '.' : c;
  }
  const char* first = buffer.data();
  if (first != out && *first == '+') ++first;
  double value = 0.0;
  const auto [end, error] = std::from_chars(first, out, value);
  const bool is_number = error == std::errc{} && end == out && value - value == 0.0;
  if (is_number) return value;
  if (is_missing(text)) return std::numeric_limits<double>::quiet_NaN();
  return std::nullopt;
}

void split_cells(std::string_view line, char delimiter, std::vector<std::string_view>& cells) {
  cells.clear();
  if (delimiter == ' ') {
    std::size_t begin = line.find_first_not_of(" \t");
    while (begin != std::string_view::npos) {
      const std::size_t end = std::min(line.find_first_of(" \t", begin), line.size());
      cells.push_back(line.substr(begin, end - begin));
      begin = line.find_first_not_of(" \t", end);
    }
    return;
  }
  std::size_t begin = 0;
  while (true) {
    const std::size_t end = std::min(line.find(delimiter, begin), line.size());
    cells.push_back(trimmed(line.substr(begin, end - begin)));
    if (end == line.size()) return;
    begin = end + 1;
  }
}

std::vector<std::string_view> cells_of(std::string_view line, char delimiter) {
  std::vector<std::string_view> cells;
  split_cells(line, delimiter, cells);
  return cells;
}

std::string utf8(std::string_view text) {
  std::string result;
  for (std::size_t i = 0; i < text.size();) {
    const std::size_t length = sequence_length(text, i);
    if (length > 0) {
      result.append(text.substr(i, length));
      i += length;
      continue;
    }
    const auto byte = static_cast<unsigned char>(text[i++]);
    result.push_back(static_cast<char>(0xC0 | (byte >> 6)));
    result.push_back(static_cast<char>(0x80 | (byte & 0x3F)));
  }
  return result;
}

std::string lower(std::string_view text) {
  std::string result{text};
  for (char& c : result) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return result;
}

std::optional<std::string> not_text(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" \t\r\n\f\v");
  if (first == std::string_view::npos) return "the file is empty";
  for (const Line& line : lines_of(text)) {
    const auto control = [](char c) {
      return static_cast<unsigned char>(c) < 0x20 && c != '\t' && c != '\f';
    };
    if (std::any_of(line.text.begin(), line.text.end(), control)) return "binary data";
  }
  if (text[first] == '{') return "JSON";
  if (text[first] == '<') return "XML or HTML";
  if (text[first] == '[') {
    const std::size_t next = text.find_first_not_of(" \t\r\n", first + 1);
    const bool opens_data = next == std::string_view::npos ||
                            std::string_view{"[{\"]+-.0123456789"}.find(text[next]) != std::string_view::npos;
    if (opens_data) return "JSON";
  }
  return std::nullopt;
}

std::string without_byte_order_mark(std::string_view bytes) {
  if (bytes.starts_with("\xEF\xBB\xBF")) return std::string{bytes.substr(3)};
  const bool little = bytes.starts_with("\xFF\xFE"), big = bytes.starts_with("\xFE\xFF");
  if (!little && !big) return std::string{bytes};
  std::string text;
  for (std::size_t i = 2; i + 1 < bytes.size(); i += 2) {
    const char high = bytes[little ? i + 1 : i];
    text.push_back(high == '\0' ? bytes[little ? i : i + 1] : '?');
  }
  return text;
}

}  // namespace nocturne::detail
