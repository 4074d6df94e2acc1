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
constexpr std::size_t fewest_background_points = 5;
constexpr double clearly_better = 9.0;  // of the sum of squares
constexpr double largest_exponent = 6.0;
constexpr double background_step_nm = 1.0, coarse_reach_nm = 6.0, largest_reach_nm = 15.0;
constexpr double flank_top_share = 0.9, flank_edge_share = 0.7;  // of the flank: reaches of the fits at its two ends
constexpr double rise_deviations = 6.0;
constexpr double continuum_width_nm = 20.0, continuum_error = 0.3;

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

/// A local polynomial of a reach that grows until it holds enough points.
std::optional<LocalPolynomial> fit_around(const Spectrum& absorbance, double nm, double reach_nm,
                                          int degree) {
  for (double reach = std::min(reach_nm, largest_reach_nm); reach <= largest_reach_nm; reach *= 1.3) {
    if (auto fit = fit_polynomial(absorbance, nm - reach, nm + reach, degree, Weighting::tapered)) return fit;
  }
  return std::nullopt;
}

/// The first wavelength beyond `nm`, in steps, where absorbance is below `level`.
std::optional<double> falls_below(const Spectrum& absorbance, double nm, double high_nm, double level) {
  for (double at = nm + background_step_nm; at <= high_nm; at += background_step_nm) {
    const auto fit = fit_around(absorbance, at, coarse_reach_nm, 3);
    if (fit && fit->value(at) < level) return at;
  }
  return std::nullopt;
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
  if (data.value.size() < fewest_background_points) return std::nullopt;
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

std::optional<Estimate> optical_edge(const Spectrum& absorbance, const Exciton& first, double high_nm) {
  const double exciton = first.nm.value;
  const auto coarse = fit_around(absorbance, exciton, coarse_reach_nm, 3);
  if (!coarse || !(coarse->value(exciton) > rise_deviations * std::sqrt(coarse->value_variance(exciton))))
    return std::nullopt;
  const auto start = falls_below(absorbance, exciton, high_nm, 0.5 * coarse->value(exciton));
  if (!start) return std::nullopt;
  // Reaches in proportion to the flank: a sharp exciton is not flattened, a wide one not left to noise.
  const double flank = *start - exciton;
  const auto top = fit_around(absorbance, exciton, flank_top_share * flank, 5);
  if (!top) return std::nullopt;
  const double level = 0.5 * top->value(exciton);
  // At a maximum its own place does not matter; on a slope it moves the level.
  const double moved = first.shoulder ? top->slope(exciton) * first.nm.standard_error : 0.0;
  double at = *start;
  std::optional<LocalPolynomial> fit;
  for (int pass = 0; pass < 4; ++pass) {
    fit = fit_around(absorbance, at, flank_edge_share * flank, 5);
    if (!fit || !(fit->slope(at) < 0.0)) return std::nullopt;
    at += std::clamp((level - fit->value(at)) / fit->slope(at), -0.5 * flank, 0.5 * flank);
  }
  const double slope = fit->slope(at);
  if (!(slope < 0.0) || !(at > exciton) || !(at < high_nm)) return std::nullopt;
  const double level_variance = 0.25 * (top->value_variance(exciton) + moved * moved);
  return Estimate{at, std::sqrt(fit->value_variance(at) + level_variance) / -slope};
}

std::optional<Estimate> crystal_continuum(const Spectrum& absorbance) {
  return mean_around(absorbance, continuum_nm, continuum_width_nm);
}

Estimate continued(const Estimate& continuum, double wavelength_nm, double per_eV) {
  const double distance = hc_eV_nm / wavelength_nm - hc_eV_nm / continuum_nm;
  const double factor = std::exp(per_eV * distance);
  const double value = factor * continuum.value;
  return {value, std::hypot(factor * continuum.standard_error, value * continuum_error * per_eV * distance)};
}

std::optional<Estimate> dissolved_absorbance(const Spectrum& absorbance, double wavelength_nm,
                                             double continuum_per_eV) {
  const auto here = value_near(absorbance, wavelength_nm);
  const auto continuum = crystal_continuum(absorbance);
  if (!here || !continuum) return std::nullopt;
  const Estimate crystals = continued(*continuum, wavelength_nm, continuum_per_eV);
  return Estimate{here->value - crystals.value, std::hypot(here->standard_error, crystals.standard_error)};
}

}  // namespace nocturne
