#pragma once

#include <cstdint>
#include <functional>
#include <optional>

#include "devices/clock.hpp"

namespace nocturne {

struct WeighingCellOptions {
  double capacity_g = 220.0;
  int decimals = 4;          ///< of a gram
  double load_g = 35.0;      ///< on the pan before anything arrives: the beaker
  double drop_g = 0.0;       ///< mass of one falling drop, such as 20 uL x density; 0 = it runs down the wall
  double noise_g = 0.00004;  ///< standard deviation of a reading
  double drift_g_per_h = 0.0004;
  Duration interval = std::chrono::milliseconds{100};  ///< between readings
  int averaged = 5;          ///< moments that one reading is the mean of, one interval apart
  int equal_for_stable = 8;  ///< consecutive readings within one digit of each other
  std::uint64_t seed = 1;
};

/// What a balance weighs, before zero and tare: load and delivered drops, filter, noise, drift, and whether
/// the readings stand still. Readings have numbers; the same number gives the same reading whoever asks and
/// however often.
class WeighingCell {
 public:
  /// Grams that have arrived above the pan since the clock began; asked for instants up to two seconds past.
  using Delivered = std::function<double(Instant)>;
  WeighingCell(WeighingCellOptions options, Delivered delivered);

  /// Number of the reading that is shown at `now`, and when it appeared.
  std::int64_t number(Instant now) const { return now.time_since_epoch() / options_.interval; }
  Instant shown_at(std::int64_t number) const { return Instant{number * options_.interval}; }
  /// In digits: units of the last decimal.
  std::int64_t digits(std::int64_t number) const;
  bool stable(std::int64_t number) const;

  /// Something is put on the pan or taken off it.
  void set_load(double grams, Instant when);
  /// Somebody leans on the table: extra noise, g.
  void disturb(double grams) { disturbance_g_ = grams; }
  double digit_g() const { return digit_g_; }
  const WeighingCellOptions& options() const { return options_; }

 private:
  double on_pan(Instant when) const;
  double noise(std::int64_t number) const;

  const WeighingCellOptions options_;
  const Delivered delivered_;
  const double digit_g_;
  double disturbance_g_ = 0.0;
  double load_before_g_, load_g_;
  Instant load_changed_{};
};

}  // namespace nocturne
