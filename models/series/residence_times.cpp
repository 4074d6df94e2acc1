#include "models/series/residence_times.hpp"

#include <algorithm>
#include <boost/math/tools/roots.hpp>
#include <cmath>
#include <limits>
#include <stdexcept>

namespace nocturne {
namespace {

constexpr Eigen::Index kFewestPoints = 20;
constexpr double kArrivalDeviations = 5.0;
constexpr Eigen::Index kArrivalRun = 3;  // points in a row, so that one odd reading is no arrival
constexpr double kHead = 0.02;           // share of the record that is free of tracer at least
constexpr double kStillFalling = 0.02;   // of the height, over the last tail_share
constexpr double kMostPlug = 1e4, kMostMixed = 1e-3;

/// Mean of a stretch at its mean time. The error holds a drift within the stretch as well as its noise.
struct Level {
  double time_s = 0.0;
  double value = 0.0;
  double error = 0.0;
  double deviation = 0.0;
};

/// The smallest step between readings: a converter's digit, or next to nothing.
double resolution_of(const Eigen::VectorXd& signal) {
  double smallest = std::numeric_limits<double>::infinity();
  for (Eigen::Index i = 1; i < signal.size(); ++i)
    if (signal[i] != signal[i - 1]) smallest = std::min(smallest, std::abs(signal[i] - signal[i - 1]));
  return std::isfinite(smallest) ? smallest : 0.0;
}

Level level_of(const Eigen::VectorXd& time_s, const Eigen::VectorXd& signal, Eigen::Index first,
               Eigen::Index count) {
  const double rounding =
      resolution_of(signal) / std::sqrt(12.0);  // shared by readings of one and the same digit
  const auto values = signal.segment(first, count).array();
  Level level;
  level.time_s = time_s.segment(first, count).mean();
  level.value = values.mean();
  level.deviation = std::max(std::sqrt((values - level.value).square().mean()), rounding);
  const double halves =
      count < 2 ? 0.0 : 0.5 * (values.head(count / 2).mean() - values.tail(count / 2).mean());
  level.error =
      std::max({level.deviation / std::sqrt(static_cast<double>(count)), std::abs(halves), rounding});
  return level;
}

/// Signal over the straight line through both levels, positive with tracer.
Eigen::VectorXd above_baseline(const Eigen::VectorXd& time_s, const Eigen::VectorXd& signal,
                               const Level& before, const Level& after, double sign) {
  const double slope = (after.value - before.value) / (after.time_s - before.time_s);
  return sign * (signal.array() - before.value - slope * (time_s.array() - before.time_s));
}

struct Moments {
  double area = 0.0, mean = 0.0, variance = 0.0;
};

/// Trapezoids from index `first` on.
Moments moments(const Eigen::VectorXd& time_s, const Eigen::VectorXd& tracer, Eigen::Index first,
                double origin_s) {
  double area = 0.0, once = 0.0, twice = 0.0;
  for (Eigen::Index i = first + 1; i < time_s.size(); ++i)
    for (const Eigen::Index k : {i - 1, i}) {
      const double share = 0.5 * (time_s[i] - time_s[i - 1]) * tracer[k];
      const double t = time_s[k] - origin_s;
      area += share;
      once += share * t;
      twice += share * t * t;
    }
  const double mean = once / area;
  return {area, mean, twice / area - mean * mean};
}

void check(const Eigen::VectorXd& time_s, const Eigen::VectorXd& signal) {
  if (time_s.size() != signal.size()) throw std::invalid_argument{"times and signal differ in length"};
  if (time_s.size() < kFewestPoints) throw std::invalid_argument{"fewer than 20 points are no tracer pulse"};
  if (!signal.allFinite() || !time_s.allFinite())
    throw std::invalid_argument{"a point of the pulse is no number"};
  for (Eigen::Index i = 1; i < time_s.size(); ++i)
    if (!(time_s[i] > time_s[i - 1])) throw std::invalid_argument{"the times do not ascend"};
}

/// First index from `earliest` on where the signal leaves the level before it.
Eigen::Index arrival(const Eigen::VectorXd& signal, const Level& before, double sign, Eigen::Index earliest) {
  const double limit = kArrivalDeviations * before.deviation;
  Eigen::Index run = 0;
  for (Eigen::Index i = earliest; i < signal.size(); ++i) {
    run = sign * (signal[i] - before.value) > limit ? run + 1 : 0;
    if (run == kArrivalRun) return i - run + 1;
  }
  throw std::invalid_argument{"no tracer pulse in the record"};
}

/// +1 if tracer raises the signal, -1 if it lowers it.
double direction(const Eigen::VectorXd& signal, const Level& before, const Level& after) {
  const double base_high = std::max(before.value, after.value),
               base_low = std::min(before.value, after.value);
  return signal.maxCoeff() - base_high >= base_low - signal.minCoeff() ? 1.0 : -1.0;
}

double bodenstein_of(double reduced_variance) {
  const auto excess = [&](double bo) {
    return 2.0 / bo + 2.0 * std::expm1(-bo) / (bo * bo) - reduced_variance;
  };
  if (excess(kMostPlug) > 0.0) return std::numeric_limits<double>::infinity();
  if (excess(kMostMixed) < 0.0) return 0.0;
  std::uintmax_t iterations = 200;
  const auto bracket = boost::math::tools::toms748_solve(
      excess, kMostMixed, kMostPlug, boost::math::tools::eps_tolerance<double>{40}, iterations);
  return 0.5 * (bracket.first + bracket.second);
}

}  // namespace

ResidenceTimes residence_times(const Eigen::VectorXd& time_s, const Eigen::VectorXd& signal,
                               double injection_s, double tail_share) {
  check(time_s, signal);
  const Eigen::Index n = time_s.size();
  const auto tail = std::max<Eigen::Index>(static_cast<Eigen::Index>(tail_share * static_cast<double>(n)), 3);
  const auto head = std::max<Eigen::Index>(static_cast<Eigen::Index>(kHead * static_cast<double>(n)), 3);
  Level before = level_of(time_s, signal, 0, head);
  Level after = level_of(time_s, signal, n - tail, tail);
  const double sign = direction(signal, before, after);
  const auto earliest = static_cast<Eigen::Index>((time_s.array() < injection_s).count());
  const Eigen::Index arrived = arrival(signal, before, sign, earliest);
  if (arrived < head) throw std::invalid_argument{"the record begins when the tracer is there already"};
  before = level_of(time_s, signal, 0, arrived);

  const Moments found =
      moments(time_s, above_baseline(time_s, signal, before, after, sign), arrived, injection_s);
  if (!(found.area > 0.0) || !(found.variance > 0.0))
    throw std::invalid_argument{"the tracer pulse is lost in the noise of its baseline"};
  const double bodenstein = bodenstein_of(found.variance / (found.mean * found.mean));
  double mean_variance = 0.0, variance_variance = 0.0, bodenstein_variance = 0.0;
  for (Level* level : {&before, &after}) {  // what each level's uncertainty does to the moments
    const Level kept = *level;
    level->value += kept.error;
    const Moments moved =
        moments(time_s, above_baseline(time_s, signal, before, after, sign), arrived, injection_s);
    mean_variance += (moved.mean - found.mean) * (moved.mean - found.mean);
    variance_variance += (moved.variance - found.variance) * (moved.variance - found.variance);
    bodenstein_variance +=
        std::pow(bodenstein_of(moved.variance / (moved.mean * moved.mean)) - bodenstein, 2);
    *level = kept;
  }
  const double height = (sign * (signal.array() - before.value)).maxCoeff();
  const Level last = level_of(time_s, signal, n - tail, tail - tail / 2),
              first = level_of(time_s, signal, n - 2 * tail, tail);
  ResidenceTimes result;
  result.mean_s = {found.mean, std::sqrt(mean_variance)};
  result.variance_s2 = {found.variance, std::sqrt(variance_variance)};
  result.bodenstein = bodenstein;
  if (std::isfinite(bodenstein_variance)) result.bodenstein_error = std::sqrt(bodenstein_variance);
  result.arrival_s = time_s[arrived] - injection_s;
  result.end_of_baseline_s = time_s[n - tail] - injection_s;
  result.tail_cut = sign * (first.value - last.value) > kStillFalling * height;
  return result;
}

double pulse_centroid_s(const Eigen::VectorXd& time_s, const Eigen::VectorXd& signal) {
  check(time_s, signal);
  const Eigen::Index n = time_s.size(), head = std::max<Eigen::Index>(n / 50, 3);
  const Level before = level_of(time_s, signal, 0, head);
  const double sign = signal.maxCoeff() - before.value >= before.value - signal.minCoeff() ? 1.0 : -1.0;
  const Eigen::ArrayXd height = sign * (signal.array() - before.value);
  const double half = 0.5 * height.maxCoeff();
  if (!(half > kArrivalDeviations * before.deviation))
    throw std::invalid_argument{"no tracer pulse in the record"};
  double area = 0.0, moment = 0.0;
  for (Eigen::Index i = 1; i + 1 < n; ++i) {  // above half height the drift of the baseline does not matter
    if (height[i] < half) continue;
    const double share = height[i] * 0.5 * (time_s[i + 1] - time_s[i - 1]);
    area += share;
    moment += share * time_s[i];
  }
  if (!(area > 0.0)) throw std::invalid_argument{"no tracer pulse in the record"};
  return moment / area;
}

}  // namespace nocturne
