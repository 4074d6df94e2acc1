#pragma once

#include <cstddef>

#include "models/plant/plant_parameters.hpp"

namespace nocturne {

/// What a syringe pump really delivers: the rate that was set, through the compliance of syringe and tube (a
/// first-order lag) and with the pulsation of its screw. The delivered rate is piecewise constant: the lag
/// comes in steps of equal height, a turn of the screw in steps of equal volume, both with the exact volume
/// over all steps, so its course depends on what was set and when, and on nothing else.
class FeedDrive {
 public:
  /// `turn` is where the screw stands, as a share of a turn.
  FeedDrive(const PlantPumps& pumps, double turn);

  /// Times never fall, and all changes before `time_s` have been lived through.
  void set(double microliters_per_second, double time_s);
  /// Delivered, µL/s.
  double rate() const;
  /// When rate() changes by itself; infinity if it stays.
  double next_change_s() const;
  /// Lives through the next change. True if it is the first effect of set().
  bool change();

 private:
  static constexpr std::size_t kLagSteps = 16;
  static constexpr std::size_t kTurnSteps = 12;

  bool lags() const { return step_ < kLagSteps; }
  double lag_change_s() const;
  double turn_change_s() const;
  void move_to(double time_s);

  PlantPumps pumps_;
  double time_s_ = 0.0;
  double from_ = 0.0, target_ = 0.0, level_ = 0.0;  // µL/s; the level is between the two
  double set_s_ = 0.0;
  std::size_t step_ = kLagSteps;  // of the lag; all are done
  std::size_t turn_step_;
  double turned_uL_ = 0.0;  // since this step of the turn began
};

}  // namespace nocturne
