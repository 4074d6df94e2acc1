#include <doctest/doctest.h>

#include <cmath>

#include "models/plant/known_dots.hpp"
#include "models/plant/optics.hpp"
#include "models/plant/spectrometer_model.hpp"

namespace nocturne::test {
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

TEST_CASE("optics: spheroids show separate transitions, cubes absorb flatly above the first") {
  const auto relative_maxima = [](double sphere_edge_nm) {
    PlantParameters plant = shipped_plant();
    plant.optics.sphere_edge_nm = sphere_edge_nm;
    const Optics optics{plant};
    const Eigen::VectorXd absorbance = optics.spectra(dots(4.5, 0.02, 5.0), 0.2).absorbance;
    const auto& c = plant.optics;
    const double slope = std::log(c.absorption_335_per_cm / c.absorption_450_per_cm);
    const auto structure = [&](double nm) {  // without the continuum's rise
      const double rise = (1.0 / nm - 1.0 / 450.0) / (1.0 / 335.0 - 1.0 / 450.0);
      return Optics::at(absorbance, nm) * std::exp(-slope * rise);
    };
    int maxima = 0;
    for (double nm = 395.0; nm < 500.0; nm += 0.5)
      if (structure(nm) > structure(nm - 0.5) && structure(nm) >= structure(nm + 0.5) &&
          structure(nm) > 1.01 * structure(nm + 8.0) && structure(nm) > 0.2 * structure(400.0))
        ++maxima;
    return maxima;
  };
  CHECK(relative_maxima(20.0) == 3);
  CHECK(relative_maxima(0.5) == 0);  // 1S is a shoulder
}

TEST_CASE("optics: round dots turn into cubes as they grow") {
  const Optics optics{shipped_plant()};
  // How far absorption just above 1S falls below its level at 400 nm, both relative to the continuum.
  const auto valley = [&](double edge) {
    const Eigen::VectorXd seen = optics.spectra(dots(edge, 0.02, 5.0), 0.2).absorbance;
    const double first = 1239.841984 / optics.emission_energy(edge);
    double least = 1e9;
    for (double nm = 400.0; nm < first - 10.0; nm += 0.5)
      least = std::min(least, Optics::at(seen, nm) / Optics::at(seen, 400.0));
    return least;
  };
  PlantParameters cubes = shipped_plant();
  cubes.optics.sphere_edge_nm = 0.5;
  const double flat = Optics::at(Optics{cubes}.spectra(dots(4.5, 0.02, 5.0), 0.2).absorbance, 450.0);
  const double round = Optics::at(optics.spectra(dots(4.5, 0.02, 5.0), 0.2).absorbance, 450.0);
  CHECK(round < flat);
  CHECK(valley(4.0) < 0.9 * valley(14.0));
}

TEST_CASE("optics: a platelet's absorption is an exciton and a step behind its binding energy") {
  const PlantOptics& c = shipped_plant().optics;
  Product product;
  product.platelet_lead = product.fed_lead = 2.0;
  PlantParameters one = shipped_plant();
  one.chemistry.platelet_monolayer_spread = 0.05;
  product.platelet_layers = 3.0 * product.platelet_lead;
  const Eigen::VectorXd seen = Optics{one}.spectra(product, 0.2).absorbance;
  const double exciton = 1239.841984 / 460.0 + 1e-3 * c.platelet_stokes_meV;
  const auto at = [&](double offset_eV) { return Optics::at(seen, 1239.841984 / (exciton + offset_eV)); };
  CHECK(at(0.0) > 1.1 * at(0.001 * c.platelet_binding_meV + 0.1));
  CHECK(at(0.0) > 20.0 * at(-0.12));
  CHECK(at(0.001 * c.platelet_binding_meV + 0.1) > 5.0 * at(0.001 * c.platelet_binding_meV - 0.05));
}

TEST_CASE("optics: a warmer cell shows bluer light from the same crystals, and says how warm it is") {
  PlantParameters warm = shipped_plant();
  warm.geometry.ambient_C += 40.0;
  const CellSpectra cool_seen = Optics{shipped_plant()}.spectra(dots(6.0, 0.06, 5.0), 0.2),
                    warm_seen = Optics{warm}.spectra(dots(6.0, 0.06, 5.0), 0.2);
  CHECK(warm_seen.cell_C - cool_seen.cell_C == doctest::Approx(40.0));
  const double shift = 1239.841984 / warm_seen.truth.peak_nm - 1239.841984 / cool_seen.truth.peak_nm;
  CHECK(1e3 * shift == doctest::Approx(40.0 * warm.optics.gap_shift_meV_per_K).epsilon(0.05));
}

TEST_CASE("optics: side phases are dark, absorb in the ultraviolet and scatter a little") {
  const Optics optics{shipped_plant()};
  Product cs4, pb2;
  cs4.cs4pbbr6_lead = cs4.fed_lead = 4.0;
  pb2.cspb2br5_lead = pb2.fed_lead = 4.0;
  const CellSpectra rich = optics.spectra(cs4, 0.2), poor = optics.spectra(pb2, 0.2);
  CHECK_FALSE(rich.truth.emits);
  CHECK(rich.emission.maxCoeff() == 0.0);
  Eigen::Index top = 0;
  rich.absorbance.maxCoeff(&top);
  CHECK(std::abs(optics.wavelength_nm(top) - 313.0) < 1.0);
  CHECK(Optics::at(rich.absorbance, 340.0) < 0.05 * rich.absorbance(top));
  CHECK(Optics::at(poor.absorbance, 300.0) > 5.0 * Optics::at(poor.absorbance, 350.0));
  for (const CellSpectra* seen : {&rich, &poor}) {
    CHECK(Optics::at(seen->absorbance, 600.0) > 1e-5);
    CHECK(Optics::at(seen->absorbance, 450.0) > Optics::at(seen->absorbance, 600.0));
    CHECK(Optics::at(seen->absorbance, 600.0) < 0.01);
  }
}

TEST_CASE("optics: the truth alone is the truth of the spectra") {
  const Optics optics{shipped_plant()};
  const Product product = dots(5.0, 0.1, 5.0);
  const PlantTruth alone = optics.truth(product, 0.2), beside = optics.spectra(product, 0.2).truth;
  CHECK(alone.peak_nm == beside.peak_nm);
  CHECK(alone.fwhm_meV == beside.fwhm_meV);
  CHECK(alone.plqy == beside.plqy);
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
