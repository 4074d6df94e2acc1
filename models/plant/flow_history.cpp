#include "models/plant/flow_history.hpp"

#include <algorithm>
#include <cassert>

namespace nocturne {

FlowHistory::FlowHistory(std::vector<Section> sections, std::size_t feeds) : sections_{std::move(sections)} {
  FlowSegment still;
  still.feeds.assign(feeds, 0.0);
  still.flows.assign(sections_.size(), 0.0);
  still.passed.assign(sections_.size(), 0.0);
  still.fed.assign(feeds, 0.0);
  segments_.push_back(std::move(still));
}

bool FlowHistory::joins_the_cell(std::size_t feed) const {
  return std::ranges::find(sections_.back().feeds, feed) != sections_.back().feeds.end();
}

void FlowHistory::set(std::size_t feed, double microliters_per_second, double time_s) {
  if (segments_.back().feeds[feed] == microliters_per_second) return;
  waver(feed, microliters_per_second, time_s);
  if (!joins_the_cell(feed)) segments_.back().mixture_since_s = time_s;
}

void FlowHistory::waver(std::size_t feed, double microliters_per_second, double time_s) {
  const FlowSegment& last = segments_.back();
  assert(time_s >= last.start_s && feed < last.feeds.size() && microliters_per_second >= 0.0);
  if (last.feeds[feed] == microliters_per_second) return;
  FlowSegment next = last;
  next.start_s = time_s;
  for (std::size_t section = 0; section < sections_.size(); ++section)
    next.passed[section] = passed_uL(section, time_s);
  for (std::size_t one = 0; one < next.fed.size(); ++one) next.fed[one] = fed_uL(one, time_s);
  next.feeds[feed] = microliters_per_second;
  next.flows = section_flows(sections_, next.feeds);
  if (time_s == last.start_s) segments_.pop_back();
  segments_.push_back(std::move(next));
}

const FlowSegment& FlowHistory::at(double time_s) const {
  const auto after =
      std::upper_bound(segments_.begin(), segments_.end(), time_s,
                       [](double t, const FlowSegment& segment) { return t < segment.start_s; });
  return after == segments_.begin() ? segments_.front() : *std::prev(after);
}

double FlowHistory::passed_uL(std::size_t section, double time_s) const {
  const FlowSegment& segment = at(time_s);
  return segment.passed[section] + segment.flows[section] * std::max(time_s - segment.start_s, 0.0);
}

double FlowHistory::fed_uL(std::size_t feed, double time_s) const {
  const FlowSegment& segment = at(time_s);
  return segment.fed[feed] + segment.feeds[feed] * std::max(time_s - segment.start_s, 0.0);
}

std::optional<FlowHistory::Passage> FlowHistory::passage(std::size_t section, double volume_uL,
                                                         double now_s) const {
  const auto after =
      std::partition_point(segments_.begin(), segments_.end(), [&](const FlowSegment& segment) {
        return segment.passed[section] < volume_uL && segment.start_s <= now_s;
      });
  if (after == segments_.begin()) return std::nullopt;
  const FlowSegment& segment = *std::prev(after);
  const double rate = segment.flows[section];
  if (rate <= 0.0) return std::nullopt;
  const double time = segment.start_s + (volume_uL - segment.passed[section]) / rate;
  if (time > now_s + 1e-9) return std::nullopt;
  return Passage{std::min(time, now_s), &segment};
}

void FlowHistory::forget_before(const std::vector<double>& volumes_uL) {
  const auto has_left = [&](const FlowSegment& segment) {
    for (std::size_t section = 0; section < volumes_uL.size(); ++section)
      if (segment.passed[section] >= volumes_uL[section]) return false;
    return true;
  };
  while (segments_.size() > 1 && has_left(segments_[1])) segments_.pop_front();
}

}  // namespace nocturne
