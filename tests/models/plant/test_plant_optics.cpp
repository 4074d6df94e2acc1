#include <doctest/doctest.h>

#include <cmath>

#include "models/plant/optics.hpp"
#include "models/plant/shipped_plants.hpp"
#include "models/plant/spectrometer_model.hpp"

namespace nocturne::test {
namespace {

/// Dots of one edge length and relative spread that hold `lead` mmol/L, well covered.
Product dots(double edge_nm, double spread, double lead) {
  Product product;
  const double lattice = shipped_plant().chemistry.lattice_nm;
  const double second = edge_nm * edge_nm * (1.0 + spread * spread);
  const double third = std::pow(edge_nm * (1.0 + spread * spread), 3);
  const double number = lead * std::pow(lattice, 3) / third;
  product.moments = {number, number * edge_nm, number * second, number * third};
  product.dot_lead = lead;
  product.fed_lead = lead;
  product.free_bromide = 100.0;
  product.ammonium = 100.0;
  return product;
}

}  // namespace

TEST_CASE("optics: the peak follows the table of sizes and wavelengths") {
  const Optics optics{shipped_plant()};
  constexpr std::array<std::pair<double, double>, 8> kTable{{{3.6, 469.5},
                                                             {4.0, 478.5},
                                                             {5.3, 492.5},
                                                             {6.1, 498.0},
                                                             {7.5, 507.5},
                                                             {10.8, 515.0},
                                                             {16.4, 518.0},
                                                             {20.0, 520.0}}};
  for (const auto& [edge, peak] : kTable) {
    CAPTURE(edge);
    CHECK(std::abs(optics.spectra(dots(edge, 0.05, 5.0), 0.2).truth.peak_nm - peak) < 2.0);
  }
}

TEST_CASE("optics: a wider size distribution gives a wider line, and the smaller dots the more so") {
  const Optics optics{shipped_plant()};
  const auto width = [&](double edge, double spread) {
    return optics.spectra(dots(edge, spread, 5.0), 0.2).truth.fwhm_meV;
  };
  CHECK(width(4.0, 0.12) > width(4.0, 0.04) + 20.0);
  CHECK(width(4.0, 0.12) - width(4.0, 0.04) > 2.0 * (width(10.0, 0.12) - width(10.0, 0.04)));
  CHECK(width(8.0, 0.08) > 60.0);
  CHECK(width(8.0, 0.08) < 120.0);
}

TEST_CASE("optics: quantum yield is best at middle sizes and falls with an uncovered surface") {
  const Optics optics{shipped_plant()};
  CHECK(optics.size_yield(3.1) == doctest::Approx(0.76).epsilon(1e-6));
  CHECK(optics.size_yield(5.7) == doctest::Approx(0.91).epsilon(1e-6));
  CHECK(optics.size_yield(9.3) == doctest::Approx(0.54).epsilon(1e-6));
  CHECK(optics.size_yield(40.0) > 0.2);
  Product bare = dots(5.7, 0.05, 5.0);
  const double covered = optics.spectra(bare, 0.2).truth.plqy;
  bare.free_bromide = 0.0;
  CHECK(optics.spectra(bare, 0.2).truth.plqy < 0.8 * covered);
}

TEST_CASE("optics: absorbance at 450 nm gives the lead in crystals by the intrinsic absorption coefficient") {
  const auto& plant = shipped_plant();
  const Optics optics{plant};
  const double lead = 8.0, share = 0.25;
  const double absorbance = Optics::at(optics.spectra(dots(9.0, 0.05, lead), share).absorbance, 450.0);
  // c = ln(10) A / (mu L V): 2.17e-4 A / L in mol/L for L in cm.
  CHECK(2.17e-4 * absorbance / (0.1 * plant.geometry.optical_path_mm) * 1e3 ==
        doctest::Approx(lead * share).epsilon(0.03));
}

TEST_CASE("optics: an undiluted stream looks far too dim for what it holds") {
  const Optics optics{shipped_plant()};
  const Product product = dots(5.0, 0.08, 14.0);
  const CellSpectra diluted = optics.spectra(product, 1.0 / 60.0), undiluted = optics.spectra(product, 1.0);
  CHECK(undiluted.excitation_absorbance > 1.0);
  CHECK(undiluted.emission.maxCoeff() < 0.3 * 60.0 * diluted.emission.maxCoeff());
  CHECK(undiluted.truth.peak_nm == diluted.truth.peak_nm);
  Eigen::Index seen = 0, true_peak = 0;
  undiluted.emission.maxCoeff(&seen);
  diluted.emission.maxCoeff(&true_peak);
  CHECK(seen > true_peak);  // reabsorption takes the blue flank
}

TEST_CASE(
    "optics: platelets emit in the windows of their thickness, and count for their share of the emission") {
  const Optics optics{shipped_plant()};
  Product product;
  product.platelet_lead = 2.0;
  product.platelet_layers = 3.0 * product.platelet_lead;
  product.fed_lead = 2.0;
  const PlantTruth truth = optics.spectra(product, 0.2).truth;
  CHECK(truth.nanoplatelet_fraction == doctest::Approx(1.0));
  CHECK(truth.peak_nm > 455.0);
  CHECK(truth.peak_nm < 465.0);
  product.add(dots(8.0, 0.08, 6.0), 1.0);
  const PlantTruth both = optics.spectra(product, 0.2).truth;
  CHECK(both.nanoplatelet_fraction > 0.05);
  CHECK(both.nanoplatelet_fraction < 0.6);
}

TEST_CASE("optics: solvent absorbs nothing and does not emit") {
  const Optics optics{shipped_plant()};
  const CellSpectra clear = optics.spectra(Product{}, 0.0);
  CHECK(clear.absorbance.maxCoeff() == 0.0);
  CHECK(clear.emission.maxCoeff() == 0.0);
  CHECK_FALSE(clear.truth.emits);
}

TEST_CASE("spectrometer: transmitted lamp light obeys Beer and Lambert beside a little stray light") {
  const auto& plant = shipped_plant();
  const Optics optics{plant};
  const SpectrometerModel spectrometer{plant};
  const CellSpectra cell = optics.spectra(dots(6.0, 0.08, 8.0), 1.0 / 6.0);
  const Eigen::VectorXd reference = spectrometer.lamp_light(optics.spectra(Product{}, 0.0));
  const Eigen::VectorXd sample = spectrometer.lamp_light(cell);
  for (const Eigen::Index pixel : {200, 320, 1200}) {
    const double nm = spectrometer.detector().wavelength_nm(pixel);
    CHECK(-std::log10(sample(pixel) / reference(pixel)) ==
          doctest::Approx(Optics::at(cell.absorbance, nm)).epsilon(0.03));
  }
}

TEST_CASE("spectrometer: counts carry shot and read noise, are whole, and stop at the converter's end") {
  const auto& plant = shipped_plant();
  const SpectrometerModel spectrometer{plant};
  const Eigen::Index pixels = spectrometer.detector().wavelength_nm.size();
  RandomSequence random{1};
  const Eigen::VectorXd light = Eigen::VectorXd::Constant(pixels, 20000.0);
  const Eigen::VectorXd first = spectrometer.counts(light, 0.1, 1, random),
                        second = spectrometer.counts(light, 0.1, 1, random);
  const double variance = (first - second).squaredNorm() / (2.0 * static_cast<double>(pixels));
  const double expected =
      20000.0 / plant.detector.gain_electrons_per_count + std::pow(plant.detector.read_noise_counts, 2);
  CHECK(variance == doctest::Approx(expected).epsilon(0.1));
  CHECK(first(100) == std::round(first(100)));
  const Eigen::VectorXd flooded = spectrometer.counts(Eigen::VectorXd::Constant(pixels, 1e6), 0.1, 1, random);
  CHECK(flooded.minCoeff() == 65535.0);
}

TEST_CASE("spectrometer: its own nonlinearity coefficients undo its nonlinearity") {
  const auto& plant = shipped_plant();
  const SpectrometerModel spectrometer{plant};
  const Eigen::Index pixels = spectrometer.detector().wavelength_nm.size();
  const auto& bend = spectrometer.detector().nonlinearity;
  RandomSequence random{2};
  const Eigen::VectorXd dark = spectrometer.counts(Eigen::VectorXd::Zero(pixels), 0.1, 10000, random);
  const Eigen::VectorXd lit =
      spectrometer.counts(Eigen::VectorXd::Constant(pixels, 40000.0), 0.1, 10000, random);
  const double y = (lit - dark).mean();
  CHECK(std::abs(y - 40000.0) > 100.0);
  CHECK(y / (bend[0] + bend[1] * y + bend[2] * y * y) == doctest::Approx(40000.0).epsilon(1e-3));
}

}  // namespace nocturne::test
