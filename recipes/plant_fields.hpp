#pragma once

#include <array>

#include "models/plant/plant_parameters.hpp"

// The constants of a plant file: key, unit, where it goes, what is allowed.
namespace nocturne::plant_fields {

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
  Allowed activation = Allowed::not_negative;
};

using G = PlantGeometry;
inline constexpr std::array kGeometry{
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
inline constexpr std::array kPumps{
    Field<P>{"compliance", "s", &P::compliance_s, Allowed::not_negative},
    Field<P>{"pulsation", "1", &P::pulsation, Allowed::share},
    Field<P>{"turn", "uL", &P::turn_uL},
};

using H = PlantHeater;
inline constexpr std::array kHeater{
    Field<H>{"full_power", "K/s", &H::full_power_K_per_s},
    Field<H>{"loss_time", "s", &H::loss_time_s},
    Field<H>{"dead_time", "s", &H::dead_time_s, Allowed::not_negative},
    Field<H>{"probe_time", "s", &H::probe_time_s},
};

using C = PlantChemistry;
inline constexpr std::array kChemistry{
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
inline constexpr std::array kBromideLaw{
    Field<C>{"equilibrium_offset", "eV", &C::equilibrium_offset_eV},
    Field<C>{"surface_energy", "eV nm^m", &C::surface_energy_eV},
    Field<C>{"size_exponent", "1", &C::size_exponent},
    Field<C>{"standard_bromide", "mmol/L", &C::standard_bromide_mmol_per_L},
};
inline constexpr std::array kLigandLaw{
    Field<C>{"ligand_order", "1", &C::ligand_order, Allowed::any},
    Field<C>{"ligand_neutral_share", "1", &C::ligand_neutral_share, Allowed::share},
};
inline constexpr std::array kLigandBinding{
    ThermalField<C>{"ligand_binding", "L/mmol", &C::ligand_binding, Allowed::any}};
inline constexpr std::array kRates{
    ThermalField<C>{"alkylammonium_dissociation", "mmol/L", &C::alkylammonium_dissociation},
    ThermalField<C>{"zinc_dissociation", "mmol/L", &C::zinc_dissociation},
    ThermalField<C>{"lead_dissociation", "mmol/L", &C::lead_dissociation},
    ThermalField<C>{"solubility", "(mmol/L)^5", &C::solubility, Allowed::any},
    ThermalField<C>{"nucleation", "1/s", &C::nucleation},
    ThermalField<C>{"growth", "nm/s", &C::growth},
    ThermalField<C>{"ripening", "nm3/s", &C::ripening},
    ThermalField<C>{"protonation", "L/mmol", &C::protonation, Allowed::any},
    ThermalField<C>{"hexabromide_solubility", "(mmol/L)^11", &C::hexabromide_solubility},
    ThermalField<C>{"hexabromide_growth", "1/s", &C::hexabromide_growth},
    ThermalField<C>{"pentabromide_solubility", "(mmol/L)^8", &C::pentabromide_solubility},
    ThermalField<C>{"pentabromide_growth", "1/s", &C::pentabromide_growth},
    ThermalField<C>{"platelet_growth", "1/s", &C::platelet_growth},
    ThermalField<C>{"platelet_dissolution", "1/s", &C::platelet_dissolution},
};

using R = PlantReproducibility;
inline constexpr std::array kReproducibility{
    Field<R>{"surface_energy", "1", &R::surface_energy, Allowed::share},
    Field<R>{"bromide_activity", "1", &R::bromide_activity, Allowed::share},
    Field<R>{"drift_share", "1", &R::drift_share, Allowed::share},
    Field<R>{"drift_time", "h", &R::drift_time_h},
};

using O = PlantOptics;
inline constexpr std::array kOptics{
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
inline constexpr std::array kDisturbances{
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
inline constexpr std::array kDetector{
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

}  // namespace nocturne::plant_fields
