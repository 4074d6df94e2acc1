#include <doctest/doctest.h>

#include <cmath>

#include "models/plant/optics.hpp"
#include "models/plant/shipped_plants.hpp"

namespace nocturne::test {
namespace {

/// Hot injection: everything meets at once at one temperature.
struct Injection {
  PlantParameters plant = shipped_plant();
  Composition fed;
  double celsius = 150.0;

  Crystals after(double seconds) const {
    Crystals crystals;
    crystals.temperature_K = celsius + 273.15;
    chemistry().advance(crystals, crystals.temperature_K, seconds);
    return crystals;
  }
  Chemistry chemistry() const { return Chemistry{plant.chemistry, fed, 0.02, 0.05}; }
  double edge(double seconds) const {
    const Crystals crystals = after(seconds);
    return crystals.moments[1] / crystals.moments[0];
  }
  double spread(double seconds) const {
    const auto& m = after(seconds).moments;
    return std::sqrt(m[2] * m[0] / (m[1] * m[1]) - 1.0);
  }
  double peak_nm(double seconds) const {
    const Crystals crystals = after(seconds);
    const Chemistry now = chemistry();
    const Dissolved left = now.dissolved(crystals, now.thermal(298.15));
    Product product;
    product.moments = crystals.moments;
    product.dot_lead = now.dot_lead(crystals);
    product.fed_lead = fed.lead;
    product.free_bromide = left.free_bromide;
    product.ammonium = left.ammonium;
    return Optics{plant}.spectra(product, 1.0).truth.peak_nm;
  }
  /// From when on the peak is within 0.5 nm of where it is at the quench after 100 s.
  double standstill_s() const {
    const double last = peak_nm(100.0);
    double seconds = 100.0;
    while (seconds > 0.05 && std::abs(peak_nm(seconds / 1.02) - last) < 0.5) seconds /= 1.02;
    return seconds;
  }
  /// From when on the edge is within `share` of what it is after `end_s`.
  double grown_s(double end_s, double share) const {
    const double last = edge(end_s);
    double seconds = end_s;
    while (seconds > 1.0 && edge(seconds / 1.02) > (1.0 - share) * last) seconds /= 1.02;
    return seconds;
  }
};

/// 3 mmol/L of cesium and lead with five bromides per lead as ammonium salt, and zinc bromide besides.
Injection dilute(double zinc_bromide, double celsius = 150.0) {
  return {shipped_plant(), {3.0, 3.0, 15.0 + 2.0 * zinc_bromide, 15.0, zinc_bromide, 10.0, 6.0}, celsius};
}

/// Size by ligands. Constants of neither preset are a shipped plant's.
Injection ligand(double binding, double order) {
  Injection flask{shipped_plant(), {10.0, 10.0, 50.0, 50.0, 0.0, 20.0, 20.0}, 100.0};
  PlantChemistry& k = flask.plant.chemistry;
  k.mechanism = SizeMechanism::ligand;
  k.ligand_binding = {binding, -20.0};
  k.ligand_order = order;
  k.growth_bromide_order = 0.0;
  k.platelet_boundary_C = -100.0;
  return flask;
}

/// A phosphonic acid that binds strongly: dots form at once and ripen for minutes.
Injection strong_ligand() {
  Injection flask = ligand(0.01, 1.0);
  PlantChemistry& k = flask.plant.chemistry;
  k.ligand_binding.activation_kJ_per_mol = 0.0;
  k.largest_edge_nm = 19.0;
  k.growth = {12.0, 60.0};
  k.nucleation = {0.003, 30.0};
  k.nucleation_barrier = 25.0;
  k.ripening = {45.0, 60.0};
  return flask;
}

/// A phosphine oxide, fed as amine, that keeps lead bromide dissolved at room temperature.
Injection slow_ligand(double concentration, double phosphine_oxide) {
  Injection flask = ligand(0.0065, -1.0);
  flask.celsius = 25.0;
  flask.fed = {concentration, concentration,   4.0 * concentration, 4.0 * concentration,
               0.0,           phosphine_oxide, 2.0 * concentration};
  PlantChemistry& k = flask.plant.chemistry;
  k.reference_C = 25.0;
  k.ligand_binding.activation_kJ_per_mol = 0.0;
  k.ligand_neutral_share = 1.0;
  k.protonation = {1e-5, 0.0};
  k.ligand_inhibition_L_per_mmol = 0.0;
  k.solubility.value = 1e-3;
  k.growth = {0.012, 60.0};
  k.growth_precursor_order = 0.0;
  k.nucleation = {8e-7, 30.0};
  k.nucleation_barrier = 2.0;
  k.ripening.value = 0.005;
  return flask;
}

}  // namespace

TEST_CASE("mechanisms: with excess bromide the peak stands after 1 s, without after 25 s, each within half") {
  const Injection rich = dilute(60.0), poor = dilute(0.0);
  const double rich_s = rich.standstill_s(), poor_s = poor.standstill_s();
  CHECK(rich_s > 0.5);
  CHECK(rich_s < 1.5);
  CHECK(poor_s > 12.5);
  CHECK(poor_s < 37.5);
}

TEST_CASE("mechanisms: once the peak stands, dots still come, and with them the intensity") {
  const Injection rich = dilute(60.0);
  const double stands = rich.standstill_s();
  const Crystals then = rich.after(stands), later = rich.after(5.0 * stands), last = rich.after(100.0);
  CHECK(later.moments[0] > 3.0 * then.moments[0]);
  CHECK(last.moments[0] > 3.0 * later.moments[0]);
  CHECK(rich.chemistry().dot_lead(then) < 0.1 * rich.fed.lead);
  CHECK(rich.chemistry().dot_lead(last) > 0.5 * rich.fed.lead);
}

TEST_CASE("mechanisms: sizes focus while precursors last, and broaden by ripening on a long hold") {
  const Injection poor = dilute(0.0, 170.0);
  CHECK(poor.spread(1.0) > 1.2 * poor.spread(20.0));
  const Crystals early = poor.after(100.0), late = poor.after(3000.0);
  CHECK(late.moments[0] < 0.9 * early.moments[0]);
  const auto width_nm = [&](double seconds) { return poor.spread(seconds) * poor.edge(seconds); };
  CHECK(width_nm(3000.0) > 1.05 * width_nm(100.0));
}

TEST_CASE("mechanisms: nucleation overlaps with growth") {
  const Injection rich = dilute(60.0);
  const double half = 0.5 * rich.after(100.0).moments[0];
  CHECK(rich.after(1.0).moments[0] < half);
  CHECK(rich.after(5.0).moments[0] < half);
  CHECK(rich.edge(5.0) > 0.95 * rich.edge(100.0));
}

TEST_CASE("mechanisms: where ligands set the size, ammonium shrinks dots and bromide from zinc hardly does") {
  const auto with = [](double ammonium, double zinc) {
    Injection flask = ligand(0.01, 1.0);
    flask.celsius = 150.0;
    flask.fed.alkylammonium += ammonium;
    flask.fed.zinc = zinc;
    flask.fed.bromide += ammonium + 2.0 * zinc;
    return flask.edge(300.0);
  };
  const double plain = with(0.0, 0.0);
  CHECK(with(100.0, 0.0) < 0.85 * plain);
  CHECK(with(0.0, 50.0) > 0.9 * plain);  // more nuclei share the lead
  Injection bromide{shipped_plant(), {10.0, 10.0, 150.0, 50.0, 50.0, 20.0, 20.0}, 150.0};
  Injection plain_bromide{shipped_plant(), {10.0, 10.0, 50.0, 50.0, 0.0, 20.0, 20.0}, 150.0};
  CHECK(bromide.edge(300.0) < 0.75 * plain_bromide.edge(300.0));
}

TEST_CASE("mechanisms: where ligands set the size, heat lets go of them and dots are larger") {
  const Injection flask = ligand(0.01, 1.0);
  const Chemistry chemistry = flask.chemistry();
  const auto edge = [&](double kelvin) {
    const ThermalState thermal = chemistry.thermal(kelvin);
    return chemistry.terminal(chemistry.dissolved({}, thermal), thermal).edge_nm;
  };
  CHECK(edge(440.0) > 1.05 * edge(400.0));
}

TEST_CASE(
    "mechanisms: with a strong ligand the size follows time, from 5 nm after 45 s to 9 nm after 600 s") {
  const Injection flask = strong_ligand();
  CHECK(flask.edge(45.0) == doctest::Approx(5.0).epsilon(0.1));
  CHECK(flask.edge(600.0) == doctest::Approx(9.2).epsilon(0.1));
  double before = 0.0;
  for (const double seconds : {45.0, 90.0, 180.0, 300.0, 450.0, 600.0}) {
    CHECK(flask.edge(seconds) > before + 0.2);
    before = flask.edge(seconds);
  }
}

TEST_CASE(
    "mechanisms: with phosphine oxide growth takes half an hour; dilution makes it smaller and faster") {
  const Injection usual = slow_ligand(5.0, 50.0), diluted = slow_ligand(2.5, 25.0);
  const double grown = usual.grown_s(7200.0, 0.1);
  CHECK(grown > 900.0);
  CHECK(grown < 3600.0);
  CHECK(diluted.edge(7200.0) < 0.8 * usual.edge(7200.0));
  CHECK(diluted.grown_s(7200.0, 0.1) < 0.9 * grown);
}

TEST_CASE("mechanisms: less phosphine oxide is smaller, but growth starts at the same rate") {
  const Injection usual = slow_ligand(5.0, 50.0), little = slow_ligand(5.0, 25.0);
  CHECK(little.edge(7200.0) < 0.9 * usual.edge(7200.0));
  const auto start = [](const Injection& flask) {
    return flask.edge(30.0) - flask.plant.chemistry.nucleus_nm;
  };
  CHECK(start(little) == doctest::Approx(start(usual)).epsilon(0.15));
}

}  // namespace nocturne::test
