#include "devices/virtual/delivered_mass.hpp"

#include <algorithm>

namespace nocturne {

namespace {

constexpr Duration remembered = std::chrono::seconds{30};

}  // namespace

void DeliveredMass::set_flow(double grams_per_second, Instant when) {
  steps_.push_back(Step{when, at(when), grams_per_second});
  while (steps_.size() > 1 && steps_[1].when + remembered < when) steps_.pop_front();
}

double DeliveredMass::at(Instant when) const {
  const auto next = std::ranges::upper_bound(steps_, when, {}, &Step::when);
  if (next == steps_.begin()) return steps_.empty() ? 0.0 : steps_.front().grams;
  const Step& step = *std::prev(next);
  return step.grams + step.grams_per_second * in_seconds(when - step.when);
}

}  // namespace nocturne
