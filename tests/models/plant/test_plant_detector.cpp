#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <numbers>
#include <sstream>

#include "models/plant/shipped_plants.hpp"
#include "models/plant/spectrometer_model.hpp"

namespace nocturne::test {
namespace {

Eigen::Index pixel_at(const Eigen::VectorXd& wavelength_nm, double nm) {
  Eigen::Index pixel = 0;
  (wavelength_nm.array() - nm).abs().minCoeff(&pixel);
  return pixel;
}

/// The mean of very many dark exposures.
Eigen::VectorXd dark(const SpectrometerModel& spectrometer, double exposure_s, double warmer_K = 0.0) {
  RandomSequence random{1};
  const Eigen::VectorXd nothing = Eigen::VectorXd::Zero(spectrometer.detector().wavelength_nm.size());
  return spectrometer.counts(nothing, exposure_s, 100000, random, warmer_K);
}

Eigen::VectorXd room(const PlantParameters& parameters, double seconds) {
  const SpectrometerModel spectrometer{parameters};
  const Eigen::VectorXd nothing = Eigen::VectorXd::Zero(parameters.detector.pixels);
  return spectrometer.disturbed(nothing, nothing, {}, seconds, {});
}

}  // namespace

TEST_CASE("detector: dark current doubles with every so many kelvins") {
  PlantParameters parameters = shipped_plant();
  parameters.detector.nonlinearity = {1.0, 0.0, 0.0};
  parameters.detector.odd_pixels.clear();
  const SpectrometerModel spectrometer{parameters};
  const Eigen::VectorXd short_dark = dark(spectrometer, 0.0), cool = dark(spectrometer, 10.0),
                        warm = dark(spectrometer, 10.0, parameters.detector.dark_doubling_K);
  CHECK((cool - short_dark).mean() ==
        doctest::Approx(10.0 * parameters.detector.dark_counts_per_s).epsilon(0.01));
  CHECK((warm - short_dark).mean() == doctest::Approx(2.0 * (cool - short_dark).mean()).epsilon(0.01));
  parameters.detector.temperature_C =
      parameters.detector.dark_reference_C - parameters.detector.dark_doubling_K;
  const SpectrometerModel cooled{parameters};
  CHECK((dark(cooled, 10.0) - short_dark).mean() ==
        doctest::Approx(0.5 * (cool - short_dark).mean()).epsilon(0.01));
}

TEST_CASE("detector: its temperature swings once a day, another day at another phase for another seed") {
  PlantParameters parameters = shipped_plant();
  parameters.detector.temperature_swing_K = 2.0;
  Surroundings one{parameters, 1, 9}, other{parameters, 2, 9};
  double low = 0.0, high = 0.0, apart = 0.0;
  for (double hour = 0.0; hour < 24.0; hour += 0.25) {
    Disturbance now, tomorrow, elsewhere;
    one.look(3600.0 * hour, now);
    one.look(3600.0 * (hour + 24.0), tomorrow);
    other.look(3600.0 * hour, elsewhere);
    CHECK(tomorrow.detector_warmer_K == doctest::Approx(now.detector_warmer_K).epsilon(1e-6));
    low = std::min(low, now.detector_warmer_K);
    high = std::max(high, now.detector_warmer_K);
    apart = std::max(apart, std::abs(now.detector_warmer_K - elsewhere.detector_warmer_K));
  }
  CHECK(high == doctest::Approx(2.0).epsilon(0.01));
  CHECK(low == doctest::Approx(-2.0).epsilon(0.01));
  CHECK(apart > 0.1);
}

TEST_CASE("detector: a stuck bit lifts its pixel in every frame, a hot pixel with time") {
  PlantParameters parameters = shipped_plant();
  parameters.detector.odd_pixels = {{100, 16384.0, 0.0}, {200, 0.0, 500.0}};
  const SpectrometerModel spectrometer{parameters};
  const Eigen::VectorXd brief = dark(spectrometer, 0.01), lasting = dark(spectrometer, 4.0);
  CHECK(brief(100) - brief(101) == doctest::Approx(16384.0).epsilon(0.01));
  CHECK(lasting(100) - lasting(101) == doctest::Approx(brief(100) - brief(101)).epsilon(0.001));
  CHECK(lasting(200) - brief(200) ==
        doctest::Approx(3.99 * (parameters.detector.dark_counts_per_s + 500.0)).epsilon(0.02));
}

TEST_CASE("detector: fringes of its window are even in wavenumber, and leave transmission alone") {
  PlantParameters parameters = shipped_plant();
  parameters.detector.etalon_share = 0.03;
  PlantParameters without = parameters;
  without.detector.etalon_share = 0.0;
  const CellSpectra clear{
      Eigen::VectorXd::Zero(Optics::kPoints), Eigen::VectorXd::Zero(Optics::kPoints), 0.0, {}, 25.0};
  CellSpectra gray = clear;
  gray.absorbance.setConstant(0.3);
  const SpectrometerModel fringed{parameters}, plain{without};
  const Eigen::VectorXd& nm = fringed.detector().wavelength_nm;
  Eigen::ArrayXd ripple = fringed.lamp_light(clear).array() / plain.lamp_light(clear).array();
  ripple /= ripple.mean();
  CHECK(ripple.maxCoeff() - ripple.minCoeff() == doctest::Approx(0.06).epsilon(0.05));
  const auto maxima_between = [&](double low, double high) {
    int maxima = 0;
    for (Eigen::Index i = pixel_at(nm, low); i < pixel_at(nm, high); ++i)
      if (ripple(i) > ripple(i - 1) && ripple(i) >= ripple(i + 1)) ++maxima;
    return maxima;
  };
  const double period = parameters.detector.etalon_period_nm;
  CHECK(std::abs(maxima_between(510.0, 590.0) - 80.0 / period) < 2.0);
  CHECK(maxima_between(400.0, 440.0) > maxima_between(600.0, 640.0));
  const Eigen::ArrayXd through = fringed.lamp_light(gray).array() / fringed.lamp_light(clear).array();
  CHECK(through.head(1000).maxCoeff() - through.head(1000).minCoeff() < 1e-3);
}

TEST_CASE("room light: a fluorescent tube shows its lines in every exposure, a white LED its bands") {
  PlantParameters parameters = shipped_plant();
  parameters.disturbances.room_light_counts_per_s = 400.0;
  const Eigen::VectorXd nm = SpectrometerModel{parameters}.detector().wavelength_nm;
  const Eigen::VectorXd tube = room(parameters, 2.0);
  CHECK(tube.maxCoeff() == doctest::Approx(800.0).epsilon(0.01));
  for (const double line : {404.7, 435.8, 546.1, 611.3}) {
    CAPTURE(line);
    CHECK(tube(pixel_at(nm, line)) > 100.0);
    CHECK(tube(pixel_at(nm, line)) > 20.0 * tube(pixel_at(nm, line - 8.0)));
    CHECK(tube(pixel_at(nm, line)) > 20.0 * tube(pixel_at(nm, line + 10.0)));
  }
  CHECK(tube(pixel_at(nm, 578.0)) > 60.0);
  parameters.disturbances.room_fluorescent = false;
  const Eigen::VectorXd led = room(parameters, 2.0);
  CHECK(led(pixel_at(nm, 450.0)) > 600.0);
  CHECK(led(pixel_at(nm, 565.0)) > 3.0 * led(pixel_at(nm, 490.0)) * 0.5);
  CHECK(led(pixel_at(nm, 546.1)) < 1.1 * led(pixel_at(nm, 556.0)));
  parameters.disturbances.room_light_counts_per_s = 0.0;
  CHECK(room(parameters, 2.0).maxCoeff() == 0.0);
}

TEST_CASE("plant file: disturbances and odd pixels that make no sense are refused") {
  const auto contains = [](const std::string& text, const char* piece) {
    return text.find(piece) != std::string::npos;
  };
  CHECK(contains(plant_refusal("index = 1871", "index = 2136"), "no such pixel (0 to 2135)"));
  CHECK(contains(plant_refusal("index = 1871", "index = -1"), "no such pixel"));
  CHECK(contains(plant_refusal("room_lamp = \"fluorescent\"", "room_lamp = \"candle\""), "LED"));
  CHECK(contains(plant_refusal("fouling_wash = { value = 5", "fouling_wash = { value = 0"), "above 0"));
  CHECK(contains(plant_refusal("bubbles = { value = 1", "bubbles = { value = -1"), "0 or above"));
  CHECK(contains(plant_refusal("dark_doubling = { value = 7", "dark_doubling = { value = 0"), "above 0"));
  CHECK(contains(plant_refusal("sphere_edge = {", "spere_edge = {"), "sphere_edge"));
}

}  // namespace nocturne::test
