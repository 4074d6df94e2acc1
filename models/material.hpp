#pragma once

#include <string>
#include <vector>

namespace nocturne {

/// Where nanoplatelets of a given thickness emit.
struct PlateletWindow {
  int monolayers = 0;
  double low_nm = 0.0;
  double high_nm = 0.0;
};

/// One compound as data. All figures come from its material file; nothing here has a meaningful default.
/// Sizing curve of the emission peak: E = bulk_energy_eV + 1 / (sizing_a d² + sizing_b d), d the edge length
/// in nm.
struct Material {
  std::string name;
  double bulk_energy_eV = 0.0;
  double sizing_a = 0.0;          ///< eV⁻¹ nm⁻²
  double sizing_b = 0.0;          ///< eV⁻¹ nm⁻¹
  double sizing_rms_nm = 0.0;     ///< scatter of measured peaks about the curve, one standard deviation
  double smallest_edge_nm = 0.0;  ///< the curve was measured between these two
  double largest_edge_nm = 0.0;
  double bohr_diameter_nm = 0.0;  ///< 0 = unknown
  double absorption_450_per_cm =
      0.0;  ///< intrinsic absorption coefficient at 450 nm, of the crystal; 0 = unknown
  std::vector<PlateletWindow> platelets;  ///< ascending, not overlapping; empty = no platelets known
  std::string source;                     ///< papers behind the figures
};

}  // namespace nocturne
