#pragma once

#include <Eigen/Core>
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "recipes/delimited_table.hpp"

namespace nocturne {

/// Which column of a table of readings is the time, and its unit. What is absent is found by its heading.
struct TimeChoice {
  std::optional<std::string> column;  ///< a heading, or the number of a column from 1 on
  std::optional<std::string> unit;    ///< "ms", "s", "min", "h" or "d"
};

/// Rows in which every chosen column has a reading.
struct Readings {
  Eigen::VectorXd time_s;
  std::vector<Eigen::VectorXd> columns;  ///< in the order in which they were asked for
  std::vector<int> lines;                ///< of the file, of each row
  int skipped_rows = 0;                  ///< rows in which one of them has none
};

/// A delimited table of readings over time. The time is a column of numbers whose heading begins with "time",
/// "t", "elapsed", a unit of time or the like; else one of ISO 8601 time stamps, counted from the first row
/// on; in a table without headings the first column. Its unit stands in its heading ("time_min", "t (h)",
/// "Time/s"), else seconds are assumed and unit_assumed() says so.
class TimeTable {
 public:
  /// Throws FileError: no table, no time column or several, an unknown unit.
  TimeTable(const std::string& text, const std::string& name, const TimeChoice& choice);

  const std::string& time_column() const { return headings_[time_]; }
  bool unit_assumed() const { return unit_assumed_; }

  /// The column with this heading or number. Throws FileError with the headings there are.
  std::size_t column(const std::string& heading_or_number) const;
  /// Columns besides the time that hold numbers and nothing else, in their order.
  std::vector<std::size_t> number_columns() const;
  const std::string& heading(std::size_t column) const { return headings_[column]; }
  bool has_headings() const { return has_headings_; }

  /// Empty cells, "nan" and "NA" are no readings. Throws FileError with the line: a cell that is a word, a
  /// time that falls, or one that repeats where `repeats` are not allowed; no row with readings.
  Readings readings(const std::vector<std::size_t>& columns, bool repeats) const;

 private:
  std::size_t find_time() const;
  double time_in(const DelimitedTable::Row& row) const;
  void read_unit(const TimeChoice& choice);
  std::string allowed() const;
  [[noreturn]] void refuse(int line, const std::string& what) const;

  DelimitedTable table_;
  std::vector<std::string> headings_;  ///< "column 2" where the file has none
  bool has_headings_ = true;
  std::size_t time_ = 0;
  bool stamps_ = false;
  double unit_s_ = 1.0;
  bool unit_assumed_ = false;
};

}  // namespace nocturne
