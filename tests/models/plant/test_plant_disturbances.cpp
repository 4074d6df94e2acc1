#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

#include "models/plant/composition.hpp"
#include "models/plant/disturbances.hpp"
#include "models/plant/plant.hpp"
#include "models/plant/shipped_plants.hpp"

namespace nocturne::test {
namespace {

/// Nothing differs between runs but the noise of the detector.
PlantParameters quiet() {
  PlantParameters plant = shipped_plant();
  plant.reproducibility.surface_energy = plant.reproducibility.bromide_activity = 0.0;
  plant.optics.lamp_drift_per_sqrt_h = plant.optics.led_drift_per_sqrt_h = 0.0;
  plant.optics.baseline_wander = 0.0;
  plant.disturbances.fouling_per_umol = 0.0;
  plant.disturbances.bubbles_per_h = 0.0;
  plant.disturbances.room_light_counts_per_s = plant.disturbances.room_light_spread = 0.0;
  plant.detector.temperature_swing_K = 0.0;
  return plant;
}

/// Heat to about 150 °C and flows for a green recipe, in µL/min.
void start(Plant& plant, const PlantParameters& parameters, double reaction, double diluent) {
  plant.attach_heater([](double, double probe) { return 0.3 + 0.05 * (150.0 - probe); });
  const auto shares = feed_shares(parameters, conditions(4.5, 2.0, 150.0, 100.0));
  for (std::size_t i = 0; i < 3; ++i) plant.set_feed(i, reaction * shares[i], 0.0);
  plant.set_feed(3, diluent, 0.0);
}

Eigen::Index pixel_at(const Detector& detector, double nm) {
  Eigen::Index pixel = 0;
  (detector.wavelength_nm.array() - nm).abs().minCoeff(&pixel);
  return pixel;
}

double correlation(const Eigen::VectorXd& a, const Eigen::VectorXd& b) {
  const Eigen::ArrayXd x = a.array() - a.mean(), y = b.array() - b.mean();
  return (x * y).sum() / std::sqrt(x.square().sum() * y.square().sum());
}

double bubble_share(const Bubbles& bubbles, const FlowHistory& flows, double start_s, double exposure_s) {
  Disturbance seen;
  bubbles.look(flows, start_s, exposure_s, seen);
  return seen.bubble_share;
}

/// A cell that one feed flows through.
FlowHistory one_feed() { return FlowHistory{{Section{{0}, {0}, 30.0}}, 1}; }

}  // namespace

TEST_CASE("film: it grows with the solid that passed, and solvent takes the loose part away") {
  PlantDisturbances constants;
  constants.fouling_per_umol = 1e-3;
  constants.fouling_fixed_share = 0.4;
  constants.fouling_wash_mL = 2.0;
  WindowFilm film{constants};
  // 3 mmol/L at 5 µL/s are 15 nmol/s.
  const auto stream = [](double time) {
    return time < 10000.0 ? WindowFilm::Stream{3.0, 0.0, 5.0} : WindowFilm::Stream{0.0, 1.0, 5.0};
  };
  film.advance(30000.0, stream);
  CHECK(film.absorbance(0.0) == 0.0);
  CHECK(film.absorbance(5000.0) == doctest::Approx(0.075));
  CHECK(film.absorbance(10000.0) == doctest::Approx(0.15));
  CHECK(film.absorbance(10400.0) == doctest::Approx(0.06 + 0.09 * std::exp(-1.0)));
  CHECK(film.absorbance(30000.0) == doctest::Approx(0.06));
  WindowFilm watched{constants};
  for (double time = 0.0; time <= 30000.0; time += 7.3) watched.advance(time, stream);
  CHECK(watched.absorbance(10405.0) == film.absorbance(10405.0));
}

TEST_CASE("film: it dims the lamp more in the blue, and emission too; washing brings part of it back") {
  PlantParameters parameters = quiet();
  parameters.disturbances.fouling_per_umol = 0.005;
  parameters.disturbances.fouling_wash_mL = 0.5;
  Plant plant{parameters, 1}, clean{quiet(), 1};
  for (Plant* one : {&plant, &clean}) {
    start(*one, parameters, 300.0, 0.0);
    for (std::size_t i = 0; i < 3; ++i) one->set_feed(i, 0.0, 1800.0);
    one->set_feed(3, 600.0, 1800.0);
    one->set_lamp(true, 1810.0);
  }
  const double offset = parameters.detector.offset_counts;
  const auto left = [&](double time, double nm) {
    const Eigen::Index pixel = pixel_at(plant.detector(), nm);
    const Eigen::VectorXd fouled = plant.expose(time, 0.05), free = clean.expose(time, 0.05);
    return (fouled.segment(pixel - 20, 41).mean() - offset) / (free.segment(pixel - 20, 41).mean() - offset);
  };
  const double before = left(1815.0, 600.0), blue = left(1816.0, 420.0), after = left(2400.0, 600.0);
  CHECK(before < 0.9);
  CHECK(before > 0.2);
  CHECK(blue < before - 0.02);
  CHECK(after > before + 0.02);
  CHECK(after < 0.99);
}

TEST_CASE("film and bubbles: what is seen does not depend on how often one looked") {
  PlantParameters parameters = shipped_plant();
  parameters.disturbances.fouling_per_umol = 0.01;
  parameters.disturbances.bubbles_per_h = 200.0;
  Plant rare{parameters, 4}, often{parameters, 4};
  for (Plant* one : {&rare, &often}) {
    start(*one, parameters, 300.0, 1500.0);
    one->set_led(true, 1.0);
  }
  for (double time = 3.0; time < 1500.0; time += 17.1) {
    often.expose(time, 0.3);
    often.truth(time);
  }
  for (Plant* one : {&rare, &often}) one->set_feed(3, 500.0, 1500.0);
  CHECK(rare.expose(1612.0, 3.0) == often.expose(1612.0, 3.0));
}

TEST_CASE("bubbles: they take the share of time that their rate, volume and the flow give") {
  PlantParameters parameters = shipped_plant();
  parameters.disturbances.bubbles_per_h = 60.0;
  parameters.disturbances.bubble_uL = 20.0;
  const Bubbles bubbles{parameters, 3, 5};
  FlowHistory flows = one_feed();
  flows.set(0, 10.0, 0.0);
  double covered = 0.0;
  constexpr double kDuration = 400000.0, kExposure = 0.5;
  for (double time = 0.0; time < kDuration; time += kExposure)
    covered += kExposure * bubble_share(bubbles, flows, time, kExposure);
  // One a minute, two seconds each: about 6700 of them.
  CHECK(covered / kDuration == doctest::Approx(2.0 / 60.0).epsilon(0.05));
}

TEST_CASE("bubbles: arrivals are independent of each other, of the exposures, and of other seeds") {
  PlantParameters parameters = shipped_plant();
  parameters.disturbances.bubbles_per_h = 60.0;
  const Bubbles one{parameters, 3, 5}, same{parameters, 3, 5}, other{parameters, 4, 5};
  FlowHistory flows = one_feed();
  flows.set(0, 30.0, 0.0);
  Eigen::VectorXd minutes(5000), others(5000);
  for (Eigen::Index i = 0; i < minutes.size(); ++i) {
    minutes(i) = 60.0 * bubble_share(one, flows, 60.0 * static_cast<double>(i), 60.0);
    others(i) = 60.0 * bubble_share(other, flows, 60.0 * static_cast<double>(i), 60.0);
  }
  double sum = 0.0;
  for (int i = 0; i < 240; ++i) sum += 0.25 * bubble_share(same, flows, 600.0 + 0.25 * i, 0.25);
  CHECK(sum == doctest::Approx(minutes(10)));
  CHECK(std::abs(correlation(minutes, others)) < 0.06);
  CHECK(std::abs(correlation(minutes.head(4999), minutes.tail(4999))) < 0.06);
  // Poisson: e^-1 of the minutes see no arrival, and a third of a second reaches in from the one before.
  CHECK((minutes.array() == 0.0).cast<double>().mean() == doctest::Approx(std::exp(-1.0)).epsilon(0.06));
}

TEST_CASE("bubbles: none comes without flow, and one that has come stays until the flow moves it on") {
  PlantParameters parameters = shipped_plant();
  parameters.disturbances.bubbles_per_h = 30.0;
  parameters.disturbances.bubble_uL = 20.0;
  const Bubbles bubbles{parameters, 3, 5};
  FlowHistory still = one_feed(), flows = one_feed();
  for (double time = 0.0; time < 36000.0; time += 60.0)
    CHECK(bubble_share(bubbles, still, time, 60.0) == 0.0);
  flows.set(0, 1.0, 0.0);
  double inside = 0.0;
  while (bubble_share(bubbles, flows, inside, 1e-3) == 0.0) inside += 1.0;
  flows.set(0, 0.0, inside + 2.0);
  CHECK(bubble_share(bubbles, flows, inside + 3600.0, 0.3) == 1.0);
  flows.set(0, 100.0, inside + 7200.0);
  CHECK(bubble_share(bubbles, flows, inside + 7200.5, 0.3) < 1.0);
}

TEST_CASE("bubbles: in one the emission is gone while the lamp is brighter than through the product") {
  PlantParameters parameters = quiet();
  parameters.disturbances.bubble_brightness_spread = 0.0;
  parameters.disturbances.bubble_brightness = 1.2;
  PlantParameters with = parameters;
  with.disturbances.bubbles_per_h = 3600.0;  // the cell is never free
  with.disturbances.bubble_uL = 60.0;
  Plant free{parameters, 2}, gassed{with, 2};
  for (Plant* one : {&free, &gassed}) {
    start(*one, parameters, 300.0, 0.0);
    one->set_led(true, 1500.0);
    one->set_led(false, 1510.0);
    one->set_lamp(true, 1520.0);
  }
  const Eigen::Index green = pixel_at(free.detector(), 510.0), led = pixel_at(free.detector(), 365.0);
  const Eigen::VectorXd seen = free.expose(1505.0, 0.3), lost = gassed.expose(1505.0, 0.3);
  const double offset = parameters.detector.offset_counts;
  CHECK(seen(green) > offset + 1000.0);
  CHECK(lost(green) < offset + 150.0);
  CHECK(lost(led) > seen(led) + 100.0);
  CHECK(gassed.expose(1525.0, 0.05)(green) > 1.1 * free.expose(1525.0, 0.05)(green));
  CHECK(gassed.truth(1505.0).peak_nm == free.truth(1505.0).peak_nm);
}

TEST_CASE("noise: that of two seeds is independent, that of one seed is the same to the last bit") {
  const PlantParameters parameters = quiet();
  Plant one{parameters, 1}, same{parameters, 1}, other{parameters, 2};
  for (Plant* plant : {&one, &same, &other}) plant->set_lamp(true, 0.0);
  Eigen::VectorXd first(40 * parameters.detector.pixels), second(first.size());
  for (Eigen::Index i = 0; i < 40; ++i) {
    const double time = 10.0 + static_cast<double>(i);
    // The same light twice: only noise is left of the difference.
    const Eigen::VectorXd a = one.expose(time, 0.05), b = other.expose(time, 0.05);
    CHECK(a == same.expose(time, 0.05));
    first.segment(i * parameters.detector.pixels, parameters.detector.pixels) = a - one.expose(time, 0.05);
    second.segment(i * parameters.detector.pixels, parameters.detector.pixels) = b - other.expose(time, 0.05);
    same.expose(time, 0.05);
  }
  const double expected = 1.0 / std::sqrt(static_cast<double>(first.size()));
  CHECK(first.squaredNorm() > 0.0);
  CHECK(std::abs(correlation(first, second)) < 4.0 * expected);
  CHECK(std::abs(correlation(first.head(first.size() - 1), first.tail(first.size() - 1))) < 4.0 * expected);
}

}  // namespace nocturne::test
