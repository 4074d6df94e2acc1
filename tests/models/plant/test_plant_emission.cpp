#include <doctest/doctest.h>

#include <array>
#include <cmath>
#include <utility>

#include "models/plant/known_dots.hpp"
#include "models/plant/optics.hpp"

namespace nocturne::test {
namespace {

constexpr double kPlanckLight = 1239.841984;  // eV nm

double peak(const Optics& optics, double edge, double spread) {
  return optics.truth(dots(edge, spread, 5.0), 0.2).peak_nm;
}

double width(const Optics& optics, double edge, double spread) {
  return optics.truth(dots(edge, spread, 5.0), 0.2).fwhm_meV;
}

/// nm of wavelength per nm of edge length.
double slope(const Optics& optics, double edge) {
  return (kPlanckLight / optics.emission_energy(1.001 * edge) -
          kPlanckLight / optics.emission_energy(0.999 * edge)) /
         (0.002 * edge);
}

}  // namespace

TEST_CASE("emission: the peak follows the table of sizes and wavelengths within 1.5 nm") {
  // Ye et al. 2024, 10.1039/d4cs00077c, table 1: middles of its ranges.
  constexpr std::array<std::pair<double, double>, 8> kTable{{{3.6, 469.5},
                                                             {4.0, 478.5},
                                                             {5.3, 492.5},
                                                             {6.1, 498.0},
                                                             {7.5, 507.5},
                                                             {10.8, 515.0},
                                                             {16.4, 518.0},
                                                             {20.0, 520.0}}};
  const Optics optics{shipped_plant()};
  for (const auto& [edge, nm] : kTable) {
    CAPTURE(edge);
    CHECK(std::abs(peak(optics, edge, 0.01) - nm) < 1.5);
    CHECK(std::abs(peak(optics, edge, 0.05) - nm) < 1.5);
  }
}

TEST_CASE("emission: the peak moves with the size ever less, and hardly at all above 8 nm") {
  const Optics optics{shipped_plant()};
  double before = 1e9;
  for (double edge = 3.5; edge < 20.0; edge += 0.25) {
    CHECK(slope(optics, edge) > 0.0);
    CHECK(slope(optics, edge) < before);
    before = slope(optics, edge);
  }
  CHECK(slope(optics, 4.2) > 10.0);
  CHECK(slope(optics, 8.0) < 0.25 * slope(optics, 4.2));
  CHECK(slope(optics, 12.0) < 1.2);
  CHECK(slope(optics, 20.0) < 0.3);
}

TEST_CASE("emission: one nanometre of peak error is so much error of the size") {
  constexpr std::array<std::pair<double, double>, 5> kError{
      {{472.0, 0.05}, {490.0, 0.10}, {500.0, 0.17}, {510.0, 0.39}, {520.0, 3.8}}};
  const Optics optics{shipped_plant()};
  for (const auto& [nm, error] : kError) {
    double low = 2.0, high = 40.0;
    for (int step = 0; step < 60; ++step) {
      const double middle = 0.5 * (low + high);
      (kPlanckLight / optics.emission_energy(middle) < nm ? low : high) = middle;
    }
    CAPTURE(nm);
    CHECK(1.0 / slope(optics, low) == doctest::Approx(error).epsilon(0.1));
  }
}

TEST_CASE("emission: a single dot's line is as wide as single dots are, and wider the smaller it is") {
  const Optics optics{shipped_plant()};
  CHECK(width(optics, 16.0, 0.01) > 35.0);
  CHECK(width(optics, 16.0, 0.01) < 90.0);
  double before = 0.0;
  for (double edge = 20.0; edge > 3.5; edge -= 0.5) {
    CHECK(width(optics, edge, 0.01) > before);
    before = width(optics, edge, 0.01);
  }
  CHECK(before < 110.0);
}

TEST_CASE("emission: an ensemble of 8 per cent at 515 nm is 15 to 25 nm wide, and a wider one wider") {
  const Optics optics{shipped_plant()};
  const double edge = 11.3;
  CHECK(std::abs(peak(optics, edge, 0.08) - 515.0) < 1.0);
  CHECK(width(optics, edge, 0.08) > 70.0);
  CHECK(width(optics, edge, 0.08) < 117.0);
  CHECK(width(optics, 4.0, 0.12) > width(optics, 4.0, 0.04) + 20.0);
  CHECK(width(optics, 4.0, 0.12) - width(optics, 4.0, 0.04) >
        2.0 * (width(optics, 10.0, 0.12) - width(optics, 10.0, 0.04)));
}

TEST_CASE("emission: the line's width is the homogeneous one beside the slope times the spread of sizes") {
  const Optics optics{shipped_plant()};
  const double edge = 5.0, spread = 0.08;
  const double alone = width(optics, edge, 0.01);
  const double per_nm =
      1e3 * (optics.emission_energy(edge - 0.05) - optics.emission_energy(edge + 0.05)) / 0.1;
  const double sizes = 2.3548 * per_nm * spread * edge;
  CHECK(width(optics, edge, spread) > std::hypot(alone, sizes) * 0.95);
  CHECK(width(optics, edge, spread) < alone + sizes);
}

TEST_CASE("emission: quantum yield passes through its three sizes, best in the middle") {
  const Optics optics{shipped_plant()};
  for (const auto& [edge, yield] : {std::pair{3.1, 0.76}, std::pair{5.7, 0.91}, std::pair{9.3, 0.54}}) {
    CAPTURE(edge);
    CHECK(optics.size_yield(edge) == doctest::Approx(yield).epsilon(1e-6));
    CHECK(std::abs(optics.truth(dots(edge, 0.03, 5.0), 0.2).plqy - yield) < 0.02);
  }
  for (double edge = 2.0; edge < 60.0; edge *= 1.1) {
    CHECK(optics.size_yield(edge) > 0.2);
    CHECK(optics.size_yield(edge) < 0.95);
  }
}

TEST_CASE("emission: an uncovered surface costs quantum yield, for want of bromide as of ligand") {
  const Optics optics{shipped_plant()};
  Product no_bromide = dots(5.7, 0.05, 5.0), no_ligand = no_bromide;
  const double covered = optics.truth(no_bromide, 0.2).plqy;
  no_bromide.free_bromide = 0.0;
  no_ligand.ammonium = 0.0;
  CHECK(optics.truth(no_bromide, 0.2).plqy < 0.8 * covered);
  CHECK(optics.truth(no_ligand, 0.2).plqy < 0.85 * covered);
}

TEST_CASE("emission: the denser the product, the redder and the dimmer per dot it is seen") {
  const Optics optics{shipped_plant()};
  double seen_before = 0.0, per_dot_before = 1e18;
  for (const double share : {0.02, 0.1, 0.3, 1.0}) {
    const CellSpectra seen = optics.spectra(dots(5.0, 0.08, 14.0), share);
    double weight = 0.0, mean = 0.0;
    for (Eigen::Index i = 0; i < seen.emission.size(); ++i) {
      weight += seen.emission(i);
      mean += seen.emission(i) * optics.wavelength_nm(i);
    }
    CHECK(mean / weight > seen_before);
    CHECK(weight / share < per_dot_before);
    seen_before = mean / weight;
    per_dot_before = weight / share;
  }
}

TEST_CASE("emission: twice as fine a grid and twice as many sizes change neither peak nor width") {
  const OpticsGrid coarse{};
  const Optics optics{shipped_plant()};
  const Optics fine{shipped_plant(), {2 * coarse.points - 1, 2 * coarse.sizes - 1}};
  for (const double edge : {3.5, 4.0, 5.0, 6.5, 9.0, 13.0, 20.0})
    for (const double spread : {0.02, 0.05, 0.08, 0.12, 0.16, 0.2}) {
      CAPTURE(edge);
      CAPTURE(spread);
      CHECK(std::abs(peak(fine, edge, spread) - peak(optics, edge, spread)) < 0.05);
      CHECK(width(fine, edge, spread) == doctest::Approx(width(optics, edge, spread)).epsilon(0.01));
    }
}

}  // namespace nocturne::test
