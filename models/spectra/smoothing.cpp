#include "models/spectra/smoothing.hpp"

#include <Eigen/Cholesky>
#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

namespace nocturne {

namespace {

constexpr int largest_degree = 5;
constexpr double median_to_deviation = 1.4826;  // of a normal distribution
constexpr double rounding =
    1e-9;  // relative to the largest value: below it numbers are not noisy but rounded
constexpr double longest_nm = 1e9;

using SmallVector = Eigen::Matrix<double, Eigen::Dynamic, 1, 0, largest_degree + 1, 1>;
using SmallMatrix =
    Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, 0, largest_degree + 1, largest_degree + 1>;

double median(std::vector<double>& values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

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
  if (!std::isfinite(spectrum.value[i])) return false;
  return spectrum.variance.size() == 0 || (std::isfinite(spectrum.variance[i]) && spectrum.variance[i] > 0.0);
}

}  // namespace

LocalPolynomial::LocalPolynomial(double centre_nm, double scale_nm, Eigen::VectorXd coefficients,
                                 Eigen::MatrixXd covariance)
    : centre_{centre_nm},
      scale_{scale_nm},
      coefficients_{std::move(coefficients)},
      covariance_{std::move(covariance)} {}

Eigen::VectorXd LocalPolynomial::basis(double wavelength_nm, int derivative) const {
  const double t = (wavelength_nm - centre_) / scale_;
  Eigen::VectorXd result = Eigen::VectorXd::Zero(coefficients_.size());
  for (Eigen::Index k = derivative; k < result.size(); ++k) {
    double factor = 1.0;
    for (int d = 0; d < derivative; ++d) factor *= static_cast<double>(k - d) / scale_;
    result[k] = factor * std::pow(t, static_cast<double>(k - derivative));
  }
  return result;
}

double LocalPolynomial::variance(double wavelength_nm, int derivative) const {
  const Eigen::VectorXd row = basis(wavelength_nm, derivative);
  return std::max(0.0, row.dot(covariance_ * row));
}

std::optional<LocalPolynomial> fit_polynomial(const Spectrum& spectrum, double low_nm, double high_nm,
                                              int degree, Weighting weighting) {
  const double centre = 0.5 * (low_nm + high_nm), scale = 0.5 * (high_nm - low_nm);
  const Eigen::Index terms = degree + 1;
  if (degree > largest_degree || !(scale > 0.0)) return std::nullopt;
  const bool known = spectrum.variance.size() > 0;
  // With weights k and variances v: normal = sum k/v x xᵀ, spread = sum k²/v x xᵀ, covariance = normal⁻¹
  // spread normal⁻¹.
  SmallMatrix normal = SmallMatrix::Zero(terms, terms), spread = SmallMatrix::Zero(terms, terms);
  SmallVector right = SmallVector::Zero(terms), row(terms);
  double squares = 0.0, weights = 0.0;
  Eigen::Index points = 0;
  for (Eigen::Index i = index_at(spectrum, low_nm);
       i < spectrum.size() && spectrum.wavelength_nm[i] <= high_nm; ++i) {
    const double t = (spectrum.wavelength_nm[i] - centre) / scale, y = spectrum.value[i];
    const double share = weighting == Weighting::tapered ? 1.0 - t * t : 1.0;
    if (!usable(spectrum, i) || !(share > 0.0)) continue;
    const double weight = share / (known ? spectrum.variance[i] : 1.0);
    row[0] = 1.0;
    for (Eigen::Index k = 1; k < terms; ++k) row[k] = row[k - 1] * t;
    normal.noalias() += weight * row * row.transpose();
    spread.noalias() += share * weight * row * row.transpose();
    right.noalias() += weight * y * row;
    squares += weight * y * y;
    weights += share;
    ++points;
  }
  if (points < terms + 1) return std::nullopt;
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
  const SmallMatrix covariance =
      (known ? std::max(1.0, residual) : residual) * SmallMatrix(factors.solve(half.transpose()));
  return LocalPolynomial{centre, scale, solution, covariance};
}

Spectrum smoothed(const Spectrum& spectrum, double width_nm) {
  const Eigen::Index n = spectrum.size();
  const bool known = spectrum.variance.size() > 0;
  Spectrum result{spectrum.wavelength_nm, Eigen::VectorXd(n), Eigen::VectorXd(known ? n : 0)};
  Eigen::Index begin = 0;
  for (Eigen::Index i = 0; i < n; ++i) {
    const double centre = spectrum.wavelength_nm[i];
    while (spectrum.wavelength_nm[begin] <= centre - width_nm) ++begin;
    double weights = 0.0, sum = 0.0, squares = 0.0;
    for (Eigen::Index j = begin; j < n && spectrum.wavelength_nm[j] < centre + width_nm; ++j) {
      if (!usable(spectrum, j)) continue;
      const double weight = 1.0 - std::abs(spectrum.wavelength_nm[j] - centre) / width_nm;
      weights += weight;
      sum += weight * spectrum.value[j];
      if (known) squares += weight * weight * spectrum.variance[j];
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
