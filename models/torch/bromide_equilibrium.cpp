#include "models/torch/bromide_equilibrium.hpp"

#include <algorithm>
#include <cmath>

#include "models/torch/jet.hpp"

namespace nocturne {
namespace {

constexpr double kReferenceBromide = 6.0;         // mol/mol
constexpr double kReferenceTemperature = 393.15;  // K
constexpr double kZeroCelsius = 273.15;           // K

// Below this share of the reference driving force the size runs away; the soft floor keeps it finite.
constexpr double kFloor = 0.15;
// eV per e-fold of the size: large dots differ by more than their size.
constexpr double kLeastResponse = 0.03;
// Bromide that is nearly all bound: the soft floor of what is free, mol/mol.
constexpr double kTrace = 0.5;

enum Input : int { bromide, amine, temperature, residence };
enum Theta : int {
  bulk_edge,
  log_size,
  log_sensitivity,
  log_exponent,
  log_half_activity,
  bound_bromide,
  entropy,
  amine_shift,
  unfinished,
  log_growth_time,
};

// width ln(1 + exp(x/width)): x where it is large, never below zero.
template <class Real>
Real softplus(const Real& x, double width) {
  const Real share = x / Real(width);
  if (plain(x) > 0.0) return x + Real(width) * log1p(exp(-share));
  return Real(width) * log1p(exp(share));
}

using Second = Jet<Jet<double, 1>, BromideEquilibriumMean::kInputs>;

}  // namespace

// Widths of the priors: the published sizes at comparable conditions (3.7 to 17.5 nm between much and little
// bromide, 4 to 15 nm between 140 and 200 °C) lie within about two standard deviations of the centre. The
// exponent lies between 1 (a surface energy, 1/d) and 2 (a confinement energy, 1/d²): halfway between on the
// logarithmic scale, each end one standard deviation away.
BromideEquilibriumMean::BromideEquilibriumMean(const SizingCurve& sizing,
                                               const std::vector<InputScale>& inputs)
    : sizing_{sizing},
      parameters_{{"bulk edge (eV)", sizing.bulk_eV, sizing.bulk_standard_deviation_eV},
                  {"ln of the edge length (nm) at Br/Pb 6, 120 °C", std::log(6.0), 0.35},
                  {"ln of kB T over the driving force at Br/Pb 6, 120 °C", std::log(1.2), 0.6},
                  {"ln of the confinement exponent m", 0.5 * std::log(2.0), 0.5 * std::log(2.0)},
                  {"ln of the half-activity bromide (mol/mol Pb)", std::log(6.0), 0.7},
                  {"bromide bound in the crystal (mol/mol Pb)", 2.0, 1.0},
                  {"temperature coefficient of the driving force (kB)", 1.5, 1.0},
                  {"shift of ln activity with ln(1 + amine/Pb)", 0.0, 0.3},
                  {"logit of the missing size at time 0", -2.0, 1.0},
                  {"ln of the growth time (s)", std::log(40.0), 0.7}} {
  const std::array<std::array<const char*, 2>, kInputs> names{{{"br_pb", "i_pb"},
                                                               {"amine_pb", "amine_pb"},
                                                               {"temperature_C", "temperature_C"},
                                                               {"residence_time_s", "residence_time_s"}}};
  for (std::size_t i = 0; i < names.size(); ++i) {
    const auto found = std::find_if(inputs.begin(), inputs.end(), [&](const auto& input) {
      return input.name == names[i][0] || input.name == names[i][1];
    });
    if (found != inputs.end()) columns_[i] = {static_cast<int>(found - inputs.begin()), *found};
  }
}

BromideEquilibriumMean::Physical BromideEquilibriumMean::physical(const Eigen::RowVectorXd& point) const {
  Physical result;
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    if (columns_[i].index < 0) continue;
    const InputScale& scale = columns_[i].scale;
    const double unit = point(columns_[i].index);
    if (scale.logarithmic) {
      const double decades = std::log(scale.high / scale.low);
      result.value[i] = scale.low * std::exp(unit * decades);
      result.slope[i] = result.value[i] * decades;
    } else {
      result.value[i] = scale.low + unit * (scale.high - scale.low);
      result.slope[i] = scale.high - scale.low;
    }
  }
  return result;
}

template <class Real>
Real BromideEquilibriumMean::log_activity(const Real& total,
                                          const std::array<Real, kConstants>& theta) const {
  using std::exp;
  using std::log1p;
  const Real free = softplus(Real(total - theta[bound_bromide]), kTrace);
  return -log1p(exp(theta[log_half_activity]) / free);
}

