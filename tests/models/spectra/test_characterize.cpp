#include <doctest/doctest.h>

#include <cmath>
#include <random>
#include <string>

#include "models/spectra/characterize.hpp"
#include "models/spectra/droplet.hpp"
#include "models/spectra/synthetic.hpp"

namespace nocturne::test {

namespace {

/// Dots whose line over wavelength is highest at 501 nm.
Seen dots() {
  Droplet droplet;
  Crystals c;
  c.exciton_eV = hc_eV_nm / 491.0;
  c.continuum_eV = 0.09;
  c.continuum = 0.12;
  droplet.crystals = {c};
  Seen seen = clean(droplet);
  const Light line = energy_gaussian(501.0, 92.0, 6000.0);
  for (Eigen::Index i = 0; i < seen.emission.size(); ++i) {
    const double at = seen.emission.wavelength_nm[i];
    seen.emission.value[i] =
        line(at) * std::pow(10.0, -0.5 * (droplet.absorbed(at) + droplet.absorbed(365.0)));
    seen.emission.variance[i] = seen.emission.value[i] / 3.0 + 80.0;
  }
  return seen;
}

}  // namespace

TEST_CASE("characterize: reabsorption moves the peak to the red and takes light, and is undone") {
  const Characterization seen = analyzed(dots());
  REQUIRE(seen.observed_peak_nm);
  CHECK(seen.observed_peak_nm->value > 501.1);
  CHECK(seen.emission.lines.front().peak_nm.value == doctest::Approx(501.0).epsilon(0.0001));
  const double width_nm = 92e-3 * 501.0 * 501.0 / hc_eV_nm;
  CHECK(seen.area->value == doctest::Approx(1.0645 * 6000.0 * width_nm).epsilon(0.02));
}

TEST_CASE("characterize: both definitions of width and of the first exciton are there, and named") {
  const Characterization seen = analyzed(dots());
  CHECK(seen.emission.lines.front().fwhm_meV->value == doctest::Approx(92.0).epsilon(0.01));
  REQUIRE(seen.components.lines.size() == 1);
  CHECK(seen.components.lines.front().fwhm_meV.value == doctest::Approx(92.0).epsilon(0.02));
  // Photons per energy peak at lower energy than counts over wavelength do at theirs.
  CHECK(hc_eV_nm / seen.components.lines.front().peak_eV.value > 501.0);
  REQUIRE(seen.transitions.by_maximum);
  REQUIRE(seen.transitions.by_curvature);
  CHECK(std::string{name_of(seen.transitions.by_maximum->definition)} == "local maximum");
  CHECK(std::string{name_of(seen.transitions.by_curvature->definition)} == "second-derivative minimum");
  CHECK(std::abs(seen.transitions.by_curvature->nm.value - 491.0) < 2.0);
  REQUIRE(seen.optical_edge_nm);
  CHECK(seen.optical_edge_nm->value > 495.0);
  CHECK(seen.optical_edge_nm->value < 515.0);
}

TEST_CASE("characterize: lead in crystals follows the published conversion at 450 nm") {
  const Characterization seen = analyzed(dots());
  REQUIRE(seen.lead);
  CHECK(seen.lead->mmol_per_L.value ==
        doctest::Approx(0.217 * seen.absorbance_450->value / 0.1).epsilon(0.005));
  CHECK(seen.lead->systematic_factor > 2.0);
  REQUIRE(seen.lead->conversion);
  CHECK(seen.lead->conversion->value == doctest::Approx(seen.lead->mmol_per_L.value / 5.0));
}

TEST_CASE("scatter_background: a power law in the transparent window is found, a constant is not one") {
  Spectrum s{Eigen::VectorXd::LinSpaced(600, 400.0, 930.0), Eigen::VectorXd(600),
             Eigen::VectorXd::Constant(600, 1e-6)};
  std::mt19937_64 random{3};
  std::normal_distribution<double> normal{0.0, 1e-3};
  for (Eigen::Index i = 0; i < s.size(); ++i)
    s.value[i] = 0.05 * std::pow(s.wavelength_nm[i] / 750.0, -4.0) + normal(random);
  const auto steep = scatter_background(s, 600.0, 900.0);
  REQUIRE(steep);
  CHECK(std::abs(steep->exponent.value - 4.0) < 4.0 * steep->exponent.standard_error);
  CHECK(steep->exponent.standard_error < 0.2);
  for (double& v : s.value) v = 0.05 + normal(random);
  const auto level = scatter_background(s, 600.0, 900.0);
  REQUIRE(level);
  CHECK(level->exponent.value == 0.0);
  CHECK(std::abs(level->level.value - 0.05) < 4.0 * level->level.standard_error);
  CHECK_FALSE(scatter_background(s, 950.0, 990.0));
}

TEST_CASE("chromaticity: monochromatic light lies on the spectral locus, equal energy in the middle") {
  const auto color_of = [](const Light& light) {
    Spectrum s{Eigen::VectorXd::LinSpaced(4000, 380.0, 780.0), Eigen::VectorXd(4000), {}};
    for (Eigen::Index i = 0; i < s.size(); ++i) s.value[i] = light(s.wavelength_nm[i]);
    return chromaticity(s, 380.0, 780.0);
  };
  const auto green = color_of(gaussian(520.0, 1.0, 1.0));
  REQUIRE(green);
  CHECK(green->x.value == doctest::Approx(0.0743).epsilon(0.3));
  CHECK(green->y.value == doctest::Approx(0.8338).epsilon(0.03));
  CHECK_FALSE(green->within_rec2020);
  // Equal energy is photons in proportion to the wavelength.
  const auto white = color_of([](double nm) { return nm; });
  REQUIRE(white);
  CHECK(white->x.value == doctest::Approx(1.0 / 3.0).epsilon(0.01));
  CHECK(white->y.value == doctest::Approx(1.0 / 3.0).epsilon(0.01));
  CHECK(white->within_rec2020);
  CHECK_FALSE(color_of([](double) { return 0.0; }));
}

TEST_CASE("size_dispersion: no more than the line's excess over a single dot's, and none beyond the curve") {
  const Material material = bromide();
  const auto narrow = size_dispersion(material, {490.0, 0.1}, {70.0, 1.0});
  REQUIRE(narrow);
  CHECK_FALSE(narrow->relative);
  const auto wide = size_dispersion(material, {490.0, 0.1}, {130.0, 1.0});
  REQUIRE(wide);
  REQUIRE(wide->relative);
  CHECK(wide->relative->value > 0.05);
  CHECK(wide->relative->value < 0.25);
  CHECK(wide->upper_limit > wide->relative->value);
  CHECK_FALSE(size_dispersion(material, {530.0, 0.1}, {130.0, 1.0}));
}

TEST_CASE("crystal_lead: nothing where absorption at 450 nm still depends on size, nor without a path") {
  const Material material = bromide();
  CHECK_FALSE(crystal_lead(material, {0.1, 0.001}, Estimate{455.0, 1.0}, 0.1));
  CHECK_FALSE(crystal_lead(material, {0.1, 0.001}, Estimate{490.0, 1.0}, 0.0));
  CHECK_FALSE(crystal_lead(material, {0.1, 0.001}, std::nullopt, 0.1));
  CHECK(crystal_lead(material, {0.1, 0.001}, Estimate{490.0, 1.0}, 0.1));
}

TEST_CASE("characterize: nothing in, nothing out") {
  const Characterization none = characterize(nullptr, nullptr, bromide(), droplet_settings());
  CHECK(quantities(none).empty());
  Spectrum lost{
      Eigen::VectorXd::LinSpaced(50, 400.0, 700.0), Eigen::VectorXd::Constant(50, std::nan("")), {}};
  CHECK(quantities(characterize(&lost, &lost, bromide(), droplet_settings())).empty());
}

}  // namespace nocturne::test
