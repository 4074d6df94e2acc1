#include "models/spectra/jcamp_ordinates.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "models/spectra/spectrum_text.hpp"
#include "models/spectra/text_scan.hpp"

namespace nocturne::detail {

namespace {

/// Digits of compressed ordinates: SQZ "@A..I a..i", DIF "%J..R j..r", DUP "S..Z s".
struct CodedDigit {
  enum class Kind { squeezed, difference, repetition } kind;
  int value;
  bool negative = false;
};

std::optional<CodedDigit> coded_digit(char c) {
  using Kind = CodedDigit::Kind;
  if (c == '@') return CodedDigit{Kind::squeezed, 0};
  if (c == '%') return CodedDigit{Kind::difference, 0};
  if (c >= 'A' && c <= 'I') return CodedDigit{Kind::squeezed, c - 'A' + 1};
  if (c >= 'a' && c <= 'i') return CodedDigit{Kind::squeezed, c - 'a' + 1, true};
  if (c >= 'J' && c <= 'R') return CodedDigit{Kind::difference, c - 'J' + 1};
  if (c >= 'j' && c <= 'r') return CodedDigit{Kind::difference, c - 'j' + 1, true};
  if (c >= 'S' && c <= 'Z') return CodedDigit{Kind::repetition, c - 'S' + 1};
  if (c == 's') return CodedDigit{Kind::repetition, 9};
  return std::nullopt;
}

std::string_view skipped(std::string_view rest) {
  const std::size_t at = rest.find_first_not_of(" \t,;");
  return at == std::string_view::npos ? std::string_view{} : rest.substr(at);
}

}  // namespace

JcampOrdinates::JcampOrdinates(std::string file, std::size_t most, std::optional<Axis> axis)
    : file_{std::move(file)}, most_{most}, axis_{axis} {}

void JcampOrdinates::add(const Line& line) {
  std::string_view rest = skipped(line.text);
  check_abscissa(abscissa(rest, line.number), line.number);
  const bool repeats_last = in_differences_;
  std::size_t count = 0;
  last_difference_.reset();
  while (!(rest = skipped(rest)).empty()) {
    add_one(rest, line.number);
    if (++count == 1 && repeats_last) drop_check(line.number);
  }
  in_differences_ = last_difference_.has_value();
}

void JcampOrdinates::fail(int number, const std::string& what) const {
  throw SpectrumFormatError(file_ + ":" + std::to_string(number) + ": " + what);
}

/// After a line of differences writers give the abscissa of the check ordinate or of the next one.
void JcampOrdinates::check_abscissa(double x, int number) const {
  if (!axis_) return;
  constexpr double rounding = 1e-5;  // of the abscissa, which files print with six digits or more
  const double expected = axis_->first + axis_->step * static_cast<double>(values_.size());
  const double allowed = 0.5 * std::abs(axis_->step) + rounding * std::abs(expected);
  const bool fits = std::abs(x - expected) <= allowed ||
                    (in_differences_ && std::abs(x - (expected - axis_->step)) <= allowed);
  if (!fits) {
    fail(number, "the line begins at x = " + std::to_string(x) +
                     " where FIRSTX and the points before it lead to " + std::to_string(expected));
  }
}

/// A number without exponent unless that has a sign: "599E5" is 599 and the squeezed ordinate 55.
double JcampOrdinates::abscissa(std::string_view& rest, int number) const {
  const char* first = rest.data() + (rest.starts_with('+') ? 1 : 0);
  const char* const last = rest.data() + rest.size();
  double value = 0.0;
  auto [end, error] = std::from_chars(first, last, value, std::chars_format::fixed);
  if (error != std::errc{}) fail(number, "no number where an abscissa belongs");
  const bool exponent =
      last - end > 2 && (*end == 'E' || *end == 'e') && (end[1] == '+' || end[1] == '-') && is_digit(end[2]);
  if (exponent) {
    const auto scientific = std::from_chars(first, last, value);
    if (scientific.ec != std::errc{}) fail(number, "no number where an abscissa belongs");
    end = scientific.ptr;
  }
  rest.remove_prefix(static_cast<std::size_t>(end - rest.data()));
  return value;
}

double JcampOrdinates::plain_number(std::string_view& rest, int number) const {
  const char* first = rest.data() + (rest.starts_with('+') ? 1 : 0);
  double value = 0.0;
  const auto [end, error] = std::from_chars(first, rest.data() + rest.size(), value);
  if (error != std::errc{} || !std::isfinite(value)) {
    // A question mark stands for an invalid ordinate.
    if (!rest.starts_with('?'))
      fail(number, "no number where an ordinate belongs (AFFN, SQZ, DIF or DUP form)");
    rest.remove_prefix(1);
    return std::nan("");
  }
  rest.remove_prefix(static_cast<std::size_t>(end - rest.data()));
  return value;
}

double JcampOrdinates::coded_number(int first_digit, std::string_view& rest, int number) const {
  constexpr std::size_t longest = 40;
  std::string digits = std::to_string(first_digit);
  rest.remove_prefix(1);
  while (!rest.empty() && (is_digit(rest.front()) || rest.front() == '.') && digits.size() < longest) {
    digits.push_back(rest.front());
    rest.remove_prefix(1);
  }
  double value = 0.0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (error != std::errc{} || end != digits.data() + digits.size())
    fail(number, "no number after a coded digit");
  return value;
}

void JcampOrdinates::add_one(std::string_view& rest, int number) {
  const auto digit = coded_digit(rest.front());
  if (!digit) {
    push(plain_number(rest, number), number);
    last_difference_.reset();
    return;
  }
  const double size = coded_number(digit->value, rest, number);
  const double value = digit->negative ? -size : size;
  if (digit->kind == CodedDigit::Kind::squeezed) {
    push(value, number);
    last_difference_.reset();
    return;
  }
  if (values_.empty()) fail(number, "a difference or repetition before the first ordinate");
  if (digit->kind == CodedDigit::Kind::difference) {
    last_difference_ = value;
    push(values_.back() + value, number);
    return;
  }
  for (double i = 1.0; i < value; i += 1.0) push(values_.back() + last_difference_.value_or(0.0), number);
}

void JcampOrdinates::push(double value, int number) {
  if (values_.size() == most_)
    fail(number, "more than " + std::to_string(most_) + " ordinates (NPOINTS and one check)");
  values_.push_back(value);
}

/// After a line in difference form the next one repeats its last ordinate as a check.
void JcampOrdinates::drop_check(int number) {
  if (values_.size() < 2) return;
  const double check = values_.back();
  values_.pop_back();
  if (check != values_.back())
    fail(number, "the check ordinate differs from the last one of the line before");
}

}  // namespace nocturne::detail
