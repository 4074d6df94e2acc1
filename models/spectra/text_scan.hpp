#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace nocturne::detail {

/// One line of a text without its line end, counted from 1.
struct Line {
  std::string_view text;
  int number = 0;
};

/// Lines of a text with any mixture of line ends; blank lines are left out but counted. Blanks and the zero
/// bytes with which some instruments pad their lines are cut off at both ends.
std::vector<Line> lines_of(std::string_view text);

std::string_view trimmed(std::string_view text);

/// The whole of `text` as a number with this decimal mark; nothing if it is none. "NaN", "--" and nothing are
/// NaN.
std::optional<double> number_in(std::string_view text, char decimal_mark);

/// Cells between `delimiter`; ' ' stands for any run of blanks.
std::vector<std::string_view> cells_of(std::string_view line, char delimiter);
/// The same into an existing vector.
void split_cells(std::string_view line, char delimiter, std::vector<std::string_view>& cells);

/// Text in any single-byte or UTF-8 encoding as UTF-8; bytes that are not UTF-8 are taken as Latin-1.
std::string utf8(std::string_view text);

/// Lower case of ASCII letters.
std::string lower(std::string_view text);

/// What speaks against this being the text of a spectrum at all ("empty", "binary", "JSON", "XML"); nothing
/// if nothing.
std::optional<std::string> not_text(std::string_view text);

/// Text of a file that may begin with a byte order mark; UTF-16 becomes Latin-1.
std::string without_byte_order_mark(std::string_view bytes);

}  // namespace nocturne::detail
