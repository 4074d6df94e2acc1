#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "models/spectra/text_scan.hpp"

namespace nocturne::detail {

/// Reads the lines "x y y y" of XYDATA=(X++(Y..Y)) in AFFN, PAC, SQZ, DIF and DUP form.
class JcampOrdinates {
 public:
  /// The axis as the labels promise it: abscissa of ordinate i is first + i * step, in units of the lines.
  struct Axis {
    double first = 0.0;
    double step = 0.0;
  };

  /// At most `most` ordinates; `axis` is what the abscissa of each line is checked against, if known.
  JcampOrdinates(std::string file, std::size_t most, std::optional<Axis> axis);

  /// Adds the ordinates of one line. Throws SpectrumFormatError where the line breaks the form or a check
  /// fails.
  void add(const Line& line);

  std::vector<double> take() { return std::move(values_); }

 private:
  [[noreturn]] void fail(int number, const std::string& what) const;
  void check_abscissa(double x, int number) const;
  double abscissa(std::string_view& rest, int number) const;
  double plain_number(std::string_view& rest, int number) const;
  double coded_number(int first_digit, std::string_view& rest, int number) const;
  void add_one(std::string_view& rest, int number);
  void push(double value, int number);
  void drop_check(int number);

  std::string file_;
  std::size_t most_;
  std::optional<Axis> axis_;
  std::vector<double> values_;
  std::optional<double> last_difference_;
  bool in_differences_ = false;
};

}  // namespace nocturne::detail
