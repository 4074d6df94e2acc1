#pragma once

#include <cstdint>
#include <deque>
#include <functional>

#include "models/plant/plant_parameters.hpp"

namespace nocturne {

/// The heated block and its probe. It moves in periods of 0.25 s; at the start of each it asks once for the
/// power, so its course does not depend on when it is looked at.
class HeatedBlock {
 public:
  using Power = std::function<double(double time_s, double probe_celsius)>;
  static constexpr double kPeriod = 0.25;  // s

  HeatedBlock(const PlantHeater& heater, double ambient_C);

  /// From the first period that has not begun; without it the heater is off.
  void attach(Power power) { power_ = std::move(power); }

  /// Decides and lives through every period that has begun by `time_s`.
  void advance(double time_s);
  /// Not before the start of the current period.
  double probe_C(double time_s);
  /// Of the block itself, between two times up to the current period's end.
  double mean_C(double from_s, double to_s) const;
  void forget_before(double time_s);

 private:
  double integral(double time_s) const;

  PlantHeater heater_;
  double ambient_C_;
  Power power_;
  std::deque<double> pending_;  // powers that have been decided and not yet arrived
  std::int64_t periods_ = 0;    // that have been lived through
  double block_C_, probe_C_, last_probe_C_;
  double integral_ = 0.0;  // of the block's temperature since time zero, °C s
  std::int64_t first_kept_ = 0;
  std::deque<double> integrals_;  // at the starts of periods first_kept_ .. periods_
};

}  // namespace nocturne
