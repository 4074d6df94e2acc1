#include <doctest/doctest.h>

#include <vector>

#include "controller/time_table.hpp"
#include "support/refusal.hpp"

namespace nocturne::test {
namespace {

TimeTable table_of(const std::string& text, const TimeChoice& choice = {}) { return {text, "t.csv", choice}; }

std::string refused(const std::string& text, const TimeChoice& choice = {}) {
  return refusal([&] { table_of(text, choice).readings({1}, false); });
}

double second_time(const std::string& text, const TimeChoice& choice = {}) {
  const TimeTable table = table_of(text, choice);
  return table.readings(table.number_columns(), false).time_s[1];
}

TEST_CASE("time table: the heading tells the time column and its unit, else seconds are assumed") {
  CHECK(second_time("time_s,a\n0,1\n5,2\n") == doctest::Approx(5.0));
  CHECK(second_time("a;Zeit [min]\n1;0\n2;0,5\n") == doctest::Approx(30.0));
  CHECK(second_time("t (h)\ta\n0\t1\n2\t2\n") == doctest::Approx(7200.0));
  CHECK(second_time("Time/ms,a\n0,1\n500,2\n") == doctest::Approx(0.5));
  CHECK(second_time("minutes,a\n0,1\n1,2\n") == doctest::Approx(60.0));
  CHECK(second_time("0,1\n7,2\n") == doctest::Approx(7.0));  // no headings: the first column
  CHECK_FALSE(table_of("time_s,a\n0,1\n").unit_assumed());
  CHECK(table_of("Time,a\n0,1\n").unit_assumed());
  CHECK(second_time("Time,a\n0,1\n2,2\n", {{}, "min"}) == doctest::Approx(120.0));
  CHECK(second_time("x,a\n0,1\n2,2\n", {"x", {}}) == doctest::Approx(2.0));
  CHECK(second_time("x,a\n1,0\n2,9\n", {"2", {}}) == doctest::Approx(9.0));
}

TEST_CASE("time table: time stamps count from the first row, over midnight and leap days") {
  CHECK(second_time("timestamp,a\n2026-11-21 23:59:30,1\n2026-11-22 00:00:30.25,2\n") ==
        doctest::Approx(60.25));
  CHECK(second_time("timestamp,a\n2028-02-28T23:00Z,1\n2028-02-29T23:00Z,2\n") == doctest::Approx(86400.0));
  const TimeTable both = table_of("Timestamp,Time,a\n2026-01-01 00:00,3,1\n2026-01-01 00:01,4,2\n");
  CHECK(both.time_column() == "Time");
  CHECK(second_time("timestamp,a\n2026-01-01 00:00,\n2026-01-01 00:01,2\n2026-01-01 00:03,2\n") ==
        doctest::Approx(180.0));  // the first row has no reading, but a time
}

TEST_CASE("time table: rows without a reading are left out and counted") {
  const Readings readings = table_of("time_s,a,b\n0,1,9\n1,,9\n2,nan,9\n3,NA,9\n4,2,\n").readings({1}, false);
  CHECK(readings.skipped_rows == 3);
  CHECK(readings.lines == std::vector<int>{2, 6});
  CHECK(readings.columns[0] == Eigen::Vector2d{1.0, 2.0});
}

TEST_CASE("time table: what is no table of readings over time is refused with its line") {
  check_refusal(refused("a,b\n1,2\n3,4\n"), "t.csv:1", {"no column is named as a time", "a, b", "--time"});
  check_refusal(refused("time_s,t,b\n1,2,3\n"), "t.csv:1", {"both 'time_s' and 't'"});
  check_refusal(refused("time_s,a\n0,1\n1,two\n"), "t.csv:3", {"'two'", "'a'"});
  check_refusal(refused("time_s,a\n0,1\n2,1\n1,1\n"), "t.csv:4", {"'1'", "follow"});
  check_refusal(refused("time_s,a\n0,1\n0,1\n"), "t.csv:3", {"follow"});
  check_refusal(refused("time_s,a\n0,\n1,\n"), "t.csv:1", {"no row"});
  check_refusal(refused("time_s,a\n0,1,2\n"), "t.csv:2", {"3 cells"});
  check_refusal(refused("hello\n"), "t.csv:1", {"no table"});
  check_refusal(refused(""), "t.csv:1", {"no table"});
  check_refusal(refused("hello\nworld\n"), "t.csv:1", {"one column"});
  check_refusal(refused("when,a\nnoon,1\n", {"when", {}}), "t.csv:2", {"'when'", "2026-11-21"});
  check_refusal(refused("time,a\n1,1\n", {{}, "week"}), "t.csv:1", {"'week'", "ms, s, min, h or d"});
  check_refusal(refused("time,a\n2026-13-01 10:00,1\n"), "t.csv:1", {"no column is named as a time"});
  check_refusal(refused("time,a\n0,1\n", {"7", {}}), "t.csv:1", {"'7'", "time, a"});
  check_refusal(refused("time,a,a\n0,1,2\n", {"a", {}}), "t.csv:1", {"several"});
}

TEST_CASE("time table: equal times pass only where repeats are allowed") {
  CHECK(table_of("time_s,a\n0,1\n0,2\n").readings({1}, true).time_s.size() == 2);
}

}  // namespace
}  // namespace nocturne::test
