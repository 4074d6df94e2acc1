#include <doctest/doctest.h>

#include <cmath>
#include <random>
#include <stdexcept>

#include "models/series/trend.hpp"
#include "support/tally.hpp"

namespace nocturne::test {
namespace {

/// `value(t)` every 3 s with noise of `deviation`.
template <class Value>
std::vector<TimedValue> series_of(int n, double deviation, std::uint64_t seed, Value value) {
  std::mt19937_64 engine{seed};
  std::normal_distribution<double> normal;
  std::vector<TimedValue> series;
  for (int i = 0; i < n; ++i) {
    const double t = 100.0 + 3.0 * i;
    series.push_back({t, {value(t) + deviation * normal(engine), deviation}});
  }
  return series;
}

TEST_CASE("trend: slope, level and their errors are right over replicates") {
  Tally slopes, levels;
  for (std::uint64_t seed = 1; seed <= 1000; ++seed) {
    const Trend trend = trend_of(series_of(40, 0.3, seed, [](double t) { return 500.0 + 0.01 * t; }));
    slopes.add((trend.slope_per_s.value - 0.01) / trend.slope_per_s.standard_error);
    const Estimate later = trend.at(1000.0);
    levels.add((later.value - 510.0) / later.standard_error);
  }
  for (const auto& z : {slopes, levels}) {
    CHECK(std::abs(z.mean()) < 0.1);
    CHECK(z.deviation() > 0.85);  // the errors' floor makes them slightly wide
    CHECK(z.deviation() < 1.2);
  }
}

TEST_CASE("trend: noise alone is called a drift no more often than stated") {
  int alarms = 0;
  for (std::uint64_t seed = 1; seed <= 1000; ++seed)
    alarms += trend_of(series_of(12, 0.3, seed, [](double) { return 5.0; })).significant(0.05);
  CHECK(alarms <= 65);  // 50 expected, standard deviation 7
  CHECK(alarms >= 10);
  CHECK(trend_of(series_of(12, 0.3, 1, [](double t) { return 0.2 * t; })).significant(0.001));
}

TEST_CASE("trend: too few values or one moment are refused") {
  CHECK_THROWS_AS(trend_of({{0.0, {1.0, 0.1}}, {1.0, {1.0, 0.1}}}), std::invalid_argument);
  CHECK_THROWS_AS(trend_of({{1.0, {1.0, 0.1}}, {1.0, {1.0, 0.1}}, {1.0, {2.0, 0.1}}}), std::invalid_argument);
}

TEST_CASE("change point: a step is found where it is, with its size") {
  Tally z;
  int exact = 0;
  for (std::uint64_t seed = 1; seed <= 300; ++seed) {
    const auto series =
        series_of(40, 0.5, seed, [](double t) { return t < 100.0 + 3.0 * 24.5 ? 10.0 : 12.5; });
    const auto change = change_point(series);
    REQUIRE(change);
    exact += change->first_after == 25;
    z.add((change->step.value - 2.5) / change->step.standard_error);
  }
  CHECK(exact > 285);
  CHECK(std::abs(z.mean()) < 0.15);
  CHECK(z.deviation() < 1.2);
}

TEST_CASE("change point: noise alone steps no more often than stated") {
  int alarms = 0;
  for (std::uint64_t seed = 1; seed <= 1000; ++seed)
    alarms += change_point(series_of(30, 1.0, seed, [](double) { return 7.0; }), 0.05).has_value();
  CHECK(alarms <= 70);
  CHECK_FALSE(change_point(series_of(5, 0.0, 1, [](double t) { return t; })));
}

TEST_CASE("approach: final value and time constant are right over replicates") {
  Tally finals, constants;
  for (std::uint64_t seed = 1; seed <= 500; ++seed) {
    const auto approach = exponential_approach(
        series_of(40, 0.1, seed, [](double t) { return 505.0 - 8.0 * std::exp(-(t - 100.0) / 25.0); }));
    REQUIRE(approach);
    finals.add((approach->final.value - 505.0) / approach->final.standard_error);
    constants.add((approach->time_constant_s.value - 25.0) / approach->time_constant_s.standard_error);
  }
  for (const auto& z : {finals, constants}) {
    CHECK(std::abs(z.mean()) < 0.15);
    CHECK(z.deviation() > 0.85);
    CHECK(z.deviation() < 1.2);
  }
}

TEST_CASE("approach: how long until the rest is small") {
  const auto approach = exponential_approach(
      series_of(40, 0.0, 1, [](double t) { return 505.0 - 8.0 * std::exp(-(t - 100.0) / 25.0); }));
  REQUIRE(approach);
  CHECK(approach->settled_after_s(0.5) == doctest::Approx(25.0 * std::log(16.0)).epsilon(0.01));
  CHECK(approach->settled_after_s(9.0) == 0.0);
  CHECK(approach->at(0.0) == doctest::Approx(497.0).epsilon(1e-4));
}

TEST_CASE("approach: a straight line and a level have no final value to tell") {
  CHECK_FALSE(exponential_approach(series_of(30, 0.01, 2, [](double t) { return 3.0 * t; })));
  int found = 0;
  for (std::uint64_t seed = 1; seed <= 100; ++seed)
    found += exponential_approach(series_of(30, 0.3, seed, [](double) { return 3.0; })).has_value();
  CHECK(found < 60);
}

}  // namespace
}  // namespace nocturne::test
