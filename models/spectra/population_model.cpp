#include "models/spectra/population_model.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <utility>

#include "models/sizing.hpp"

namespace nocturne::detail {

namespace {

constexpr double none = std::numeric_limits<double>::infinity();
constexpr double reference_eV = 3.0;  // where the continuum's amount is counted
constexpr double tail_eV = 3.1;
constexpr double tail_per_eV = 13.0;  // complexes and ligands: an e-fold in 10 nm at 400 nm
constexpr double least_confinement = 5e-3;
constexpr double onset_share = 0.55;    // a logistic of this scale has the width of a normal distribution
constexpr double position_share = 0.4;  // standard deviation of a platelet's peak over its window's width
constexpr double boundary_eV = 0.02;    // softness of the limits of the dots' energy
constexpr double asymmetry = 0.0, asymmetry_scatter = 0.12;  // ln of red over blue width
constexpr double smallest_share = 0.8;  // of the smallest known edge length: dots can be that small
constexpr int soft_rows = 2;            // limits of the dots' energy, asymmetry; then one per amount
constexpr double least_amount = 0.003;  // softness of the limit that no amount is negative

/// A line of unit area on the energy axis, part Lorentzian, with its own width on each side.
struct ModelLine {
  double value, by_energy, by_log_blue, by_log_red, by_lorentz;
};

ModelLine line_at(double energy, double centre, double blue, double red, double lorentz) {
  const bool on_blue = energy > centre;
  const double width = on_blue ? blue : red, norm = 2.0 / (blue + red), x = 2.0 * (energy - centre) / width;
  const double bell =
      2.0 * std::sqrt(std::numbers::ln2 / std::numbers::pi) * std::exp(-std::numbers::ln2 * x * x);
  const double wide = 2.0 / (std::numbers::pi * (1.0 + x * x));
  const double shape = lorentz * wide + (1.0 - lorentz) * bell;
  const double slope =
      -2.0 * x * (lorentz * wide / (1.0 + x * x) + (1.0 - lorentz) * std::numbers::ln2 * bell);
  const double value = norm * shape;
  const double widened = -norm * slope * x;
  return {value, -2.0 * norm * slope / width, -0.5 * value * norm * blue + (on_blue ? widened : 0.0),
          -0.5 * value * norm * red + (on_blue ? 0.0 : widened), norm * (wide - bell)};
}

/// An exciton before a continuum that starts `distance` above it, continuum of height one.
struct Edge {
  double value, by_exciton, by_distance, by_height, by_log_width;
};

Edge edge_at(double energy, double exciton, double distance, double height, double width) {
  const double y = (energy - exciton) / width, z = (energy - exciton - distance) / (onset_share * width);
  const double bell = std::exp(-0.5 * y * y), step = 1.0 / (1.0 + std::exp(-z)), rise = step * (1.0 - step);
  return {step + height * bell, -rise / (onset_share * width) + height * bell * y / width,
          -rise / (onset_share * width), bell, -rise * z + height * bell * y * y};
}

double log_width(const Estimate& meV) { return std::log(1e-3 * meV.value); }
double relative(const Estimate& e) { return e.standard_error / e.value; }

}  // namespace

PopulationModel::PopulationModel(const PopulationData& data, const Material& material,
                                 std::vector<PlateletWindow> thicknesses)
    : data_{data},
      windows_{std::move(thicknesses)},
      bulk_eV_{material.bulk_energy_eV},
      dot_stokes_{material} {
  const ConfinedOptics& c = material.confined;
  largest_eV_ = hc_eV_nm / peak_nm_at(material, smallest_share * material.smallest_edge_nm);
  prior_ = Eigen::VectorXd::Zero(NumParameters());
  deviation_ = Eigen::VectorXd::Constant(NumParameters(), none);
  const auto set = [&](int i, double value, double deviation) {
    prior_[i] = value, deviation_[i] = deviation;
  };
  // Without absorbance the amounts have no scale of their own.
  set(log_brightness, 0.0, data.absorption.size() > 0 ? none : 0.01);
  set(log_yield_ratio, c.platelet_log_relative_yield.value, c.platelet_log_relative_yield.standard_error);
  set(dot_energy, bulk_eV_, none);
  const double ensemble = std::log(0.105), ensemble_scatter = 0.22;  // full width of dots, 85 to 130 meV
  set(log_blue_width, ensemble, ensemble_scatter);
  set(log_red_width, ensemble, ensemble_scatter);
  set(lorentz_share, 0.15, 0.12);
  set(log_platelet_width, log_width(c.platelet_fwhm_meV), relative(c.platelet_fwhm_meV));
  set(log_dot_stokes, 0.0, c.dot_stokes_scatter);
  set(dot_exciton, c.dot_exciton.value, c.dot_exciton.standard_error);
  set(log_dot_exciton_width, std::log(0.042), 0.3);
  set(platelet_stokes, 1e-3 * c.platelet_stokes_meV.value, 1e-3 * c.platelet_stokes_meV.standard_error);
  set(platelet_exciton, c.platelet_exciton.value, c.platelet_exciton.standard_error);
  set(log_platelet_exciton_width, std::log(0.034), 0.2);
  set(continuum_distance, 0.6, 0.2);
  set(continuum_slope, 0.9, 0.4);
  set(offset, 0.0, 0.02);
  set(tail, 0.0, 0.3);
  for (int k = 0; k < windows(); ++k) {
    const PlateletWindow& window = windows_[static_cast<std::size_t>(k)];
    const double low = hc_eV_nm / window.high_nm, high = hc_eV_nm / window.low_nm;
    set(amount_of(k) + 1, 0.5 * (low + high), position_share * (high - low));
  }
  for (const double d : deviation_) prior_rows_ += std::isfinite(d) ? 1 : 0;
  residuals_ = static_cast<int>(data.emission.size() + data.absorption.size() + prior_rows_ + soft_rows + 1 +
                                windows());
}

double PopulationModel::add_emission(const double* p, const Widths& w, double energy, double weight,
                                     Slopes& slope) const {
  const double bright = weight * w.brightness, amount = bright * p[dot_amount];
  const ModelLine dots = line_at(energy, p[dot_energy], w.blue, w.red, p[lorentz_share]);
  slope[dot_amount] = bright * dots.value;
  slope[dot_energy] = amount * dots.by_energy;
  slope[log_blue_width] = amount * dots.by_log_blue;
  slope[log_red_width] = amount * dots.by_log_red;
  slope[lorentz_share] = amount * dots.by_lorentz;
  double total = amount * dots.value;
  const double dim = bright * w.yield_ratio;
  for (int at = count; at < NumParameters(); at += 2) {
    const ModelLine line = line_at(energy, p[at + 1], w.platelet, w.platelet, 0.0);
    const double part = dim * p[at];
    slope[at] = dim * line.value;
    slope[at + 1] = part * line.by_energy;
    slope[log_platelet_width] += part * (line.by_log_blue + line.by_log_red);
    slope[log_yield_ratio] += part * line.value;
    total += part * line.value;
  }
  slope[log_brightness] = total;
  return total;
}

double PopulationModel::add_absorption(const double* p, const Widths& w, double energy, double weight,
                                       Slopes& slope) const {
  const double scale = weight * std::exp(p[continuum_slope] * (energy - reference_eV));
  double total = 0.0;
  const auto add = [&](int solid, int centre, double stokes, double stokes_slope, int height, int log_width,
                       double width) {
    const double amount = scale * p[solid];
    const double confinement = std::max(p[centre] - bulk_eV_, least_confinement);
    const Edge edge =
        edge_at(energy, p[centre] + stokes, p[continuum_distance] * confinement, p[height], width);
    const double moves = confinement > least_confinement ? p[continuum_distance] : 0.0;
    slope[solid] += scale * edge.value;
    slope[centre] += amount * (edge.by_exciton * (1.0 + stokes_slope) + edge.by_distance * moves);
    slope[height] += amount * edge.by_height;
    slope[log_width] += amount * edge.by_log_width;
    slope[continuum_distance] += amount * edge.by_distance * confinement;
    total += amount * edge.value;
    return amount * edge.by_exciton;
  };
  const double grows = w.stokes * dot_stokes_.relative_slope_at(p[dot_energy]);
  slope[log_dot_stokes] = w.stokes * add(dot_amount, dot_energy, w.stokes, grows, dot_exciton,
                                         log_dot_exciton_width, w.dot_exciton);
  for (int at = count; at < NumParameters(); at += 2) {
    slope[platelet_stokes] += add(at, at + 1, p[platelet_stokes], 0.0, platelet_exciton,
                                  log_platelet_exciton_width, w.platelet_exciton);
  }
  slope[continuum_slope] = total * (energy - reference_eV);
  slope[offset] = weight;
  slope[tail] = weight * std::exp(tail_per_eV * (energy - tail_eV));
  return total + p[offset] * slope[offset] + p[tail] * slope[tail];
}

double PopulationModel::limit(const double* p, int which, Slopes& slope) const {
  if (which == 1) {
    slope[log_red_width] = 1.0 / asymmetry_scatter;
    slope[log_blue_width] = -1.0 / asymmetry_scatter;
    return (p[log_red_width] - p[log_blue_width] - asymmetry) / asymmetry_scatter;
  }
  if (which >= soft_rows) {
    const int at = which == soft_rows ? int{dot_amount} : amount_of(which - soft_rows - 1);
    if (p[at] >= 0.0) return 0.0;
    slope[static_cast<std::size_t>(at)] = 1.0 / least_amount;
    return p[at] / least_amount;
  }
  const double above = p[dot_energy] - largest_eV_, below = bulk_eV_ - boundary_eV - p[dot_energy];
  if (std::max(above, below) <= 0.0) return 0.0;
  slope[dot_energy] = (above > 0.0 ? 1.0 : -1.0) / boundary_eV;
  return std::max(above, below) / boundary_eV;
}

PopulationModel::Widths PopulationModel::widths(const double* p) const {
  return {std::exp(p[log_brightness]),        std::exp(p[log_yield_ratio]),
          std::exp(p[log_blue_width]),        std::exp(p[log_red_width]),
          std::exp(p[log_platelet_width]),    std::exp(p[log_dot_stokes]) * dot_stokes_.eV_at(p[dot_energy]),
          std::exp(p[log_dot_exciton_width]), std::exp(p[log_platelet_exciton_width])};
}

bool PopulationModel::operator()(const double* p, double* residual, double* jacobian) const {
  const Widths w = widths(p);
  const int emitted = static_cast<int>(data_.emission.size()), columns = NumParameters();
  const int spectral = emitted + static_cast<int>(data_.absorption.size());
  const double *emission_eV = data_.emission_eV.data(), *absorption_eV = data_.absorption_eV.data();
  int prior = 0;
  for (int row = 0; row < residuals_; ++row) {
    Slopes slope{};
    if (row < emitted) {
      const double weight = 1.0 / data_.emission_deviation.data()[row];
      residual[row] =
          add_emission(p, w, emission_eV[row], weight, slope) - weight * data_.emission.data()[row];
    } else if (row < spectral) {
      const int i = row - emitted;
      const double weight = 1.0 / data_.absorption_deviation.data()[i];
      residual[row] =
          add_absorption(p, w, absorption_eV[i], weight, slope) - weight * data_.absorption.data()[i];
    } else if (row < spectral + prior_rows_) {
      while (!std::isfinite(deviation_.data()[prior])) ++prior;
      slope[prior] = 1.0 / deviation_.data()[prior];
      residual[row] = (p[prior] - prior_.data()[prior]) * slope[prior];
      ++prior;
    } else {
      residual[row] = limit(p, row - spectral - prior_rows_, slope);
    }
    if (jacobian == nullptr) continue;
    for (int i = 0; i < columns; ++i) jacobian[i * residuals_ + row] = slope[i];
  }
  return std::isfinite(w.brightness) && std::isfinite(w.stokes);
}

}  // namespace nocturne::detail
