#include "recipes/plant_file.hpp"

#include <algorithm>
#include <cmath>
#include <set>

#include "models/plant/composition.hpp"
#include "recipes/document.hpp"
#include "recipes/library.hpp"
#include "recipes/plant_fields.hpp"

namespace nocturne {
namespace {

using namespace plant_fields;

/// One constant: { value, unit, source }.
double constant(const Table& table, const std::string& key, const std::string& unit, Allowed allowed) {
  const Table entry = table.table(key);
  const double value = entry.read<double>("value");
  if (entry.read<std::string>("unit") != unit)
    entry.at("unit").refuse("the unit of " + key + " is \"" + entry.read<std::string>("unit") + "\" (\"" +
                            unit + "\")");
  if (entry.read<std::string>("source").empty())
    entry.at("source").refuse(key + " has no source (a paper or \"assumed\")");
  const auto refuse_unless = [&](bool fits, const char* what) {
    if (!fits) entry.at("value").refuse(key + " is out of range (" + what + ")");
  };
  if (allowed == Allowed::positive) refuse_unless(value > 0.0, "above 0");
  if (allowed == Allowed::not_negative) refuse_unless(value >= 0.0, "0 or above");
  if (allowed == Allowed::share) refuse_unless(value >= 0.0 && value <= 1.0, "0 to 1");
  return value;
}

template <class Owner, std::size_t N>
void read_fields(const Table& table, const std::array<Field<Owner>, N>& fields, Owner& owner) {
  for (const auto& field : fields)
    owner.*field.member = constant(table, field.key, field.unit, field.allowed);
}

template <class Owner, std::size_t N>
void read_fields(const Table& table, const std::array<ThermalField<Owner>, N>& fields, Owner& owner) {
  for (const auto& field : fields) {
    (owner.*field.member).value = constant(table, field.key, field.unit, Allowed::positive);
    (owner.*field.member).activation_kJ_per_mol =
        constant(table, std::string{field.key} + "_activation", "kJ/mol", field.activation);
  }
}

/// A row of coefficients: { value = [..], unit, source }.
template <std::size_t N>
std::array<double, N> coefficients(const Table& table, const std::string& key, const std::string& unit) {
  const Table entry = table.table(key);
  const std::vector<Value> items = entry.at("value").items();
  if (items.size() != N)
    entry.at("value").refuse(key + " has a wrong number of coefficients (" + std::to_string(N) + ")");
  if (entry.read<std::string>("unit") != unit)
    entry.at("unit").refuse("wrong unit of " + key + " (\"" + unit + "\")");
  if (entry.read<std::string>("source").empty())
    entry.at("source").refuse(key + " has no source (a paper or \"assumed\")");
  std::array<double, N> values{};
  std::ranges::transform(items, values.begin(), [](const Value& item) { return item.as<double>(); });
  return values;
}

void read_detector(const Table& table, PlantDetector& detector) {
  read_fields(table, kDetector, detector);
  detector.model = table.read<std::string>("model");
  detector.serial = table.read<std::string>("serial");
  detector.pixels = table.read_between<int>("pixels", "16", "8192");
  detector.wavelength_nm = coefficients<4>(table, "wavelength", "nm");
  detector.nonlinearity = coefficients<3>(table, "nonlinearity", "1");
  for (const Table& pixel : table.tables("odd_pixel")) {
    DetectorPixel odd;
    odd.index = pixel.read<int>("index");
    if (odd.index < 0 || odd.index >= detector.pixels)
      pixel.at("index").refuse("no such pixel (0 to " + std::to_string(detector.pixels - 1) + ")");
    odd.offset_counts = constant(pixel, "offset", "counts", Allowed::any);
    odd.dark_counts_per_s = constant(pixel, "dark_current", "counts/s", Allowed::not_negative);
    detector.odd_pixels.push_back(odd);
  }
  double before = 0.0;
  for (int pixel = 0; pixel < detector.pixels; ++pixel) {
    const auto& c = detector.wavelength_nm;
    const double here = c[0] + pixel * (c[1] + pixel * (c[2] + pixel * c[3]));
    if (here <= before) table.at("wavelength").refuse("wavelengths do not rise from pixel to pixel");
    before = here;
  }
}

std::vector<PlantFeed> read_feeds(const Table& root) {
  std::vector<PlantFeed> feeds;
  const std::vector<Table> tables = root.tables("feed");
  refuse_duplicates(tables, "name");
  for (const Table& table : tables) {
    PlantFeed feed{table.read<std::string>("name"), {}, 0.0};
    if (table.find("loss")) feed.loss_per_h = constant(table, "loss", "1/h", Allowed::share);
    if (table.find("flow_ratio")) feed.flow_ratio = constant(table, "flow_ratio", "1", Allowed::positive);
    if (const auto contents = table.find_table("contents"))
      for (const Value& entry : contents->entries())
        feed.contents_mmol_per_L[entry.key()] = constant(*contents, entry.key(), "mmol/L", Allowed::positive);
    try {
      composition_of(feed);
    } catch (const std::invalid_argument& error) {
      table.refuse(std::string{error.what()} +
                   " (Cs, FA, Pb, alkylammonium_bromide, zinc_bromide, lead_bromide, alkylammonium_iodide, "
                   "zinc_iodide, lead_iodide, amine, oleic_acid)");
    }
    feeds.push_back(std::move(feed));
  }
  return feeds;
}

std::vector<PlantZone> read_zones(const Table& root, const std::vector<PlantFeed>& feeds) {
  std::vector<PlantZone> zones;
  std::set<std::string> joined;
  const std::vector<Table> tables = root.tables("zone");
  refuse_duplicates(tables, "name");
  for (const Table& table : tables) {
    PlantZone zone{table.read<std::string>("name"),
                   constant(table, "volume", "uL", Allowed::positive),
                   table.at("wall").one_of({"ambient", "heated"}) == "heated",
                   {}};
    if (const auto joins = table.find("joins"))
      for (const Value& item : joins->items()) {
        zone.joins.push_back(item.as<std::string>());
        if (std::ranges::find(feeds, zone.joins.back(), &PlantFeed::name) == feeds.end())
          item.refuse("no feed is called " + zone.joins.back());
        if (!joined.insert(zone.joins.back()).second) item.refuse(zone.joins.back() + " joins twice");
      }
    zones.push_back(std::move(zone));
  }
  if (zones.size() < 2) root.refuse("too few zones ([[zone]] in order of flow, the last one is the cell)");
  if (zones.back().heated) tables.back().refuse("the last zone is the cell (wall = \"ambient\")");
  if (std::ranges::none_of(zones, &PlantZone::heated)) root.refuse("no zone is heated (wall = \"heated\")");
  const auto enters_first = [&](const PlantFeed& feed) {
    return !joined.contains(feed.name) || std::ranges::count(zones.front().joins, feed.name) > 0;
  };
  if (std::ranges::none_of(feeds, enters_first)) tables.front().refuse("no feed enters at the first zone");
  return zones;
}

/// What joins at the cell is seen without having reacted: it must be the solvent that dilutes for a
/// measurement.
void check_cell(const Table& root, const PlantParameters& plant) {
  const std::vector<std::string> expected =
      plant.diluent.empty() ? std::vector<std::string>{} : std::vector<std::string>{plant.diluent};
  if (plant.geometry.zones.back().joins != expected)
    root.tables("zone").back().refuse("the diluent joins at the last zone, and nothing else does");
  for (const PlantFeed& feed : plant.feeds)
    if (feed.name == plant.diluent && (!feed.contents_mmol_per_L.empty() || feed.flow_ratio > 0.0))
      root.at("diluent").refuse(feed.name + " is no diluent (a feed without contents and flow_ratio)");
}

std::vector<Variable> read_variables(const Table& root) {
  std::vector<Variable> variables;
  const std::vector<Table> tables = root.tables("variable");
  refuse_duplicates(tables, "name");
  for (const Table& table : tables) {
    Variable variable;
    variable.name =
        table.at("name").one_of({"br_pb", "i_pb", "amine_pb", "cs_pb", "temperature_C", "residence_time_s"});
    variable.low = table.read<double>("low");
    variable.high = table.read<double>("high");
    variable.unit = table.read_or<std::string>("unit", "");
    if (table.read_or<std::string>("scale", "linear") == "log") variable.scale = Scale::logarithmic;
    if (!(variable.low < variable.high)) table.refuse("low is not below high");
    variables.push_back(std::move(variable));
  }
  return variables;
}

void read_optics(const Table& table, PlantOptics& optics) {
  read_fields(table, kOptics, optics);
  for (const Table& point : table.tables("plqy")) {
    if (point.read<std::string>("source").empty())
      point.at("source").refuse("no source (a paper or \"assumed\")");
    const double value = point.read<double>("value");
    if (value <= 0.0 || value >= 1.0) point.at("value").refuse("a quantum yield lies between 0 and 1");
    optics.plqy_by_edge_nm[point.at("edge").in("nm")] = value;
  }
  for (const Table& window : table.tables("platelet")) {
    if (window.read<std::string>("source").empty())
      window.at("source").refuse("no source (a paper or \"assumed\")");
    optics.platelet_nm_by_monolayers[window.read_between<int>("monolayers", "1", "20")] =
        window.at("peak").in("nm");
  }
  if (optics.platelet_nm_by_monolayers.empty())
    table.refuse("no [[optics.platelet]] says where platelets emit");
  if (optics.plqy_by_edge_nm.size() != 3)
    table.refuse("the quantum yield's size term needs points at 3 edge lengths");
}

/// The law that does not hold may have its constants there, for those that are based on this file.
template <class Fields>
void leave_out(const Table& table, const Fields& fields) {
  for (const auto& field : fields) {
    for (const char* ending : {"", "_activation"}) {
      if (const auto unused = table.find_table(std::string{field.key} + ending)) unused->entries();
    }
  }
}

void read_chemistry(const Table& table, PlantChemistry& chemistry) {
  read_fields(table, kChemistry, chemistry);
  read_fields(table, kRates, chemistry);
  if (table.at("mechanism").one_of({"bromide", "ligand"}) == "bromide") {
    chemistry.mechanism = SizeMechanism::bromide;
    read_fields(table, kBromideLaw, chemistry);
    leave_out(table, kLigandLaw);
    leave_out(table, kLigandBinding);
  } else {
    chemistry.mechanism = SizeMechanism::ligand;
    read_fields(table, kLigandLaw, chemistry);
    read_fields(table, kLigandBinding, chemistry);
    leave_out(table, kBromideLaw);
  }
}

/// The decision space must fix the mixture: one ratio less than there are feeds of the reaction.
void check_space(const Table& root, const PlantParameters& plant) {
  const bool has_diluent =
      std::ranges::any_of(plant.feeds, [&](const PlantFeed& f) { return f.name == plant.diluent; });
  if (!plant.diluent.empty() && !has_diluent) root.at("diluent").refuse("no feed is called " + plant.diluent);
  std::size_t ratios = 0;
  std::set<std::string> names;
  for (const Variable& variable : plant.variables) {
    names.insert(variable.name);
    ratios += variable.name.ends_with("_pb") ? 1 : 0;
  }
  if (!names.contains("temperature_C") || !names.contains("residence_time_s"))
    root.refuse("temperature_C and residence_time_s must be variables");
  const auto reaction_feeds =
      static_cast<std::size_t>(std::ranges::count_if(plant.feeds, [&](const PlantFeed& feed) {
        return feed.name != plant.diluent && feed.flow_ratio == 0.0;
      }));
  if (ratios + 1 != reaction_feeds)
    root.refuse(std::to_string(ratios) + " ratios for " + std::to_string(reaction_feeds) +
                " reaction feeds (one less than feeds)");
}

Document document_of(const std::filesystem::path& file) {
  return Document::read_with_bases(file, [&](const std::string& base) {
    const std::filesystem::path beside = file.parent_path() / (base + ".toml");
    return std::filesystem::exists(beside) ? beside : find_shipped(base, "plants");
  });
}

PlantParameters plant_from(const Document& document) {
  const Table root = document.root();
  root.find("base");  // already resolved
  PlantParameters plant;
  plant.name = root.read<std::string>("name");
  plant.diluent = root.read_or<std::string>("diluent", "");
  plant.dilution_ratio = constant(root, "dilution_ratio", "1", Allowed::not_negative);
  plant.feeds = read_feeds(root);
  plant.variables = read_variables(root);
  for (const Value& output : root.at("outputs").items()) plant.outputs.push_back(output.as<std::string>());
  const Table geometry = root.table("geometry");
  read_fields(geometry, kGeometry, plant.geometry);
  plant.geometry.segmented = geometry.at("flow").one_of({"segmented", "laminar"}) == "segmented";
  read_fields(root.table("pumps"), kPumps, plant.pumps);
  if (plant.pumps.turn_uL < 1.0) root.table("pumps").at("turn").refuse("turn is out of range (1 or above)");
  read_fields(root.table("heater"), kHeater, plant.heater);
  read_chemistry(root.table("chemistry"), plant.chemistry);
  read_fields(root.table("reproducibility"), kReproducibility, plant.reproducibility);
  read_optics(root.table("optics"), plant.optics);
  const Table disturbances = root.table("disturbances");
  read_fields(disturbances, kDisturbances, plant.disturbances);
  plant.disturbances.room_fluorescent =
      disturbances.at("room_lamp").one_of({"fluorescent", "LED"}) == "fluorescent";
  read_detector(root.table("detector"), plant.detector);
  plant.geometry.zones = read_zones(root, plant.feeds);
  check_space(root, plant);
  check_cell(root, plant);
  root.finish();
  return plant;
}

}  // namespace

PlantParameters read_plant(const std::filesystem::path& file) { return plant_from(document_of(file)); }

std::string plant_text(const std::filesystem::path& file) { return document_of(file).text(); }

PlantParameters parse_plant(const std::string& text, const std::string& name) {
  return plant_from(Document::parse(text, name));
}

}  // namespace nocturne
