#include <doctest/doctest.h>

#include "models/sizing.hpp"
#include "models/spectra/stokes_shift.hpp"
#include "support/shipped_material.hpp"

namespace nocturne::test {

namespace {

/// nm of what lies so far above a peak.
double above(double peak_nm, double meV) { return hc_eV_nm / (hc_eV_nm / peak_nm + 1e-3 * meV); }

}  // namespace

TEST_CASE("StokesShift: what the material's file tells of 4 and of 12 nm, and between them a power law") {
  const Material material = shipped_material();
  const StokesShift shift{material};
  const auto meV_at = [&](double edge_nm) {
    return 1e3 * shift.eV_at(hc_eV_nm / peak_nm_at(material, edge_nm));
  };
  CHECK(meV_at(4.0) == doctest::Approx(90.0));
  CHECK(meV_at(12.0) == doctest::Approx(30.0));
  CHECK(meV_at(7.0) < 90.0);
  CHECK(meV_at(7.0) > 30.0);
  const double energy = hc_eV_nm / 490.0, step = 1e-5;
  const double change = (shift.eV_at(energy + step) - shift.eV_at(energy - step)) / (2.0 * step);
  CHECK(shift.relative_slope_at(energy) == doctest::Approx(change / shift.eV_at(energy)).epsilon(1e-5));
  CHECK(shift.relative_slope_at(material.bulk_energy_eV) == 0.0);
}

TEST_CASE("may_be_first_exciton: not where the emission would be further below than any Stokes shift") {
  const Material material = shipped_material();
  const Estimate peak{505.0, 0.02};
  CHECK(may_be_first_exciton(material, {above(505.0, 50.0), 0.3}, peak));
  CHECK_FALSE(may_be_first_exciton(material, {above(505.0, 150.0), 0.3}, peak));
  CHECK(may_be_first_exciton(material, {above(505.0, 150.0), 12.0}, peak));
  CHECK(may_be_first_exciton(material, {above(470.0, 150.0), 0.3}, {470.0, 0.02}));
  Material unsized;
  CHECK(may_be_first_exciton(unsized, {above(505.0, 400.0), 0.3}, peak));
}

}  // namespace nocturne::test
