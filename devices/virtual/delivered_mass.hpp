#pragma once

#include <deque>

#include "devices/clock.hpp"

namespace nocturne {

/// The integral of a mass flow that changes in steps, exact, also for the last half minute before the latest
/// change.
class DeliveredMass {
 public:
  /// From `when` on; not before the last change. What is drawn back counts negative.
  void set_flow(double grams_per_second, Instant when);
  /// Grams since the first flow.
  double at(Instant when) const;

 private:
  struct Step {
    Instant when;
    double grams;
    double grams_per_second;
  };
  std::deque<Step> steps_;  // ascending; the first holds for what came before it is asked for, too
};

}  // namespace nocturne
