#pragma once

#include <functional>
#include <optional>

#include "devices/clock.hpp"
#include "models/units.hpp"

namespace nocturne {

/// The syringe that is really in the pump, whatever the pump was told.
struct VirtualSyringe {
  Length diameter;
  Volume capacity;
  Volume contents;
};

/// Told whenever the true flow changes; negative while withdrawing.
using FlowListener = std::function<void(FlowRate true_flow, Instant when)>;

namespace virtual_pump {

/// A motor that moves a plunger: how far it went, what left the syringe, when it hits an end.
class SyringeDrive {
 public:
  explicit SyringeDrive(VirtualSyringe syringe) : syringe_{syringe} {}

  /// Metres per second, positive pushes. Counts the way so far first.
  void set_speed(double speed, Instant now);
  void advance(Instant now);
  bool moving() const { return speed_ != 0.0; }
  /// Out of the syringe; negative while withdrawing.
  FlowRate true_flow() const;
  const VirtualSyringe& syringe() const { return syringe_; }
  void refill(Volume contents) { syringe_.contents = contents; }
  void insert(VirtualSyringe syringe) { syringe_ = syringe; }

  Length pushed() const { return pushed_; }
  Length pulled() const { return pulled_; }
  Length moved_since_start() const { return moved_; }
  void clear_pushed() { pushed_ = Length{}; }
  void clear_pulled() { pulled_ = Length{}; }
  void restart() { moved_ = Length{}; }

  /// When the way since restart() reaches `way`, if it moves.
  std::optional<Instant> reaches(Length way) const;
  /// When the plunger hits the bottom or leaves the barrel, if it moves.
  std::optional<Instant> reaches_end() const;

 private:
  VirtualSyringe syringe_;
  double speed_ = 0.0;  // m/s
  Instant counted_to_{};
  Length pushed_, pulled_, moved_;
};

/// Cross-section of a bore.
double area_m2(Length diameter);
/// The first instant at least `seconds` after `start`; none if that is beyond any campaign.
std::optional<Instant> after(Instant start, double seconds);

}  // namespace virtual_pump
}  // namespace nocturne
