#pragma once

#include <set>
#include <string>
#include <vector>

#include "models/spectra/spectrum.hpp"
#include "models/spectra/spectrum_text.hpp"

namespace nocturne {

/// What the values of a column are, as far as its name, its unit or its origin tell.
enum class ValueKind { unknown, light, absorbance };

/// The spectrum to analyse out of a table.
struct ChosenColumn {
  Spectrum spectrum;
  ValueKind kind = ValueKind::unknown;
  std::string name;
  std::vector<bool> saturated;  ///< by point, as the columns behind it show; empty = none is
  std::set<std::string> flags;
};

/// Combines sample, dark and reference columns to absorbance (or to sample - dark if `as_light`); else takes
/// the last column, turning transmittance and reflectance into absorbance. `dark` is subtracted first and
/// `reference` divided by, if given: their sample columns or last ones, on the table's grid. Throws
/// std::invalid_argument if grids or exposures differ or a transmittance is none.
ChosenColumn chosen_column(const SpectrumTable& table, const SpectrumTable* dark,
                           const SpectrumTable* reference, bool as_light);

/// The spectrum with its saturated points as NaN.
Spectrum without_saturated(const ChosenColumn& chosen);

}  // namespace nocturne
