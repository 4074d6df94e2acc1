#include "models/spectra/populations.hpp"

#include <ceres/tiny_solver.h>

#include <Eigen/Cholesky>
#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <utility>

#include "models/sizing.hpp"
#include "models/spectra/population_model.hpp"
#include "models/spectra/smoothing.hpp"

namespace nocturne {

namespace {

using detail::PopulationData;
using detail::PopulationModel;
using P = PopulationModel;

constexpr int thickest = 6;          // monolayers; thicker ones differ from dots in nothing measured here
constexpr double bluest_nm = 412.0;  // complexes and ligands absorb to the blue of it
constexpr double emission_bin_nm = 3.0, absorption_bin_nm = 4.0;
constexpr double emission_model = 0.01;    // what a parametrised line leaves, relative to the maximum
constexpr double absorption_model = 0.02;  // likewise an edge
constexpr double red_reach_nm = 45.0;      // of the data beyond the reddest line
constexpr double least_emission = 0.004;   // of the maximum at a thickness's colour, to consider it
constexpr double satisfied = 0.1;  // squares per point: the first explanation needs no other beside it
constexpr double least_error =
    0.05;  // of a share: two kinds of crystals are a simplification, however well they fit
constexpr double window_tolerance_nm = 3.0;
constexpr int most_steps = 30;
constexpr double least_gain = 0.05;  // of the sum of squares, for another step: a quarter of a standard error

struct Bins {
  std::vector<double> energy, value, deviation;
};

/// Means over bins, on the energy axis; `per_energy` turns values per wavelength into values per energy.
Bins binned(const Spectrum& s, double low_nm, double high_nm, double width_nm, bool per_energy) {
  Bins bins;
  Eigen::Index i = index_at(s, low_nm);
  for (double from = low_nm; from + width_nm <= high_nm && i < s.size(); from += width_nm) {
    double sum = 0.0, variance = 0.0, at = 0.0, n = 0.0;
    for (; i < s.size() && s.wavelength_nm[i] < from + width_nm; ++i) {
      if (!std::isfinite(s.value[i]) || !(s.variance[i] >= 0.0)) continue;
      sum += s.value[i], variance += s.variance[i], at += s.wavelength_nm[i], n += 1.0;
    }
    if (n == 0.0) continue;
    const double nm = at / n, factor = (per_energy ? nm * nm : 1.0) / n;
    bins.energy.push_back(hc_eV_nm / nm);
    bins.value.push_back(sum * factor);
    bins.deviation.push_back(std::sqrt(variance) * factor);
  }
  return bins;
}

/// Scaled to a maximum of one, the deviation enlarged by what the model leaves.
void store(const Bins& bins, double left, Eigen::VectorXd& energy, Eigen::VectorXd& value,
           Eigen::VectorXd& deviation) {
  const auto map = [](const std::vector<double>& v) {
    return Eigen::Map<const Eigen::VectorXd>(v.data(), static_cast<Eigen::Index>(v.size()));
  };
  if (bins.value.empty()) return;
  const double largest = map(bins.value).maxCoeff();
  if (!(largest > 0.0)) return;
  energy = map(bins.energy);
  value = map(bins.value) / largest;
  deviation = (map(bins.deviation) / largest).unaryExpr([&](double d) { return std::hypot(d, left); });
}

PopulationData data_of(const Emission& emission, const Spectrum* absorbance) {
  PopulationData data;
  double red = 0.0;
  for (const EmissionLine& line : emission.lines) red = std::max(red, line.high_half_nm);
  red += red_reach_nm;
  const double blue = std::max(bluest_nm, emission.signal.wavelength_nm[0]);
  store(binned(emission.signal, blue, red, emission_bin_nm, true), emission_model, data.emission_eV,
        data.emission, data.emission_deviation);
  if (absorbance != nullptr && absorbance->variance.size() > 0) {
    store(binned(*absorbance, bluest_nm, red, absorption_bin_nm, false), absorption_model, data.absorption_eV,
          data.absorption, data.absorption_deviation);
  }
  return data;
}

/// Thicknesses at whose colour there is any light.
std::vector<PlateletWindow> possible(const PopulationData& data, const Material& material) {
  std::vector<PlateletWindow> windows;
  for (const PlateletWindow& window : material.platelets) {
    if (window.monolayers > thickest) continue;
    const double low = hc_eV_nm / window.high_nm, high = hc_eV_nm / window.low_nm;
    bool seen = false;
    for (Eigen::Index i = 0; i < data.emission.size(); ++i) {
      seen =
          seen || (data.emission_eV[i] >= low && data.emission_eV[i] <= high &&
                   data.emission[i] > least_emission + 3.0 * (data.emission_deviation[i] - emission_model));
    }
    if (seen) windows.push_back(window);
  }
  return windows;
}

/// A minimum of the sum of squares, with the share of platelets there.
struct Solution {
  Eigen::VectorXd p;
  double squares = std::numeric_limits<double>::infinity();
  Estimate share, solid;
  std::vector<Estimate> shares;
  double volume = 0.0;  ///< ln of the square root of the covariance's determinant
};

double error_of(const Eigen::VectorXd& slope, const Eigen::MatrixXd& covariance) {
  return std::sqrt(std::max(0.0, slope.dot(covariance * slope)));
}

void read_shares(Solution& solution, const PopulationModel& model, const Eigen::MatrixXd& covariance) {
  const Eigen::VectorXd& p = solution.p;
  const double ratio = std::exp(p[P::log_yield_ratio]), dots = p[P::dot_amount];
  double flat = 0.0;
  for (int k = 0; k < model.windows(); ++k) flat += p[P::amount_of(k)];
  const double light = dots + ratio * flat, solid = dots + flat;
  const auto share = [&](double part, double yield, double total, auto&& counts) {
    Eigen::VectorXd slope = Eigen::VectorXd::Zero(p.size());
    slope[P::dot_amount] = -part / (total * total);
    if (yield != 1.0 || total == light)
      slope[P::log_yield_ratio] = part / total * (1.0 - yield * flat / total);
    for (int k = 0; k < model.windows(); ++k)
      slope[P::amount_of(k)] = yield / total * ((counts(k) ? 1.0 : 0.0) - part / total);
    return Estimate{part / total, error_of(slope, covariance)};
  };
  solution.share = share(ratio * flat, ratio, light, [](int) { return true; });
  for (int k = 0; k < model.windows(); ++k) {
    const double part = ratio * p[P::amount_of(k)];
    solution.shares.push_back(share(part, ratio, light, [k](int i) { return i == k; }));
  }
  solution.solid = {flat / solid, 0.0};
  Eigen::VectorXd slope = Eigen::VectorXd::Zero(p.size());
  slope[P::dot_amount] = -flat / (solid * solid);
  for (int k = 0; k < model.windows(); ++k) slope[P::amount_of(k)] = dots / (solid * solid);
  solution.solid.standard_error = error_of(slope, covariance);
}

Solution solved(const PopulationModel& model, Eigen::VectorXd start) {
  ceres::TinySolver<PopulationModel> minimiser;
  minimiser.options.max_num_iterations = most_steps;
  minimiser.options.function_tolerance = least_gain;
  minimiser.options.parameter_tolerance = 1e-5;
  minimiser.Solve(model, &start);
  Solution solution;
  for (int k = 0; k < model.windows(); ++k) start[P::amount_of(k)] = std::max(start[P::amount_of(k)], 0.0);
  start[P::dot_amount] = std::max(start[P::dot_amount], 1e-6);
  Eigen::VectorXd residual(model.NumResiduals());
  Eigen::MatrixXd jacobian(model.NumResiduals(), model.NumParameters());
  model(start.data(), residual.data(), jacobian.data());
  if (!residual.allFinite() || !jacobian.allFinite()) return solution;
  solution.p = start;
  solution.squares = residual.squaredNorm();
  Eigen::MatrixXd normal = jacobian.transpose() * jacobian;
  normal.diagonal().array() += 1e-9 * normal.diagonal().maxCoeff() * 1e-6;
  const Eigen::LDLT<Eigen::MatrixXd> factors{normal};
  const Eigen::Index n = start.size();
  const Eigen::MatrixXd covariance = factors.solve(Eigen::MatrixXd::Identity(n, n));
  solution.volume = -0.5 * factors.vectorD().array().abs().max(1e-300).log().sum();
  read_shares(solution, model, covariance);
  return solution;
}

/// Dots at the highest line, or platelets wherever they may be.
std::array<Eigen::VectorXd, 2> starts(const PopulationModel& model, const PopulationData& data,
                                      const Emission& emission, const Material& material) {
  const double at = emission.lines.front().peak_nm.value;
  Eigen::VectorXd start = model.typical();
  const double bluest = hc_eV_nm / peak_nm_at(material, 0.85 * material.smallest_edge_nm);
  start[P::dot_energy] = std::clamp(hc_eV_nm / at, material.bulk_energy_eV + 0.005, bluest);
  start[P::log_brightness] = data.absorption.size() > 0 ? std::log(0.1 / 0.6) : 0.0;
  const double total = data.absorption.size() > 0 ? 0.6 : 0.1;
  const auto n = static_cast<double>(model.windows());
  const auto divided = [&](double flat) {
    Eigen::VectorXd p = start;
    p[P::dot_amount] = total * (1.0 - flat);
    for (int k = 0; k < model.windows(); ++k) p[P::amount_of(k)] = total * flat / n;
    return p;
  };
  return {divided(0.1), divided(0.8)};
}

/// True if the highest line has the colour of one of the thicknesses, so that platelets may be all there is.
bool at_thickness(const PopulationModel& model, const Emission& emission) {
  const double at = emission.lines.front().peak_nm.value;
  for (int k = 0; k < model.windows(); ++k) {
    const PlateletWindow& window = model.window(k);
    if (at > window.low_nm - window_tolerance_nm && at < window.high_nm + window_tolerance_nm) return true;
  }
  return false;
}

/// Two minima as one estimate, each with its posterior weight (Laplace).
Estimate combined(const Estimate& a, const Estimate& b, double weight_of_b) {
  const double mean = (1.0 - weight_of_b) * a.value + weight_of_b * b.value, gap = a.value - b.value;
  const double variance = (1.0 - weight_of_b) * a.standard_error * a.standard_error +
                          weight_of_b * b.standard_error * b.standard_error +
                          weight_of_b * (1.0 - weight_of_b) * gap * gap;
  return {mean, std::sqrt(variance)};
}

}  // namespace

std::optional<Populations> separate_populations(const Emission& emission, const Spectrum* absorbance,
                                                const Material& material) {
  if (emission.lines.empty() || material.platelets.empty()) return std::nullopt;
  const PopulationData data = data_of(emission, absorbance);
  if (data.emission.size() < 8) return std::nullopt;
  const PopulationModel model{data, material, possible(data, material)};
  Populations result;
  result.dot_peak_nm = emission.lines.front().peak_nm.value;
  if (model.windows() == 0) return result;
  std::array<Solution, 2> found;
  const auto start = starts(model, data, emission, material);
  found[0] = solved(model, start[0]);
  const auto points = static_cast<double>(data.emission.size() + data.absorption.size());
  if (!(found[0].squares < satisfied * points) && at_thickness(model, emission))
    found[1] = solved(model, start[1]);
  if (found[1].squares < found[0].squares) std::swap(found[0], found[1]);
  if (!std::isfinite(found[0].squares)) return std::nullopt;
  double odds = 0.0;
  if (std::isfinite(found[1].squares)) {
    odds = std::exp(std::clamp(
        0.5 * (found[0].squares - found[1].squares) + found[1].volume - found[0].volume, -50.0, 50.0));
  }
  const double weight = odds / (1.0 + odds);
  if (!(weight > 1e-6)) found[1] = found[0];
  result.platelet_share = combined(found[0].share, found[1].share, weight);
  result.platelet_solid = combined(found[0].solid, found[1].solid, weight);
  if (data.absorption.size() == 0)
    result.platelet_solid.standard_error = std::numeric_limits<double>::infinity();
  for (int k = 0; k < model.windows(); ++k) {
    const auto at = static_cast<std::size_t>(k);
    result.platelets.push_back({model.window(k).monolayers, hc_eV_nm / found[0].p[P::amount_of(k) + 1],
                                combined(found[0].shares[at], found[1].shares[at], weight)});
  }
  result.dot_peak_nm = hc_eV_nm / found[0].p[P::dot_energy];
  result.residual = found[0].squares / points;
  const double misfit = std::sqrt(std::max(1.0, result.residual / satisfied));
  const auto widened = [&](Estimate& share) {
    share.standard_error = misfit * std::hypot(share.standard_error, least_error);
  };
  widened(result.platelet_share);
  widened(result.platelet_solid);
  return result;
}

}  // namespace nocturne
