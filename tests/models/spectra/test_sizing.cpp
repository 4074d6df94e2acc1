#include <doctest/doctest.h>

#include "models/sizing.hpp"
#include "models/spectra/synthetic.hpp"

namespace nocturne::test {

TEST_CASE("sizing: edge length and peak are each other's inverse") {
  const Material material = bromide();
  for (const double edge : {3.5, 5.0, 8.0, 12.0, 19.0}) {
    CHECK(*edge_nm_at(material, peak_nm_at(material, edge)) == doctest::Approx(edge).epsilon(1e-9));
  }
}

TEST_CASE("sizing: the curve meets the measured sizes within its scatter") {
  const Material material = bromide();
  CHECK(peak_nm_at(material, 3.6) == doctest::Approx(469.5).epsilon(0.003));
  CHECK(peak_nm_at(material, 6.1) == doctest::Approx(498.0).epsilon(0.003));
  CHECK(peak_nm_at(material, 20.0) == doctest::Approx(520.0).epsilon(0.003));
}

TEST_CASE("sizing: bulk and beyond have no edge length") {
  const Material material = bromide();
  CHECK_FALSE(edge_nm_at(material, hc_eV_nm / material.bulk_energy_eV + 0.01));
  CHECK_FALSE(edge_nm_at(material, 600.0));
  CHECK_FALSE(edge_nm_at(material, 0.0));
  CHECK_FALSE(edge_nm_at(material, -500.0));
}

TEST_CASE("sizing: one nm of peak is worth more size the nearer to bulk") {
  Material material = bromide();
  material.sizing_rms_nm = 0.0;
  const double per_nm = 1.0 / (2.0 * 1.6448536269514722);  // of the 90 % interval at an error of 1 nm
  const auto width = [&](double peak) {
    const auto interval = edge_length(material, {peak, 0.1}).interval();
    REQUIRE(interval);
    return 10.0 * (interval->high - interval->low) * per_nm;
  };
  CHECK(width(472.0) == doctest::Approx(0.05).epsilon(0.2));
  CHECK(width(490.0) == doctest::Approx(0.10).epsilon(0.2));
  CHECK(width(500.0) == doctest::Approx(0.17).epsilon(0.2));
  CHECK(width(510.0) == doctest::Approx(0.39).epsilon(0.2));
  CHECK(width(519.8) > 3.0);
}

TEST_CASE("sizing: scatter of the curve widens the interval even for a perfect peak") {
  const auto interval = edge_length(bromide(), {500.0, 0.0}).interval();
  REQUIRE(interval);
  CHECK(interval->high - interval->low > 0.4);
}

TEST_CASE("sizing: outside the measured curve only a bound remains, and the flag says so") {
  const EdgeLength bulk = edge_length(bromide(), {522.5, 0.2});
  CHECK(bulk.outside_sizing_curve);
  CHECK_FALSE(bulk.value);
  CHECK_FALSE(bulk.high);
  REQUIRE(bulk.low);
  CHECK(*bulk.low > 15.0);
  CHECK_FALSE(bulk.interval());

  const EdgeLength tiny = edge_length(bromide(), {440.0, 0.2});
  CHECK(tiny.outside_sizing_curve);
  CHECK_FALSE(tiny.low);
  REQUIRE(tiny.high);
  CHECK(*tiny.high == doctest::Approx(3.5));
}

TEST_CASE(
    "sizing: a value on the curve whose upper end passes the bulk edge has no interval but a lower bound") {
  const EdgeLength edge = edge_length(bromide(), {519.0, 5.0});
  CHECK(edge.value);
  CHECK(edge.low);
  CHECK_FALSE(edge.high);
  CHECK_FALSE(edge.interval());
}

TEST_CASE("sizing: monolayers follow the published windows, with a nanometre of tolerance") {
  CHECK(monolayers_at(bromide(), 460.0) == 3);
  CHECK(monolayers_at(bromide(), 453.9 + 0.2) == 3);
  CHECK(monolayers_at(bromide(), 471.0) == 4);
  CHECK(monolayers_at(bromide(), 515.0) == 9);
  CHECK_FALSE(monolayers_at(bromide(), 445.0));
  CHECK_FALSE(monolayers_at(bromide(), 530.0));
  CHECK_FALSE(monolayers_at(Material{}, 460.0));
}

}  // namespace nocturne::test
