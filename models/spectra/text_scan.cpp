#include "models/spectra/text_scan.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <limits>

namespace nocturne::detail {

namespace {

constexpr std::string_view minus_sign = "\xE2\x88\x92";

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

void append_utf8(std::string& text, std::uint32_t code) {
  const auto put = [&](std::uint32_t byte) { text.push_back(static_cast<char>(byte)); };
  const auto put_rest = [&](int shift) { put(0x80 | (code >> shift & 0x3F)); };
  if (code < 0x80) {
    put(code);
  } else if (code < 0x800) {
    put(0xC0 | code >> 6);
    put_rest(0);
  } else if (code < 0x10000) {
    put(0xE0 | code >> 12);
    put_rest(6);
    put_rest(0);
  } else {
    put(0xF0 | code >> 18);
    put_rest(12);
    put_rest(6);
    put_rest(0);
  }
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

std::optional<Line> Lines::next() {
  while (!rest_.empty()) {
    const std::size_t end = std::min(rest_.find_first_of("\r\n"), rest_.size());
    std::string_view line = rest_.substr(0, end);
    const int number = number_;
    if (end == rest_.size()) {
      rest_ = {};
    } else {
      const bool pair = end + 1 < rest_.size() && rest_[end] != rest_[end + 1] &&
                        (rest_[end + 1] == '\r' || rest_[end + 1] == '\n');
      rest_.remove_prefix(end + (pair ? 2 : 1));
      ++number_;
    }
    // Only blanks go, and only from the right: a tab can be an empty cell.
    while (!line.empty() && is_blank(line.back()) && line.back() != '\t') line.remove_suffix(1);
    if (!trimmed(line).empty()) return Line{line, number};
  }
  return std::nullopt;
}

std::optional<double> number_in(std::string_view text, char decimal_mark) {
  text = trimmed(text);
  if (text.size() > 1 && text.front() == '"' && text.back() == '"')
    text = trimmed(text.substr(1, text.size() - 2));
  if (text.size() > 64) return std::nullopt;
  std::array<char, 64> buffer{};
  char* out = buffer.data();
  if (text.starts_with(minus_sign)) {
    text.remove_prefix(minus_sign.size());
    *out++ = '-';
  }
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
  if (out - buffer.data() <= 4 && is_missing(text)) return std::numeric_limits<double>::quiet_NaN();
  return std::nullopt;
}

void split_cells(std::string_view line, char delimiter, std::vector<std::string_view>& cells) {
  cells.clear();
  if (delimiter == ' ') {
    std::size_t begin = line.find_first_not_of(" \t");
    while (begin != std::string_view::npos && cells.size() <= most_cells) {
      const std::size_t end = std::min(line.find_first_of(" \t", begin), line.size());
      cells.push_back(line.substr(begin, end - begin));
      begin = line.find_first_not_of(" \t", end);
    }
    return;
  }
  std::size_t begin = 0;
  while (cells.size() <= most_cells) {
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
  for (std::size_t i = 0; i < result.size(); ++i) {
    const auto c = static_cast<unsigned char>(result[i]);
    const bool ascii = c >= 'A' && c <= 'Z';
    // U+00C0 to U+00DE but for the multiplication sign.
    const bool accented = i > 0 && result[i - 1] == '\xC3' && c >= 0x80 && c <= 0x9E && c != 0x97;
    if (ascii || accented) result[i] = static_cast<char>(c + 0x20);
  }
  return result;
}

std::optional<std::string> not_text(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" \t\r\n\f\v");
  if (first == std::string_view::npos) return "the file is empty";
  Lines lines{text};
  while (const auto line = lines.next()) {
    const auto control = [](char c) {
      return static_cast<unsigned char>(c) < 0x20 && c != '\t' && c != '\f';
    };
    if (std::any_of(line->text.begin(), line->text.end(), control)) return "binary data";
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

bool is_utf16(std::string_view bytes) {
  return bytes.starts_with("\xFF\xFE") || bytes.starts_with("\xFE\xFF");
}

std::optional<std::string> utf8_of_utf16(std::string_view bytes) {
  const bool little = bytes.front() == '\xFF';
  if (bytes.size() % 2 != 0) return std::nullopt;
  const auto unit_at = [&](std::size_t i) {
    const auto first = static_cast<unsigned char>(bytes[i]),
               second = static_cast<unsigned char>(bytes[i + 1]);
    return static_cast<std::uint32_t>(little ? first | second << 8 : first << 8 | second);
  };
  std::string text;
  text.reserve(bytes.size() / 2);  // one byte for most characters
  for (std::size_t i = 2; i < bytes.size(); i += 2) {
    std::uint32_t code = unit_at(i);
    if (code >= 0xD800 && code < 0xE000) {
      const std::uint32_t low = code < 0xDC00 && i + 2 < bytes.size() ? unit_at(i += 2) : 0;
      if (low < 0xDC00 || low >= 0xE000) return std::nullopt;
      code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
    }
    append_utf8(text, code);
  }
  return text;
}

}  // namespace nocturne::detail
