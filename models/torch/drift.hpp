#pragma once

#include <optional>

#include "models/surrogate.hpp"
#include "models/torch/nuisance.hpp"

namespace nocturne {

/// A drift that repeats of the same conditions show, and how large it makes drift everywhere a priori.
struct SeenDrift {
  Drift drift;
  DriftPrior prior;
};

/// Looks at the point that was measured here most often, with a known hour, the earliest of those that tie:
/// one test per output, so that its false-alarm rate (standard_series(), 1 %) is that of the whole.
std::optional<SeenDrift> seen_drift(const OutputData& data);

}  // namespace nocturne
