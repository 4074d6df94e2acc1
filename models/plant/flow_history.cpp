#include "models/plant/flow_history.hpp"

#include <algorithm>
#include <cassert>
#include <numeric>

namespace nocturne {

FlowHistory::FlowHistory(std::size_t feeds, std::size_t diluent) : diluent_{diluent} {
  FlowSegment still;
  still.feeds.assign(feeds, 0.0);
  segments_.push_back(still);
}

void FlowHistory::set(std::size_t feed, double microliters_per_second, double time_s) {
  const FlowSegment& last = segments_.back();
  assert(time_s >= last.start_s && feed < last.feeds.size() && microliters_per_second >= 0.0);
  if (last.feeds[feed] == microliters_per_second) return;
  FlowSegment next = last;
  next.start_s = time_s;
  next.reaction_uL = reaction_uL(time_s);
  next.total_uL = total_uL(time_s);
  next.feeds[feed] = microliters_per_second;
  next.total = std::accumulate(next.feeds.begin(), next.feeds.end(), 0.0);
  next.reaction = next.total - (diluent_ < next.feeds.size() ? next.feeds[diluent_] : 0.0);
  if (next.reaction < 1e-12 * next.total) next.reaction = 0.0;
  if (feed != diluent_) next.mixture_since_s = time_s;
  if (time_s == last.start_s) segments_.pop_back();
  segments_.push_back(std::move(next));
}

const FlowSegment& FlowHistory::at(double time_s) const {
  const auto after =
      std::upper_bound(segments_.begin(), segments_.end(), time_s,
                       [](double t, const FlowSegment& segment) { return t < segment.start_s; });
  return after == segments_.begin() ? segments_.front() : *std::prev(after);
}

double FlowHistory::reaction_uL(double time_s) const {
  const FlowSegment& segment = at(time_s);
  return segment.reaction_uL + segment.reaction * std::max(time_s - segment.start_s, 0.0);
}

double FlowHistory::total_uL(double time_s) const {
  const FlowSegment& segment = at(time_s);
  return segment.total_uL + segment.total * std::max(time_s - segment.start_s, 0.0);
}

template <class Volume, class Rate>
std::optional<FlowHistory::Passage> FlowHistory::passage(double volume, double now_s, Volume volume_of,
                                                         Rate rate_of) const {
  const auto after = std::partition_point(
      segments_.begin(), segments_.end(),
      [&](const FlowSegment& segment) { return volume_of(segment) < volume && segment.start_s <= now_s; });
  if (after == segments_.begin()) return std::nullopt;
  const FlowSegment& segment = *std::prev(after);
  const double rate = rate_of(segment);
  if (rate <= 0.0) return std::nullopt;
  const double time = segment.start_s + (volume - volume_of(segment)) / rate;
  if (time > now_s + 1e-9) return std::nullopt;
  return Passage{std::min(time, now_s), &segment};
}

std::optional<FlowHistory::Passage> FlowHistory::of_reaction(double volume_uL, double now_s) const {
  return passage(
      volume_uL, now_s, [](const FlowSegment& s) { return s.reaction_uL; },
      [](const FlowSegment& s) { return s.reaction; });
}

std::optional<FlowHistory::Passage> FlowHistory::of_total(double volume_uL, double now_s) const {
  return passage(
      volume_uL, now_s, [](const FlowSegment& s) { return s.total_uL; },
      [](const FlowSegment& s) { return s.total; });
}

void FlowHistory::forget_before(double reaction_uL, double total_uL) {
  while (segments_.size() > 1 && segments_[1].reaction_uL < reaction_uL && segments_[1].total_uL < total_uL)
    segments_.pop_front();
}

}  // namespace nocturne
