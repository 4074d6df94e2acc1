#include "models/spectra/inner_filter.hpp"

#include <cmath>

namespace nocturne {

namespace {

constexpr double ln10 = 2.302585092994046;

}  // namespace

void undo_inner_filter(Spectrum& emission, const Spectrum& absorbance, const InnerFilter& filter) {
  const bool known = emission.variance.size() == emission.size();
  Eigen::Index j = 0;
  for (Eigen::Index i = 0; i < emission.size(); ++i) {
    const double at = emission.wavelength_nm[i];
    while (j + 1 < absorbance.size() && absorbance.wavelength_nm[j + 1] <= at) ++j;
    double here = 0.0, variance = 0.0;
    if (j + 1 < absorbance.size() && absorbance.wavelength_nm[j] <= at &&
        std::isfinite(absorbance.value[j])) {
      here = absorbance.value[j];
      variance = absorbance.variance.size() > 0 ? absorbance.variance[j] : 0.0;
    }
    const double factor = std::pow(10.0, filter.depth * (filter.excitation_absorbance + here));
    const double moved = ln10 * filter.depth * emission.value[i] * factor;
    emission.value[i] *= factor;
    if (known) emission.variance[i] = factor * factor * emission.variance[i] + moved * moved * variance;
  }
}

}  // namespace nocturne
