#pragma once

#include <algorithm>
#include <cassert>
#include <deque>
#include <utility>

namespace nocturne {

/// Something that is on or off, and since when. Off before time zero.
class Switch {
 public:
  /// Times never fall.
  void set(bool on, double time_s) {
    assert(changes_.empty() || time_s >= changes_.back().first);
    const bool was_on = !changes_.empty() && changes_.back().second;
    if (on != was_on) changes_.emplace_back(time_s, on);
    if (changes_.size() > kKept) changes_.pop_front();
  }

  /// How long it was on, or will be if nobody changes it, within `duration_s` from `start_s`.
  double seconds_on(double start_s, double duration_s) const {
    const double end_s = start_s + duration_s;
    double sum = 0.0;
    for (std::size_t i = 0; i < changes_.size(); ++i) {
      if (!changes_[i].second) continue;
      const double until = i + 1 < changes_.size() ? changes_[i + 1].first : end_s;
      sum += std::max(0.0, std::min(until, end_s) - std::max(changes_[i].first, start_s));
    }
    return sum;
  }

 private:
  static constexpr std::size_t kKept = 64;
  std::deque<std::pair<double, bool>> changes_;
};

}  // namespace nocturne
