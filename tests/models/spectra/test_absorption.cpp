#include <doctest/doctest.h>

#include <stdexcept>
#include <utility>

#include "models/spectra/absorption.hpp"
#include "models/spectra/synthetic.hpp"

namespace nocturne::test {

namespace {

Spectrum on_grid(const Light& light, double low = 350.0, double high = 800.0) {
  const auto points = static_cast<Eigen::Index>(high - low) + 1;
  Spectrum s{Eigen::VectorXd::LinSpaced(points, low, high), Eigen::VectorXd(points), {}};
  for (Eigen::Index i = 0; i < points; ++i) s.value[i] = light(s.wavelength_nm[i]);
  return s;
}

/// Continuum that sets in at `edge_nm`.
Light continuum(double edge_nm, double height) {
  return [=](double nm) { return height / (1.0 + std::exp((nm - edge_nm) / 15.0)); };
}

}  // namespace

TEST_CASE("absorbance: -log10 of the ratio, with the variance of both") {
  Spectrum sample = on_grid([](double) { return 1000.0; }),
           reference = on_grid([](double) { return 10000.0; });
  sample.variance = Eigen::VectorXd::Constant(sample.size(), 100.0);
  reference.variance = Eigen::VectorXd::Constant(sample.size(), 900.0);
  sample.value[3] = -5.0;
  reference.value[4] = 0.0;
  const Spectrum a = absorbance(sample, reference);
  CHECK(a.value[0] == doctest::Approx(1.0));
  CHECK(a.variance[0] == doctest::Approx((1e-4 + 9e-6) / std::pow(std::log(10.0), 2)));
  CHECK(std::isnan(a.value[3]));
  CHECK(std::isnan(a.value[4]));
  reference.value.conservativeResize(5);
  reference.wavelength_nm.conservativeResize(5);
  CHECK_THROWS_AS(absorbance(sample, reference), std::invalid_argument);
}

TEST_CASE(
    "subtract_offset: the window without absorption becomes zero; without such a window nothing changes") {
  Spectrum a = on_grid([](double nm) { return continuum(480.0, 0.5)(nm) + 0.2; });
  const auto offset = subtract_offset(a, 600.0, 900.0);
  REQUIRE(offset);
  CHECK(offset->value == doctest::Approx(0.2).epsilon(0.01));
  CHECK(std::abs(a.value[400]) < 1e-3);
  Spectrum blue = on_grid([](double) { return 0.3; }, 350.0, 500.0);
  CHECK_FALSE(subtract_offset(blue, 600.0, 900.0));
  CHECK(blue.value[0] == 0.3);
}

TEST_CASE("first_exciton: finds the reddest maximum and its ratio to the valley") {
  Spectrum a = on_grid(sum(continuum(450.0, 0.5), gaussian(510.0, 22.0, 0.2)));
  add_noise(a, 5e-4, 1);
  const auto exciton = first_exciton(a, 400.0, 700.0);
  REQUIRE(exciton);
  CHECK_FALSE(exciton->shoulder);
  CHECK(std::abs(exciton->nm.value - 509.3) < 1.0);
  REQUIRE(exciton->peak_valley_ratio);
  CHECK(*exciton->peak_valley_ratio > 1.05);
}

TEST_CASE("first_exciton: a shoulder counts where there is no maximum") {
  Spectrum a = on_grid(sum(continuum(450.0, 1.0), gaussian(500.0, 24.0, 0.03)));
  add_noise(a, 2e-4, 2);
  const auto exciton = first_exciton(a, 400.0, 700.0);
  REQUIRE(exciton);
  CHECK(exciton->shoulder);
  CHECK_FALSE(exciton->peak_valley_ratio);
  CHECK(std::abs(exciton->nm.value - 501.0) < 4.0);
}

TEST_CASE(
    "first_exciton: a weak transition in the flank of a strong one is the first, as unsure as the flank "
    "makes it") {
  for (const double weak_nm : {486.0, 490.0, 494.0}) {
    CAPTURE(weak_nm);
    Spectrum a =
        on_grid(sum(sum(continuum(440.0, 0.15), gaussian(466.0, 22.0, 0.08)), gaussian(weak_nm, 22.0, 0.03)));
    add_noise(a, 3e-4, 3);
    const auto exciton = first_exciton(a, 400.0, 700.0);
    REQUIRE(exciton);
    CHECK(exciton->shoulder);
    CHECK(std::abs(exciton->nm.value - weak_nm) < 2.0 * exciton->nm.standard_error);
    CHECK(exciton->nm.standard_error < 6.0);
    const auto all = transitions(a, 400.0, 700.0);
    REQUIRE_FALSE(all.higher.empty());
    CHECK(std::abs(all.higher.front().nm.value - 465.0) < 3.0);
  }
}

TEST_CASE("first_exciton: noise and scatter without structure have none") {
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    Spectrum noise = on_grid([](double) { return 0.0; });
    add_noise(noise, 1e-3, seed);
    const auto exciton = first_exciton(noise, 400.0, 700.0);
    CHECK_FALSE(exciton);
  }
  Spectrum scatter = on_grid([](double nm) { return 0.1 * std::pow(500.0 / nm, 4.0); });
  add_noise(scatter, 2e-4, 99);
  CHECK_FALSE(first_exciton(scatter, 400.0, 700.0));
}

TEST_CASE("first_exciton: spectra too short or empty have none") {
  CHECK_FALSE(first_exciton(Spectrum{}, 400.0, 700.0));
  CHECK_FALSE(first_exciton(on_grid([](double) { return 1.0; }, 500.0, 503.0), 400.0, 700.0));
  Spectrum lost = on_grid([](double) { return std::nan(""); });
  CHECK_FALSE(first_exciton(lost, 400.0, 700.0));
}

}  // namespace nocturne::test
