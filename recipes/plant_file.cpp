#include "recipes/plant_file.hpp"

#include <algorithm>
#include <cmath>
#include <set>

#include "models/plant/composition.hpp"
#include "recipes/document.hpp"
#include "recipes/library.hpp"

namespace nocturne {
namespace {

enum class Allowed { any, not_negative, positive, share };

template <class Owner>
struct Field {
  const char* key;
  const char* unit;
  double Owner::*member;
  Allowed allowed = Allowed::positive;
};

template <class Owner>
struct ThermalField {
  const char* key;
  const char* unit;
  ThermalConstant Owner::*member;
};

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
        constant(table, std::string{field.key} + "_activation", "kJ/mol", Allowed::any);
  }
}

using G = PlantGeometry;
constexpr std::array kGeometry{
    Field<G>{"inner_diameter", "mm", &G::inner_diameter_mm},
    Field<G>{"optical_path", "mm", &G::optical_path_mm},
    Field<G>{"ambient", "degC", &G::ambient_C, Allowed::any},
    Field<G>{"heat_up", "s", &G::heat_up_s},
    Field<G>{"dispersion_number", "1", &G::dispersion_number, Allowed::share},
    Field<G>{"diffusivity", "m2/s", &G::diffusivity_m2_per_s},
    Field<G>{"mixing_time", "s", &G::mixing_time_s},
    Field<G>{"mixing_flow", "uL/min", &G::mixing_flow_uL_per_min},
    Field<G>{"mixing_exponent", "1", &G::mixing_exponent, Allowed::not_negative},
    Field<G>{"density", "kg/L", &G::density_kg_per_L},
    Field<G>{"viscosity", "mPa s", &G::viscosity_mPas},
    Field<G>{"viscosity_activation", "kJ/mol", &G::viscosity_activation_kJ_per_mol, Allowed::not_negative},
    Field<G>{"outlet_pressure", "bar", &G::outlet_bar, Allowed::not_negative},
};

using P = PlantPumps;
constexpr std::array kPumps{
    Field<P>{"compliance", "s", &P::compliance_s, Allowed::not_negative},
    Field<P>{"pulsation", "1", &P::pulsation, Allowed::share},
    Field<P>{"turn", "uL", &P::turn_uL},
};

using H = PlantHeater;
constexpr std::array kHeater{
    Field<H>{"full_power", "K/s", &H::full_power_K_per_s},
    Field<H>{"loss_time", "s", &H::loss_time_s},
    Field<H>{"dead_time", "s", &H::dead_time_s, Allowed::not_negative},
    Field<H>{"probe_time", "s", &H::probe_time_s},
};

