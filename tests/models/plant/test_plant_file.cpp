#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "models/plant/plant.hpp"
#include "models/plant/shipped_plants.hpp"

namespace nocturne::test {
namespace {

bool contains(const std::string& text, const std::string& piece) {
  return text.find(piece) != std::string::npos;
}

}  // namespace

TEST_CASE("plant file: the shipped plants are read, and differ") {
  CHECK(shipped_plant().feeds.size() == 4);
  CHECK(shipped_plant().feeds[0].contents_mmol_per_L.at("Pb") == 33.0);
  CHECK(shipped_plant().chemistry.growth.activation_kJ_per_mol > 0.0);
  CHECK(shipped_plant().variables.size() == 4);
  CHECK(shifted_plant().chemistry.surface_energy_eV != shipped_plant().chemistry.surface_energy_eV);
}

TEST_CASE("plant file: wrong files are refused with file, line and what would be right") {
  const std::string unknown = plant_refusal("[heater]\n", "[heater]\nfull_powr = 3\n");
  CHECK(contains(unknown, "plant.toml:"));
  CHECK(contains(unknown, "full_powr"));
  CHECK(contains(plant_refusal("dead_time", "dead_tim"), "dead_time"));
  CHECK(contains(plant_refusal("value = 33, unit = \"mmol/L\"", "value = 33, unit = \"mol/L\""), "mmol/L"));
  CHECK(
      contains(plant_refusal("value = 33, unit = \"mmol/L\"", "value = -33, unit = \"mmol/L\""), "above 0"));
  CHECK(contains(plant_refusal("source = \"16-bit converter\"", "source = \"\""), "source"));
  CHECK(contains(plant_refusal("source = \"16-bit converter\"", "origin = \"me\""), "source"));
  CHECK(contains(plant_refusal("Cs = {", "Cesium = {"), "Cesium"));
  CHECK(contains(plant_refusal("name = \"amine_pb\"", "name = \"stirring\""), "amine_pb"));
  CHECK(contains(plant_refusal("high = 12\n", "high = 2\n"), "low is not below high"));
  CHECK(contains(plant_refusal("diluent = \"diluent\"", "diluent = \"water\""), "water"));
  CHECK(contains(plant_refusal("[350.0, 0.3200", "[350.0, -0.3200"), "rise"));
  CHECK(contains(plant_refusal("value = [1.0, -4.0e-7, 0.0]", "value = [1.0]"), "3"));
  CHECK(contains(plant_refusal("edge = \"9.3 nm\"", "edge = \"5.7 nm\""), "3 edge lengths"));
}

TEST_CASE("plant file: the text that goes into logs holds what the base says") {
  const std::string text = plant_text(NOCTURNE_SOURCE_DIR "/recipes/plants/cspbbr3_shifted.toml");
  const PlantParameters again = parse_plant(text, "log");
  CHECK(again.chemistry.surface_energy_eV == shifted_plant().chemistry.surface_energy_eV);
  CHECK(again.geometry.heat_up_s == shifted_plant().geometry.heat_up_s);
  CHECK(again.feeds.size() == shifted_plant().feeds.size());
}

TEST_CASE("plant file: zones that make no reactor are refused") {
  CHECK(shipped_plant().geometry.zones.size() == 4);
  CHECK(shipped_plant().geometry.zones[1].heated);
  CHECK(contains(plant_refusal("joins = [\"diluent\"]", "joins = [\"water\"]"), "no feed is called water"));
  CHECK(contains(plant_refusal("joins = [\"diluent\"]", "joins = [\"diluent\", \"amine\"]"),
                 "nothing else does"));
  CHECK(contains(plant_refusal("joins = [\"diluent\"]\n", ""), "the diluent joins at the last zone"));
  CHECK(contains(plant_refusal("wall = \"heated\"", "wall = \"ambient\""), "no zone is heated"));
  CHECK(contains(plant_refusal("wall = \"heated\"", "wall = \"hot\""), "ambient"));
  CHECK(contains(plant_refusal("name = \"cooled\"", "name = \"mixer\""), "mixer"));
  CHECK(contains(plant_refusal("value = 486, unit = \"uL\"", "value = 0, unit = \"uL\""), "above 0"));
  CHECK(contains(
      plant_refusal("name = \"diluent\"\n",
                    "name = \"diluent\"\nflow_ratio = { value = 2, unit = \"1\", source = \"me\" }\n"),
      "no diluent"));
}

TEST_CASE("plant file: the mechanism decides which constants of the terminal size are known") {
  CHECK(contains(plant_refusal("mechanism = \"bromide\"", "mechanism = \"luck\""), "luck"));
  CHECK(contains(plant_refusal("mechanism = \"bromide\"", "mechanism = \"ligand\""), "ligand_order"));
  CHECK(contains(plant_refusal("mechanism = \"bromide\"\n", ""), "mechanism"));
}

TEST_CASE("plant file: every shipped plant is read and makes dots in the middle of its space or near it") {
  int plants = 0;
  for (const auto& entry : std::filesystem::directory_iterator{NOCTURNE_SOURCE_DIR "/recipes/plants"}) {
    CAPTURE(entry.path().string());
    const PlantParameters plant = read_plant(entry.path());
    CHECK(plant.name == entry.path().stem().string());
    ++plants;
    int dots = 0;
    for (const double share : {0.4, 0.6, 0.8}) {
      Conditions point;
      for (const Variable& variable : plant.variables)
        point[variable.name] = variable.low + share * (variable.high - variable.low);
      point["amine_pb"] = 1.0;
      const PlantTruth truth = steady_truth(plant, point);
      if (!truth.emits || truth.nanoplatelet_fraction > 0.2) continue;
      ++dots;
      CHECK(truth.edge_length_nm > 2.5);
      CHECK(truth.edge_length_nm < 15.0);
      CHECK(truth.fwhm_meV > 60.0);
      CHECK(truth.fwhm_meV < 250.0);
    }
    CHECK(dots >= 1);
  }
  CHECK(plants >= 10);
}

TEST_CASE("plant file: constants that make no physical sense are refused") {
  CHECK(contains(plant_refusal("growth_activation = { value = 50", "growth_activation = { value = -50"),
                 "0 or above"));
  CHECK(
      contains(plant_refusal("surface_energy = { value = 0.46", "surface_energy = { value = 0"), "above 0"));
  CHECK(contains(plant_refusal("drift_share = { value = 0.4", "drift_share = { value = 1.4"), "0 to 1"));
}

TEST_CASE("plant file: a decision space that leaves the mixture open is refused") {
  CHECK(contains(plant_refusal("[[variable]]\nname = \"amine_pb\"\nlow = 0.5\nhigh = 6\n", ""),
                 "1 ratios for 3 reaction feeds"));
}

}  // namespace nocturne::test
