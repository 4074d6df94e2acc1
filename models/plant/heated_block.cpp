#include "models/plant/heated_block.hpp"

#include <algorithm>
#include <cmath>

namespace nocturne {

HeatedBlock::HeatedBlock(const PlantHeater& heater, double ambient_C)
    : heater_{heater},
      ambient_C_{ambient_C},
      pending_(static_cast<std::size_t>(std::lround(heater.dead_time_s / kPeriod)), 0.0),
      block_C_{ambient_C},
      probe_C_{ambient_C},
      last_probe_C_{ambient_C},
      integrals_{0.0} {}

void HeatedBlock::advance(double time_s) {
  const double keep_block = std::exp(-kPeriod / heater_.loss_time_s);
  const double keep_probe = std::exp(-kPeriod / heater_.probe_time_s);
  while (static_cast<double>(periods_) * kPeriod <= time_s) {
    const double asked = power_ ? power_(static_cast<double>(periods_) * kPeriod, probe_C_) : 0.0;
    pending_.push_back(asked > 0.0 ? std::min(asked, 1.0) : 0.0);
    const double power = pending_.front();
    pending_.pop_front();
    const double before = block_C_;
    const double settled = ambient_C_ + power * heater_.full_power_K_per_s * heater_.loss_time_s;
    block_C_ = settled + (block_C_ - settled) * keep_block;
    last_probe_C_ = probe_C_;
    const double seen = 0.5 * (before + block_C_);
    probe_C_ = seen + (probe_C_ - seen) * keep_probe;
    integral_ += seen * kPeriod;
    integrals_.push_back(integral_);
    ++periods_;
  }
}

double HeatedBlock::probe_C(double time_s) {
  advance(time_s);
  const double start = static_cast<double>(periods_ - 1) * kPeriod;
  const double within = std::clamp((time_s - start) / kPeriod, 0.0, 1.0);
  return last_probe_C_ + within * (probe_C_ - last_probe_C_);
}

double HeatedBlock::integral(double time_s) const {
  if (time_s <= 0.0) return ambient_C_ * time_s;
  const double position =
      std::clamp(time_s / kPeriod, static_cast<double>(first_kept_), static_cast<double>(periods_));
  const auto period = std::min(static_cast<std::int64_t>(position), periods_ - 1);
  const auto index = static_cast<std::size_t>(std::max(period - first_kept_, std::int64_t{0}));
  if (index + 1 >= integrals_.size()) return integrals_.back();
  return integrals_[index] +
         (position - static_cast<double>(period)) * (integrals_[index + 1] - integrals_[index]);
}

double HeatedBlock::mean_C(double from_s, double to_s) const {
  constexpr double kShortest = 1e-3;  // s
  const double to = std::max(to_s, from_s + kShortest);
  return (integral(to) - integral(from_s)) / (to - from_s);
}

void HeatedBlock::forget_before(double time_s) {
  const auto keep = static_cast<std::int64_t>(std::max(time_s, 0.0) / kPeriod);
  while (first_kept_ < keep && integrals_.size() > 2) {
    integrals_.pop_front();
    ++first_kept_;
  }
}

}  // namespace nocturne
