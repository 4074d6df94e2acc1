#include "models/spectra/inner_filter.hpp"

#include <cmath>
#include <numbers>
#include <utility>

namespace nocturne {

namespace {

/// Absorbance and its variance at a wavelength between points j and j + 1, by linear interpolation; none
/// beyond the grid or beside missing points.
std::pair<double, double> between(const Spectrum& absorbance, Eigen::Index j, double at) {
  if (j >= absorbance.size() || absorbance.wavelength_nm[j] > at) return {0.0, 0.0};
  const Eigen::Index next = absorbance.wavelength_nm[j] == at ? j : j + 1;
  if (next >= absorbance.size()) return {0.0, 0.0};
  const double reached = at - absorbance.wavelength_nm[j];
  const double share =
      next == j ? 0.0 : reached / (absorbance.wavelength_nm[next] - absorbance.wavelength_nm[j]);
  const double value = (1.0 - share) * absorbance.value[j] + share * absorbance.value[next];
  if (!std::isfinite(value)) return {0.0, 0.0};
  if (absorbance.variance.size() == 0) return {value, 0.0};
  return {value,
          std::pow(1.0 - share, 2) * absorbance.variance[j] + std::pow(share, 2) * absorbance.variance[next]};
}

}  // namespace

void undo_inner_filter(Spectrum& emission, const Spectrum& absorbance, const InnerFilter& filter) {
  const bool known = emission.variance.size() == emission.size();
  Eigen::Index j = 0;
  for (Eigen::Index i = 0; i < emission.size(); ++i) {
    const double at = emission.wavelength_nm[i];
    while (j + 1 < absorbance.size() && absorbance.wavelength_nm[j + 1] <= at) ++j;
    const auto [here, variance] = between(absorbance, j, at);
    const double factor = std::pow(10.0, filter.depth * (filter.excitation_absorbance + here));
    const double moved = std::numbers::ln10 * filter.depth * emission.value[i] * factor;
    emission.value[i] *= factor;
    if (known) emission.variance[i] = factor * factor * emission.variance[i] + moved * moved * variance;
  }
}

}  // namespace nocturne
