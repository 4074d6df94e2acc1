#include <doctest/doctest.h>

#include <cmath>
#include <random>
#include <stdexcept>

#include "models/series/standard.hpp"

namespace nocturne::test {
namespace {

/// A standard read every 600 s over ten hours, with noise of 1.
template <class Value>
std::vector<TimedValue> night(std::uint64_t seed, Value value) {
  std::mt19937_64 engine{seed};
  std::normal_distribution<double> normal;
  std::vector<TimedValue> series;
  for (int i = 0; i < 60; ++i) series.push_back({600.0 * i, {value(i) + normal(engine), 1.0}});
  return series;
}

int called(Behaviour behaviour, int nights, double false_alarm_rate, auto value) {
  int count = 0;
  for (int seed = 1; seed <= nights; ++seed)
    count += standard_series(night(static_cast<std::uint64_t>(seed), value), false_alarm_rate).behaviour ==
             behaviour;
  return count;
}

TEST_CASE("standard: noise alone drifts or steps no more often than stated") {
  const int steady = called(Behaviour::steady, 2000, 0.05, [](int) { return 1000.0; });
  CHECK(2000 - steady <= 120);  // 100 at most expected, standard deviation 10
  CHECK(2000 - steady >= 20);
}

TEST_CASE("standard: a ramp is called a drift and a jump a step, though each looks like the other") {
  CHECK(called(Behaviour::drift, 200, 0.01, [](int i) { return 1000.0 + 0.1 * i; }) > 190);
  CHECK(called(Behaviour::step, 200, 0.01, [](int i) { return i < 25 ? 1000.0 : 1004.0; }) > 190);
}

TEST_CASE("standard: the scatter is that about what is told, and the step where it is") {
  const auto jump = night(7, [](int i) { return i < 25 ? 1000.0 : 1010.0; });
  const StandardSeries found = standard_series(jump);
  REQUIRE(found.step);
  CHECK(found.step->first_after == 25);
  CHECK(std::abs(found.step->step.value - 10.0) < 4.0 * found.step->step.standard_error);
  CHECK(found.scatter == doctest::Approx(1.0).epsilon(0.3));
  CHECK(standard_series(night(8, [](int i) { return 1.0 * i; })).scatter ==
        doctest::Approx(1.0).epsilon(0.3));
  CHECK(standard_series(night(9, [](int) { return 5.0; })).scatter == doctest::Approx(1.0).epsilon(0.3));
}

TEST_CASE("standard: values without any scatter are judged too, and too few are refused") {
  std::vector<TimedValue> flat, jump;
  for (int i = 0; i < 10; ++i) {
    flat.push_back({60.0 * i, {3.0, 0.0}});
    jump.push_back({60.0 * i, {i < 4 ? 3.0 : 4.0, 0.0}});
  }
  CHECK(standard_series(flat).behaviour == Behaviour::steady);
  CHECK(standard_series(jump).behaviour == Behaviour::step);
  flat.resize(2);
  CHECK_THROWS_AS(standard_series(flat), std::invalid_argument);
}

}  // namespace
}  // namespace nocturne::test
