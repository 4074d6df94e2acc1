#include "optimizer/normal.hpp"

#include <cmath>
#include <numbers>

namespace nocturne {
namespace {

const double kLogRootTwoPi = 0.5 * std::log(2.0 * std::numbers::pi);

double log_density(double x) { return -0.5 * x * x - kLogRootTwoPi; }

// d/dx of Phi over the interval's probability; an infinite bound has no density.
double density_share(double x, double log_probability) {
  return std::isfinite(x) ? std::exp(log_density(x) - log_probability) : 0.0;
}

}  // namespace

double log_normal_cdf(double x) {
  if (x == -std::numeric_limits<double>::infinity()) return x;
  if (x > -25.0) return std::log(0.5 * std::erfc(-x / std::numbers::sqrt2));
  const double y = 1.0 / (x * x);  // asymptotic series of Mills' ratio
  return log_density(x) - std::log(-x) + std::log1p(-y * (1.0 - y * (3.0 - 15.0 * y)));
}

LogInterval log_probability(double mean, double standard_deviation, double low, double high) {
  double a = (low - mean) / standard_deviation, b = (high - mean) / standard_deviation;
  // The difference is taken in the lower tail, where the distribution function has all its digits.
  const bool flipped = a + b > 0.0;
  const double lower = flipped ? -b : a, upper = flipped ? -a : b;
  const double top = log_normal_cdf(upper);
  LogInterval result;
  if (top == -std::numeric_limits<double>::infinity()) return {top, 0.0, 0.0};
  result.value = top + std::log1p(-std::exp(log_normal_cdf(lower) - top));
  const double at_a = density_share(a, result.value), at_b = density_share(b, result.value);
  result.mean_slope = (at_a - at_b) / standard_deviation;
  result.standard_deviation_slope =
      ((at_a > 0.0 ? a * at_a : 0.0) - (at_b > 0.0 ? b * at_b : 0.0)) / standard_deviation;
  return result;
}

}  // namespace nocturne
