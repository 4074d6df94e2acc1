#pragma once

#include "models/observation.hpp"
#include "models/spectra/emission.hpp"

namespace nocturne {

/// The baseline-corrected integral over all lines, in the unit of the signal times nm; missing pixels are
/// bridged. The error holds the noise of the pixels and that of the baseline, which is common to all.
Estimate integral(const Emission& emission);

}  // namespace nocturne
