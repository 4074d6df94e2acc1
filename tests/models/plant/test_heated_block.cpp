#include <doctest/doctest.h>

#include <limits>
#include <vector>

#include "models/plant/heated_block.hpp"

namespace nocturne::test {
namespace {

const PlantHeater kHeater{1.1, 400.0, 2.0, 3.0};

}  // namespace

TEST_CASE("heated block: unheated it stays at ambient temperature") {
  HeatedBlock block{kHeater, 25.0};
  CHECK(block.probe_C(1000.0) == doctest::Approx(25.0));
  CHECK(block.mean_C(0.0, 900.0) == doctest::Approx(25.0));
}

TEST_CASE(
    "heated block: full power warms it by about a degree per second after the dead time, and without limit "
    "of its own") {
  HeatedBlock block{kHeater, 25.0};
  block.attach([](double, double) { return 1.0; });
  CHECK(block.probe_C(1.9) == doctest::Approx(25.0));
  const double early = block.probe_C(30.0);
  const double slope = (block.probe_C(40.0) - early) / 10.0;
  CHECK(slope > 0.8);
  CHECK(slope < 1.1);
  CHECK(block.probe_C(3600.0) > 300.0);
}

TEST_CASE("heated block: it cools more slowly than it heats") {
  HeatedBlock block{kHeater, 25.0};
  bool on = true;
  block.attach([&](double, double) { return on ? 1.0 : 0.0; });
  double now = 0.0;
  while (block.probe_C(now) < 150.0) now += 1.0;
  on = false;
  const double heating_s = now;
  while (block.probe_C(now) > 30.0) now += 1.0;
  CHECK(now - heating_s > 3.0 * heating_s);
}

TEST_CASE("heated block: power is asked once per quarter second, in order, however the block is looked at") {
  std::vector<double> rare_times, often_times;
  HeatedBlock rare{kHeater, 25.0}, often{kHeater, 25.0};
  const auto control = [](std::vector<double>& times) {
    return [&times](double time, double probe) {
      times.push_back(time);
      return (120.0 - probe) / 20.0;
    };
  };
  rare.attach(control(rare_times));
  often.attach(control(often_times));
  for (double t = 0.0; t < 300.0; t += 0.07) often.probe_C(t);
  CHECK(rare.probe_C(300.0) == often.probe_C(300.0));
  CHECK(rare.mean_C(10.3, 200.1) == often.mean_C(10.3, 200.1));
  CHECK(rare_times == often_times);
  CHECK(rare_times.size() == 1201);
  CHECK(rare_times[4] == 1.0);
}

TEST_CASE("heated block: a power that is no number counts as none") {
  HeatedBlock block{kHeater, 25.0};
  block.attach([](double, double) { return std::numeric_limits<double>::quiet_NaN(); });
  CHECK(block.probe_C(100.0) == doctest::Approx(25.0));
}

TEST_CASE("heated block: forgetting the past does not change means of later times") {
  HeatedBlock block{kHeater, 25.0};
  block.attach([](double, double) { return 0.3; });
  block.advance(500.0);
  const double before = block.mean_C(420.0, 480.0);
  block.forget_before(400.0);
  CHECK(block.mean_C(420.0, 480.0) == doctest::Approx(before).epsilon(1e-12));
}

}  // namespace nocturne::test
