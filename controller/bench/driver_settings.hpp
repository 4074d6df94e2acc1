#pragma once

#include <set>
#include <string>
#include <vector>

#include "recipes/bench_file.hpp"

namespace nocturne {

/// Bounds numbers that have no bounds of their own.
inline constexpr double kLargestSetting = 1e9;

/// The settings of one instrument as its driver reads them. finish() refuses whatever nobody asked for, so
/// that a slip of the pen is found before anything moves. All throw FileError "file:line: what is wrong (what
/// is allowed)".
class DriverSettings {
 public:
  DriverSettings(const BenchDescription& bench, const InstrumentDescription& instrument)
      : bench_{bench}, instrument_{instrument} {}

  bool has(const std::string& key) const { return instrument_.settings.contains(key); }
  /// Refuses the instrument if it has no such setting.
  void require(const std::string& key) const;
  int integer(const std::string& key, int fallback, int low, int high);
  double number(const std::string& key, double fallback, double low, double high);
  bool flag(const std::string& key, bool fallback);
  std::string text(const std::string& key, const std::string& fallback);
  std::string one_of(const std::string& key, const std::string& fallback,
                     const std::vector<std::string>& allowed);
  /// The instrument's address, demanded within these bounds.
  int address(int low, int high) const;
  void finish() const;
  /// Throws FileError at the line of `key`.
  [[noreturn]] void refuse(const std::string& key, const std::string& what) const;

 private:
  const std::string* find(const std::string& key);
  const BenchDescription& bench_;
  const InstrumentDescription& instrument_;
  std::set<std::string> read_;
};

}  // namespace nocturne
