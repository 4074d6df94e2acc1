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

/// Goes through the lines of a text with any mixture of line ends; blank lines are left out but counted.
/// Blanks and the zero bytes with which some instruments pad their lines are cut off at the right. A copy
/// goes on from the same place.
class Lines {
 public:
  explicit Lines(std::string_view text, int first_number = 1) : rest_{text}, number_{first_number} {}
  std::optional<Line> next();
  std::string_view rest() const { return rest_; }  ///< what was not gone through
  int number() const { return number_; }           ///< of the line that comes next

 private:
  std::string_view rest_;
  int number_;
};

inline bool is_digit(char c) { return c >= '0' && c <= '9'; }

std::string_view trimmed(std::string_view text);

/// The whole of `text` as a number with this decimal mark; nothing if it is none. "NaN", "inf", "--" and
/// nothing are NaN. The minus sign may be U+2212.
std::optional<double> number_in(std::string_view text, char decimal_mark);

/// More cells than any table of spectra has; the splitting of a line ends there.
inline constexpr std::size_t most_cells = 4096;

/// Cells between `delimiter`; ' ' stands for any run of blanks. At most `most_cells` + 1.
std::vector<std::string_view> cells_of(std::string_view line, char delimiter);
/// The same into an existing vector.
void split_cells(std::string_view line, char delimiter, std::vector<std::string_view>& cells);

/// Text in any single-byte or UTF-8 encoding as UTF-8; bytes that are not UTF-8 are taken as Latin-1.
std::string utf8(std::string_view text);

/// Lower case of ASCII letters and of the accented ones of Latin-1 in UTF-8.
std::string lower(std::string_view text);

/// What speaks against this being the text of a spectrum at all ("empty", "binary", "JSON", "XML"); nothing
/// if nothing.
std::optional<std::string> not_text(std::string_view text);

/// True if the bytes begin with the mark of UTF-16.
bool is_utf16(std::string_view bytes);
/// UTF-16 text with its byte order mark as UTF-8; nothing if it ends or breaks within a character.
std::optional<std::string> utf8_of_utf16(std::string_view bytes);

}  // namespace nocturne::detail
