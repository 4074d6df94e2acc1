#pragma once

#include <string_view>

#include "models/spectra/text_scan.hpp"

namespace nocturne::detail {

/// True for what instruments write among their data: a time or date, "key: value" or "key = value", a comment
/// ("#", "%", "//"), "<...>", "[...]" or ">>>>>" marks, or words of an instrument's protocol ("Scan Version
/// 5.3", "Beam Mode Dual Beam") among the first three.
bool looks_like_log(std::string_view line);

/// The lines between two rows of data, or after the last one.
class LogBlock {
 public:
  /// A line that is no row; one of empty cells only says nothing either way.
  void add(const Line& line, char delimiter);

  /// The line that speaks against an instrument's log: the first unknown one, if fewer lines are known than
  /// unknown (titles of scans stand in logs as well).
  const Line* stranger() const { return unknown_ > known_ ? &first_unknown_ : nullptr; }
  int size() const { return size_; }

 private:
  int size_ = 0, known_ = 0, unknown_ = 0;
  Line first_unknown_;
};

}  // namespace nocturne::detail
