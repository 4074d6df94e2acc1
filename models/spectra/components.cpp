#include "models/spectra/components.hpp"

#include <ceres/tiny_solver.h>

#include <Eigen/Cholesky>
#include <algorithm>
#include <cmath>
#include <numbers>

#include "models/sizing.hpp"

namespace nocturne {

namespace {

constexpr double width_to_deviation = 0.42466090014400953;  // 1 / (2 sqrt(2 ln 2))
constexpr double assumed_width_eV = 0.1;                    // where no width could be measured
constexpr double reach_widths = 1.0;  // of data beyond the half-maximum points of the outermost lines
constexpr int most_steps = 60;

/// Parameters per line: area, centre (eV), ln of the standard deviation (eV).
constexpr int per_line = 3;

/// Residuals over deviations and their derivatives, as ceres::TinySolver asks for them. Areas are in units of
/// `scale` so that no parameter is far from one.
struct TwoLines {
  using Scalar = double;
  enum { NUM_RESIDUALS = Eigen::Dynamic, NUM_PARAMETERS = Eigen::Dynamic };

  int NumResiduals() const { return static_cast<int>(energy.size()); }
  int NumParameters() const { return parameters; }
  bool operator()(const double* p, double* residual, double* jacobian) const {
    const std::size_t n = energy.size();
    for (std::size_t i = 0; i < n; ++i) {
      double sum = 0.0;
      for (int k = 0; k < parameters; k += per_line) {
        const double deviation = std::exp(p[k + 2]), t = (energy[i] - p[k + 1]) / deviation;
        const double density = weight[i] * scale * jacobi[i] * std::exp(-0.5 * t * t) /
                               (deviation * std::sqrt(2.0 * std::numbers::pi));
        sum += p[k] * density;
        if (jacobian == nullptr) continue;
        double* column = jacobian + static_cast<std::size_t>(k) * n + i;
        column[0] = density;
        column[n] = p[k] * density * t / deviation;
        column[2 * n] = p[k] * density * (t * t - 1.0);
      }
      residual[i] = sum - weight[i] * value[i];
    }
    return true;
  }

  int parameters = 0;
  double scale = 1.0;
  std::vector<double> energy, value, weight, jacobi;  ///< jacobi: eV per nm
};

TwoLines lines_of(const Emission& emission) {
  TwoLines lines;
  lines.parameters = per_line * static_cast<int>(emission.lines.size());
  double low = 1e9, high = 0.0;
  for (const EmissionLine& line : emission.lines) {
    const double width = line.high_half_nm - line.low_half_nm;
    low = std::min(low, line.low_half_nm - reach_widths * width);
    high = std::max(high, line.high_half_nm + reach_widths * width);
    lines.scale = std::max(lines.scale, line.height * width);
  }
  const Spectrum& signal = emission.signal;
  for (Eigen::Index i = 0; i < signal.size(); ++i) {
    const double at = signal.wavelength_nm[i];
    if (at < low || at > high || !std::isfinite(signal.value[i]) || !(signal.variance[i] > 0.0)) continue;
    lines.energy.push_back(hc_eV_nm / at);
    lines.jacobi.push_back(hc_eV_nm / (at * at));
    lines.value.push_back(signal.value[i]);
    lines.weight.push_back(1.0 / std::sqrt(signal.variance[i]));
  }
  return lines;
}

Eigen::VectorXd start_of(const Emission& emission, double scale) {
  Eigen::VectorXd start(per_line * static_cast<Eigen::Index>(emission.lines.size()));
  Eigen::Index k = 0;
  for (const EmissionLine& line : emission.lines) {
    const double width = line.fwhm_meV ? 1e-3 * line.fwhm_meV->value : assumed_width_eV;
    const double centre = hc_eV_nm / line.peak_nm.value;
    const double width_nm = width * hc_eV_nm / (centre * centre);
    start.segment(k, per_line) << 1.0645 * line.height * width_nm / scale, centre,
        std::log(width * width_to_deviation);
    k += per_line;
  }
  return start;
}

}  // namespace

Eigen::VectorXd counts_per_nm(const EmissionComponent& component, const Eigen::VectorXd& wavelength_nm) {
  const double deviation = 1e-3 * component.fwhm_meV.value * width_to_deviation;
  const double density = component.area.value / (deviation * std::sqrt(2.0 * std::numbers::pi));
  const auto t = (hc_eV_nm / wavelength_nm.array() - component.peak_eV.value) / deviation;
  return density * hc_eV_nm / wavelength_nm.array().square() * (-0.5 * t.square()).exp();
}

Components fit_components(const Emission& emission) {
  const TwoLines lines = lines_of(emission);
  Components result;
  if (lines.NumResiduals() <= lines.parameters || lines.parameters == 0) return result;
  Eigen::VectorXd p = start_of(emission, lines.scale);
  ceres::TinySolver<TwoLines> minimiser;
  minimiser.options.max_num_iterations = most_steps;
  minimiser.options.function_tolerance = 1e-6;
  minimiser.Solve(lines, &p);
  Eigen::VectorXd residual(lines.NumResiduals());
  Eigen::MatrixXd jacobian(lines.NumResiduals(), lines.parameters);
  lines(p.data(), residual.data(), jacobian.data());
  if (!p.allFinite() || !residual.allFinite()) return result;
  result.residual = residual.squaredNorm() / static_cast<double>(lines.NumResiduals() - lines.parameters);
  const Eigen::MatrixXd normal = jacobian.transpose() * jacobian;
  const Eigen::MatrixXd covariance =
      std::max(1.0, result.residual) * normal.ldlt().solve(Eigen::MatrixXd::Identity(p.size(), p.size()));
  const Eigen::Index count = p.size() / per_line;
  result.area_covariance.resize(count, count);
  const auto error = [&](Eigen::Index i) { return std::sqrt(std::max(0.0, covariance(i, i))); };
  for (Eigen::Index i = 0; i < count; ++i) {
    const Eigen::Index k = per_line * i;
    const double fwhm = 1e3 * std::exp(p[k + 2]) / width_to_deviation;
    result.lines.push_back({{p[k] * lines.scale, error(k) * lines.scale},
                            {p[k + 1], error(k + 1)},
                            {fwhm, fwhm * error(k + 2)}});
    for (Eigen::Index j = 0; j < count; ++j)
      result.area_covariance(i, j) = lines.scale * lines.scale * covariance(k, per_line * j);
  }
  return result;
}

}  // namespace nocturne
