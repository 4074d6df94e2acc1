#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <numbers>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "models/spectra/characterize.hpp"
#include "models/spectra/droplet.hpp"
#include "models/spectra/synthetic.hpp"

namespace nocturne::test {

namespace {

constexpr int replicates = 2000;

/// Crystals of one kind that absorb at `exciton_nm` and emit `stokes_nm` to the red of it.
Droplet one_kind(double exciton_nm, double stokes_nm, double fwhm_eV, double exciton_height,
                 double exciton_width_eV, double continuum_eV) {
  Crystals c;
  const double at = exciton_nm + stokes_nm;
  c.line_eV = hc_eV_nm / at;
  c.fwhm_eV = fwhm_eV;
  c.area = 6400.0 * fwhm_eV * at * at / hc_eV_nm;
  c.exciton_eV = hc_eV_nm / exciton_nm;
  c.exciton_height = exciton_height;
  c.exciton_width_eV = exciton_width_eV;
  c.continuum_eV = continuum_eV;
  c.continuum = 0.12;
  Droplet droplet;
  droplet.crystals = {c};
  return droplet;
}

double lead_per_absorbance() {
  const Material material = bromide();
  return 1e6 * std::log(10.0) /
         (material.absorption_450_per_cm * droplet_settings().path_cm * material.molar_volume_cm3);
}

/// What holds more than noise, what studies disagree about, is tested with constants drawn from that
/// disagreement.
bool between_studies(const std::string& name) {
  return name == "size_dispersion" || name == "nanoplatelet_fraction" || name == "dissolved";
}

/// `smoothed`: what is defined on the smoothed curve and there lies beside that of the formula by no more
/// than `most_nm`; it is not held against the formula.
void check_replicates(const Droplet& droplet, const std::string& smoothed = "", double most_nm = 0.0) {
  const Seen without_noise = clean(droplet);
  const std::map<std::string, double> truth = truth_of(droplet, lead_per_absorbance());
  std::map<std::string, Tally> z, errors;
  std::mt19937_64 random{11};
  for (int run = 0; run < replicates; ++run) {
    for (const auto& [name, estimate] : quantities(analyzed(noisy(without_noise, random)))) {
      if (between_studies(name)) continue;
      REQUIRE_MESSAGE(truth.count(name) == 1, name << " has no truth");
      z[name].add((estimate.value - truth.at(name)) / estimate.standard_error);
      errors[name].add(estimate.standard_error);
    }
  }
  std::map<std::string, double> bias;
  for (const auto& [name, estimate] : quantities(analyzed(without_noise))) {
    if (!between_studies(name)) bias[name] = estimate.value - truth.at(name);
  }
  CHECK(z.size() + 1 == truth.size());  // the dissolved are tested below
  for (const auto& [name, tally] : z) {
    CAPTURE(name);
    MESSAGE(name << " (" << tally.count() << "): z " << tally.mean() << " +- " << tally.deviation()
                 << "; truth " << truth.at(name) << ", standard error " << errors[name].mean()
                 << ", bias without noise " << bias[name]);
    CHECK(tally.count() >= 0.98 * replicates);
    if (name == smoothed) {
      CHECK(std::abs(bias[name]) < most_nm);
      continue;
    }
    CHECK(std::abs(tally.mean()) < 0.1);
    CHECK(tally.deviation() > 0.9);
    CHECK(tally.deviation() < 1.2);
  }
}

double drawn(const Estimate& between, std::mt19937_64& random) {
  return between.value + between.standard_error * std::normal_distribution{}(random);
}

/// Dots of `edge_nm` with a spread of edge lengths; the width of a single dot is that of one study.
Droplet dispersed(double edge_nm, double relative, std::mt19937_64& random) {
  const Material material = bromide();
  const ConfinedOptics& optics = material.confined;
  const double h = 1e-3 * edge_nm;
  const double per_nm = hc_eV_nm *
                        (1.0 / peak_nm_at(material, edge_nm - h) - 1.0 / peak_nm_at(material, edge_nm + h)) /
                        (2.0 * h);
  const double single = 1e-3 * (drawn(optics.homogeneous_fwhm_meV, random) +
                                drawn(optics.homogeneous_fwhm_meV_nm, random) / edge_nm);
  const double spread = 2.0 * std::sqrt(2.0 * std::numbers::ln2) * per_nm * edge_nm * relative;
  const double at = peak_nm_at(material, edge_nm);
  return one_kind(at - 10.0, 10.0, std::hypot(single, spread), 0.5, 0.038, 0.09);
}

/// Dots and platelets of `monolayers` that share the emission; all that studies disagree about is that of one
/// study.
Droplet mixed(double edge_nm, const PlateletWindow& window, double share, std::mt19937_64& random) {
  const Material material = bromide();
  const ConfinedOptics& optics = material.confined;
  const auto from = [&](double value, double deviation) { return drawn({value, deviation}, random); };
  constexpr double area = 160000.0;
  Crystals dots, platelets;
  dots.line_eV = hc_eV_nm / peak_nm_at(material, edge_nm);
  dots.fwhm_eV = 0.105 * std::exp(from(0.0, 0.22));
  dots.lorentz = std::clamp(from(0.15, 0.12), 0.0, 1.0);
  dots.log_asymmetry = from(0.0, 0.12);
  dots.area = area * (1.0 - share);
  const auto confinement = [&](double d) {
    return hc_eV_nm / peak_nm_at(material, d) - material.bulk_energy_eV;
  };
  const double power = std::log(optics.dot_stokes_4nm_meV / optics.dot_stokes_12nm_meV) /
                       std::log(confinement(4.0) / confinement(12.0));
  const double stokes =
      1e-3 * optics.dot_stokes_4nm_meV * std::pow(confinement(edge_nm) / confinement(4.0), power);
  dots.exciton_eV = dots.line_eV + stokes * std::exp(from(0.0, optics.dot_stokes_scatter));
  dots.exciton_height = std::max(0.0, drawn(optics.dot_exciton, random));
  dots.exciton_width_eV = 0.042 * std::exp(from(0.0, 0.3));
  const double distance = from(0.6, 0.2);
  dots.continuum_eV = distance * confinement(edge_nm);
  dots.onset_eV = 0.55 * dots.exciton_width_eV;
  dots.continuum = 0.12;
  const double middle = 0.5 * (hc_eV_nm / window.low_nm + hc_eV_nm / window.high_nm),
               width = hc_eV_nm / window.low_nm - hc_eV_nm / window.high_nm;
  platelets.line_eV = from(middle, 0.4 * width);
  platelets.fwhm_eV = 1e-3 * drawn(optics.platelet_fwhm_meV, random);
  platelets.area = area * share;
  platelets.exciton_eV = platelets.line_eV + 1e-3 * drawn(optics.platelet_stokes_meV, random);
  platelets.exciton_height = std::max(0.0, drawn(optics.platelet_exciton, random));
  platelets.exciton_width_eV = 0.034 * std::exp(from(0.0, 0.2));
  platelets.continuum_eV = distance * (platelets.line_eV - material.bulk_energy_eV);
  platelets.onset_eV = 0.55 * platelets.exciton_width_eV;
  const double yields = std::exp(drawn(optics.platelet_log_relative_yield, random));
  platelets.continuum = dots.continuum * share / (1.0 - share) / yields;
  const double scale = 0.12 / (dots.continuum + platelets.continuum);
  dots.continuum *= scale;
  platelets.continuum *= scale;
  Droplet droplet;
  droplet.crystals = {dots, platelets};
  droplet.slope_per_eV = from(0.9, 0.27);
  return droplet;
}

void check(const std::string& name, const Tally& z, int all) {
  CAPTURE(name);
  MESSAGE(name << " (" << z.count() << " of " << all << "): z " << z.mean() << " +- " << z.deviation());
  CHECK(z.count() >= 0.98 * all);
  CHECK(std::abs(z.mean()) < 0.1);
  CHECK(z.deviation() > 0.9);
  CHECK(z.deviation() < 1.2);
}

}  // namespace

TEST_CASE("standard errors: of dots at 501 nm every quantity scatters about the truth as its error says") {
  check_replicates(one_kind(491.0, 10.0, 0.092, 0.5, 0.038, 0.09));
}

TEST_CASE("standard errors: and of small dots with a strong exciton") {
  check_replicates(one_kind(472.0, 14.0, 0.115, 0.7, 0.04, 0.11), "exciton_curvature_nm", 0.1);
}

TEST_CASE("standard errors: and of crystals with the sharp exciton of platelets, faint") {
  Droplet droplet = one_kind(473.0, 6.0, 0.085, 1.5, 0.034, 0.09);
  droplet.crystals.front().area *= 0.5;
  check_replicates(droplet, "exciton_curvature_nm", 0.4);
}

TEST_CASE("standard errors: of size dispersion hold what studies disagree about the width of a single dot") {
  Tally z;
  std::mt19937_64 random{5};
  for (int run = 0; run < replicates; ++run) {
    const Droplet droplet = dispersed(5.5, 0.13, random);
    const Characterization seen = analyzed(noisy(clean(droplet), random));
    if (!seen.dispersion || !seen.dispersion->relative) continue;
    z.add((seen.dispersion->relative->value - 0.13) / seen.dispersion->relative->standard_error);
  }
  check("size_dispersion", z, replicates);
}

TEST_CASE("standard errors: of size dispersion the upper limit fails at most one product in twenty") {
  int beyond = 0, all = 0;
  std::mt19937_64 random{6};
  for (int run = 0; run < replicates; ++run) {
    const Characterization seen = analyzed(noisy(clean(dispersed(6.5, 0.05, random)), random));
    if (!seen.dispersion) continue;
    ++all;
    beyond += seen.dispersion->upper_limit < 0.05 ? 1 : 0;
  }
  MESSAGE(beyond << " of " << all << " beyond the limit");
  CHECK(all >= 0.99 * replicates);
  CHECK(beyond < 0.06 * all);
  CHECK(beyond > 0.015 * all);
}

TEST_CASE("standard errors: of dissolved absorbance hold what the continuum's slope leaves open") {
  Tally z;
  std::mt19937_64 random{7};
  for (int run = 0; run < replicates; ++run) {
    Droplet droplet = one_kind(491.0, 10.0, 0.092, 0.5, 0.038, 0.09);
    droplet.slope_per_eV = drawn({0.9, 0.27}, random);
    const Characterization seen = analyzed(noisy(clean(droplet), random));
    if (seen.dissolved) z.add((seen.dissolved->value - droplet.dissolved) / seen.dissolved->standard_error);
  }
  check("dissolved", z, replicates);
}

TEST_CASE("standard errors: of the share of platelets hold, over products and studies, what leaves it open") {
  Tally z, size;
  std::mt19937_64 random{8};
  const Material material = bromide();
  const std::vector<PlateletWindow> thin(material.platelets.begin() + 1, material.platelets.begin() + 4);
  for (int run = 0; run < replicates; ++run) {
    const double share = std::uniform_real_distribution{0.1, 0.9}(random),
                 edge = std::uniform_real_distribution{4.2, 7.5}(random);
    const PlateletWindow& window = thin[static_cast<std::size_t>(run) % thin.size()];
    const Characterization seen = analyzed(noisy(clean(mixed(edge, window, share, random)), random));
    if (!seen.populations) continue;
    const Estimate found = seen.populations->platelet_share;
    z.add((found.value - share) / found.standard_error);
    size.add(found.standard_error);
  }
  MESSAGE("mean error of the share: " << size.mean());
  MESSAGE("nanoplatelet_fraction (" << z.count() << "): z " << z.mean() << " +- " << z.deviation());
  CHECK(z.count() == replicates);
  // No thickness has a negative amount, so what noise adds to absent ones is not taken off elsewhere.
  CHECK(std::abs(z.mean()) < 0.3);
  CHECK(z.deviation() > 0.7);
  CHECK(z.deviation() < 1.2);
}

}  // namespace nocturne::test
