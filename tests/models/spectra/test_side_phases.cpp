#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <random>

#include "models/spectra/characterize.hpp"
#include "models/spectra/side_phases.hpp"
#include "models/spectra/synthetic.hpp"
#include "support/shipped_material.hpp"

namespace nocturne::test {

namespace {

/// Crystals of CsPbBr3, scattering, and complexes and ligands that rise towards the ultraviolet, with noise.
Spectrum absorbance_from(double first_nm, const Light& more, std::uint64_t seed, double deviation = 1e-3) {
  Spectrum s{Eigen::VectorXd::LinSpaced(1400, first_nm, 900.0), Eigen::VectorXd(1400),
             Eigen::VectorXd::Constant(1400, deviation * deviation)};
  std::mt19937_64 random{seed};
  std::normal_distribution<double> normal{0.0, deviation};
  for (Eigen::Index i = 0; i < s.size(); ++i) {
    const double nm = s.wavelength_nm[i], energy = hc_eV_nm / nm;
    const double onset = (energy - 2.6) / 0.02;
    s.value[i] = 0.12 * std::exp(0.9 * (energy - 3.0)) / (1.0 + std::exp(-onset)) +
                 0.25 * std::exp(-(nm - 290.0) / 15.0) + 0.01 * std::pow(nm / 500.0, -4.0) + more(nm) +
                 normal(random);
  }
  return s;
}

bool said(const Spectrum& absorbance) {
  const auto signs = side_phase_signs(absorbance, shipped_material());
  return std::any_of(signs.begin(), signs.end(),
                     [](const auto& s) { return s.name == "Cs4PbBr6" && s.present; });
}

const Light nothing = [](double) { return 0.0; };

}  // namespace

TEST_CASE("side phases: the narrow band of Cs4PbBr6 on the slope of complexes and crystals is its sign") {
  for (const double at : {311.0, 313.0, 315.0}) {
    const Spectrum seen = absorbance_from(250.0, gaussian(at, 14.0, 0.1), 1);
    const auto signs = side_phase_signs(seen, shipped_material());
    CAPTURE(at);
    REQUIRE(signs.size() == 1);
    CHECK(signs.front().present);
    CHECK(signs.front().height.value == doctest::Approx(0.1).epsilon(0.35));
  }
}

TEST_CASE("side phases: crystals, scattering, complexes and ligands without that phase give no sign of it") {
  int false_signs = 0;
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    const Spectrum seen = absorbance_from(250.0, nothing, seed);
    REQUIRE(side_phase_signs(seen, shipped_material()).size() == 1);
    false_signs += said(seen) ? 1 : 0;
  }
  CHECK(false_signs == 0);
}

TEST_CASE("side phases: a band elsewhere, a wide one and one that noise hides are no sign") {
  CHECK_FALSE(said(absorbance_from(250.0, gaussian(295.0, 14.0, 0.1), 1)));
  CHECK_FALSE(said(absorbance_from(250.0, gaussian(335.0, 14.0, 0.1), 1)));
  for (const double wide : {35.0, 40.0, 60.0})
    CHECK_FALSE(said(absorbance_from(250.0, gaussian(313.0, wide, 0.2), 1)));
  CHECK_FALSE(said(absorbance_from(250.0, gaussian(313.0, 14.0, 0.02), 1, 0.03)));
}

TEST_CASE("side phases: where the spectrum does not reach the band nothing is said, neither yes nor no") {
  CHECK(side_phase_signs(absorbance_from(350.0, gaussian(313.0, 14.0, 0.1), 1), shipped_material()).empty());
  CHECK(side_phase_signs(absorbance_from(300.0, gaussian(313.0, 14.0, 0.1), 1), shipped_material()).empty());
  Spectrum dark = absorbance_from(250.0, gaussian(313.0, 14.0, 0.1), 1);
  for (Eigen::Index i = 0; i < dark.size(); ++i) {
    if (dark.wavelength_nm[i] < 350.0) dark.value[i] = std::nan("");
  }
  CHECK(side_phase_signs(dark, shipped_material()).empty());
  CHECK(side_phase_signs({}, shipped_material()).empty());
}

TEST_CASE("side phases: the edge of CsPb2Br5 has no band, so it is not taken for Cs4PbBr6 and never named") {
  const auto edge = [](double nm) {
    const double above = hc_eV_nm / nm - 3.1;  // indirect: the square of the energy above the gap
    return above > 0.0 ? 0.4 * above * above : 0.0;
  };
  CHECK_FALSE(said(absorbance_from(250.0, edge, 1)));
  for (const SidePhase& phase : shipped_material().side_phases) CHECK(phase.name != "CsPb2Br5");
}

TEST_CASE("characterize: a side phase's sign is a flag of the product") {
  CharacterizationSettings settings;
  const Spectrum with = absorbance_from(250.0, gaussian(313.0, 14.0, 0.1), 1),
                 without = absorbance_from(250.0, nothing, 1);
  const auto flagged = [&](const Spectrum& seen) {
    const Characterization product = characterize(nullptr, &seen, shipped_material(), settings);
    return std::count(product.flags.begin(), product.flags.end(), "Cs4PbBr6") == 1;
  };
  CHECK(flagged(with));
  CHECK_FALSE(flagged(without));
}

}  // namespace nocturne::test
