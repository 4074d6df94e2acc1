#include "recipes/material_file.hpp"

#include <algorithm>

#include "recipes/document.hpp"
#include "recipes/library.hpp"
#include "recipes/unit_text.hpp"

namespace nocturne {
namespace {

/// Adds a table's source to the list, each once.
void add_source(const Table& table, std::string& sources) {
  const std::string source = table.read<std::string>("source");
  if (source.empty()) table.at("source").refuse("the source is empty (a paper or how the figure was found)");
  if (sources.find(source) == std::string::npos) sources += (sources.empty() ? "" : "; ") + source;
}

void read_sizing(const Table& table, Material& material) {
  material.bulk_energy_eV = table.at("bulk_energy").in("eV", 0.3, 6.0);
  material.sizing_a = table.at("a").in("1/(eV nm^2)", 0.0, 1000.0);
  material.sizing_b = table.at("b").in("1/(eV nm)", 0.0, 1000.0);
  if (material.sizing_a + material.sizing_b <= 0.0)
    table.at("a").refuse("'a' and 'b' are both 0: the curve has no sizes");
  material.sizing_rms_nm = table.at("rms").in("nm", 0.01, 100.0);
  material.smallest_edge_nm = table.at("smallest_edge").in("nm", 0.5, 100.0);
  material.largest_edge_nm = table.at("largest_edge").in("nm", 0.5, 1000.0);
  if (material.largest_edge_nm <= material.smallest_edge_nm)
    table.at("largest_edge").refuse("'largest_edge' is not above 'smallest_edge'");
  add_source(table, material.source);
}

void read_absorption(const Table& table, Material& material) {
  material.absorption_450_per_cm = table.at("intrinsic_450nm").in("1/cm", 1.0, 1e8);
  add_source(table, material.source);
}

void read_platelets(const Table& table, Material& material) {
  for (const Table& window : table.tables("window")) {
    PlateletWindow platelet;
    platelet.monolayers = window.read_between<int>("monolayers", "1", "50");
    platelet.low_nm = window.at("low").in("nm", 200.0, 3000.0);
    platelet.high_nm = window.at("high").in("nm", 200.0, 3000.0);
    if (platelet.high_nm < platelet.low_nm) window.at("high").refuse("'high' is below 'low'");
    if (!material.platelets.empty()) {
      const PlateletWindow& before = material.platelets.back();
      if (platelet.monolayers <= before.monolayers)
        window.at("monolayers").refuse("'monolayers' does not rise from window to window");
      if (platelet.low_nm <= before.high_nm)
        window.at("low").refuse("the window overlaps the one before, which ends at " +
                                number_text(before.high_nm) + " nm");
    }
    material.platelets.push_back(platelet);
  }
  add_source(table, material.source);
}

}  // namespace

Material parse_material(const std::string& text, const std::string& name) {
  const Document document = Document::parse(text, name);
  const Table root = document.root();
  Material material;
  material.name = root.read<std::string>("name");
  read_sizing(root.table("sizing"), material);
  if (const auto exciton = root.find_table("exciton")) {
    material.bohr_diameter_nm = exciton->at("bohr_diameter").in("nm", 0.1, 200.0);
    add_source(*exciton, material.source);
  }
  if (const auto absorption = root.find_table("absorption")) read_absorption(*absorption, material);
  if (const auto platelets = root.find_table("platelets")) read_platelets(*platelets, material);
  root.finish();
  return material;
}

Material read_material(const std::filesystem::path& file) {
  return parse_material(read_text_file(file), file.string());
}

Material material_of(const Recipe& recipe) {
  const auto names = shipped_names("materials");
  if (std::ranges::find(names, recipe.material) == names.end())
    throw recipe_error(
        recipe, "material",
        "material '" + recipe.material + "' is not known" + suggestion(recipe.material, names));
  return read_material(shipped_folder() / "materials" / (recipe.material + ".toml"));
}

}  // namespace nocturne
