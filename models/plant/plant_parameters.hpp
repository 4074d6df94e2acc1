#pragma once

#include <array>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "models/variable.hpp"

namespace nocturne {

/// A stock solution as it really is. Keys of `contents_mmol_per_L`: "Cs" or "FA" (formamidinium), "Pb"
/// (oleates), "alkylammonium_bromide", "zinc_bromide" (2 Br each), "lead_bromide" (1 Pb and 2 Br each), the
/// iodides likewise, "amine", "oleic_acid".
struct PlantFeed {
  std::string name;
  std::map<std::string, double> contents_mmol_per_L;
  /// Flow over the sum of the feeds that the conditions decide; 0 = the conditions decide this one too.
  double flow_ratio = 0.0;
  double loss_per_h = 0.0;  ///< all contents fall with exp(-this t) from time zero on: the stock ages
  std::optional<double> density_kg_per_L = std::nullopt;  ///< none = as the reaction mixture
};

/// A rate or constant that follows the law of Arrhenius or van 't Hoff about a reference temperature.
struct ThermalConstant {
  double value = 0.0;  ///< at `PlantChemistry::reference_C`, in the unit that the owner states
  double activation_kJ_per_mol = 0.0;
};

/// A stretch of the tube between walls of one kind.
struct PlantZone {
  std::string name;
  double volume_uL = 0.0;
  bool heated = false;             ///< by the block; otherwise at ambient temperature
  std::vector<std::string> joins;  ///< names of the feeds that enter at its start
};

/// The tube from the first junction of the feeds to the light in the flow cell, and how fluid disperses in
/// it.
struct PlantGeometry {
  std::vector<PlantZone> zones;  ///< in order of flow; the last one is the cell, in which nothing reacts
  double inner_diameter_mm = 0.0;
  double optical_path_mm = 0.0;
  double ambient_C = 0.0;
  double heat_up_s = 0.0;             ///< time constant of the fluid's approach to the wall temperature
  bool segmented = true;              ///< slugs between an immiscible fluid; otherwise laminar flow
  double dispersion_number = 0.0;     ///< D/(uL) of segmented flow
  double diffusivity_m2_per_s = 0.0;  ///< molecular, for Taylor-Aris dispersion in laminar flow
  double mixing_time_s = 0.0;         ///< of the junction at `mixing_flow_uL_per_min`
  double mixing_flow_uL_per_min = 0.0;
  double mixing_exponent = 0.0;   ///< mixing time falls with flow to this power
  double density_kg_per_L = 0.0;  ///< of the reaction mixture at 25 °C
  double viscosity_mPas = 0.0;    ///< of the reaction mixture at 25 °C
  double viscosity_activation_kJ_per_mol = 0.0;
  double outlet_bar = 0.0;  ///< gauge pressure behind the cell
};

/// How the syringe pumps miss the rate that was set.
struct PlantPumps {
  double compliance_s = 0.0;  ///< time constant of the lag by the give of syringe and tube
  double pulsation = 0.0;     ///< relative amplitude of the delivered rate over a turn of the screw
  double turn_uL = 0.0;       ///< what a turn of the screw delivers
};

/// The heated block and its sensor.
struct PlantHeater {
  double full_power_K_per_s = 0.0;  ///< heating rate at full power without loss
  double loss_time_s = 0.0;         ///< time constant of passive cooling
  double dead_time_s = 0.0;         ///< between power and its effect
  double probe_time_s = 0.0;        ///< lag of the sensor
};

/// What sets the size at which dots stop growing; see TerminalSizeLaw.
enum class SizeMechanism { bromide, ligand };

/// Terminal size, nucleation, growth, ripening and nanoplatelets (Dong et al.
/// 2018, 10.1021/acs.nanolett.8b00861).
struct PlantChemistry {
  double reference_C = 0.0;  ///< at which every ThermalConstant has its value
  double lattice_nm = 0.0;   ///< edge of the pseudo-cubic cell: one formula unit
  double nucleus_nm = 0.0;   ///< edge length at birth
  SizeMechanism mechanism = SizeMechanism::bromide;
  double equilibrium_offset_eV = 0.0;  ///< Delta: solution's standard bromide potential above the bulk's
  double surface_energy_eV = 0.0;      ///< K, for l in nm: eV nm^m
  double size_exponent = 0.0;          ///< m
  double standard_bromide_mmol_per_L = 0.0;    ///< free bromide of unit activity
  ThermalConstant ligand_binding;              ///< b in (b A)^n, L/mmol
  double ligand_order = 0.0;                   ///< n
  double ligand_neutral_share = 0.0;           ///< how much of an ammonium a neutral amine counts for
  double largest_edge_nm = 0.0;                ///< the terminal size saturates here
  double bromide_spread = 0.0;                 ///< relative spread of local bromide (ligand), well mixed
  double bromide_spread_per_mixing_s = 0.0;    ///< its growth with the mixing time
  ThermalConstant alkylammonium_dissociation;  ///< mmol/L
  ThermalConstant zinc_dissociation;           ///< mmol/L
  ThermalConstant lead_dissociation;           ///< mmol/L
  double bromide_per_lead = 0.0;               ///< how many bromides dissolved lead holds
  ThermalConstant solubility;                  ///< [Cs][Pb][Br]^3 at saturation, (mmol/L)^5
  ThermalConstant nucleation;         ///< 1/s: dots per formula unit in solution at infinite supersaturation
  double nucleation_barrier = 0.0;    ///< B in exp(-B / ln^2 S)
  ThermalConstant growth;             ///< nm/s at 10 mmol/L of precursor and of free bromide
  double growth_bromide_order = 0.0;  ///< growth goes with free bromide to this power
  double growth_precursor_order = 0.0;         ///< and with the scarcer of cesium and lead to this one
  ThermalConstant ripening;                    ///< nm^3/s
  double ripening_onset = 0.0;                 ///< ripening is slowed by exp(-this ln S)
  double ligand_inhibition_L_per_mmol = 0.0;   ///< growth is divided by 1 + this times ammonium
  ThermalConstant protonation;                 ///< L/mmol: ammonium/amine per acid
  ThermalConstant hexabromide_solubility;      ///< [Cs]^4[Pb][Br]^6 at saturation of Cs4PbBr6, (mmol/L)^11
  ThermalConstant hexabromide_growth;          ///< 1/s at 10 mmol/L of cesium and of free bromide
  ThermalConstant pentabromide_solubility;     ///< [Cs][Pb]^2[Br]^5 at saturation of CsPb2Br5, (mmol/L)^8
  ThermalConstant pentabromide_growth;         ///< 1/s at 10 mmol/L of lead that holds bromide
  double lead_amine_binding_L_per_mmol = 0.0;  ///< amine keeps lead from the side phases: Pb/(1 + this A)
  ThermalConstant platelet_growth;             ///< 1/s
  ThermalConstant platelet_dissolution;        ///< 1/s
  double platelet_boundary_C = 0.0;  ///< where platelets and dots compete evenly, at 10 mmol/L of ammonium
  double platelet_width_K = 0.0;     ///< of the logistic about the boundary
  double platelet_ammonium_shift_K = 0.0;  ///< boundary per e-fold of ammonium
  double platelet_mixing_shift_K = 0.0;    ///< boundary per e-fold of the mixing time
  double platelet_monolayers = 0.0;        ///< mean thickness at the boundary temperature
  double platelet_monolayers_per_K = 0.0;
  double platelet_monolayer_spread = 0.0;
};

/// How one recipe, repeated, differs: standard deviations of relative offsets, partly new with every change
/// of the feeds, partly drifting.
struct PlantReproducibility {
  double surface_energy = 0.0;
  double bromide_activity = 0.0;
  double drift_share = 0.0;   ///< of the variance that drifts instead of jumping
  double drift_time_h = 0.0;  ///< correlation time of the drift
};

/// Absorption, emission, lights.
struct PlantOptics {
  double bulk_emission_eV = 0.0;  ///< E = bulk + 1/(a d^2 + b d)
  double sizing_a_per_eV_nm2 = 0.0;
  double sizing_b_per_eV_nm = 0.0;
  double homogeneous_fwhm_meV = 0.0;     ///< of a large dot
  double homogeneous_fwhm_meV_nm = 0.0;  ///< added, divided by the edge length
  double lorentzian_share = 0.0;
  double red_tail = 0.0;               ///< relative excess of the half width towards the red
  double stokes_meV = 0.0;             ///< of a large dot
  double stokes_meV_nm = 0.0;          ///< added, divided by the edge length
  double absorption_450_per_cm = 0.0;  ///< natural, of the solid
  double absorption_335_per_cm = 0.0;
  double exciton_strength = 0.0;        ///< of the 1S transition, relative to the continuum
  double higher_strength = 0.0;         ///< of the next transition (1P) of a spheroid
  double higher_offset = 0.0;           ///< its distance from 1S, in confinement energies
  double third_strength = 0.0;          ///< of the one above (1D)
  double third_offset = 0.0;            ///< its distance from 1S, in confinement energies
  double continuum_offset = 0.0;        ///< likewise of a spheroid's continuum; a cube's starts at 1S
  double sphere_edge_nm = 0.0;          ///< where half the dots are spheroids; smaller ones are rounder
  double sphere_edge_width_nm = 0.0;    ///< of the logistic about it
  double cube_exciton = 0.0;            ///< share of the 1S strength that a cube keeps
  double gap_shift_meV_per_K = 0.0;     ///< of every transition with the cell's temperature, from 25 °C
  double transition_width_meV = 0.0;    ///< standard deviation of one transition
  double molar_volume_cm3 = 0.0;        ///< of CsPbX3
  double lead_complex_per_mM_cm = 0.0;  ///< decadic, at 365 nm
  double lead_complex_edge_nm = 0.0;    ///< e-fold of the lead complexes' absorption towards the red
  double ligand_per_mM_cm = 0.0;        ///< decadic, at 335 nm
  double ligand_edge_nm = 0.0;
  double cs4pbbr6_per_mM_cm = 0.0;  ///< decadic, of its lead, at the band's maximum
  double cs4pbbr6_nm = 0.0;         ///< where it absorbs
  double cs4pbbr6_fwhm_nm = 0.0;
  double cspb2br5_per_mM_cm = 0.0;            ///< decadic, of its lead, at 310 nm
  double cspb2br5_edge_nm = 0.0;              ///< e-fold towards the red
  double side_phase_scatter_per_mM_cm = 0.0;  ///< decadic loss at 500 nm by lead in either side phase
  double side_phase_scatter_exponent = 0.0;   ///< of the wavelength's inverse
  std::map<double, double> plqy_by_edge_nm;   ///< the size term's three points
  double surface_bromide_mmol_per_L = 0.0;    ///< free bromide that halves the share of open bromide sites
  double surface_bromide_loss = 0.0;          ///< relative quantum yield lost without any bromide
  double surface_ligand_mmol_per_L = 0.0;
  double surface_ligand_loss = 0.0;
  double platelet_plqy = 0.0;
  double platelet_fwhm_meV = 0.0;
  double platelet_exciton_strength = 0.0;  ///< of a platelet's first transition, relative to the continuum
  double platelet_stokes_meV = 0.0;
  double platelet_binding_meV = 0.0;  ///< from a platelet's exciton to the step of its continuum
  std::map<int, double> platelet_nm_by_monolayers;  ///< emission peak
  double led_nm = 0.0;
  double led_fwhm_nm = 0.0;
  double led_leak_counts_per_s = 0.0;  ///< at the line's centre, with clear fluid
  double emission_counts_per_s = 0.0;  ///< integrated over nm, per absorbed fraction and unit quantum yield
  double inner_filter_depth =
      0.0;  ///< share of the path before (excitation) and behind (emission) the seen spot
  double lamp_counts_per_s = 0.0;      ///< at the maximum, with clear fluid
  double lamp_color_K = 0.0;           ///< of the tungsten lamp
  double deuterium_share = 0.0;        ///< of the deuterium lamp at 350 nm, relative to the lamp's maximum
  double lamp_drift_per_sqrt_h = 0.0;  ///< relative
  double led_drift_per_sqrt_h = 0.0;   ///< relative
  double baseline_wander = 0.0;        ///< standard deviation of the cell's broad absorbance baseline
  double baseline_time_s = 0.0;        ///< how long it stays
  double response_centre_nm = 0.0;     ///< the spectrometer's sensitivity is a bell about it
  double response_width_nm = 0.0;
  double stray_light = 0.0;  ///< share of all light that spreads over all pixels
  double detectable_absorbed_yield =
      0.0;  ///< absorbed fraction times quantum yield below which nothing emits
};

/// What the windows, the stream and the room do to the light. Rates of zero switch an effect off.
struct PlantDisturbances {
  double fouling_per_umol = 0.0;     ///< decadic loss at 500 nm that one µmol of passing solid lead leaves
  double fouling_exponent = 0.0;     ///< of the wavelength's inverse in that loss
  double fouling_fixed_share = 0.0;  ///< of the deposit that no solvent removes
  double fouling_wash_mL = 0.0;      ///< solvent that takes the rest down by a factor of e
  double bubbles_per_h = 0.0;        ///< while something flows
  double bubble_uL = 0.0;            ///< mean volume; each between half and one and a half of it
  double bubble_brightness = 0.0;    ///< lamp light past a bubble, relative to clear fluid: median
  double bubble_brightness_spread = 0.0;  ///< standard deviation of its logarithm
  bool room_fluorescent = true;           ///< mercury lines and red phosphor; otherwise a white LED
  double room_light_counts_per_s = 0.0;   ///< on the brightest pixel, whatever lamps are on; 0 = dark room
  double room_light_spread = 0.0;         ///< relative standard deviation of its slow changes
  double room_light_time_s = 0.0;         ///< how long they stay
};

/// A pixel that gives more than its neighbours, even in the dark.
struct DetectorPixel {
  int index = 0;
  double offset_counts = 0.0;      ///< such as 16384 for a bit that sticks
  double dark_counts_per_s = 0.0;  ///< beyond its neighbours'
};

/// The spectrometer. Pixel n sees c0 + c1 n + c2 n^2 + c3 n^3 nm.
struct PlantDetector {
  std::string model;
  std::string serial;
  int pixels = 0;
  std::array<double, 4> wavelength_nm{};
  double saturation_counts = 0.0;
  double gain_electrons_per_count = 0.0;
  double read_noise_counts = 0.0;
  double offset_counts = 0.0;
  double dark_counts_per_s = 0.0;  ///< at `dark_reference_C`
  double dark_reference_C = 0.0;
  double dark_doubling_K = 0.0;      ///< warmer by this, twice the dark current
  double temperature_C = 0.0;        ///< of the detector, mean of a day
  double temperature_swing_K = 0.0;  ///< amplitude over a day
  double etalon_share = 0.0;         ///< relative amplitude of the window's interference fringes
  double etalon_period_nm = 0.0;     ///< of the fringes at 550 nm
  std::vector<DetectorPixel> odd_pixels;
  double fixed_pattern_counts = 0.0;     ///< standard deviation between pixels
  std::array<double, 3> nonlinearity{};  ///< as in Detector::nonlinearity
};

/// Everything about one simulated reactor.
struct PlantParameters {
  std::string name;
  std::vector<PlantFeed> feeds;
  std::string diluent;          ///< name of the feed that joins at the cell while measuring; empty = none
  double dilution_ratio = 0.0;  ///< diluent over reaction flow, for steady observations
  PlantGeometry geometry;
  PlantPumps pumps;
  PlantHeater heater;
  PlantChemistry chemistry;
  PlantReproducibility reproducibility;
  PlantOptics optics;
  PlantDisturbances disturbances;
  PlantDetector detector;
  std::vector<Variable> variables;   ///< the decision space that the plant is meant for
  std::vector<std::string> outputs;  ///< what `nocturne plant` answers under "observed"
};

}  // namespace nocturne
