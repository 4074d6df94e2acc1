#include "models/spectra/chromaticity.hpp"

#include <algorithm>
#include <cmath>

#include "models/spectra/smoothing.hpp"

namespace nocturne {

namespace {

using Point = std::array<double, 2>;

constexpr Point red{0.708, 0.292}, green{0.170, 0.797}, blue{0.131, 0.046};  // ITU-R BT.2020

double lobe(double nm, double centre, double left, double right) {
  const double t = (nm - centre) / (nm < centre ? left : right);
  return std::exp(-0.5 * t * t);
}

struct Response {
  double x, y, z;
};

Response observer(double nm) {
  return {1.056 * lobe(nm, 599.8, 37.9, 31.0) + 0.362 * lobe(nm, 442.0, 16.0, 26.7) -
              0.065 * lobe(nm, 501.1, 20.4, 26.2),
          0.821 * lobe(nm, 568.8, 46.9, 40.5) + 0.286 * lobe(nm, 530.9, 16.3, 31.1),
          1.217 * lobe(nm, 437.0, 11.8, 36.0) + 0.681 * lobe(nm, 459.0, 26.0, 13.8)};
}

double cross(const Point& a, const Point& b, const Point& c) {
  return (b[0] - a[0]) * (c[1] - a[1]) - (c[0] - a[0]) * (b[1] - a[1]);
}

void place(Chromaticity& colour) {
  const Point at{colour.x.value, colour.y.value};
  const double whole = cross(red, green, blue);
  colour.rec2020 = {cross(at, green, blue) / whole, cross(red, at, blue) / whole,
                    cross(red, green, at) / whole};
  colour.within_rec2020 = *std::min_element(colour.rec2020.begin(), colour.rec2020.end()) >= 0.0;
  colour.distance_to_green = std::hypot(at[0] - green[0], at[1] - green[1]);
}

}  // namespace

std::optional<Chromaticity> chromaticity(const Spectrum& photons, double low_nm, double high_nm,
                                         double baseline_error) {
  const Eigen::Index begin = std::max<Eigen::Index>(index_at(photons, low_nm), 1);
  Eigen::Index end = begin;
  while (end + 1 < photons.size() && photons.wavelength_nm[end] <= high_nm) ++end;
  double x = 0.0, y = 0.0, z = 0.0;
  const auto weight = [&](Eigen::Index i) {
    const Eigen::VectorXd& nm = photons.wavelength_nm;
    return 0.5 * (nm[i + 1] - nm[i - 1]) / nm[i];
  };
  for (Eigen::Index i = begin; i < end; ++i) {
    if (!std::isfinite(photons.value[i])) continue;
    const Response r = observer(photons.wavelength_nm[i]);
    const double power = weight(i) * photons.value[i];
    x += power * r.x, y += power * r.y, z += power * r.z;
  }
  const double sum = x + y + z;
  if (!(sum > 0.0) || !(y > 0.0)) return std::nullopt;
  Chromaticity colour{{x / sum, 0.0}, {y / sum, 0.0}, {}, false, 0.0};
  double x_variance = 0.0, y_variance = 0.0, x_by_level = 0.0, y_by_level = 0.0;
  for (Eigen::Index i = begin; photons.variance.size() > 0 && i < end; ++i) {
    if (!std::isfinite(photons.value[i])) continue;
    const Response r = observer(photons.wavelength_nm[i]);
    const double all = r.x + r.y + r.z, power = weight(i) * weight(i) * photons.variance[i] / (sum * sum);
    x_variance += power * (r.x - colour.x.value * all) * (r.x - colour.x.value * all);
    y_variance += power * (r.y - colour.y.value * all) * (r.y - colour.y.value * all);
    x_by_level += weight(i) / sum * (r.x - colour.x.value * all);
    y_by_level += weight(i) / sum * (r.y - colour.y.value * all);
  }
  colour.x.standard_error = std::hypot(std::sqrt(x_variance), x_by_level * baseline_error);
  colour.y.standard_error = std::hypot(std::sqrt(y_variance), y_by_level * baseline_error);
  place(colour);
  return colour;
}

}  // namespace nocturne
