#pragma once

#include <optional>

#include "models/material.hpp"
#include "models/observation.hpp"

namespace nocturne {

/// Spread of the edge length, relative. Absent where the line is no wider than a single dot's: then only the
/// upper limit says something.
struct SizeDispersion {
  std::optional<Estimate> relative;  ///< standard deviation over mean
  double upper_limit = 0.0;          ///< 95 %
};

/// Size dispersion behind the width of dots that emit at `peak_nm`: what remains of the width after the
/// homogeneous one (Material::confined, with its scatter) is taken off in quadrature, over the slope of the
/// sizing curve. Nothing outside the sizing curve. Above 8 nm the width is nearly all homogeneous, and the
/// error says so.
std::optional<SizeDispersion> size_dispersion(const Material& material, const Estimate& peak_nm,
                                              const Estimate& fwhm_meV);

/// Lead in crystals of a suspension.
struct CrystalLead {
  Estimate mmol_per_L;                 ///< error from the absorbance alone
  double systematic_factor = 1.0;      ///< published absorption coefficients differ by so much to either side
  std::optional<Estimate> conversion;  ///< of the lead that was fed
};

/// Lead in crystals from the absorbance at 450 nm over `path_cm` with the material's intrinsic absorption
/// coefficient, ln(10) A / (µ path) as volume fraction (Maes et al. 2018, 10.1021/acs.jpclett.8b01065).
/// Nothing if the material has no coefficient, the path is not positive, or the first exciton is less than 15
/// nm to the red of 450 nm, where absorption depends on size. `fed_mmol_per_L` is what was fed, as diluted in
/// the cell.
std::optional<CrystalLead> crystal_lead(const Material& material, const Estimate& absorbance_450,
                                        const std::optional<Estimate>& first_exciton_nm, double path_cm,
                                        std::optional<double> fed_mmol_per_L = std::nullopt);
/// The same from what the continuum alone absorbs at 450 nm, whatever the size.
std::optional<CrystalLead> lead_of_continuum(const Material& material, const Estimate& absorbance_450,
                                             double path_cm,
                                             std::optional<double> fed_mmol_per_L = std::nullopt);

}  // namespace nocturne
