#pragma once

#include <string>
#include <vector>

#include "models/observation.hpp"

namespace nocturne {

/// Emission energy of a dot of edge length d (nm): E = bulk_eV + 1/(a d² + b d).
struct SizingCurve {
  double bulk_eV = 0.0;
  double bulk_standard_deviation_eV = 0.0;
  double a = 0.0;  ///< 1/(eV nm²)
  double b = 0.0;  ///< 1/(eV nm)
};

/// Where nanoplatelets of a given thickness emit.
struct PlateletWindow {
  int monolayers = 0;
  double low_nm = 0.0;
  double high_nm = 0.0;
};

/// What sets platelets and dots of one compound apart, each as a typical value and its scatter between
/// studies (one standard deviation). Platelets have no spread of thickness within one monolayer number:
/// narrow lines and a sharp exciton that stands out of the continuum, close to the emission (Bohn et al.
/// 2018, 10.1021/acs.nanolett.8b02190); dots have a weaker, wider one, further away.
struct ConfinedOptics {
  Estimate platelet_fwhm_meV{85.0, 12.0};           ///< of the emission of one thickness
  Estimate platelet_stokes_meV{30.0, 12.0};         ///< exciton above the emission peak
  Estimate platelet_exciton{1.5, 0.5};              ///< height of the exciton over that of the continuum
  Estimate platelet_log_relative_yield{-0.6, 0.7};  ///< ln of platelets' quantum yield over dots'
  Estimate dot_exciton{0.4, 0.2};
  double dot_stokes_4nm_meV = 90.0;   ///< at 4 nm of edge length
  double dot_stokes_12nm_meV = 30.0;  ///< at 12 nm; between and beyond a power law of the confinement energy
  double dot_stokes_scatter = 0.3;    ///< relative
  Estimate homogeneous_fwhm_meV{60.0, 12.0};     ///< emission of a single large dot
  Estimate homogeneous_fwhm_meV_nm{80.0, 30.0};  ///< added, divided by the edge length
};

/// A phase beside the wanted one, known by an absorption band of its own.
struct SidePhase {
  std::string name;
  double band_nm = 0.0;
};

/// One compound as data. All figures come from its material file; nothing here has a meaningful default.
/// Sizing curve of the emission peak: E = bulk_energy_eV + 1 / (sizing_a d² + sizing_b d), d the edge length
/// in nm; or, where sizing_polynomial has coefficients, d as a polynomial of the wavelength in nm. Without
/// either nothing has a size.
struct Material {
  std::string name;
  double bulk_energy_eV = 0.0;
  double sizing_a = 0.0;                  ///< eV⁻¹ nm⁻²
  double sizing_b = 0.0;                  ///< eV⁻¹ nm⁻¹
  std::vector<double> sizing_polynomial;  ///< nm per nm^k, ascending; rises between the two edge lengths
  double polynomial_low_nm = 0.0, polynomial_high_nm = 0.0;  ///< wavelengths between which it holds
  bool sizing_by_exciton = false;  ///< the curve is that of the first exciton, not of the emission peak
  double sizing_rms_nm = 0.0;      ///< scatter of measured peaks about the curve, one standard deviation
  /// Of all sizes together, relative, one standard deviation: what the methods that measured them may be off.
  double sizing_scale_error = 0.0;  ///< 0 = not told
  double smallest_edge_nm = 0.0;    ///< the curve was measured between these two
  double largest_edge_nm = 0.0;
  double bohr_diameter_nm = 0.0;  ///< 0 = unknown
  double absorption_450_per_cm =
      0.0;  ///< intrinsic absorption coefficient at 450 nm, of the crystal; 0 = unknown
  double absorption_450_factor = 3.0;     ///< by which published coefficients differ to either side
  double molar_volume_cm3 = 0.0;          ///< of the crystal per mole of metal (lead, cadmium); 0 = unknown
  std::vector<PlateletWindow> platelets;  ///< ascending, not overlapping; empty = no platelets known
  std::vector<SidePhase> side_phases;
  ConfinedOptics confined;
  std::string source;  ///< papers behind the figures
};

}  // namespace nocturne
