#include <doctest/doctest.h>

#include <cmath>
#include <random>
#include <variant>

#include "models/plant/plant.hpp"
#include "models/spectra/populations.hpp"
#include "models/spectra/synthetic.hpp"
#include "recipes/plant_file.hpp"
#include "support/shipped_material.hpp"

namespace nocturne::test {

namespace {

/// How the analysis divides random products of a plant, against the plant's own truth.
struct Confusion {
  int platelets_found = 0, platelets_missed = 0, dots_found = 0, dots_refused = 0;
  int missed_silently = 0;  ///< accepted as dots, and without the flag that they may be platelets
  Tally squares, z;
};

bool flagged(const Observation& seen) {
  return std::find(seen.flags.begin(), seen.flags.end(), "nanoplatelets_possible") != seen.flags.end();
}

void count(Confusion& confusion, double truth, const Outcome& outcome) {
  const auto* failure = std::get_if<Failure>(&outcome);
  if (failure && failure->kind != FailureKind::nanoplatelets) return;
  const bool platelets = truth >= 0.5, refused = failure != nullptr;
  ++(platelets ? (refused ? confusion.platelets_found : confusion.platelets_missed)
               : (refused ? confusion.dots_refused : confusion.dots_found));
  const auto* seen = std::get_if<Observation>(&outcome);
  if (!seen) return;
  REQUIRE(seen->nanoplatelet_fraction);
  const Estimate share = *seen->nanoplatelet_fraction;
  confusion.squares.add(std::pow(share.value - truth, 2));
  confusion.z.add((share.value - truth) / share.standard_error);
  if (platelets && !flagged(*seen)) ++confusion.missed_silently;
}

Confusion confusion_of(const PlantParameters& plant, int products, std::uint64_t seed) {
  Confusion confusion;
  std::mt19937_64 random{seed};
  // No scatter between runs, so that the product seen is the one whose truth is known.
  PlantParameters exact = plant;
  exact.reproducibility.surface_energy = exact.reproducibility.bromide_activity = 0.0;
  for (int i = 0; i < products; ++i) {
    Conditions conditions;
    for (const Variable& variable : plant.variables)
      conditions[variable.name] = std::uniform_real_distribution{variable.low, variable.high}(random);
    // Half of them where platelets and dots compete.
    if (i % 2 == 0) conditions["temperature_C"] = std::uniform_real_distribution{70.0, 100.0}(random);
    const Outcome outcome =
        steady_observation(exact, shipped_material(), conditions, static_cast<std::uint64_t>(i));
    count(confusion, steady_truth(exact, conditions).nanoplatelet_fraction, outcome);
  }
  return confusion;
}

void check(const char* name) {
  const PlantParameters plant =
      read_plant(std::string{NOCTURNE_SOURCE_DIR "/recipes/plants/"} + name + ".toml");
  const Confusion seen = confusion_of(plant, 100, 2024);
  MESSAGE(plant.name << ": platelets found " << seen.platelets_found << ", missed " << seen.platelets_missed
               << " (silently " << seen.missed_silently << "); dots found " << seen.dots_found << ", refused "
               << seen.dots_refused << "; share of accepted products: rms error "
               << std::sqrt(seen.squares.mean()) << ", z " << seen.z.mean() << " +- " << seen.z.deviation());
  CHECK(seen.platelets_found >= 4 * seen.platelets_missed);
  CHECK(seen.missed_silently == 0);
  CHECK(seen.dots_refused <= seen.dots_found / 10);
  CHECK(std::sqrt(seen.squares.mean()) < 0.1);
  CHECK(seen.z.deviation() < 1.5);
}

/// Reads emission alone, without noise.
Emission emission_of(const Light& light) {
  Spectrum s{Eigen::VectorXd::LinSpaced(1200, 400.0, 700.0), Eigen::VectorXd(1200), {}};
  for (Eigen::Index i = 0; i < s.size(); ++i) s.value[i] = light(s.wavelength_nm[i]);
  s.variance = s.value.array().max(0.0) + 25.0;
  EmissionSearch search;
  search.low_nm = 400.0;
  return find_emission(s, search);
}

/// Absorbance of one kind of crystal: a continuum with an exciton of `height` at `exciton_nm` before it.
Spectrum absorbance_of(double exciton_nm, double height) {
  Spectrum s{Eigen::VectorXd::LinSpaced(1400, 380.0, 700.0), Eigen::VectorXd(1400), {}};
  const double exciton = hc_eV_nm / exciton_nm, width = 0.036;
  for (Eigen::Index i = 0; i < s.size(); ++i) {
    const double energy = hc_eV_nm / s.wavelength_nm[i], y = (energy - exciton) / width;
    const double onset = (energy - exciton - 0.18) / (0.55 * width);
    s.value[i] = 0.1 * std::exp(0.9 * (energy - 3.0)) *
                 (1.0 / (1.0 + std::exp(-onset)) + height * std::exp(-0.5 * y * y));
  }
  s.variance = Eigen::VectorXd::Constant(s.size(), 1e-7);
  return s;
}

}  // namespace

TEST_CASE("populations: random products of the shipped plant are divided into dots and platelets") {
  check("cspbbr3");
}

TEST_CASE("populations: and so are those of the plant with other constants") { check("cspbbr3_shifted"); }

TEST_CASE("populations: one emission line, two absorption edges: the edge decides what it is") {
  const Emission line = emission_of(energy_gaussian(474.5, 92.0, 9000.0));
  const Spectrum sharp = absorbance_of(468.0, 1.6), weak = absorbance_of(460.0, 0.35);
  const auto platelets = separate_populations(line, &sharp, bromide());
  const auto dots = separate_populations(line, &weak, bromide());
  REQUIRE(platelets);
  REQUIRE(dots);
  CHECK(platelets->platelet_share.value > 0.7);
  CHECK(dots->platelet_share.value < 0.3);
}

TEST_CASE("populations: emission alone at a colour of both leaves the share open, and says so") {
  const auto seen =
      separate_populations(emission_of(energy_gaussian(474.5, 92.0, 9000.0)), nullptr, bromide());
  REQUIRE(seen);
  CHECK(seen->platelet_share.standard_error > 0.2);
  CHECK(std::isinf(seen->platelet_solid.standard_error));
}

TEST_CASE("populations: green emission has no thin platelets") {
  const Spectrum edge = absorbance_of(506.0, 0.35);
  const auto seen = separate_populations(emission_of(energy_gaussian(515.0, 85.0, 9000.0)), &edge, bromide());
  REQUIRE(seen);
  CHECK(seen->platelet_share.value < 0.1);
}

TEST_CASE("populations: nothing is said without emission or without known platelets") {
  Material none = bromide();
  none.platelets.clear();
  CHECK_FALSE(separate_populations(emission_of(energy_gaussian(474.5, 92.0, 9000.0)), nullptr, none));
  CHECK_FALSE(separate_populations(emission_of([](double) { return 0.0; }), nullptr, bromide()));
}

}  // namespace nocturne::test