using C = PlantChemistry;
constexpr std::array kChemistry{
    Field<C>{"reference_temperature", "degC", &C::reference_C, Allowed::any},
    Field<C>{"lattice", "nm", &C::lattice_nm},
    Field<C>{"nucleus", "nm", &C::nucleus_nm},
    Field<C>{"largest_edge", "nm", &C::largest_edge_nm},
    Field<C>{"bromide_spread", "1", &C::bromide_spread, Allowed::not_negative},
    Field<C>{"bromide_spread_per_mixing", "1/s", &C::bromide_spread_per_mixing_s, Allowed::not_negative},
    Field<C>{"bromide_per_lead", "1", &C::bromide_per_lead, Allowed::not_negative},
    Field<C>{"nucleation_barrier", "1", &C::nucleation_barrier, Allowed::not_negative},
    Field<C>{"growth_bromide_order", "1", &C::growth_bromide_order, Allowed::not_negative},
    Field<C>{"growth_precursor_order", "1", &C::growth_precursor_order, Allowed::not_negative},
    Field<C>{"lead_amine_binding", "L/mmol", &C::lead_amine_binding_L_per_mmol, Allowed::not_negative},
    Field<C>{"ripening_onset", "1", &C::ripening_onset, Allowed::not_negative},
    Field<C>{"ligand_inhibition", "L/mmol", &C::ligand_inhibition_L_per_mmol, Allowed::not_negative},
    Field<C>{"platelet_boundary", "degC", &C::platelet_boundary_C, Allowed::any},
    Field<C>{"platelet_width", "K", &C::platelet_width_K},
    Field<C>{"platelet_ammonium_shift", "K", &C::platelet_ammonium_shift_K, Allowed::not_negative},
    Field<C>{"platelet_mixing_shift", "K", &C::platelet_mixing_shift_K, Allowed::not_negative},
    Field<C>{"platelet_monolayers", "1", &C::platelet_monolayers},
    Field<C>{"platelet_monolayers_per_kelvin", "1/K", &C::platelet_monolayers_per_K, Allowed::any},
    Field<C>{"platelet_monolayer_spread", "1", &C::platelet_monolayer_spread},
};
constexpr std::array kBromideLaw{
    Field<C>{"equilibrium_offset", "eV", &C::equilibrium_offset_eV},
    Field<C>{"surface_energy", "eV nm^m", &C::surface_energy_eV},
    Field<C>{"size_exponent", "1", &C::size_exponent},
    Field<C>{"standard_bromide", "mmol/L", &C::standard_bromide_mmol_per_L},
};
constexpr std::array kLigandLaw{
    Field<C>{"ligand_order", "1", &C::ligand_order, Allowed::any},
    Field<C>{"ligand_neutral_share", "1", &C::ligand_neutral_share, Allowed::share},
};
constexpr std::array kLigandBinding{ThermalField<C>{"ligand_binding", "L/mmol", &C::ligand_binding}};
constexpr std::array kRates{
    ThermalField<C>{"alkylammonium_dissociation", "mmol/L", &C::alkylammonium_dissociation},
    ThermalField<C>{"zinc_dissociation", "mmol/L", &C::zinc_dissociation},
    ThermalField<C>{"lead_dissociation", "mmol/L", &C::lead_dissociation},
    ThermalField<C>{"solubility", "(mmol/L)^5", &C::solubility},
    ThermalField<C>{"nucleation", "1/s", &C::nucleation},
    ThermalField<C>{"growth", "nm/s", &C::growth},
    ThermalField<C>{"ripening", "nm3/s", &C::ripening},
    ThermalField<C>{"protonation", "L/mmol", &C::protonation},
    ThermalField<C>{"hexabromide_solubility", "(mmol/L)^11", &C::hexabromide_solubility},
    ThermalField<C>{"hexabromide_growth", "1/s", &C::hexabromide_growth},
    ThermalField<C>{"pentabromide_solubility", "(mmol/L)^8", &C::pentabromide_solubility},
    ThermalField<C>{"pentabromide_growth", "1/s", &C::pentabromide_growth},
    ThermalField<C>{"platelet_growth", "1/s", &C::platelet_growth},
    ThermalField<C>{"platelet_dissolution", "1/s", &C::platelet_dissolution},
};

using R = PlantReproducibility;
constexpr std::array kReproducibility{
    Field<R>{"surface_energy", "1", &R::surface_energy, Allowed::share},
    Field<R>{"bromide_activity", "1", &R::bromide_activity, Allowed::share},
    Field<R>{"drift_share", "1", &R::drift_share, Allowed::share},
    Field<R>{"drift_time", "h", &R::drift_time_h},
};

