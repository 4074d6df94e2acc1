#include "models/series/trend.hpp"

#include <Eigen/LU>
#include <algorithm>
#include <boost/math/distributions/students_t.hpp>
#include <cmath>
#include <limits>
#include <stdexcept>
#include <unsupported/Eigen/NonLinearOptimization>

namespace nocturne {
namespace {

constexpr std::size_t kFewestForChange = 6;
constexpr std::size_t kFewestForApproach = 5;
constexpr double kLongestTimeConstant = 3.0;  // spans of the series
constexpr double kAmplitudeDeviations = 2.0;

/// Chance that noise alone exceeds |t|, both sides.
double two_sided(double t, double freedom) {
  const boost::math::students_t_distribution<double> student{freedom};
  return 2.0 * boost::math::cdf(boost::math::complement(student, std::abs(t)));
}

struct Side {
  double mean = 0.0, squares = 0.0,
         counted = 0.0;  ///< squares: about the mean; counted: sum of own variances
  double n = 0.0;
};

Side side_of(const std::vector<TimedValue>& series, std::size_t first, std::size_t end) {
  Side side;
  side.n = static_cast<double>(end - first);
  for (std::size_t i = first; i < end; ++i) {
    side.mean += series[i].value.value / side.n;
    side.counted += series[i].value.standard_error * series[i].value.standard_error;
  }
  for (std::size_t i = first; i < end; ++i)
    side.squares += (series[i].value.value - side.mean) * (series[i].value.value - side.mean);
  return side;
}

/// Residuals of the approach; parameters: final, amplitude, logarithm of the time constant.
struct ApproachResiduals {
  using Scalar = double;
  using InputType = Eigen::VectorXd;
  using ValueType = Eigen::VectorXd;
  using JacobianType = Eigen::MatrixXd;
  enum { InputsAtCompileTime = Eigen::Dynamic, ValuesAtCompileTime = Eigen::Dynamic };

  Eigen::VectorXd time, value;

