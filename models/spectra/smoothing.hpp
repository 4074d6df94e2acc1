#pragma once

#include <Eigen/Core>
#include <optional>
#include <vector>

#include "models/spectra/spectrum.hpp"

namespace nocturne {

/// A polynomial fitted by weighted least squares to a stretch of a spectrum, with the covariance of its
/// coefficients.
class LocalPolynomial {
 public:
  double value(double wavelength_nm) const { return basis(wavelength_nm, 0).dot(coefficients_); }
  double slope(double wavelength_nm) const { return basis(wavelength_nm, 1).dot(coefficients_); }  ///< per nm
  double curvature(double wavelength_nm) const {
    return basis(wavelength_nm, 2).dot(coefficients_);
  }  ///< per nm²
  double third(double wavelength_nm) const {
    return basis(wavelength_nm, 3).dot(coefficients_);
  }  ///< per nm³
  double fourth(double wavelength_nm) const {
    return basis(wavelength_nm, 4).dot(coefficients_);
  }  ///< per nm⁴
  double value_variance(double wavelength_nm) const { return variance(wavelength_nm, 0); }
  double slope_variance(double wavelength_nm) const { return variance(wavelength_nm, 1); }
  double curvature_variance(double wavelength_nm) const { return variance(wavelength_nm, 2); }
  double third_variance(double wavelength_nm) const { return variance(wavelength_nm, 3); }

  static constexpr int largest_degree = 5;
  using Coefficients = Eigen::Matrix<double, Eigen::Dynamic, 1, 0, largest_degree + 1, 1>;
  using Covariance =
      Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, 0, largest_degree + 1, largest_degree + 1>;

  LocalPolynomial(double centre_nm, double scale_nm, const Coefficients& coefficients,
                  const Covariance& covariance);

 private:
  Coefficients basis(double wavelength_nm, int derivative) const;
  double variance(double wavelength_nm, int derivative) const;

  double centre_, scale_;
  Coefficients coefficients_;
  Covariance covariance_;
};

/// How the points of a stretch count: all alike, or less towards its ends (parabolic, the kernel of local
/// regression: Fan and Gijbels 1996), which keeps the shape outside from pulling at the centre.
enum class Weighting { even, tapered };

/// Fits the finite points of [low_nm, high_nm]. With known variances the covariance is theirs, enlarged where
/// the residuals are larger; without, it follows from the residuals. Nothing with fewer than degree + 2
/// points.
std::optional<LocalPolynomial> fit_polynomial(const Spectrum& spectrum, double low_nm, double high_nm,
                                              int degree, Weighting weighting = Weighting::even);

/// Running mean with triangular weights of `width_nm` at half height, skipping not-a-number values; where no
/// finite point is near the result is NaN. Variances are those of the mean of independent values.
Spectrum smoothed(const Spectrum& spectrum, double width_nm);

/// The spectrum with variances: its own, or if unknown those of independent noise within `reach_nm` of each
/// point, from the median of fourth differences of neighbours, to which features wider than a few points
/// contribute next to nothing.
Spectrum with_noise(const Spectrum& spectrum, double reach_nm);

/// Turns a median absolute deviation into the standard deviation of a normal distribution.
inline constexpr double median_to_deviation = 1.4826;

/// Middle value, of an even number the upper one. Reorders `values`, which must not be empty.
double median(std::vector<double>& values);

/// Median of the finite values in [low_nm, high_nm]; nothing if there is none.
std::optional<double> median_within(const Spectrum& spectrum, double low_nm, double high_nm);

/// First index whose wavelength is at least `wavelength_nm`; size() if there is none.
Eigen::Index index_at(const Spectrum& spectrum, double wavelength_nm);

}  // namespace nocturne
