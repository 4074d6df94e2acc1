#pragma once

#include "devices/clock.hpp"

namespace nocturne::virtual_obp {

/// A detector's cooler: the temperature follows its goal exponentially. Nobody needs to ask it in between.
class ThermoelectricCooler {
 public:
  static constexpr double ambient_C = 25.0;
  static constexpr double least_C = -40.0;

  explicit ThermoelectricCooler(Clock& clock) : clock_{clock} {}
  void enable(bool on);
  void set_point(double celsius);
  bool enabled() const { return enabled_; }
  double set_point() const { return set_point_C_; }
  double temperature_C() const;
  /// Enabled, and within 0.1 K of the set point.
  bool stable() const;

 private:
  double goal_C() const { return enabled_ ? set_point_C_ : ambient_C; }
  void settle();
  Clock& clock_;
  bool enabled_ = false;
  double set_point_C_ = -10.0;
  double started_at_C_ = ambient_C;
  Instant started_{};
};

}  // namespace nocturne::virtual_obp