  int inputs() const { return 3; }
  int values() const { return static_cast<int>(time.size()); }
  int operator()(const Eigen::VectorXd& p, Eigen::VectorXd& residual) const {
    residual = p[0] + p[1] * (-time.array() * std::exp(-p[2])).exp() - value.array();
    return 0;
  }
  int df(const Eigen::VectorXd& p, Eigen::MatrixXd& jacobian) const {
    const Eigen::ArrayXd scaled = time.array() * std::exp(-p[2]);
    const Eigen::ArrayXd decay = (-scaled).exp();
    jacobian.resize(values(), 3);
    jacobian.col(0).setOnes();
    jacobian.col(1) = decay;
    jacobian.col(2) = p[1] * decay * scaled;
    return 0;
  }
};

}  // namespace

Estimate Trend::at(double time_s) const {
  const double after = time_s - centre_s;
  return {level.value + slope_per_s.value * after,
          std::hypot(level.standard_error, slope_per_s.standard_error * after)};
}

bool Trend::significant(double false_alarm_rate) const {
  if (slope_per_s.standard_error <= 0.0) return slope_per_s.value != 0.0;
  return two_sided(slope_per_s.value / slope_per_s.standard_error, points - 2.0) < false_alarm_rate;
}

Trend trend_of(const std::vector<TimedValue>& series) {
  if (series.size() < 3) throw std::invalid_argument{"a trend needs three values"};
  const auto n = static_cast<double>(series.size());
  Trend trend;
  trend.points = static_cast<int>(series.size());
  double mean = 0.0, counted = 0.0;
  for (const TimedValue& one : series) {
    trend.centre_s += one.time_s / n;
    mean += one.value.value / n;
    counted += one.value.standard_error * one.value.standard_error / n;
  }
  double times = 0.0, products = 0.0;
  for (const TimedValue& one : series) {
    const double after = one.time_s - trend.centre_s;
    times += after * after;
    products += after * (one.value.value - mean);
  }
  if (!(times > 0.0)) throw std::invalid_argument{"a trend needs values at different times"};
  const double slope = products / times;
  double residuals = 0.0;
  for (const TimedValue& one : series) {
    const double miss = one.value.value - mean - slope * (one.time_s - trend.centre_s);
    residuals += miss * miss / (n - 2.0);
  }
  // The values' own errors are a floor: a few values may lie on a line by luck.
  const double variance = std::max(residuals, counted);
  trend.level = {mean, std::sqrt(variance / n)};
  trend.slope_per_s = {slope, std::sqrt(variance / times)};
  return trend;
}

std::optional<ChangePoint> change_point(const std::vector<TimedValue>& series, double false_alarm_rate) {
  const std::size_t n = series.size();
  if (n < kFewestForChange) return std::nullopt;
  const double freedom = static_cast<double>(n) - 2.0;
  const double places = static_cast<double>(n) - 3.0;  // two values at least on either side
  std::optional<ChangePoint> best;
  for (std::size_t first = 2; first + 2 <= n; ++first) {
    const Side before = side_of(series, 0, first), after = side_of(series, first, n);
    const double scatter = (before.squares + after.squares) / freedom;
    const double counted = (before.counted + after.counted) / static_cast<double>(n);
    const double error = std::sqrt(std::max(scatter, counted) * (1.0 / before.n + 1.0 / after.n));
    const double step = after.mean - before.mean;
    const double chance =
        error > 0.0 ? std::min(1.0, places * two_sided(step / error, freedom)) : (step != 0.0 ? 0.0 : 1.0);
    if (chance < false_alarm_rate && (!best || chance < best->false_alarm_rate))
      best = ChangePoint{first, {step, error}, chance};
  }
  return best;
}

double Approach::at(double seconds_since_first) const {
  return final.value + amplitude.value * std::exp(-seconds_since_first / time_constant_s.value);
}

double Approach::settled_after_s(double within) const {
  if (std::abs(amplitude.value) <= within) return 0.0;
  return time_constant_s.value * std::log(std::abs(amplitude.value) / within);
}

std::optional<Approach> exponential_approach(const std::vector<TimedValue>& series) {
  if (series.size() < kFewestForApproach) return std::nullopt;
  const auto n = static_cast<Eigen::Index>(series.size());
  ApproachResiduals model;
  model.time.resize(n);
  model.value.resize(n);
  for (Eigen::Index i = 0; i < n; ++i) {
    const TimedValue& one = series[static_cast<std::size_t>(i)];
    model.time[i] = one.time_s - series.front().time_s;
    model.value[i] = one.value.value;
  }
  const double span = model.time[n - 1];
  if (!(span > 0.0)) return std::nullopt;
  Eigen::VectorXd best;
  double least = std::numeric_limits<double>::infinity();
  for (const double share :
       {0.05, 0.2, 0.5, 1.5}) {  // starts, because the valley in the time constant is long
    Eigen::VectorXd p(3);
    p << model.value[n - 1], model.value[0] - model.value[n - 1], std::log(share * span);
    Eigen::LevenbergMarquardt<ApproachResiduals> search{model};
    search.minimize(p);
    if (p.allFinite() && search.fnorm < least) {
      least = search.fnorm;
      best = p;
    }
  }
  if (best.size() == 0 || std::exp(best[2]) > kLongestTimeConstant * span) return std::nullopt;
  Eigen::MatrixXd jacobian;
  model.df(best, jacobian);
  const Eigen::FullPivLU<Eigen::MatrixXd> normal{jacobian.transpose() * jacobian};
  if (!normal.isInvertible()) return std::nullopt;
  const Eigen::MatrixXd covariance = normal.inverse() * (least * least / static_cast<double>(n - 3));
  const double time_constant = std::exp(best[2]);
  Approach approach{{best[0], std::sqrt(covariance(0, 0))},
                    {best[1], std::sqrt(covariance(1, 1))},
                    {time_constant, time_constant * std::sqrt(covariance(2, 2))}};
  if (std::abs(approach.amplitude.value) < kAmplitudeDeviations * approach.amplitude.standard_error)
    return std::nullopt;
  return approach;
}

}  // namespace nocturne
