#include "models/torch/drift.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <vector>

#include "models/series/standard.hpp"

namespace nocturne {
namespace {

constexpr double kSecondsPerHour = 3600.0;
constexpr double kBend = 0.3;  // a drift departs from its line by this share of what it moved

using Rows = std::vector<Eigen::Index>;

Rows most_repeated(const OutputData& data) {
  std::map<std::vector<double>, Rows> places;
  for (Eigen::Index i = 0; i < data.values.size(); ++i) {
    if (data.study(i) != 0 || !std::isfinite(data.hours_ago(i))) continue;
    std::vector<double> place;
    for (Eigen::Index j = 0; j < data.points.cols(); ++j) place.push_back(data.points(i, j));
    places[place].push_back(i);
  }
  Rows most;
  for (const auto& place : places) {
    const Rows& rows = place.second;
    if (rows.size() > most.size() || (rows.size() == most.size() && rows.front() < most.front())) most = rows;
  }
  return most;
}

}  // namespace

std::optional<SeenDrift> seen_drift(const OutputData& data) {
  if (data.hours_ago.size() == 0) return std::nullopt;
  std::vector<TimedValue> series;
  for (const Eigen::Index row : most_repeated(data))
    series.push_back({-kSecondsPerHour * data.hours_ago(row), {data.values(row), data.standard_errors(row)}});
  std::stable_sort(series.begin(), series.end(),
                   [](const TimedValue& a, const TimedValue& b) { return a.time_s < b.time_s; });
  const std::optional<StandardSeries> found = changing(series);
  if (!found) return std::nullopt;
  const double span = (series.back().time_s - series.front().time_s) / kSecondsPerHour;
  SeenDrift seen;
  seen.drift.level = found->trend.level.value;
  seen.drift.repeats = found->trend.points;
  if (found->step) {
    seen.drift.step = true;
    seen.drift.change = found->step->step;
    seen.prior.walk = std::abs(seen.drift.change.value) / std::sqrt(span);
  } else {
    const Estimate& slope = found->trend.slope_per_s;
    seen.drift.change = {slope.value * kSecondsPerHour, slope.standard_error * kSecondsPerHour};
    seen.prior.rate = std::hypot(seen.drift.change.value, seen.drift.change.standard_error);
    seen.prior.walk = kBend * std::abs(seen.drift.change.value) * std::sqrt(span);
  }
  return seen;
}

}  // namespace nocturne
