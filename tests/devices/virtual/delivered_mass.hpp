#pragma once

#include <algorithm>
#include <deque>

#include "devices/clock.hpp"

namespace nocturne::test {

/// The integral of a mass flow that changes in steps.
class DeliveredMass {
 public:
  /// From `when` on; not before the last change. What is drawn back counts negative.
  void set_flow(double grams_per_second, Instant when) {
    steps_.push_back(Step{when, at(when), grams_per_second});
  }
  /// Grams since the first flow.
  double at(Instant when) const {
    const auto next = std::ranges::upper_bound(steps_, when, {}, &Step::when);
    if (next == steps_.begin()) return steps_.empty() ? 0.0 : steps_.front().grams;
    const Step& step = *std::prev(next);
    return step.grams + step.grams_per_second * in_seconds(when - step.when);
  }

 private:
  struct Step {
    Instant when;
    double grams;
    double grams_per_second;
  };
  std::deque<Step> steps_;  // ascending; the first holds for what came before it is asked for, too
};

}  // namespace nocturne::test
