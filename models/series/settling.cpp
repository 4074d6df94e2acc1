#include "models/series/settling.hpp"

#include <boost/math/distributions/chi_squared.hpp>
#include <boost/math/distributions/students_t.hpp>
#include <cmath>

namespace nocturne {
namespace {

constexpr double kFalseAlarm = 0.01;  // of calling a series hopeless
constexpr double kLuck = 1e-3;        // that few reads scatter so little by chance

double chi_squared(double probability, double freedom) {
  return boost::math::quantile(boost::math::chi_squared_distribution<double>{freedom}, probability);
}

double student_95(int reads) {
  return boost::math::quantile(boost::math::students_t_distribution<double>{reads - 2.0}, 0.95);
}

/// Standard error of the drift over so many reads at one pace, in units of one read's scatter.
double error_of_drift(int reads) { return std::sqrt(12.0 * (reads - 1.0) / (reads * (reads + 1.0))); }

}  // namespace

void Settling::add(double time_s, Estimate value) {
  reads_.push_back({time_s, value});
  if (reads_.size() > static_cast<std::size_t>(options_.most)) reads_.erase(reads_.begin());
}

std::optional<Estimate> Settling::drift(int reads) const {
  if (reads < 3 || reads_.size() < static_cast<std::size_t>(reads)) return std::nullopt;
  const std::vector<TimedValue> judged{reads_.end() - reads, reads_.end()};
  const double span = judged.back().time_s - judged.front().time_s;
  if (span <= 0.0) return std::nullopt;
  const Estimate slope = trend_of(judged).slope_per_s;
  return Estimate{slope.value * span, slope.standard_error * span};
}

bool Settling::steady(int reads) const {
  const std::optional<Estimate> moved = drift(reads);
  if (!moved) return false;
  return std::abs(moved->value) + student_95(reads) * moved->standard_error <= options_.allowed_drift;
}

bool Settling::hopeless() const {
  if (reads_.size() < static_cast<std::size_t>(2 * options_.fewest)) return false;
  double squares = 0.0;
  for (std::size_t i = 2; i < reads_.size(); ++i)
    squares +=
        std::pow(reads_[i].value.value - 2.0 * reads_[i - 1].value.value + reads_[i - 2].value.value, 2);
  // Of n second differences, whose variance is six times that of a read, some n/2 are independent.
  const double freedom = static_cast<double>(reads_.size() - 2) / 2.0;
  const double least_scatter = std::sqrt(squares / 12.0 / chi_squared(1.0 - kFalseAlarm, freedom));
  const double judged = options_.fewest - 2.0;
  const double luckiest = least_scatter * std::sqrt(chi_squared(kLuck, judged) / judged);
  return luckiest * student_95(options_.fewest) * error_of_drift(options_.fewest) > options_.allowed_drift;
}

}  // namespace nocturne
