#include "models/spectra/components.hpp"

#include <Eigen/Cholesky>
#include <algorithm>
#include <cmath>
#include <numbers>

#include "models/sizing.hpp"

namespace nocturne {

namespace {

constexpr double width_to_deviation = 0.42466090014400953;  // 1 / (2 sqrt(2 ln 2))
constexpr double assumed_width_eV = 0.1;                    // where no width could be measured
constexpr double reach_widths = 2.0;                        // of data to either side of the outermost lines
constexpr int most_steps = 60;

/// Points of the fit; energy in eV.
struct Data {
  Eigen::VectorXd energy, value, weight;
};

/// Parameters per line: height, centre (eV), standard deviation (eV).
constexpr Eigen::Index per_line = 3;

Data data_of(const Emission& emission) {
  double low = 1e9, high = 0.0;
  for (const EmissionLine& line : emission.lines) {
    const double width = line.high_half_nm - line.low_half_nm;
    low = std::min(low, line.low_half_nm - reach_widths * width);
    high = std::max(high, line.high_half_nm + reach_widths * width);
  }
  std::vector<double> energy, value, weight;
  const Spectrum& signal = emission.signal;
  for (Eigen::Index i = 0; i < signal.size(); ++i) {
    const double at = signal.wavelength_nm[i];
    if (at < low || at > high || !std::isfinite(signal.value[i]) || !(signal.variance[i] > 0.0)) continue;
    energy.push_back(hc_eV_nm / at);
    value.push_back(signal.value[i]);
    weight.push_back(1.0 / signal.variance[i]);
  }
  const auto column = [](const std::vector<double>& v) {
    return Eigen::VectorXd{Eigen::Map<const Eigen::VectorXd>(v.data(), static_cast<Eigen::Index>(v.size()))};
  };
  return {column(energy), column(value), column(weight)};
}

Eigen::VectorXd start_of(const Emission& emission) {
  Eigen::VectorXd start(per_line * static_cast<Eigen::Index>(emission.lines.size()));
  Eigen::Index k = 0;
  for (const EmissionLine& line : emission.lines) {
    const double width = line.fwhm_meV ? 1e-3 * line.fwhm_meV->value : assumed_width_eV;
    start.segment(k, per_line) << line.height, hc_eV_nm / line.peak_nm.value, width * width_to_deviation;
    k += per_line;
  }
  return start;
}

struct Step {
  Eigen::MatrixXd normal;
  Eigen::VectorXd gradient;
  double chi_squared = 0.0;
};

Step evaluate(const Data& data, const Eigen::VectorXd& p) {
  const Eigen::Index n = data.energy.size(), m = p.size();
  Eigen::MatrixXd jacobian(n, m);
  Eigen::VectorXd residual = data.value;
  for (Eigen::Index k = 0; k < m; k += per_line) {
    const Eigen::ArrayXd t = (data.energy.array() - p[k + 1]) / p[k + 2], shape = (-0.5 * t.square()).exp();
    residual.array() -= p[k] * shape;
    jacobian.col(k) = shape;
    jacobian.col(k + 1) = p[k] * shape * t / p[k + 2];
    jacobian.col(k + 2) = p[k] * shape * t.square() / p[k + 2];
  }
  const Eigen::MatrixXd weighted = data.weight.asDiagonal() * jacobian;
  return {jacobian.transpose() * weighted, weighted.transpose() * residual,
          residual.dot(data.weight.asDiagonal() * residual)};
}

bool allowed(const Eigen::VectorXd& p) {
  for (Eigen::Index k = 0; k < p.size(); k += per_line) {
    if (!(p[k] > 0.0) || !(p[k + 1] > 0.0) || !(p[k + 2] > 1e-3) || !(p[k + 2] < 1.0)) return false;
  }
  return true;
}

/// Levenberg-Marquardt; returns the last evaluation and moves `p` to the minimum.
Step minimise(const Data& data, Eigen::VectorXd& p) {
  Step here = evaluate(data, p);
  double damping = 1e-3;
  for (int i = 0; i < most_steps && damping < 1e9; ++i) {
    Eigen::MatrixXd damped = here.normal;
    damped.diagonal() *= 1.0 + damping;
    const Eigen::VectorXd next = p + damped.ldlt().solve(here.gradient);
    if (!next.allFinite() || !allowed(next)) {
      damping *= 4.0;
      continue;
    }
    Step there = evaluate(data, next);
    if (!(there.chi_squared < here.chi_squared)) {
      damping *= 4.0;
      continue;
    }
    const bool done = here.chi_squared - there.chi_squared < 1e-6 * here.chi_squared;
    p = next;
    here = std::move(there);
    damping *= 0.25;
    if (done) break;
  }
  return here;
}

}  // namespace

Components fit_components(const Emission& emission) {
  const Data data = data_of(emission);
  Eigen::VectorXd p = start_of(emission);
  const Step end = minimise(data, p);
  const auto freedom = static_cast<double>(std::max<Eigen::Index>(data.value.size() - p.size(), 1));
  const Eigen::MatrixXd identity = Eigen::MatrixXd::Identity(p.size(), p.size());
  const Eigen::MatrixXd covariance =
      std::max(1.0, end.chi_squared / freedom) * end.normal.ldlt().solve(identity);
  const Eigen::Index lines = p.size() / per_line;
  Eigen::MatrixXd slope = Eigen::MatrixXd::Zero(lines, p.size());
  Components result{Eigen::VectorXd(lines), {}};
  for (Eigen::Index i = 0; i < lines; ++i) {
    const Eigen::Index k = per_line * i;
    const double to_nm = std::sqrt(2.0 * std::numbers::pi) * hc_eV_nm / (p[k + 1] * p[k + 1]);
    result.area[i] = p[k] * p[k + 2] * to_nm;
    slope(i, k) = p[k + 2] * to_nm;
    slope(i, k + 1) = -2.0 * result.area[i] / p[k + 1];
    slope(i, k + 2) = p[k] * to_nm;
  }
  result.area_covariance = slope * covariance * slope.transpose();
  return result;
}

Estimate share_of(const Components& components, const std::vector<bool>& counts) {
  const double total = components.area.sum();
  double part = 0.0;
  for (Eigen::Index i = 0; i < components.area.size(); ++i) {
    if (counts[static_cast<std::size_t>(i)]) part += components.area[i];
  }
  Eigen::VectorXd slope(components.area.size());
  for (Eigen::Index i = 0; i < slope.size(); ++i) {
    slope[i] = ((counts[static_cast<std::size_t>(i)] ? 1.0 : 0.0) - part / total) / total;
  }
  return {part / total, std::sqrt(std::max(0.0, slope.dot(components.area_covariance * slope)))};
}

}  // namespace nocturne