template <class Real>
Real BromideEquilibriumMean::energy(const std::array<Real, kInputs>& inputs,
                                    const std::array<Real, kConstants>& theta) const {
  using std::exp;
  using std::log;
  using std::log1p;
  const Real reference = log_activity(Real(kReferenceBromide), theta);
  Real log_x = columns_[bromide].index < 0 ? reference : log_activity(inputs[bromide], theta);
  if (columns_[amine].index >= 0)
    log_x = log_x + theta[amine_shift] * (log1p(inputs[amine]) - Real(std::log(3.0)));
  Real warmth = Real(1.0);
  if (columns_[temperature].index >= 0)
    warmth = (inputs[temperature] + Real(kZeroCelsius)) / Real(kReferenceTemperature);
  const Real change = warmth * log_x - reference - theta[entropy] * (warmth - Real(1.0));
  const Real force = softplus(Real(Real(1.0) + exp(theta[log_sensitivity]) * change), kFloor);
  Real inverse_size = exp(log(force) * exp(-theta[log_exponent]) - theta[log_size]);
  if (columns_[residence].index >= 0) {
    const Real lacking =
        exp(-inputs[residence] * exp(-theta[log_growth_time])) / (Real(1.0) + exp(-theta[unfinished]));
    inverse_size = inverse_size / (Real(1.0) - lacking);
  }
  return theta[bulk_edge] + inverse_size * inverse_size / (Real(sizing_.a) + Real(sizing_.b) * inverse_size);
}

MeanValues BromideEquilibriumMean::values(const Eigen::MatrixXd& points, const Eigen::VectorXd& theta) const {
  using First = Jet<double, kConstants>;
  std::array<First, kConstants> constants;
  for (int i = 0; i < kConstants; ++i) constants[static_cast<std::size_t>(i)] = First::variable(theta(i), i);
  MeanValues result{Eigen::VectorXd(points.rows()), Eigen::MatrixXd(points.rows(), kConstants)};
  for (Eigen::Index row = 0; row < points.rows(); ++row) {
    const Physical at = physical(points.row(row));
    std::array<First, kInputs> inputs;
    std::copy(at.value.begin(), at.value.end(), inputs.begin());
    const First found = energy(inputs, constants);
    result.value(row) = found.value;
    result.jacobian.row(row) = Eigen::Map<const Eigen::RowVectorXd>{found.slope.data(), kConstants};
  }
  return result;
}

Eigen::VectorXd BromideEquilibriumMean::response(const MeanValues& at) const {
  return (at.jacobian.col(log_size).array().square() + kLeastResponse * kLeastResponse).sqrt();
}

Eigen::MatrixXd BromideEquilibriumMean::response_slopes(const Eigen::MatrixXd& points,
                                                        const Eigen::VectorXd& theta) const {
  Eigen::MatrixXd size = Eigen::MatrixXd::Zero(points.rows(), kConstants);
  size.col(log_size).setOnes();
  const MeanValues at = values(points, theta);
  const Eigen::VectorXd share = at.jacobian.col(log_size).cwiseQuotient(response(at));
  return share.asDiagonal() * slopes(points, theta, {size}).weighted[0];
}

// The inner direction of the nested jets is that of the weights among the constants.
MeanSlopes BromideEquilibriumMean::slopes(const Eigen::MatrixXd& points, const Eigen::VectorXd& theta,
                                          const std::vector<Eigen::MatrixXd>& weights) const {
  MeanSlopes result{Eigen::MatrixXd::Zero(points.rows(), points.cols()), {}};
  for (const auto& weight : weights) {
    result.weighted.emplace_back(Eigen::MatrixXd::Zero(points.rows(), points.cols()));
    for (Eigen::Index row = 0; row < points.rows(); ++row) {
      const Physical at = physical(points.row(row));
      std::array<Second, kInputs> inputs;
      std::array<Second, kConstants> constants;
      for (std::size_t i = 0; i < kInputs; ++i)
        inputs[i] = Second::variable(Jet<double, 1>(at.value[i]), static_cast<int>(i));
      for (std::size_t i = 0; i < kConstants; ++i) {
        constants[i] = Second(theta(static_cast<Eigen::Index>(i)));
        constants[i].value.slope[0] = weight(row, static_cast<Eigen::Index>(i));
      }
      const Second found = energy(inputs, constants);
      for (std::size_t i = 0; i < kInputs; ++i) {
        if (columns_[i].index < 0) continue;
        result.value(row, columns_[i].index) = found.slope[i].value * at.slope[i];
        result.weighted.back()(row, columns_[i].index) = found.slope[i].slope[0] * at.slope[i];
      }
    }
  }
  return result;
}

}  // namespace nocturne
