#include <doctest/doctest.h>

#include <cmath>
#include <functional>

#include "controller/supervisor/heat_watch.hpp"

namespace nocturne::test {
namespace {

const HeatingModel kZone{1.0, Seconds{400.0}};

/// A heated zone that obeys `truth`, read once a second: what a controller says of it, and what is
/// implausible.
struct WatchedZone {
  HeatingModel truth = kZone;
  double celsius = 25.0;
  double felt = 25.0;  ///< what the sensor says
  HeatWatch watch{kZone};
  Instant now{};
  std::string what;

  /// Seconds until something is implausible; negative = nothing was.
  double run(double for_s, double output, const std::function<void(WatchedZone&)>& sensor,
             double arriving_output) {
    for (double second = 0.0; second < for_s; ++second) {
      celsius +=
          truth.heating_K_per_s * arriving_output - truth.loss_K_per_s(Temperature::from_celsius(celsius));
      sensor(*this);
      now += std::chrono::seconds{1};
      HeaterReading reading;
      reading.process = Temperature::from_celsius(felt);
      reading.output = output;
      const auto implausible = watch.judge(now, reading);
      if (implausible) what = *implausible;
      if (implausible) return second;
    }
    return -1.0;
  }
};

void honest(WatchedZone& zone) { zone.felt = zone.celsius; }
void frozen(WatchedZone&) {}

/// From now on the controller says `output` while `arriving_output` arrives.
void check_found_within(double most_s, WatchedZone& zone, double output, void (*sensor)(WatchedZone&),
                        double arriving_output) {
  const double found_s = zone.run(60, output, sensor, arriving_output);
  CHECK(found_s > 0.0);
  CHECK(found_s <= most_s);
}

}  // namespace

TEST_CASE("heat watch: heating, holding and cooling as the zone is known are plausible") {
  WatchedZone zone;
  CHECK(zone.run(100, 1.0, honest, 1.0) < 0.0);
  CHECK(zone.run(600, 0.2, honest, 0.2) < 0.0);
  CHECK(zone.run(900, 0.0, honest, 0.0) < 0.0);
}

TEST_CASE("heat watch: a zone a third slower or faster than the bench file says is plausible, too") {
  for (const double factor : {0.67, 1.33}) {
    WatchedZone zone;
    zone.truth = HeatingModel{factor, Seconds{400.0 / factor}};
    CHECK(zone.run(80, 1.0, honest, 1.0) < 0.0);
    CHECK(zone.run(600, 0.25, honest, 0.25) < 0.0);
    CHECK(zone.run(900, 0.0, honest, 0.0) < 0.0);
  }
}

TEST_CASE("heat watch: a sensor that stands still while full power arrives is found within 20 s") {
  WatchedZone zone;
  CHECK(zone.run(30, 0.1, honest, 0.1) < 0.0);
  check_found_within(20.0, zone, 1.0, frozen, 1.0);
  CHECK(zone.what.find("does not do what it says") != std::string::npos);
}

TEST_CASE("heat watch: heat that nobody asked for is found within 15 s") {
  WatchedZone zone;
  CHECK(zone.run(100, 0.0, honest, 0.0) < 0.0);
  check_found_within(15.0, zone, 0.0, honest, 1.0);
}

TEST_CASE("heat watch: a dead heater is found within half a minute of full power") {
  WatchedZone zone;
  zone.run(90, 1.0, honest, 1.0);
  check_found_within(30.0, zone, 1.0, honest, 0.0);
}

TEST_CASE("heat watch: one spark is forgiven, a sensor that keeps jumping is not") {
  WatchedZone zone;
  CHECK(zone.run(100, 0.2, honest, 0.2) < 0.0);
  const auto spark = [second = 0](WatchedZone& z) mutable {
    z.felt = z.celsius + (++second == 10 ? 3.0 : 0.0);
  };
  CHECK(zone.run(60, 0.2, spark, 0.2) < 0.0);
  const auto jumping = [second = 0](WatchedZone& z) mutable {
    z.felt = z.celsius + (++second % 2 == 0 ? 20.0 : 0.0);
  };
  CHECK(zone.run(60, 0.2, jumping, 0.2) >= 0.0);
  CHECK(zone.what.find("jumps") != std::string::npos);
}

}  // namespace nocturne::test
