#include <doctest/doctest.h>

#include <cmath>

#include "models/plant/composition.hpp"
#include "models/plant/plant.hpp"
#include "models/plant/shipped_plants.hpp"

namespace nocturne::test {
namespace {

/// Someone at the bench: flows for conditions, and a proportional-integral controller that reaches its target
/// in minutes.
struct Operator {
  explicit Operator(const PlantParameters& given, std::uint64_t seed = 1)
      : parameters{given}, plant{given, seed} {
    plant.attach_heater([this](double, double probe) {
      const double error = target_C - probe;
      const double power = 0.03 * error + integral;
      if (power > 0.0 && power < 1.0) integral += 0.03 * error * 0.25 / 60.0;
      return power;
    });
  }

  void heat(double celsius, double time_s) {
    plant.probe_celsius(time_s);
    target_C = celsius;
  }
  void flow(const Conditions& point, double time_s) {
    const auto shares = feed_shares(parameters, point);
    reaction = parameters.geometry.zones[1].volume_uL / point.at("residence_time_s") * 60.0;
    for (std::size_t i = 0; i < 3; ++i) plant.set_feed(i, reaction * shares[i], time_s);
  }
  void dilute(bool on, double time_s) {
    plant.set_feed(3, on ? parameters.dilution_ratio * reaction : 0.0, time_s);
  }
  void stop(double time_s) {
    for (std::size_t i = 0; i < 4; ++i) plant.set_feed(i, 0.0, time_s);
  }

