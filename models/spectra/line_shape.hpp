#pragma once

#include <Eigen/Core>
#include <optional>
#include <vector>

#include "models/spectra/emission.hpp"

namespace nocturne::detail {

/// Subtracts from `signal` and `smooth` the straight line through the quiet stretches on both sides of the
/// lines whose maxima are `tops`, and returns it; without a quiet stretch nothing is subtracted.
Baseline subtract_baseline(Spectrum& signal, Spectrum& smooth, const std::vector<Eigen::Index>& tops);

/// Peak and width of the line whose smoothed maximum is at index `top`, from the unsmoothed signal.
/// `base_error` is the standard error of the baseline. Nothing if the line has no maximum inside the
/// spectrum.
std::optional<EmissionLine> measured_line(const Spectrum& signal, const Spectrum& smooth, Eigen::Index top,
                                          double base_error);

}  // namespace nocturne::detail