using O = PlantOptics;
constexpr std::array kOptics{
    Field<O>{"bulk_emission", "eV", &O::bulk_emission_eV},
    Field<O>{"sizing_a", "1/(eV nm2)", &O::sizing_a_per_eV_nm2},
    Field<O>{"sizing_b", "1/(eV nm)", &O::sizing_b_per_eV_nm},
    Field<O>{"homogeneous_fwhm", "meV", &O::homogeneous_fwhm_meV},
    Field<O>{"homogeneous_fwhm_per_inverse_edge", "meV nm", &O::homogeneous_fwhm_meV_nm,
             Allowed::not_negative},
    Field<O>{"lorentzian_share", "1", &O::lorentzian_share, Allowed::share},
    Field<O>{"red_tail", "1", &O::red_tail, Allowed::share},
    Field<O>{"stokes", "meV", &O::stokes_meV, Allowed::not_negative},
    Field<O>{"stokes_per_inverse_edge", "meV nm", &O::stokes_meV_nm, Allowed::not_negative},
    Field<O>{"absorption_450", "1/cm", &O::absorption_450_per_cm},
    Field<O>{"absorption_335", "1/cm", &O::absorption_335_per_cm},
    Field<O>{"exciton_strength", "1", &O::exciton_strength, Allowed::not_negative},
    Field<O>{"higher_strength", "1", &O::higher_strength, Allowed::not_negative},
    Field<O>{"higher_offset", "1", &O::higher_offset},
    Field<O>{"third_strength", "1", &O::third_strength, Allowed::not_negative},
    Field<O>{"third_offset", "1", &O::third_offset},
    Field<O>{"continuum_offset", "1", &O::continuum_offset},
    Field<O>{"sphere_edge", "nm", &O::sphere_edge_nm},
    Field<O>{"sphere_edge_width", "nm", &O::sphere_edge_width_nm},
    Field<O>{"cube_exciton", "1", &O::cube_exciton, Allowed::share},
    Field<O>{"gap_shift", "meV/K", &O::gap_shift_meV_per_K, Allowed::any},
    Field<O>{"transition_width", "meV", &O::transition_width_meV},
    Field<O>{"molar_volume", "cm3/mol", &O::molar_volume_cm3},
    Field<O>{"lead_complex", "L/(mmol cm)", &O::lead_complex_per_mM_cm, Allowed::not_negative},
    Field<O>{"lead_complex_edge", "nm", &O::lead_complex_edge_nm},
    Field<O>{"ligand", "L/(mmol cm)", &O::ligand_per_mM_cm, Allowed::not_negative},
    Field<O>{"ligand_edge", "nm", &O::ligand_edge_nm},
    Field<O>{"cs4pbbr6", "L/(mmol cm)", &O::cs4pbbr6_per_mM_cm, Allowed::not_negative},
    Field<O>{"cs4pbbr6_band", "nm", &O::cs4pbbr6_nm},
    Field<O>{"cs4pbbr6_fwhm", "nm", &O::cs4pbbr6_fwhm_nm},
    Field<O>{"cspb2br5", "L/(mmol cm)", &O::cspb2br5_per_mM_cm, Allowed::not_negative},
    Field<O>{"cspb2br5_edge", "nm", &O::cspb2br5_edge_nm},
    Field<O>{"side_phase_scatter", "L/(mmol cm)", &O::side_phase_scatter_per_mM_cm, Allowed::not_negative},
    Field<O>{"side_phase_scatter_exponent", "1", &O::side_phase_scatter_exponent, Allowed::not_negative},
    Field<O>{"surface_bromide", "mmol/L", &O::surface_bromide_mmol_per_L, Allowed::not_negative},
    Field<O>{"surface_bromide_loss", "1", &O::surface_bromide_loss, Allowed::share},
    Field<O>{"surface_ligand", "mmol/L", &O::surface_ligand_mmol_per_L, Allowed::not_negative},
    Field<O>{"surface_ligand_loss", "1", &O::surface_ligand_loss, Allowed::share},
    Field<O>{"platelet_plqy", "1", &O::platelet_plqy, Allowed::share},
    Field<O>{"platelet_fwhm", "meV", &O::platelet_fwhm_meV},
    Field<O>{"platelet_exciton_strength", "1", &O::platelet_exciton_strength, Allowed::not_negative},
    Field<O>{"platelet_stokes", "meV", &O::platelet_stokes_meV, Allowed::not_negative},
    Field<O>{"platelet_binding", "meV", &O::platelet_binding_meV, Allowed::not_negative},
    Field<O>{"led", "nm", &O::led_nm},
    Field<O>{"led_fwhm", "nm", &O::led_fwhm_nm},
    Field<O>{"led_leak", "counts/s", &O::led_leak_counts_per_s, Allowed::not_negative},
    Field<O>{"emission", "counts nm/s", &O::emission_counts_per_s},
    Field<O>{"inner_filter_depth", "1", &O::inner_filter_depth, Allowed::share},
    Field<O>{"lamp", "counts/s", &O::lamp_counts_per_s},
    Field<O>{"lamp_color", "K", &O::lamp_color_K},
    Field<O>{"deuterium_share", "1", &O::deuterium_share, Allowed::share},
    Field<O>{"lamp_drift", "1/sqrt(h)", &O::lamp_drift_per_sqrt_h, Allowed::share},
    Field<O>{"led_drift", "1/sqrt(h)", &O::led_drift_per_sqrt_h, Allowed::share},
    Field<O>{"baseline_wander", "1", &O::baseline_wander, Allowed::share},
    Field<O>{"baseline_time", "s", &O::baseline_time_s},
    Field<O>{"response_centre", "nm", &O::response_centre_nm},
    Field<O>{"response_width", "nm", &O::response_width_nm},
    Field<O>{"stray_light", "1", &O::stray_light, Allowed::share},
    Field<O>{"detectable_absorbed_yield", "1", &O::detectable_absorbed_yield, Allowed::share},
};

