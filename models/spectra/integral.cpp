#include "models/spectra/integral.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

#include "models/spectra/smoothing.hpp"

namespace nocturne {

namespace {

constexpr double integration_widths = 1.5;  // beyond the outermost half-maximum points

}  // namespace

Estimate integral(const Emission& emission) {
  double low = 1e9, high = 0.0;
  for (const EmissionLine& line : emission.lines) {
    const double width = line.high_half_nm - line.low_half_nm;
    low = std::min(low, line.low_half_nm - integration_widths * width);
    high = std::max(high, line.high_half_nm + integration_widths * width);
  }
  const Spectrum& s = emission.signal;
  std::vector<Eigen::Index> points;
  for (Eigen::Index i = index_at(s, low); i < s.size() && s.wavelength_nm[i] <= high; ++i) {
    if (std::isfinite(s.value[i])) points.push_back(i);
  }
  Estimate sum;
  double variance = 0.0;
  // Trapezoids over the usable pixels, so a missing one is bridged.
  for (std::size_t k = 0; k < points.size(); ++k) {
    const double left = s.wavelength_nm[points[k > 0 ? k - 1 : k]];
    const double right = s.wavelength_nm[points[k + 1 < points.size() ? k + 1 : k]];
    const double width = 0.5 * (right - left);
    sum.value += width * s.value[points[k]];
    variance += width * width * s.variance[points[k]];
  }
  const double span = points.empty() ? 0.0 : s.wavelength_nm[points.back()] - s.wavelength_nm[points.front()];
  sum.standard_error = std::hypot(std::sqrt(variance), span * emission.baseline.level.standard_error);
  return sum;
}

}  // namespace nocturne
