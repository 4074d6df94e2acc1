#include <doctest/doctest.h>

#include <cmath>
#include <vector>

#include "models/plant/feed_drive.hpp"
#include "models/plant/plant.hpp"
#include "models/plant/shipped_plants.hpp"

namespace nocturne::test {
namespace {

struct Delivery {
  double volume_uL = 0.0;
  double highest = 0.0, lowest = 1e9;  // rates, after the lag
  std::vector<double> tops_s;          // when the rate began to be at its highest
};

/// What a pump delivers that is set to a rate at time zero, until `until_s`.
Delivery delivered(const PlantPumps& pumps, double rate, double until_s, double turn = 0.0) {
  FeedDrive drive{pumps, turn};
  drive.set(rate, 0.0);
  Delivery all;
  double now = 0.0;
  while (now < until_s) {
    const double next = std::min(drive.next_change_s(), until_s);
    all.volume_uL += drive.rate() * (next - now);
    now = next;
    if (now >= until_s) break;
    const double before = drive.rate();
    drive.change();
    if (now < 5.0 * pumps.compliance_s) continue;
    if (drive.rate() > all.highest + 1e-12) all.tops_s.clear();
    all.highest = std::max(all.highest, drive.rate());
    all.lowest = std::min(all.lowest, drive.rate());
    if (drive.rate() > all.highest - 1e-12 && before < drive.rate()) all.tops_s.push_back(now);
  }
  return all;
}

/// The shipped plant with pumps that lag and pulsate.
PlantParameters with_pumps(const PlantPumps& pumps) {
  PlantParameters plant = shipped_plant();
  plant.pumps = pumps;
  return plant;
}

}  // namespace

TEST_CASE("pumps: an ideal one delivers what was set, at once and for good") {
  FeedDrive drive{{0.0, 0.0, 700.0}, 0.3};
  drive.set(2.0, 10.0);
  CHECK(drive.rate() == 2.0);
  CHECK(std::isinf(drive.next_change_s()));
}

TEST_CASE("pumps: the give of the syringe withholds the flow of one time constant, then all is as set") {
  const PlantPumps soft{6.0, 0.0, 700.0};
  CHECK(delivered(soft, 3.0, 60.0).volume_uL == doctest::Approx(3.0 * (60.0 - 6.0)).epsilon(1e-12));
  FeedDrive drive{soft, 0.0};
  drive.set(3.0, 0.0);
  double previous = drive.rate();
  CHECK(previous == 0.0);
  while (!std::isinf(drive.next_change_s())) {
    const double now = drive.next_change_s();
    drive.change();
    CHECK(drive.rate() > previous);
    // Half a step of an exponential approach at most.
    CHECK(std::abs(0.5 * (drive.rate() + previous) - 3.0 * (1.0 - std::exp(-now / 6.0))) < 3.0 / 16.0);
    previous = drive.rate();
  }
  CHECK(drive.rate() == 3.0);
}

TEST_CASE("pumps: a rate that changes during the lag goes on from where it was") {
  FeedDrive drive{{6.0, 0.0, 700.0}, 0.0};
  drive.set(4.0, 0.0);
  while (drive.next_change_s() < 4.0) drive.change();
  const double then = drive.rate();
  drive.set(0.0, 4.0);
  CHECK(drive.rate() == then);
  double withheld = 0.0, now = 4.0;
  while (!std::isinf(drive.next_change_s())) {
    withheld += drive.rate() * (drive.next_change_s() - now);
    now = drive.next_change_s();
    drive.change();
    CHECK(drive.rate() < then);
  }
  CHECK(drive.rate() == 0.0);
  CHECK(withheld == doctest::Approx(6.0 * then).epsilon(1e-12));
}

TEST_CASE(
    "pumps: the rate waves once per turn of the screw by its amplitude, and a turn delivers its volume") {
  const PlantPumps waving{0.0, 0.05, 120.0};
  const Delivery found = delivered(waving, 2.0, 600.0, 0.4);
  REQUIRE(found.tops_s.size() >= 5);
  for (std::size_t i = 1; i < found.tops_s.size(); ++i)
    CHECK(found.tops_s[i] - found.tops_s[i - 1] == doctest::Approx(60.0).epsilon(1e-9));
  CHECK(found.highest == doctest::Approx(2.1).epsilon(0.01));
  CHECK(found.lowest == doctest::Approx(1.9).epsilon(0.01));
  CHECK(found.volume_uL == doctest::Approx(1200.0).epsilon(1e-9));
}

TEST_CASE("pumps: at twice the rate the wave is twice as fast, at rest there is none") {
  const PlantPumps waving{0.0, 0.05, 120.0};
  const Delivery found = delivered(waving, 4.0, 300.0);
  REQUIRE(found.tops_s.size() >= 3);
  CHECK(found.tops_s[1] - found.tops_s[0] == doctest::Approx(30.0).epsilon(1e-9));
  FeedDrive drive{waving, 0.0};
  CHECK(std::isinf(drive.next_change_s()));
}

TEST_CASE("pumps: compliance delays what arrives at the cell by its time constant") {
  const auto arrival_s = [](double compliance_s) {
    Plant plant{with_pumps({compliance_s, 0.0, 705.0}), 1};
    plant.attach_heater([](double, double probe) { return 0.284 + 0.02 * (150.0 - probe); });
    for (const std::size_t feed : {0, 1, 2}) plant.set_feed(feed, 150.0, 1200.0);
    double time = 1200.0;
    while (plant.truth(time).edge_length_nm == 0.0 && time < 1500.0) time += 0.1;
    return time - 1200.0;
  };
  const double ideal = arrival_s(0.0);
  CHECK(ideal == doctest::Approx(60.0 * 859.0 / 450.0).epsilon(0.1));
  CHECK(arrival_s(8.0) - ideal == doctest::Approx(8.0).epsilon(0.03));
}

TEST_CASE("pumps: what lags and pulsates is seen alike, however often one looks, and differs by seed") {
  const PlantParameters parameters = with_pumps({5.0, 0.03, 200.0});
  Plant rare{parameters, 3}, often{parameters, 3}, other{parameters, 4};
  for (Plant* plant : {&rare, &often, &other}) {
    plant->attach_heater([](double, double probe) { return 0.02 * (150.0 - probe); });
    plant->set_led(true, 0.0);
    for (std::size_t feed = 0; feed < 3; ++feed) plant->set_feed(feed, 100.0, 1.0);
  }
  for (double t = 2.0; t < 700.0; t += 3.7) {
    often.expose(t, 0.3);
    often.pressure_bar(t);
  }
  for (Plant* plant : {&rare, &often, &other}) plant->set_feed(1, 200.0, 700.0);
  for (double t = 701.0; t < 900.0; t += 7.1) often.truth(t);
  CHECK(rare.expose(1000.0, 0.3) == often.expose(1000.0, 0.3));
  CHECK(rare.pressure_bar(1000.0) == often.pressure_bar(1000.0));
  CHECK(rare.truth(1001.0).peak_nm == often.truth(1001.0).peak_nm);
  CHECK(rare.pressure_bar(1002.0) != other.pressure_bar(1002.0));
}

TEST_CASE("pumps: with pulsation the product wanders about the steady one and keeps its mean") {
  PlantParameters parameters = with_pumps({0.0, 0.03, 60.0});
  parameters.reproducibility.surface_energy = parameters.reproducibility.bromide_activity = 0.0;
  PlantParameters ideal = parameters;
  ideal.pumps.pulsation = 0.0;
  Plant waving{parameters, 2}, calm{ideal, 2};
  for (Plant* plant : {&waving, &calm}) {
    plant->attach_heater([](double, double probe) { return 0.284 + 0.02 * (150.0 - probe); });
    plant->set_feed(0, 150.0, 0.0);
    plant->set_feed(1, 250.0, 0.0);
    plant->set_feed(2, 40.0, 0.0);
  }
  double lowest = 1e9, highest = 0.0, sum = 0.0;
  int count = 0;
  for (double t = 2400.0; t < 2700.0; t += 5.0, ++count) {
    const double peak = waving.truth(t).peak_nm;
    lowest = std::min(lowest, peak);
    highest = std::max(highest, peak);
    sum += peak;
  }
  CHECK(highest - lowest > 0.05);
  CHECK(highest - lowest < 5.0);
  CHECK(sum / count == doctest::Approx(calm.truth(2700.0).peak_nm).epsilon(0.0005));
}

}  // namespace nocturne::test
