#pragma once

#include <limits>

namespace nocturne {

/// ln of the standard normal distribution function, accurate far into the lower tail.
double log_normal_cdf(double x);

/// The probability of [low, high] under a normal distribution, as a logarithm, and how it changes.
struct LogInterval {
  double value = 0.0;
  double mean_slope = 0.0;
  double standard_deviation_slope = 0.0;
};

/// Bounds may be infinite. `standard_deviation` > 0, low < high.
LogInterval log_probability(double mean, double standard_deviation, double low, double high);

constexpr double kNinetyPercent =
    1.6448536269514722;  ///< half width of a 90 % interval in standard deviations

}  // namespace nocturne
