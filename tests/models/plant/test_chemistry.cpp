#include <doctest/doctest.h>

#include <cmath>

#include "models/plant/chemistry.hpp"
#include "models/plant/constants.hpp"
#include "models/plant/optics.hpp"
#include "models/plant/shipped_plants.hpp"

namespace nocturne::test {
namespace {

/// A flask of hot solution in which everything meets at once.
struct Flask {
  PlantParameters plant = shipped_plant();
  Composition fed{10.0, 10.0, 0.0, 0.0, 0.0, 10.0, 20.0};

  Flask& lead_bromide(double mmol_per_L) {
    fed.lead += mmol_per_L;
    fed.bromide += 2.0 * mmol_per_L;
    return *this;
  }
  Flask& alkylammonium_bromide(double mmol_per_L) {
    fed.alkylammonium += mmol_per_L;
    fed.bromide += mmol_per_L;
    return *this;
  }
  Flask& zinc_bromide(double mmol_per_L) {
    fed.zinc += mmol_per_L;
    fed.bromide += 2.0 * mmol_per_L;
    return *this;
  }
  Chemistry chemistry() const { return Chemistry{plant.chemistry, fed, 0.02, 0.05}; }

  Crystals after(double seconds, double celsius) const {
    Crystals crystals;
    crystals.temperature_K = celsius + kCelsius;
    chemistry().advance(crystals, celsius + kCelsius, seconds);
    return crystals;
  }
  double edge(const Crystals& crystals) const { return std::cbrt(crystals.moments[3] / crystals.moments[0]); }
  double spread(const Crystals& crystals) const {
    const auto& m = crystals.moments;
    return std::sqrt(m[2] * m[0] / (m[1] * m[1]) - 1.0);
  }
  double peak_nm(double seconds, double celsius) const {
    return 1239.841984 / Optics{plant}.emission_energy(edge(after(seconds, celsius)));
  }
  /// From when on the peak is within 2 nm of where it is after 100 s.
  double saturation_s(double celsius) const {
    const double last = peak_nm(100.0, celsius);
    double seconds = 100.0;
    while (seconds > 0.05 && std::abs(peak_nm(seconds, celsius) - last) < 2.0) seconds /= 1.25;
    return seconds;
  }
};

}  // namespace

TEST_CASE("chemistry: the free bromide satisfies the balance of its pools") {
  Flask flask;
  flask.alkylammonium_bromide(30.0).zinc_bromide(8.0);
  const Chemistry chemistry = flask.chemistry();
  const ThermalState thermal = chemistry.thermal(400.0);
  const Dissolved left = chemistry.dissolved(Crystals{}, thermal);
  const double f = left.free_bromide;
  const double bound =
      flask.fed.alkylammonium * f / (f + thermal.alkylammonium_dissociation) +
      2.0 * flask.fed.zinc * f / (f + thermal.zinc_dissociation) +
      flask.plant.chemistry.bromide_per_lead * flask.fed.lead * f / (f + thermal.lead_dissociation);
  CHECK(f + bound == doctest::Approx(flask.fed.bromide).epsilon(1e-9));
}

TEST_CASE("chemistry: at equilibrium the bromide of a dot and of the solution have one potential") {
  Flask flask;
  const Chemistry chemistry = flask.chemistry();
  const PlantChemistry& k = flask.plant.chemistry;
  const double kT = 8.617333262e-5 * 400.0;
  const double free = 30.0;
  const auto edge_at = [&](double free_bromide, double kelvin) {
    Dissolved left;
    left.free_bromide = free_bromide;
    return chemistry.terminal(left, chemistry.thermal(kelvin)).edge_nm;
  };
  const double edge = edge_at(free, 400.0);
  const double solution = k.equilibrium_offset_eV + kT * std::log(free / k.standard_bromide_mmol_per_L);
  // The bound on the size, far above this one, takes a little of it.
  CHECK(k.surface_energy_eV / std::pow(edge, k.size_exponent) == doctest::Approx(solution).epsilon(0.15));
  CHECK(edge_at(60.0, 400.0) < edge);
  CHECK(edge_at(free, 440.0) > edge);
}

TEST_CASE("chemistry: bromide without lead makes dots smaller and narrower, bound to lead it does not") {
  const auto base = [] { return Flask{}.alkylammonium_bromide(45.0); };
  const Flask zinc = base().zinc_bromide(30.0);
  const Flask ammonium = base().alkylammonium_bromide(60.0);
  const Flask lead = base().lead_bromide(5.0);
  const Crystals plain = base().after(100.0, 160.0);
  const double edge = base().edge(plain);
  CHECK(zinc.edge(zinc.after(100.0, 160.0)) < 0.85 * edge);
  CHECK(ammonium.edge(ammonium.after(100.0, 160.0)) < 0.85 * edge);
  CHECK(zinc.spread(zinc.after(100.0, 160.0)) < base().spread(plain));
  CHECK(lead.edge(lead.after(100.0, 160.0)) == doctest::Approx(edge).epsilon(0.05));
}

TEST_CASE(
    "chemistry: with zinc bromide in excess the peak stands still after about a second, without only much "
    "later") {
  const Flask rich = Flask{}.alkylammonium_bromide(50.0).zinc_bromide(150.0);
  const Flask poor = Flask{}.alkylammonium_bromide(50.0);
  CHECK(rich.saturation_s(150.0) < 1.5);
  CHECK(poor.saturation_s(150.0) > 8.0);
  CHECK(poor.peak_nm(100.0, 150.0) > rich.peak_nm(100.0, 150.0) + 20.0);
}

TEST_CASE("chemistry: after the peak stands still, more dots of the same size appear") {
  const Flask rich = Flask{}.alkylammonium_bromide(45.0).zinc_bromide(150.0);
  const Crystals early = rich.after(3.0, 160.0), late = rich.after(60.0, 160.0);
  CHECK(rich.edge(late) == doctest::Approx(rich.edge(early)).epsilon(0.04));
  CHECK(late.moments[0] > 1.5 * early.moments[0]);
}

TEST_CASE("chemistry: with little bromide dots go on growing by ripening, and their number falls") {
  const Flask poor = Flask{}.alkylammonium_bromide(36.0);
  const Crystals early = poor.after(60.0, 170.0), late = poor.after(600.0, 170.0);
  CHECK(poor.edge(late) > 1.1 * poor.edge(early));
  CHECK(late.moments[0] < 0.9 * early.moments[0]);
}

TEST_CASE("chemistry: living through a time in pieces gives the same as at once") {
  const Flask flask = Flask{}.alkylammonium_bromide(60.0);
  const Chemistry chemistry = flask.chemistry();
  Crystals pieces;
  for (int i = 0; i < 50; ++i) chemistry.advance(pieces, 420.0, 2.0);
  Crystals whole;
  chemistry.advance(whole, 420.0, 100.0);
  CHECK(flask.edge(pieces) == doctest::Approx(flask.edge(whole)).epsilon(1e-3));
  CHECK(pieces.moments[3] == doctest::Approx(whole.moments[3]).epsilon(1e-3));
}

TEST_CASE("chemistry: without lead, cesium or bromide nothing solidifies") {
  for (double Composition::*missing : {&Composition::cesium, &Composition::lead, &Composition::bromide}) {
    Flask flask;
    flask.alkylammonium_bromide(50.0);
    flask.fed.*missing = 0.0;
    CHECK(flask.after(100.0, 150.0).moments[3] == 0.0);
  }
}

}  // namespace nocturne::test
