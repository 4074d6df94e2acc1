#pragma once

#include <vector>

#include "models/spectra/emission.hpp"

namespace nocturne::detail {

/// Width in nm at `wavelength_nm` of a line of `width_meV`.
double width_nm(double width_meV, double wavelength_nm);

/// Sets pixels that stand out of their neighbours by themselves (stuck bits, cosmic rays, dead pixels) to
/// NaN.
void remove_odd_pixels(Spectrum& spectrum);

/// Sets lines much narrower than `narrowest_meV` to NaN and returns them.
std::vector<NarrowLine> remove_narrow_lines(Spectrum& spectrum, double narrowest_meV, double sigma);

}  // namespace nocturne::detail
