#pragma once

#include <optional>

#include "models/observation.hpp"
#include "recipes/import_map.hpp"

namespace nocturne {

class Value;

/// Sets how a column in `unit` becomes the quantity that the number's name says. Throws FileError at the
/// value's line: no unit, or one that this quantity cannot have.
void set_unit(MappedNumber& number, const Value& unit);

/// A cell and its standard error in our unit. A width in wavelengths needs the peak that it is the width of:
/// E(peak - width / 2) - E(peak + width / 2) = hc w / (λ² - w² / 4).
Estimate converted(const MappedNumber& number, const Estimate& cell, const Estimate& peak_nm);

/// Refuses what no name of a condition can be, a width without its peak, and constants beyond what can be.
/// Throws FileError "file:line: ...".
void check_names(const ImportMap& map);

}  // namespace nocturne
