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

/// Coefficients for both in nm, ascending, and the wavelengths between which they hold.
void read_polynomial(const Table& table, Material& material) {
  for (const Table& term : table.tables("term"))
    material.sizing_polynomial.push_back(term.read<double>("coefficient"));
  if (material.sizing_polynomial.size() < 2)
    table.refuse("a polynomial needs at least two terms ([[sizing.term]])");
  material.polynomial_low_nm = table.at("shortest").in("nm", 100.0, 5000.0);
  material.polynomial_high_nm = table.at("longest").in("nm", 100.0, 5000.0);
  if (material.polynomial_high_nm <= material.polynomial_low_nm)
    table.at("longest").refuse("'longest' is not above 'shortest'");
}

void read_curve(const Table& table, Material& material) {
  material.sizing_a = table.at("a").in("1/(eV nm^2)", 0.0, 1000.0);
  material.sizing_b = table.at("b").in("1/(eV nm)", 0.0, 1000.0);
  if (material.sizing_a + material.sizing_b <= 0.0)
    table.at("a").refuse("'a' and 'b' are both 0: the curve has no sizes");
}

void read_sizing(const Table& table, Material& material) {
  material.sizing_by_exciton = table.read_or<bool>("by_exciton", false);
  material.bulk_energy_eV = table.at("bulk_energy").in("eV", 0.3, 6.0);
  if (!table.tables("term").empty()) {
    read_polynomial(table, material);
  } else {
    read_curve(table, material);
  }
  material.sizing_rms_nm = table.at("rms").in("nm", 0.01, 100.0);
  if (table.find("scale_error"))
    material.sizing_scale_error = table.read_between<double>("scale_error", "0", "1");
  material.smallest_edge_nm = table.at("smallest_edge").in("nm", 0.5, 100.0);
  material.largest_edge_nm = table.at("largest_edge").in("nm", 0.5, 1000.0);
  if (material.largest_edge_nm <= material.smallest_edge_nm)
    table.at("largest_edge").refuse("'largest_edge' is not above 'smallest_edge'");
  add_source(table, material.source);
}

void read_absorption(const Table& table, Material& material) {
  material.absorption_450_per_cm = table.at("intrinsic_450nm").in("1/cm", 1.0, 1e8);
  if (table.find("factor_between_methods"))
    material.absorption_450_factor = table.read_between<double>("factor_between_methods", "1", "100");
  if (const auto volume = table.find("molar_volume"))
    material.molar_volume_cm3 = 1e6 * volume->in("m^3/mol", 1e-6, 1e-2);
  add_source(table, material.source);
}

/// A band of a phase beside the wanted one.
void read_side_phases(const Table& root, Material& material) {
  for (const Table& phase : root.tables("side_phase")) {
    material.side_phases.push_back(
        {phase.read<std::string>("name"), phase.at("band").in("nm", 150.0, 3000.0)});
    add_source(phase, material.source);
  }
}

/// A typical value with its scatter between studies; without a unit both are plain numbers up to 10.
void read_scattered(const Table& table, const std::string& key, const std::string& unit, double high,
                    Estimate& value) {
  const auto typical = table.find(key);
  if (!typical) return;
  if (unit.empty()) {
    value.value = table.read_between<double>(key, "0", "10");
    value.standard_error = table.read_between<double>(key + "_scatter", "0.001", "10");
    return;
  }
  value.value = typical->in(unit, 0.0, high);
  value.standard_error = table.at(key + "_scatter").in(unit, 1e-3, high);
}

void read_confined(const Table& table, Material& material) {
  ConfinedOptics& optics = material.confined;
  read_scattered(table, "platelet_fwhm", "meV", 500.0, optics.platelet_fwhm_meV);
  read_scattered(table, "platelet_stokes", "meV", 500.0, optics.platelet_stokes_meV);
  read_scattered(table, "platelet_exciton", "", 10.0, optics.platelet_exciton);
  read_scattered(table, "dot_exciton", "", 10.0, optics.dot_exciton);
  read_scattered(table, "homogeneous_fwhm", "meV", 500.0, optics.homogeneous_fwhm_meV);
  if (const auto stokes = table.find("dot_stokes_4nm"))
    optics.dot_stokes_4nm_meV = stokes->in("meV", 1.0, 500.0);
  if (const auto stokes = table.find("dot_stokes_12nm"))
    optics.dot_stokes_12nm_meV = stokes->in("meV", 1.0, 500.0);
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
  if (const auto sizing = root.find_table("sizing")) read_sizing(*sizing, material);
  if (const auto exciton = root.find_table("exciton")) {
    material.bohr_diameter_nm = exciton->at("bohr_diameter").in("nm", 0.1, 200.0);
    add_source(*exciton, material.source);
  }
  if (const auto absorption = root.find_table("absorption")) read_absorption(*absorption, material);
  if (const auto platelets = root.find_table("platelets")) read_platelets(*platelets, material);
  if (const auto confined = root.find_table("confined")) read_confined(*confined, material);
  read_side_phases(root, material);
  root.finish();
  return material;
}

Material read_material(const std::filesystem::path& file) {
  return parse_material(read_text_file(file), file.string());
}

std::filesystem::path material_file_of(const Recipe& recipe) {
  if (recipe.material.ends_with(".toml")) {
    const auto file = std::filesystem::path{recipe.file}.parent_path() / recipe.material;
    std::error_code ignored;
    if (std::filesystem::is_regular_file(file, ignored)) return file;
    throw recipe_error(recipe, "material", "there is no file " + file.string());
  }
  const auto names = shipped_names("materials");
  if (std::ranges::find(names, recipe.material) == names.end())
    throw recipe_error(
        recipe, "material",
        "material '" + recipe.material + "' is not known" + suggestion(recipe.material, names));
  return shipped_folder() / "materials" / (recipe.material + ".toml");
}

Material material_of(const Recipe& recipe) { return read_material(material_file_of(recipe)); }

}  // namespace nocturne
