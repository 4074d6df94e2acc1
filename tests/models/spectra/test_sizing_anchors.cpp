#include <doctest/doctest.h>

#include <cmath>
#include <random>
#include <stdexcept>

#include "models/sizing.hpp"
#include "models/sizing_anchors.hpp"
#include "recipes/material_file.hpp"

namespace nocturne::test {
namespace {

Material shipped_material(const std::string& name) {
  return read_material(NOCTURNE_SOURCE_DIR "/recipes/materials/" + name + ".toml");
}

SizeAnchor anchor(const Material& material, double wavelength_nm, double factor, const std::string& method,
                  double relative_error = 0.03) {
  const double edge_nm = factor * *edge_nm_at(material, wavelength_nm);
  return {{wavelength_nm, 0.3}, {edge_nm, relative_error * edge_nm}, method};
}

double relative_error(const SizingCorrection& found) {
  return found.factor.standard_error / found.factor.value;
}

}  // namespace

TEST_CASE("sizing anchors: sizes that are all a tenth larger give the factor, by every method") {
  for (const char* name : {"cspbbr3", "cdse"}) {
    const Material material = shipped_material(name);
    std::vector<SizeAnchor> anchors;
    for (const double nm : {478.0, 485.0, 492.0, 500.0, 506.0, 512.0})
      anchors.push_back(anchor(material, nm, 1.1, anchors.size() % 2 == 0 ? "TEM" : "SAXS"));
    const SizingCorrection found = sizing_correction(material, anchors);
    CHECK(found.factor.value == doctest::Approx(1.1));
    CHECK(found.methods.at("TEM").value == doctest::Approx(1.1));
    CHECK(found.scatter == 1.0);
    CHECK(std::abs(found.trend) < 1e-6);
    for (const double left : found.left_over) CHECK(std::abs(left) < 1e-9);
    const Material better = corrected(material, found);
    for (const double nm : {480.0, 500.0, 510.0})
      CHECK(*edge_nm_at(better, nm) == doctest::Approx(1.1 * *edge_nm_at(material, nm)));
    CHECK(peak_nm_at(better, 1.1 * 3.9) == doctest::Approx(peak_nm_at(material, 3.9)));
  }
}

TEST_CASE("sizing anchors: one method leaves 5 % open however often it measured, two that agree leave less") {
  const Material material = shipped_material("cspbbr3");
  std::vector<SizeAnchor> one, two;
  for (int i = 0; i < 200; ++i) {
    one.push_back(anchor(material, 480.0 + 0.1 * i, 1.0, "TEM"));
    two.push_back(anchor(material, 480.0 + 0.1 * i, 1.0, i % 2 == 0 ? "TEM" : "SAXS"));
  }
  CHECK(relative_error(sizing_correction(material, one)) == doctest::Approx(0.05).epsilon(0.05));
  CHECK(relative_error(sizing_correction(material, two)) ==
        doctest::Approx(0.05 / std::sqrt(2.0)).epsilon(0.05));
}

TEST_CASE(
    "sizing anchors: methods that contradict one another make the factor uncertain, not one of them right") {
  const Material material = shipped_material("cspbbr3");
  std::vector<SizeAnchor> anchors;
  for (const double nm : {480.0, 490.0, 500.0, 505.0}) {
    anchors.push_back(anchor(material, nm, 0.9, "TEM"));
    anchors.push_back(anchor(material, nm, 1.2, "SAXS"));
  }
  const SizingCorrection found = sizing_correction(material, anchors);
  CHECK(found.factor.value == doctest::Approx(std::sqrt(0.9 * 1.2)).epsilon(0.01));
  CHECK(found.between_methods > 0.15);
  CHECK(relative_error(found) > 0.1);
  CHECK(found.scatter == 1.0);
}

TEST_CASE(
    "sizing anchors: anchors that scatter more than their errors allow count less, and widen the curve") {
  const Material material = shipped_material("cspbbr3");
  std::vector<SizeAnchor> anchors;
  int sign = 1;
  for (const double nm : {478.0, 484.0, 490.0, 496.0, 502.0, 508.0})
    anchors.push_back(anchor(material, nm, 1.0 + 0.3 * (sign = -sign), "TEM"));
  const SizingCorrection found = sizing_correction(material, anchors);
  CHECK(found.scatter > 3.0);
  CHECK(relative_error(found) > 0.08);
  CHECK(corrected(material, found).sizing_rms_nm == doctest::Approx(material.sizing_rms_nm * found.scatter));
}

TEST_CASE("sizing anchors: a factor that changes with size shows as a trend") {
  const Material material = shipped_material("cspbbr3");
  std::vector<SizeAnchor> anchors;
  for (const double nm : {475.0, 482.0, 489.0, 496.0, 503.0, 508.0})
    anchors.push_back(anchor(material, nm, 1.0 + 0.02 * (nm - 490.0), "TEM"));
  CHECK(sizing_correction(material, anchors).trend > 2.0);
}

TEST_CASE("sizing anchors: 90 % intervals of the factor hold the truth about as often as they say") {
  const Material material = shipped_material("cspbbr3");
  std::mt19937_64 random{5};
  std::normal_distribution<double> normal;
  int held = 0;
  constexpr int kSets = 400;
  for (int set = 0; set < kSets; ++set) {
    std::vector<SizeAnchor> anchors;
    for (const char* method : {"TEM", "SAXS", "XRD"}) {
      const double off = std::exp(0.05 * normal(random));
      for (const double nm : {480.0, 490.0, 498.0, 505.0}) {
        const double edge_nm = *edge_nm_at(material, nm + material.sizing_rms_nm * normal(random));
        anchors.push_back({{nm + 0.3 * normal(random), 0.3},
                           {1.07 * off * edge_nm * (1.0 + 0.03 * normal(random)), 0.03 * edge_nm},
                           method});
      }
    }
    const SizingCorrection found = sizing_correction(material, anchors);
    held += std::abs(std::log(found.factor.value / 1.07)) < quantile_95 * relative_error(found);
  }
  CHECK(held > 0.85 * kSets);
  CHECK(held < 0.97 * kSets);
}

TEST_CASE(
    "sizing anchors: the error of the scale widens what a peak says of the size, and a size of the peak") {
  Material material = shipped_material("cspbbr3");
  const EdgeLength before = edge_length(material, {490.0, 0.1});
  const double peak_error = peak_of_edge(material, {5.0, 0.1})->standard_error;
  material.sizing_scale_error = 0.06;
  const EdgeLength after = edge_length(material, {490.0, 0.1});
  CHECK(*after.value == *before.value);
  const double by_scale = quantile_95 * 0.06 * *after.value;
  CHECK(*after.value - *after.low == doctest::Approx(std::hypot(*before.value - *before.low, by_scale)));
  CHECK(*after.high - *after.value == doctest::Approx(std::hypot(*before.high - *before.value, by_scale)));
  CHECK(peak_of_edge(material, {5.0, 0.1})->standard_error > 2.0 * peak_error);
}

TEST_CASE("sizing anchors: too few, and one beyond the bulk, are refused") {
  const Material material = shipped_material("cspbbr3");
  const SizeAnchor good = anchor(material, 490.0, 1.0, "TEM");
  CHECK_THROWS_AS(sizing_correction(material, {good, good}), std::invalid_argument);
  SizeAnchor beyond = good;
  beyond.wavelength_nm.value = 560.0;
  CHECK_THROWS_AS(sizing_correction(material, {good, good, beyond}), std::invalid_argument);
}

TEST_CASE("sizing anchors: a method is told by what it sees, however it is written") {
  for (const char* label :
       {"TEM", "tem", " T.E.M. ", "HRTEM", "HR-TEM", "STEM", "(S)TEM", "HAADF-STEM", "TEM (n = 200)"}) {
    CAPTURE(label);
    CHECK(method_family(label) == "TEM");
  }
  CHECK(method_family("gi-saxs") == "SAXS");
  CHECK(method_family("powder XRD (Scherrer)") == "XRD");
  CHECK(method_family("AFM") == "AFM");
  CHECK(method_family("Größe") == method_family("GRößE"));
  CHECK(method_family("- ").empty());
}

}  // namespace nocturne::test
