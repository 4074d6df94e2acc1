#include <doctest/doctest.h>

#include <cmath>

#include "controller/supervisor/pressure_watch.hpp"

namespace nocturne::test {
namespace {

using namespace std::chrono_literals;

/// A pump, a narrow tube and a gauge, read once a second.
struct WatchedTube {
  double bar_per_mL_min = 20.0;  ///< at 25 °C
  double behind_bar = 0.0;       ///< a regulator behind the cell, which holds what it closes on
  double lag_s = 20.0;
  double noise_bar = 0.05;
  std::optional<double> frozen_bar;

  PressureWatch watch;
  Instant now{};
  std::map<std::string, PumpReading> pumps{{"lead", {}}};
  double bar = 0.0;
  std::vector<Trip> warnings;

  /// The viscosity falls by 20 kJ/mol.
  double resistance(double celsius) const {
    return bar_per_mL_min * std::exp(20e3 / 8.314 * (1.0 / (celsius + 273.15) - 1.0 / 298.15));
  }

  std::optional<Trip> flow(double mL_min, double celsius, Duration time) {
    pumps["lead"].flow = milliliters_per_minute(mL_min);
    pumps["lead"].moving = mL_min > 0.0;
    for (const Instant end = now + time; now < end;) {
      now += 1s;
      const double pressing = mL_min > 0.0 ? behind_bar : std::min(bar, behind_bar);
      bar += (pressing + resistance(celsius) * mL_min - bar) * (1.0 - std::exp(-1.0 / lag_s));
      const double noise = noise_bar * std::sin(7.0 * in_seconds(now));
      auto found =
          watch.judge(now, pumps, Temperature::from_celsius(celsius), frozen_bar.value_or(bar + noise));
      if (found && found->reaction != Reaction::warn) return found;
      if (found) warnings.push_back(*std::move(found));
    }
    return std::nullopt;
  }

  std::optional<Trip> night() {
    if (auto trip = flow(0.0, 25, 10s)) return trip;
    for (const double celsius : {70.0, 180.0, 100.0, 150.0, 80.0})
      for (const double mL_min : {0.12, 0.03, 0.7, 0.3, 0.0})
        if (auto trip = flow(mL_min, celsius, 180s)) return trip;
    return std::nullopt;
  }
};

}  // namespace

TEST_CASE(
    "pressure watch: nights with soft tubes, heat, noise and a regulator behind the cell contradict "
    "nothing") {
  for (const double bar_per_mL_min : {0.02, 0.5, 4.0, 20.0})
    for (const double lag_s : {0.1, 20.0})
      for (const double noise_bar : {0.0, 0.1}) {
        WatchedTube tube;
        tube.bar_per_mL_min = bar_per_mL_min;
        tube.lag_s = lag_s;
        tube.noise_bar = noise_bar;
        for (int i = 0; i < 3; ++i) CHECK_FALSE(tube.night());
        CHECK(tube.warnings.empty());
      }
}

TEST_CASE("pressure watch: a regulator that holds its pressure at rest is told once and trips nothing") {
  WatchedTube tube;
  tube.behind_bar = 3.0;
  for (int i = 0; i < 3; ++i) CHECK_FALSE(tube.night());
  REQUIRE(tube.warnings.size() == 1);
  CHECK(tube.warnings[0].what.find("remain although nothing flows") != std::string::npos);
}

TEST_CASE("pressure watch: a gauge that stands still while the flow changes is a lost instrument") {
  WatchedTube tube;
  REQUIRE_FALSE(tube.night());
  REQUIRE_FALSE(tube.flow(0.3, 150, 3min));
  tube.frozen_bar = tube.bar;
  REQUIRE_FALSE(tube.flow(0.0, 150, 30s));
  const auto trip = tube.flow(0.7, 150, 3min);
  REQUIRE(trip);
  CHECK(trip->kind == FailureKind::instrument_lost);
  CHECK(trip->what.find("does not follow the flow") != std::string::npos);
}

TEST_CASE("pressure watch: a leak before the reactor is found at a flow that was seen before") {
  WatchedTube tube;
  REQUIRE_FALSE(tube.night());
  tube.bar_per_mL_min /= 10.0;
  REQUIRE_FALSE(tube.flow(0.3, 25, 3min));  // nothing like it was seen
  const auto trip = tube.flow(0.7, 150, 2min);
  REQUIRE(trip);
  CHECK(trip->kind == FailureKind::leak);
  CHECK(trip->reaction == Reaction::safe);
}

TEST_CASE("pressure watch: a tube that clogs is told once, and again after it was free") {
  WatchedTube tube;
  REQUIRE_FALSE(tube.night());
  for (const double factor : {6.0, 1.0 / 6.0, 6.0}) {
    tube.bar_per_mL_min *= factor;
    REQUIRE_FALSE(tube.flow(0.3, 150, 2min));
    REQUIRE_FALSE(tube.flow(0.7, 150, 2min));
  }
  REQUIRE(tube.warnings.size() == 2);
  CHECK(tube.warnings[0].what.find("something clogs") != std::string::npos);
}

TEST_CASE("pressure watch: pressures that a gauge hardly sees say nothing, whatever they do") {
  WatchedTube tube;
  tube.bar_per_mL_min = 0.3;
  REQUIRE_FALSE(tube.night());
  tube.bar_per_mL_min = 0.0;
  CHECK_FALSE(tube.night());
  tube.frozen_bar = 0.02;
  CHECK_FALSE(tube.night());
  CHECK(tube.warnings.empty());
}

}  // namespace nocturne::test
