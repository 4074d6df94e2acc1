#include "models/spectra/populations.hpp"

#include <ceres/tiny_solver.h>

#include <Eigen/Cholesky>
#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>
#include <vector>

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
constexpr double expected = 0.15;  // squares per point of a right explanation; more of them widen the errors
constexpr double poor = 0.3;       // squares per point that send for further explanations
constexpr double fit_window_tolerance_nm = 3.0;
constexpr double same_squares = 0.5, same_share = 0.02;  // two starts that ended in one minimum
constexpr int most_population_steps = 30;
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
  minimiser.options.max_num_iterations = most_population_steps;
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

/// Dots that emit at `dots_nm`, and the share `flat` of all solid in platelets wherever they may be.
Eigen::VectorXd start_with(const PopulationModel& model, const PopulationData& data, const Material& material,
                           double dots_nm, double flat) {
  Eigen::VectorXd start = model.typical();
  const double bluest = hc_eV_nm / peak_nm_at(material, 0.85 * material.smallest_edge_nm);
  start[P::dot_energy] = std::clamp(hc_eV_nm / dots_nm, material.bulk_energy_eV + 0.005, bluest);
  start[P::log_brightness] = data.absorption.size() > 0 ? std::log(0.1 / 0.6) : 0.0;
  const double total = data.absorption.size() > 0 ? 0.6 : 0.1;
  start[P::dot_amount] = total * (1.0 - flat);
  for (int k = 0; k < model.windows(); ++k) start[P::amount_of(k)] = total * flat / model.windows();
  return start;
}

double reddest_nm(const Emission& emission) {
  double reddest = 0.0;
  for (const EmissionLine& line : emission.lines) reddest = std::max(reddest, line.peak_nm.value);
  return reddest;
}

/// Centroid of what is emitted to the red of the highest line.
double red_shoulder_nm(const Emission& emission) {
  const double from = emission.lines.front().high_half_nm;
  double sum = 0.0, moment = 0.0;
  const Spectrum& s = emission.signal;
  for (Eigen::Index i = index_at(s, from); i < s.size() && s.wavelength_nm[i] < from + red_reach_nm; ++i) {
    if (!(s.value[i] > 0.0)) continue;
    sum += s.value[i];
    moment += s.value[i] * s.wavelength_nm[i];
  }
  return sum > 0.0 ? moment / sum : from;
}

/// True if the highest line has the colour of one of the thicknesses, so that platelets may be all there is.
bool at_thickness(const PopulationModel& model, const Emission& emission) {
  const double at = emission.lines.front().peak_nm.value;
  for (int k = 0; k < model.windows(); ++k) {
    const PlateletWindow& window = model.window(k);
    if (at > window.low_nm - fit_window_tolerance_nm && at < window.high_nm + fit_window_tolerance_nm) return true;
  }
  return false;
}

/// Explanations with their posterior weights (Laplace), the best first.
struct Explanations {
  std::vector<Solution> found;
  std::vector<double> weight;

  /// Several minima as one estimate.
  template <class Of>
  Estimate combined(const Of& of) const {
    double mean = 0.0, variance = 0.0;
    for (std::size_t i = 0; i < found.size(); ++i) mean += weight[i] * of(found[i]).value;
    for (std::size_t i = 0; i < found.size(); ++i) {
      const Estimate one = of(found[i]);
      variance +=
          weight[i] * (one.standard_error * one.standard_error + (one.value - mean) * (one.value - mean));
    }
    return {mean, std::sqrt(variance)};
  }
};

/// Minima from several starts; those that are the same minimum count once.
Explanations explanations(const PopulationModel& model, const PopulationData& data, const Emission& emission,
                          const Material& material) {
  const auto points = static_cast<double>(data.emission.size() + data.absorption.size());
  const double main = emission.lines.front().peak_nm.value, red = reddest_nm(emission);
  Explanations all;
  const auto add = [&](double dots_nm, double flat) {
    Solution solution = solved(model, start_with(model, data, material, dots_nm, flat));
    if (std::isfinite(solution.squares)) all.found.push_back(std::move(solution));
  };
  const auto all_above = [&](double squares_per_point) {
    return std::all_of(all.found.begin(), all.found.end(),
                       [&](const Solution& s) { return !(s.squares < squares_per_point * points); });
  };
  add(main, 0.1);
  // Platelets may be what is brightest, and dots the line or the shoulder to the red of it.
  if (all_above(poor)) add(red > main ? red : red_shoulder_nm(emission), 0.5);
  if (all_above(satisfied) && at_thickness(model, emission)) add(main, 0.8);
  if (all_above(poor)) add(main, 0.4);
  std::stable_sort(all.found.begin(), all.found.end(),
                   [](const Solution& a, const Solution& b) { return a.squares < b.squares; });
  for (std::size_t i = 1; i < all.found.size();) {
    const bool same = all.found[i].squares - all.found[i - 1].squares < same_squares &&
                      std::abs(all.found[i].share.value - all.found[i - 1].share.value) < same_share;
    if (same)
      all.found.erase(all.found.begin() + static_cast<std::ptrdiff_t>(i));
    else
      ++i;
  }
  double sum = 0.0;
  for (const Solution& s : all.found) {
    const Solution& best = all.found.front();
    all.weight.push_back(
        std::exp(std::clamp(0.5 * (best.squares - s.squares) + s.volume - best.volume, -50.0, 50.0)));
    sum += all.weight.back();
  }
  for (double& w : all.weight) w /= sum;
  return all;
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
  const Explanations all = explanations(model, data, emission, material);
  if (all.found.empty()) return std::nullopt;
  const Solution& best = all.found.front();
  result.platelet_share = all.combined([](const Solution& s) { return s.share; });
  result.platelet_solid = all.combined([](const Solution& s) { return s.solid; });
  if (data.absorption.size() == 0)
    result.platelet_solid.standard_error = std::numeric_limits<double>::infinity();
  for (int k = 0; k < model.windows(); ++k) {
    const auto at = static_cast<std::size_t>(k);
    result.platelets.push_back({model.window(k).monolayers, hc_eV_nm / best.p[P::amount_of(k) + 1],
                                all.combined([at](const Solution& s) { return s.shares[at]; })});
  }
  result.dot_peak_nm = hc_eV_nm / best.p[P::dot_energy];
  result.residual = best.squares / static_cast<double>(data.emission.size() + data.absorption.size());
  const double misfit = std::sqrt(std::max(1.0, result.residual / expected));
  const auto widened = [&](Estimate& share) {
    share.standard_error = misfit * std::hypot(share.standard_error, least_error);
  };
  widened(result.platelet_share);
  widened(result.platelet_solid);
  return result;
}

}  // namespace nocturne
