#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>

#include "controller/thinned_curve.hpp"
#include "controller/window/documents.hpp"
#include "controller/window/problem.hpp"
#include "controller/window/quantity.hpp"
#include "controller/window/schema.hpp"

namespace nocturne {
namespace {

constexpr std::int64_t kPoints = 600, kMostPoints = 10'000;

std::string asked_name(const Moment& moment, const std::string& quantity, Parameters& asked) {
  std::vector<std::string> names;
  for (const auto& [name, series] : moment.night.series())
    if (name.first == quantity) names.push_back(name.second);
  if (moment.night.series().empty()) throw bad_question("this log has no readings");
  if (!units_of_readings().contains(quantity) || names.empty())
    throw bad_question(fmt::format("nothing was read that is called {} (allowed: {})", quantity,
                                   fmt::join(quantities_read(moment.night), ", ")));
  const std::string name = asked.text("name").value_or(names.front());
  if (std::ranges::find(names, name) == names.end())
    throw bad_question(
        fmt::format("{} was not read of {} (allowed: {})", quantity, name, fmt::join(names, ", ")));
  return name;
}

/// The targets at these times; null where there is none.
OrderedJson targets_at(const FollowedNight::Series& targets, const std::vector<double>& time_s) {
  OrderedJson values = OrderedJson::array();
  for (const double time : time_s) {
    const double target = value_at(targets, time).value_or(NAN);
    values.push_back(std::isfinite(target) ? OrderedJson(target) : OrderedJson(nullptr));
  }
  return values;
}

}  // namespace

std::vector<std::string> quantities_read(const FollowedNight& night) {
  std::vector<std::string> quantities;
  for (const auto& [name, series] : night.series())
    if (quantities.empty() || quantities.back() != name.first) quantities.push_back(name.first);
  return quantities;
}

std::optional<double> value_at(const FollowedNight::Series& series, double time_s) {
  const auto after = std::ranges::upper_bound(series.time_s, time_s);
  if (after == series.time_s.begin()) return std::nullopt;
  return series.value[static_cast<std::size_t>(after - series.time_s.begin()) - 1];
}

OrderedJson trend_document(const Moment& moment, Parameters& asked) {
  const std::string quantity = asked.text("quantity").value_or("temperature_C");
  const std::string name = asked_name(moment, quantity, asked);
  const std::int64_t points = asked.whole("points", 2, kMostPoints).value_or(kPoints);
  const FollowedNight::Series& all = moment.night.series().at({quantity, name});
  const auto count = std::ranges::upper_bound(all.time_s, in_seconds(moment.time)) - all.time_s.begin();
  const std::vector<double> time_s{all.time_s.begin(), all.time_s.begin() + count},
      value{all.value.begin(), all.value.begin() + count};
  const ThinnedCurve curve = thinned(time_s, value, static_cast<std::size_t>(points));
  OrderedJson json{{"quantity", quantity}, {"name", name}, {"unit", units_of_readings().at(quantity)}};
  json["time_s"] = curve.x;
  json["value"] = curve.y;
  if (quantity == "temperature_C") json["target"] = targets_at(moment.night.targets_C(), curve.x);
  return json;
}

OrderedJson trend_schema() {
  using namespace schema;
  OrderedJson target = number();
  target["type"] = {"number", "null"};
  return object({{"quantity", text("as the log calls it")},
                 {"name", text("of the instrument or stock")},
                 {"unit", text("empty for a share, 0 to 1")},
                 {"time_s", numbers("campaign time, ascending")},
                 {"value", numbers("thinned to the points asked for, extremes kept")},
                 maybe("target", list(target, "at the same times; null where there is none"))},
                "How one reading went.");
}

}  // namespace nocturne
