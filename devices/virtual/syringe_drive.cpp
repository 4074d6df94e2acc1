#include "devices/virtual/syringe_drive.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace nocturne::virtual_pump {

double area_m2(Length diameter) { return std::numbers::pi / 4.0 * diameter.si() * diameter.si(); }

std::optional<Instant> after(Instant start, double seconds) {
  constexpr double never = 1e9;  // 30 years, within what an Instant can hold
  if (!(seconds <= never)) return std::nullopt;
  return start + Duration{static_cast<Duration::rep>(std::ceil(std::max(seconds, 0.0) * 1e9))};
}

void SyringeDrive::set_speed(double speed, Instant now) {
  advance(now);
  speed_ = speed;
}

void SyringeDrive::advance(Instant now) {
  const double elapsed = in_seconds(now - counted_to_);
  counted_to_ = now;
  if (!moving()) return;
  const Length way = Length::from_si(std::abs(speed_) * elapsed);
  (speed_ > 0.0 ? pushed_ : pulled_) += way;
  moved_ += way;
  const double contents = syringe_.contents.si() - true_flow().si() * elapsed;
  syringe_.contents = Volume::from_si(std::clamp(contents, 0.0, syringe_.capacity.si()));
}

FlowRate SyringeDrive::true_flow() const { return FlowRate::from_si(speed_ * area_m2(syringe_.diameter)); }

std::optional<Instant> SyringeDrive::reaches(Length way) const {
  if (!moving()) return std::nullopt;
  return after(counted_to_, (way - moved_).si() / std::abs(speed_));
}

std::optional<Instant> SyringeDrive::reaches_end() const {
  if (!moving()) return std::nullopt;
  const Volume room = speed_ > 0.0 ? syringe_.contents : syringe_.capacity - syringe_.contents;
  return after(counted_to_, room.si() / std::abs(true_flow().si()));
}

}  // namespace nocturne::virtual_pump
