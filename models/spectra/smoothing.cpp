#include "models/spectra/smoothing.hpp"

#include <Eigen/Cholesky>
#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <vector>

namespace nocturne {

namespace {

constexpr double rounding =
    1e-9;  // relative to the largest value: below it numbers are not noisy but rounded
constexpr double misfit_deviations = 3.0;  // of the reduced squares above one, to be a misfit
constexpr double longest_nm = 1e9;

using SmallVector = LocalPolynomial::Coefficients;
using SmallMatrix = LocalPolynomial::Covariance;

/// Standard deviation of rounding: values differ by multiples of a last digit, or by what a double can hold.
double rounding_deviation(const Eigen::VectorXd& y) {
  double largest = 0.0, digit = std::numeric_limits<double>::infinity();
  for (Eigen::Index i = 0; i < y.size(); ++i) {
    if (std::isfinite(y[i])) largest = std::max(largest, std::abs(y[i]));
    const double step = i > 0 ? std::abs(y[i] - y[i - 1]) : 0.0;
    if (step > 0.0 && std::isfinite(step)) digit = std::min(digit, step);
  }
  return std::max(rounding * largest, std::isfinite(digit) ? digit / std::sqrt(12.0) : 0.0);
}

bool usable(const Spectrum& spectrum, Eigen::Index i) {
  if (!std::isfinite(spectrum.value.data()[i])) return false;
  const double* variance = spectrum.variance.data();
  return spectrum.variance.size() == 0 || (std::isfinite(variance[i]) && variance[i] > 0.0);
}

}  // namespace

double median(std::vector<double>& values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

LocalPolynomial::LocalPolynomial(double centre_nm, double scale_nm, const Coefficients& coefficients,
                                 const Covariance& covariance)
    : centre_{centre_nm}, scale_{scale_nm}, coefficients_{coefficients}, covariance_{covariance} {}

LocalPolynomial::Coefficients LocalPolynomial::basis(double wavelength_nm, int derivative) const {
  const double t = (wavelength_nm - centre_) / scale_;
  Coefficients result = Coefficients::Zero(coefficients_.size());
  double power = 1.0;
  for (Eigen::Index k = derivative; k < result.size(); ++k) {
    double factor = power;
    for (int d = 0; d < derivative; ++d) factor *= static_cast<double>(k - d) / scale_;
    result[k] = factor;
    power *= t;
  }
  return result;
}

double LocalPolynomial::variance(double wavelength_nm, int derivative) const {
  const Coefficients row = basis(wavelength_nm, derivative);
  return std::max(0.0, row.dot(covariance_ * row));
}

std::optional<LocalPolynomial> fit_polynomial(const Spectrum& spectrum, double low_nm, double high_nm,
                                              int degree, Weighting weighting) {
  const double centre = 0.5 * (low_nm + high_nm), scale = 0.5 * (high_nm - low_nm);
  const Eigen::Index terms = degree + 1;
  if (degree > LocalPolynomial::largest_degree || !(scale > 0.0)) return std::nullopt;
  const bool known = spectrum.variance.size() > 0;
  // With weights k and variances v: normal = sum k/v x xᵀ, spread = sum k²/v x xᵀ, covariance = normal⁻¹
  // spread normal⁻¹. Both are made of sums of powers.
  std::array<double, 2 * LocalPolynomial::largest_degree + 1> power{}, spread_power{};
  std::array<double, LocalPolynomial::largest_degree + 1> product{};
  double squares = 0.0, weights = 0.0;
  Eigen::Index points = 0;
  const double *nm = spectrum.wavelength_nm.data(), *values = spectrum.value.data(),
               *variances = spectrum.variance.data();
  for (Eigen::Index i = index_at(spectrum, low_nm); i < spectrum.size() && nm[i] <= high_nm; ++i) {
    const double t = (nm[i] - centre) / scale, y = values[i];
    const double share = weighting == Weighting::tapered ? 1.0 - t * t : 1.0;
    if (!usable(spectrum, i) || !(share > 0.0)) continue;
    double weight = share / (known ? variances[i] : 1.0);
    squares += weight * y * y;
    weights += share;
    ++points;
    for (std::size_t k = 0; k <= 2 * static_cast<std::size_t>(degree); ++k) {
      power[k] += weight;
      spread_power[k] += share * weight;
      if (k <= static_cast<std::size_t>(degree)) product[k] += weight * y;
      weight *= t;
    }
  }
  if (points < terms + 1) return std::nullopt;
  SmallMatrix normal(terms, terms), spread(terms, terms);
  SmallVector right(terms);
  for (Eigen::Index k = 0; k < terms; ++k) {
    right[k] = product[static_cast<std::size_t>(k)];
    for (Eigen::Index j = 0; j < terms; ++j) {
      normal(k, j) = power[static_cast<std::size_t>(k + j)];
      spread(k, j) = spread_power[static_cast<std::size_t>(k + j)];
    }
  }
  const Eigen::LDLT<SmallMatrix> factors(normal);
  if (factors.info() != Eigen::Success ||
      !(factors.vectorD().minCoeff() > 1e-12 * factors.vectorD().maxCoeff())) {
    return std::nullopt;
  }
  const SmallVector solution = factors.solve(right);
  const SmallMatrix half = factors.solve(spread);
  const double freedom = weights - half.trace();
  if (!(freedom > 0.0)) return std::nullopt;
  const double residual = std::max(0.0, squares - right.dot(solution)) / freedom;
  // Residuals that noise explains enlarge nothing: else the larger half of them would enlarge the mean error.
  const bool explained = known && residual < 1.0 + misfit_deviations * std::sqrt(2.0 / freedom);
  const SmallMatrix covariance = (explained ? 1.0 : residual) * SmallMatrix(factors.solve(half.transpose()));
  return LocalPolynomial{centre, scale, solution, covariance};
}

Spectrum smoothed(const Spectrum& spectrum, double width_nm) {
  const Eigen::Index n = spectrum.size();
  const bool known = spectrum.variance.size() > 0;
  Spectrum result{spectrum.wavelength_nm, Eigen::VectorXd(n), Eigen::VectorXd(known ? n : 0)};
  // A copy with zeros and a mask keeps tests for usable points out of the inner loop.
  std::vector<double> value(static_cast<std::size_t>(n)), variance(static_cast<std::size_t>(n)),
      counts(static_cast<std::size_t>(n));
  for (Eigen::Index i = 0; i < n; ++i) {
    const auto k = static_cast<std::size_t>(i);
    if (!usable(spectrum, i)) continue;
    counts[k] = 1.0;
    value[k] = spectrum.value[i];
    if (known) variance[k] = spectrum.variance[i];
  }
  const double* nm = spectrum.wavelength_nm.data();
  const double per_width = 1.0 / width_nm;
  Eigen::Index begin = 0;
  for (Eigen::Index i = 0; i < n; ++i) {
    const double centre = nm[i];
    while (nm[begin] <= centre - width_nm) ++begin;
    double weights = 0.0, sum = 0.0, squares = 0.0;
    for (Eigen::Index j = begin; j < n && nm[j] < centre + width_nm; ++j) {
      const auto k = static_cast<std::size_t>(j);
      const double weight = counts[k] * (1.0 - std::abs(nm[j] - centre) * per_width);
      weights += weight;
      sum += weight * value[k];
      squares += weight * weight * variance[k];
    }
    result.value[i] = weights > 0.0 ? sum / weights : std::nan("");
    if (known) result.variance[i] = weights > 0.0 ? squares / (weights * weights) : std::nan("");
  }
  return result;
}

Spectrum with_noise(const Spectrum& spectrum, double reach_nm) {
  Spectrum result = spectrum;
  const Eigen::Index n = spectrum.size();
  if (spectrum.variance.size() == n) return result;
  const Eigen::VectorXd& y = spectrum.value;
  Eigen::VectorXd differences = Eigen::VectorXd::Constant(n, std::nan(""));
  for (Eigen::Index i = 2; i + 2 < n; ++i) {
    differences[i] = std::abs(y[i - 2] - 4.0 * y[i - 1] + 6.0 * y[i] - 4.0 * y[i + 1] + y[i + 2]);
  }
  const Spectrum scatter{spectrum.wavelength_nm, differences, {}};
  const double floor = std::max(rounding_deviation(y), std::numeric_limits<double>::min() * 1e20);
  const auto everywhere = median_within(scatter, -std::numeric_limits<double>::infinity(), longest_nm);
  result.variance.resize(n);
  for (Eigen::Index i = 0; i < n; ++i) {
    const double at = spectrum.wavelength_nm[i];
    const double typical =
        median_within(scatter, at - reach_nm, at + reach_nm).value_or(everywhere.value_or(0.0));
    const double deviation = std::max(floor, median_to_deviation * typical / std::sqrt(70.0));
    result.variance[i] = deviation * deviation;
  }
  return result;
}

std::optional<double> median_within(const Spectrum& spectrum, double low_nm, double high_nm) {
  std::vector<double> values;
  for (Eigen::Index i = index_at(spectrum, low_nm);
       i < spectrum.size() && spectrum.wavelength_nm[i] <= high_nm; ++i) {
    if (std::isfinite(spectrum.value[i])) values.push_back(spectrum.value[i]);
  }
  if (values.empty()) return std::nullopt;
  return median(values);
}

Eigen::Index index_at(const Spectrum& spectrum, double wavelength_nm) {
  const double* begin = spectrum.wavelength_nm.data();
  return std::lower_bound(begin, begin + spectrum.size(), wavelength_nm) - begin;
}

}  // namespace nocturne