  PlantParameters parameters;
  Plant plant;
  double target_C = 25.0;
  double integral = 0.0;
  double reaction = 0.0;
};

const Conditions kGreen = conditions(4.5, 2.0, 150.0, 100.0);
const Conditions kBlue = conditions(9.0, 2.0, 150.0, 100.0);

}  // namespace

TEST_CASE("plant: before anything flowed there is nothing to see") {
  Plant plant{shipped_plant(), 1};
  CHECK_FALSE(plant.truth(100.0).emits);
  const Eigen::VectorXd dark = plant.expose(100.0, 0.3);
  CHECK(dark.maxCoeff() < shipped_plant().detector.offset_counts + 300.0);
}

TEST_CASE("plant: flows and heat held for long give the steady product") {
  Operator bench{reproducible_plant()};
  bench.heat(150.0, 0.0);
  bench.flow(kGreen, 0.0);
  bench.dilute(true, 0.0);
  const PlantTruth held = bench.plant.truth(2400.0), steady = steady_truth(bench.parameters, kGreen);
  CHECK(bench.plant.probe_celsius(2400.0) == doctest::Approx(150.0).epsilon(0.002));
  CHECK(held.peak_nm == doctest::Approx(steady.peak_nm).epsilon(0.0003));
  CHECK(held.edge_length_nm == doctest::Approx(steady.edge_length_nm).epsilon(0.01));
  CHECK(held.yield == doctest::Approx(steady.yield).epsilon(0.02));
}

TEST_CASE("plant: a step of the feeds arrives after the volume of the tube has passed, smeared") {
  Operator bench{reproducible_plant()};
  bench.heat(150.0, 0.0);
  bench.flow(kGreen, 0.0);
  const double step = 2400.0;
  const double before = bench.plant.truth(step).peak_nm;
  bench.flow(kBlue, step);
  double volume_uL = 0.0;
  for (const PlantZone& zone : bench.parameters.geometry.zones) volume_uL += zone.volume_uL;
  const double transit = 60.0 * volume_uL / bench.reaction;
  CHECK(bench.plant.truth(step + 0.8 * transit).peak_nm == doctest::Approx(before).epsilon(0.0005));
  const double after = bench.plant.truth(step + 1.3 * transit).peak_nm;
  CHECK(after < before - 10.0);
  double first = 0.0, last = 0.0;
  for (double t = 0.8 * transit; t < 1.3 * transit; t += 1.0) {
    const double edge = bench.plant.truth(step + t).edge_length_nm;
    const double start = steady_truth(bench.parameters, kGreen).edge_length_nm;
    if (first == 0.0 && std::abs(edge - start) > 0.05) first = t;
    if (std::abs(bench.plant.truth(step + t).peak_nm - after) > 0.3) last = t;
  }
  CHECK(last - first > 0.04 * transit);
  CHECK(last - first < 0.4 * transit);
}

TEST_CASE("plant: product that stands in the hot zone goes on ripening") {
  Operator moving{reproducible_plant()}, stopped{reproducible_plant()};
  for (Operator* bench : {&moving, &stopped}) {
    bench->heat(170.0, 0.0);
    bench->flow(conditions(3.6, 2.0, 170.0, 100.0), 0.0);
  }
  stopped.stop(2400.0);
  stopped.flow(conditions(3.6, 2.0, 170.0, 100.0), 3600.0);
  // At 120 s after the restart the cell shows what stood in the middle of the heated zone.
  CHECK(stopped.plant.truth(3720.0 - 25.0).edge_length_nm > moving.plant.truth(3695.0).edge_length_nm + 1.0);
  CHECK(stopped.plant.truth(3000.0).edge_length_nm ==
        doctest::Approx(stopped.plant.truth(2400.0).edge_length_nm));
}

TEST_CASE("plant: the diluent thins what the light sees, not what was made, and alone it washes the cell") {
  Operator bench{reproducible_plant()};
  bench.heat(150.0, 0.0);
  bench.flow(kGreen, 0.0);
  const PlantTruth undiluted = bench.plant.truth(2400.0);
  bench.dilute(true, 2400.0);
  const PlantTruth diluted = bench.plant.truth(2460.0);
  CHECK(diluted.edge_length_nm == doctest::Approx(undiluted.edge_length_nm).epsilon(0.01));
  for (std::size_t i = 0; i < 3; ++i) bench.plant.set_feed(i, 0.0, 2460.0);
  CHECK_FALSE(bench.plant.truth(2520.0).emits);
}

TEST_CASE("plant: what is seen does not depend on how often one looked") {
  Operator rare{shipped_plant(), 7}, often{shipped_plant(), 7};
  for (Operator* bench : {&rare, &often}) {
    bench->heat(140.0, 0.0);
    bench->flow(kGreen, 0.0);
    bench->dilute(true, 5.0);
    bench->plant.set_led(true, 1.0);
  }
  for (double t = 5.5; t < 1500.0; t += 11.3) {
    often.plant.expose(t, 0.3);
    often.plant.truth(t + 0.1);
    often.plant.probe_celsius(t + 0.2);
  }
  CHECK(rare.plant.probe_celsius(1500.0) == often.plant.probe_celsius(1500.0));
  CHECK(rare.plant.expose(1500.0, 0.3) == often.plant.expose(1500.0, 0.3));
  CHECK(rare.plant.truth(1500.0).peak_nm == often.plant.truth(1500.0).peak_nm);
}

TEST_CASE(
    "plant: seeds differ in noise and chemistry, equal seeds in nothing, and repeated exposures in noise") {
  Operator a{shipped_plant(), 1}, b{shipped_plant(), 1}, c{shipped_plant(), 2};
  for (Operator* bench : {&a, &b, &c}) {
    bench->heat(150.0, 0.0);
    bench->flow(kBlue, 0.0);
  }
  const Eigen::VectorXd first = a.plant.expose(1200.0, 0.3);
  CHECK(first == b.plant.expose(1200.0, 0.3));
  CHECK(first != c.plant.expose(1200.0, 0.3));
  CHECK(first != a.plant.expose(1200.0, 0.3));
  CHECK(a.plant.truth(1200.0).peak_nm == b.plant.truth(1200.0).peak_nm);
  CHECK(a.plant.truth(1200.0).peak_nm != c.plant.truth(1200.0).peak_nm);
}

TEST_CASE("plant: lights count for as long as they were on during the exposure") {
  Plant plant{shipped_plant(), 1};
  plant.set_lamp(true, 10.0);
  plant.set_lamp(false, 20.0);
  const double offset = plant.expose(5.0, 0.05).mean();
  const double full = plant.expose(15.0, 0.05).mean() - offset;
  const double half = plant.expose(19.975, 0.05).mean() - offset;
  CHECK(full > 5000.0);
  CHECK(half == doctest::Approx(0.5 * full).epsilon(0.1));
  CHECK(plant.expose(25.0, 0.05).mean() == doctest::Approx(offset).epsilon(0.01));
}

TEST_CASE("plant: diluted emission and the lamp fill the detector well without flooding it") {
  Operator bench{shipped_plant()};
  bench.heat(150.0, 0.0);
  bench.flow(kGreen, 0.0);
  bench.dilute(true, 0.0);
  bench.plant.set_lamp(true, 900.0);
  CHECK(bench.plant.expose(901.0, 0.05).maxCoeff() > 30000.0);
  CHECK(bench.plant.expose(901.0, 0.05).maxCoeff() < 60000.0);
  bench.plant.set_lamp(false, 910.0);
  bench.plant.set_led(true, 911.0);
  const Eigen::VectorXd counts = bench.plant.expose(912.0, 0.3);
  CHECK(counts.maxCoeff() > 6000.0);
  CHECK(counts.maxCoeff() < 60000.0);
}

TEST_CASE("plant: pressure grows with flow and falls with heat") {
  Operator bench{shipped_plant()};
  bench.flow(kGreen, 0.0);
  const double slow = bench.plant.pressure_bar(1.0);
  bench.flow(conditions(4.5, 2.0, 150.0, 50.0), 10.0);
  const double fast = bench.plant.pressure_bar(11.0);
  CHECK(fast == doctest::Approx(2.0 * slow).epsilon(0.01));
  bench.heat(150.0, 12.0);
  CHECK(bench.plant.pressure_bar(1500.0) < 0.8 * fast);
}

TEST_CASE("plant: a bromide stock that ages makes the same recipe redder hour by hour") {
  PlantParameters parameters = reproducible_plant();
  const auto later = [&](double loss_per_h) {
    parameters.feeds[1].loss_per_h = loss_per_h;
    Plant plant{parameters, 1};
    plant.attach_heater([](double, double celsius) { return celsius < 150.0 ? 0.6 : 0.0; });
    for (std::size_t feed : {0u, 1u, 2u}) plant.set_feed(feed, feed == 1 ? 150.0 : 75.0, 0.0);
    const double early = plant.truth(1200.0).peak_nm;
    return plant.truth(8.0 * 3600.0).peak_nm - early;
  };
  CHECK(std::abs(later(0.0)) < 0.5);
  CHECK(later(0.02) > 1.0);
}

}  // namespace nocturne::test
