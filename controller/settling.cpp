#include "controller/settling.hpp"

#include <boost/math/distributions/students_t.hpp>
#include <cmath>

namespace nocturne {

void Settling::add(double time_s, Estimate value) {
  reads_.push_back(Read{time_s, value});
  if (reads_.size() > static_cast<std::size_t>(options_.window)) reads_.pop_front();
}

std::optional<Estimate> Settling::drift() const {
  const auto n = static_cast<double>(reads_.size());
  if (reads_.size() < static_cast<std::size_t>(options_.window)) return std::nullopt;
  double mean_time = 0.0, mean_value = 0.0;
  for (const Read& read : reads_) {
    mean_time += read.time_s / n;
    mean_value += read.value.value / n;
  }
  double times = 0.0, products = 0.0;
  for (const Read& read : reads_) {
    times += (read.time_s - mean_time) * (read.time_s - mean_time);
    products += (read.time_s - mean_time) * (read.value.value - mean_value);
  }
  if (times <= 0.0) return std::nullopt;
  const double slope = products / times;
  double residuals = 0.0, counted = 0.0;
  for (const Read& read : reads_) {
    const double residual = read.value.value - mean_value - slope * (read.time_s - mean_time);
    residuals += residual * residual / (n - 2.0);
    counted += read.value.standard_error * read.value.standard_error / n;
  }
  const double span = reads_.back().time_s - reads_.front().time_s;
  // The reads' own standard errors are a floor: a few reads may lie on a line by luck.
  return Estimate{slope * span, span * std::sqrt(std::max(residuals, counted) / times)};
}

bool Settling::steady() const {
  const std::optional<Estimate> moved = drift();
  if (!moved) return false;
  const boost::math::students_t_distribution<double> student{static_cast<double>(options_.window - 2)};
  const double margin = boost::math::quantile(student, 0.95) * moved->standard_error;
  return std::abs(moved->value) + margin <= options_.allowed_drift;
}

}  // namespace nocturne
