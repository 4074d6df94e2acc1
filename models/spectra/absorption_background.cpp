#include "models/spectra/absorption_background.hpp"

#include <ceres/tiny_solver.h>

#include <Eigen/LU>
#include <algorithm>
#include <cmath>
#include <vector>

#include "models/sizing.hpp"
#include "models/spectra/absorption.hpp"
#include "models/spectra/smoothing.hpp"

namespace nocturne {

namespace {

constexpr double bin_nm = 10.0;
constexpr std::size_t fewest_points = 5;
constexpr double clearly_better = 9.0;  // of the sum of squares
constexpr double largest_exponent = 6.0;
constexpr double edge_reach_nm = 8.0, coarse_step_nm = 4.0, fine_step_nm = 0.5;
constexpr double rise_deviations = 6.0;
constexpr double continuum_low_nm = 400.0, continuum_high_nm = 420.0, continuum_error = 0.3;
constexpr double excitation_width_nm = 8.0;

/// level (wavelength / reference)^-exponent, for ceres::TinySolver.
struct PowerLaw {
  using Scalar = double;
  enum { NUM_RESIDUALS = Eigen::Dynamic, NUM_PARAMETERS = 2 };
  int NumResiduals() const { return static_cast<int>(value.size()); }
  bool operator()(const double* p, double* residual, double* jacobian) const {
    const std::size_t n = value.size();
    for (std::size_t i = 0; i < n; ++i) {
      const double shape = std::exp(-p[1] * logarithm[i]);
      residual[i] = weight[i] * (p[0] * shape - value[i]);
      if (jacobian == nullptr) continue;
      jacobian[i] = weight[i] * shape;
      jacobian[n + i] = -weight[i] * p[0] * shape * logarithm[i];
    }
    return true;
  }
  std::vector<double> logarithm, value, weight;  ///< ln(wavelength / reference)
};

PowerLaw data_of(const Spectrum& absorbance, double low_nm, double high_nm, double reference) {
  PowerLaw data;
  for (double from = low_nm; from + bin_nm <= high_nm + 1e-9; from += bin_nm) {
    const auto mean = mean_around(absorbance, from + 0.5 * bin_nm, bin_nm);
    if (!mean) continue;
    data.logarithm.push_back(std::log((from + 0.5 * bin_nm) / reference));
    data.value.push_back(mean->value);
    data.weight.push_back(mean->standard_error > 0.0 ? 1.0 / mean->standard_error : 1.0);
  }
  return data;
}

struct Tangent {
  double at_nm, slope;
  Estimate crossing_nm;
};

/// The steepest significant fall towards the red, and where its tangent reaches zero.
std::optional<Tangent> steepest(const Spectrum& absorbance, double low_nm, double high_nm, double step_nm) {
  std::optional<Tangent> found;
  for (double at = low_nm; at <= high_nm; at += step_nm) {
    const auto fit =
        fit_polynomial(absorbance, at - edge_reach_nm, at + edge_reach_nm, 3, Weighting::tapered);
    if (!fit) continue;
    const double slope = fit->slope(at), error = std::sqrt(fit->slope_variance(at));
    if (!(slope < (found ? found->slope : 0.0)) || !(slope < -rise_deviations * error)) continue;
    const double ratio = fit->value(at) / slope;
    const double height_error = std::sqrt(fit->value_variance(at)) / slope;
    found = Tangent{at, slope, {at - ratio, std::hypot(height_error, ratio * error / slope)}};
  }
  return found;
}

}  // namespace

double ScatterBackground::at(double wavelength_nm) const {
  return level.value * std::pow(wavelength_nm / reference_nm, -exponent.value);
}

std::optional<ScatterBackground> scatter_background(const Spectrum& absorbance, double low_nm,
                                                    double high_nm) {
  ScatterBackground result;
  result.reference_nm = 0.5 * (low_nm + high_nm);
  const PowerLaw data = data_of(absorbance, low_nm, high_nm, result.reference_nm);
  if (data.value.size() < fewest_points) return std::nullopt;
  double weights = 0.0, sum = 0.0, constant = 0.0;
  for (std::size_t i = 0; i < data.value.size(); ++i) {
    weights += data.weight[i] * data.weight[i];
    sum += data.weight[i] * data.weight[i] * data.value[i];
  }
  result.level = {sum / weights, 1.0 / std::sqrt(weights)};
  for (std::size_t i = 0; i < data.value.size(); ++i)
    constant += std::pow(data.weight[i] * (data.value[i] - result.level.value), 2);
  Eigen::Vector2d p{result.level.value, 2.0};
  ceres::TinySolver<PowerLaw> minimiser;
  minimiser.Solve(data, &p);
  if (!p.allFinite() || !(constant - 2.0 * minimiser.summary.final_cost > clearly_better)) return result;
  if (!(p[0] > 0.0) || !(p[1] > 0.0) || !(p[1] < largest_exponent)) return result;
  Eigen::VectorXd residual(data.NumResiduals());
  Eigen::MatrixXd jacobian(data.NumResiduals(), 2);
  data(p.data(), residual.data(), jacobian.data());
  const Eigen::Matrix2d normal = jacobian.transpose() * jacobian, covariance = normal.inverse();
  result.level = {p[0], std::sqrt(covariance(0, 0))};
  result.exponent = {p[1], std::sqrt(covariance(1, 1))};
  return result;
}

void subtract_background(Spectrum& absorbance, const ScatterBackground& background) {
  for (Eigen::Index i = 0; i < absorbance.size(); ++i)
    absorbance.value[i] -= background.at(absorbance.wavelength_nm[i]);
}

std::optional<Estimate> optical_edge(const Spectrum& absorbance, double low_nm, double high_nm) {
  const std::optional<Tangent> coarse = steepest(absorbance, low_nm, high_nm, coarse_step_nm);
  if (!coarse) return std::nullopt;
  const auto fine =
      steepest(absorbance, coarse->at_nm - coarse_step_nm, coarse->at_nm + coarse_step_nm, fine_step_nm);
  return fine ? fine->crossing_nm : coarse->crossing_nm;
}

std::optional<Estimate> dissolved_absorbance(const Spectrum& absorbance, double wavelength_nm,
                                             double continuum_per_eV) {
  const auto here = mean_around(absorbance, wavelength_nm, excitation_width_nm);
  const double middle = 0.5 * (continuum_low_nm + continuum_high_nm);
  const auto crystals = mean_around(absorbance, middle, continuum_high_nm - continuum_low_nm);
  if (!here || !crystals) return std::nullopt;
  const double distance = hc_eV_nm / wavelength_nm - hc_eV_nm / middle;
  const double factor = std::exp(continuum_per_eV * distance);
  const double continued = factor * crystals->value;
  const double error = std::hypot(factor * crystals->standard_error,
                                  continued * continuum_error * continuum_per_eV * distance);
  return Estimate{here->value - continued, std::hypot(here->standard_error, error)};
}

}  // namespace nocturne
