#include <doctest/doctest.h>

#include <cmath>

#include "models/sizing.hpp"
#include "recipes/document.hpp"
#include "recipes/material_file.hpp"
#include "support/refusal.hpp"

namespace nocturne::test {
namespace {

const std::string& good_material() {
  static const std::string text = read_text_file(NOCTURNE_SOURCE_DIR "/recipes/materials/cspbbr3.toml");
  return text;
}

void check_material_change(const std::string& from, const std::string& to,
                           std::initializer_list<const char*> words) {
  const std::string text = replaced(good_material(), from, to);
  check_refusal(refusal([&] { parse_material(text, "m.toml"); }), "m.toml:" + line_of(good_material(), from),
                words);
}

struct SizeAndPeak {
  double edge_nm;
  double peak_nm;
};

/// Root mean square of the curve's residuals at the pairs, in nm.
double scatter(const Material& material, const std::vector<SizeAndPeak>& pairs) {
  double sum = 0.0;
  for (const auto& [edge, peak] : pairs) sum += std::pow(peak_nm_at(material, edge) - peak, 2);
  return std::sqrt(sum / static_cast<double>(pairs.size()));
}

}  // namespace

TEST_CASE("material: everything in the file arrives") {
  const Material material = parse_material(good_material(), "m.toml");
  CHECK(material.name == "CsPbBr3");
  CHECK(material.bulk_energy_eV == 2.3708);
  CHECK(material.sizing_a == 0.1684);
  CHECK(material.sizing_b == 0.4318);
  CHECK(material.sizing_rms_nm == 0.94);
  CHECK(material.smallest_edge_nm == 3.5);
  CHECK(material.largest_edge_nm == 20.0);
  CHECK(material.bohr_diameter_nm == 7.0);
  CHECK(material.absorption_450_per_cm == 8.7e4);
  REQUIRE(material.platelets.size() == 8);
  CHECK(material.platelets[2].monolayers == 4);
  CHECK(material.platelets[2].low_nm == 471.0);
  CHECK(material.platelets[2].high_nm == 478.0);
  CHECK(material.source.find("10.1021/acs.jpclett.8b01065") != std::string::npos);
}

TEST_CASE("material: the shipped curves scatter about the published sizes as they say") {
  const Material cesium = parse_material(good_material(), "m.toml");
  CHECK(scatter(cesium, {{3.6, 469.5},
                         {4, 478.5},
                         {5.3, 492.5},
                         {6.1, 498},
                         {7.5, 507.5},
                         {10.8, 515},
                         {16.4, 518},
                         {20, 520}}) == doctest::Approx(cesium.sizing_rms_nm).epsilon(0.01));
  const Material formamidinium = read_material(NOCTURNE_SOURCE_DIR "/recipes/materials/fapbbr3.toml");
  CHECK(scatter(formamidinium, {{3.6, 490}, {4, 491}, {5.3, 500}, {6.1, 515}, {7.5, 521}, {10.8, 530}}) ==
        doctest::Approx(formamidinium.sizing_rms_nm).epsilon(0.01));
}

TEST_CASE("material: mistakes are refused in their line") {
  check_material_change("bulk_energy = \"2.3708 eV\"", "bulk_energy = 2.3708", {"no unit", "eV"});
  check_material_change("a = \"0.1684 1/(eV nm²)\"", "a = \"0.1684 1/(eV nm)\"", {"'a'", "1/(eV nm^2)"});
  check_material_change("a = \"0.1684 1/(eV nm²)\"", "a = \"-1 1/(eV nm²)\"", {"'a'", "0 to 1000"});
  check_material_change("largest_edge = \"20 nm\"", "largest_edge = \"2 nm\"", {"not above"});
  check_material_change("rms = \"0.94 nm\"", "rms = \"0 nm\"", {"'rms'"});
  check_material_change("rms = \"0.94 nm\"", "scale_error = 1.5\nrms = \"0.94 nm\"",
                        {"'scale_error'", "0 to 1"});
  check_material_change("low = \"471 nm\"", "low = \"464 nm\"", {"overlaps", "465 nm"});
  check_material_change("monolayers = 4", "monolayers = 3", {"does not rise"});
  check_material_change("high = \"478 nm\"", "high = \"470 nm\"", {"'high' is below"});
  check_material_change("source = \"Henke", "source = \"\" #", {"source is empty"});
  check_material_change("bohr_diameter = \"7 nm\"", "bohr_diametre = \"7 nm\"",
                        {"'bohr_diametre'", "did you mean 'bohr_diameter'"});
}

TEST_CASE("material: a recipe finds its material, or is refused in its line") {
  Recipe recipe = read_recipe(NOCTURNE_SOURCE_DIR "/recipes/cspbbr3_green_510.toml");
  CHECK(material_of(recipe).name == "CsPbBr3");
  recipe.material = "cspbbr";
  check_refusal(refusal([&] { material_of(recipe); }),
                recipe.file + ":" + std::to_string(recipe.lines.at("material")),
                {"'cspbbr'", "did you mean 'cspbbr3'"});
  recipe.material = "../recipes/materials/cspbbr3";
  CHECK_FALSE(refusal([&] { material_of(recipe); }).empty());
  recipe.material = "materials/fapbbr3.toml";
  CHECK(material_of(recipe).name == "FAPbBr3");
  recipe.material = "none.toml";
  check_refusal(refusal([&] { material_of(recipe); }),
                recipe.file + ":" + std::to_string(recipe.lines.at("material")),
                {"there is no file", "none.toml"});
}

}  // namespace nocturne::test
