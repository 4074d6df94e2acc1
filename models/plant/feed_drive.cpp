#include "models/plant/feed_drive.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

namespace nocturne {
namespace {

constexpr double kNever = std::numeric_limits<double>::infinity();

/// Mean time, in time constants, at which an exponential approach covers its part from `low` to `high`.
double mean_time(double low, double high) {
  const auto integral = [](double covered) {
    const double left = 1.0 - covered;
    return (left > 0.0 ? left * std::log(left) : 0.0) + covered;
  };
  return (integral(high) - integral(low)) / (high - low);
}

}  // namespace

FeedDrive::FeedDrive(const PlantPumps& pumps, double turn)
    : pumps_{pumps},
      turn_step_{static_cast<std::size_t>(turn * static_cast<double>(kTurnSteps)) % kTurnSteps} {}

void FeedDrive::set(double microliters_per_second, double time_s) {
  if (microliters_per_second == target_) return;
  move_to(time_s);
  from_ = level_;
  target_ = microliters_per_second;
  set_s_ = time_s;
  step_ = 0;
  if (pumps_.compliance_s > 0.0) return;
  step_ = kLagSteps;
  level_ = target_;
}

double FeedDrive::rate() const {
  if (pumps_.pulsation == 0.0) return level_;
  constexpr double kStep = 2.0 * std::numbers::pi / static_cast<double>(kTurnSteps);
  const double angle = kStep * static_cast<double>(turn_step_);
  return level_ * (1.0 + pumps_.pulsation * (std::cos(angle) - std::cos(angle + kStep)) / kStep);
}

double FeedDrive::lag_change_s() const {
  if (!lags()) return kNever;
  constexpr double kSteps = static_cast<double>(kLagSteps);
  const double done = static_cast<double>(step_);
  return set_s_ + pumps_.compliance_s * mean_time(done / kSteps, (done + 1.0) / kSteps);
}

double FeedDrive::turn_change_s() const {
  if (pumps_.pulsation == 0.0 || level_ <= 0.0) return kNever;
  const double step_uL = pumps_.turn_uL / static_cast<double>(kTurnSteps);
  return time_s_ + std::max(step_uL - turned_uL_, 0.0) / level_;
}

double FeedDrive::next_change_s() const { return std::min(lag_change_s(), turn_change_s()); }

void FeedDrive::move_to(double time_s) {
  turned_uL_ += level_ * (time_s - time_s_);
  time_s_ = time_s;
}

bool FeedDrive::change() {
  const double lag_s = lag_change_s(), turn_s = turn_change_s();
  move_to(std::min(lag_s, turn_s));
  if (turn_s <= lag_s) {
    turn_step_ = (turn_step_ + 1) % kTurnSteps;
    turned_uL_ = 0.0;
    return false;
  }
  ++step_;
  level_ = lags() ? from_ + (target_ - from_) * static_cast<double>(step_) / static_cast<double>(kLagSteps)
                  : target_;
  return step_ == 1;
}

}  // namespace nocturne