using X = PlantDisturbances;
constexpr std::array kDisturbances{
    Field<X>{"fouling", "1/umol", &X::fouling_per_umol, Allowed::not_negative},
    Field<X>{"fouling_exponent", "1", &X::fouling_exponent, Allowed::not_negative},
    Field<X>{"fouling_fixed_share", "1", &X::fouling_fixed_share, Allowed::share},
    Field<X>{"fouling_wash", "mL", &X::fouling_wash_mL},
    Field<X>{"bubbles", "1/h", &X::bubbles_per_h, Allowed::not_negative},
    Field<X>{"bubble", "uL", &X::bubble_uL},
    Field<X>{"bubble_brightness", "1", &X::bubble_brightness, Allowed::not_negative},
    Field<X>{"bubble_brightness_spread", "1", &X::bubble_brightness_spread, Allowed::share},
    Field<X>{"room_light", "counts/s", &X::room_light_counts_per_s, Allowed::not_negative},
    Field<X>{"room_light_spread", "1", &X::room_light_spread, Allowed::share},
    Field<X>{"room_light_time", "s", &X::room_light_time_s},
};

using D = PlantDetector;
constexpr std::array kDetector{
    Field<D>{"saturation", "counts", &D::saturation_counts},
    Field<D>{"gain", "electrons/count", &D::gain_electrons_per_count},
    Field<D>{"read_noise", "counts", &D::read_noise_counts, Allowed::not_negative},
    Field<D>{"offset", "counts", &D::offset_counts, Allowed::not_negative},
    Field<D>{"dark_current", "counts/s", &D::dark_counts_per_s, Allowed::not_negative},
    Field<D>{"dark_reference", "degC", &D::dark_reference_C, Allowed::any},
    Field<D>{"dark_doubling", "K", &D::dark_doubling_K},
    Field<D>{"temperature", "degC", &D::temperature_C, Allowed::any},
    Field<D>{"temperature_swing", "K", &D::temperature_swing_K, Allowed::not_negative},
    Field<D>{"etalon", "1", &D::etalon_share, Allowed::share},
    Field<D>{"etalon_period", "nm", &D::etalon_period_nm},
    Field<D>{"fixed_pattern", "counts", &D::fixed_pattern_counts, Allowed::not_negative},
};

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
    if (table.find("flow_ratio")) feed.flow_ratio = constant(table, "flow_ratio", "1", Allowed::positive);
    if (const auto contents = table.find_table("contents"))
      for (const Value& entry : contents->entries())
        feed.contents_mmol_per_L[entry.key()] = constant(*contents, entry.key(), "mmol/L", Allowed::positive);
    try {
      composition_of(feed);
    } catch (const std::invalid_argument& error) {
      table.refuse(std::string{error.what()} +
                   " (Cs, Pb, alkylammonium_bromide, zinc_bromide, lead_bromide, amine, oleic_acid)");
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
        table.at("name").one_of({"br_pb", "amine_pb", "cs_pb", "temperature_C", "residence_time_s"});
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

/// The constants of the law that does not hold are unknown keys.
void read_chemistry(const Table& table, PlantChemistry& chemistry) {
  read_fields(table, kChemistry, chemistry);
  read_fields(table, kRates, chemistry);
  if (table.at("mechanism").one_of({"bromide", "ligand"}) == "bromide") {
    chemistry.mechanism = SizeMechanism::bromide;
    read_fields(table, kBromideLaw, chemistry);
  } else {
    chemistry.mechanism = SizeMechanism::ligand;
    read_fields(table, kLigandLaw, chemistry);
    read_fields(table, kLigandBinding, chemistry);
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
