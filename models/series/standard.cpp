#include "models/series/standard.hpp"

#include <cmath>

namespace nocturne {
namespace {

/// Sum of squares about a model and what it costs.
struct Fit {
  double squares = 0.0;
  double parameters = 1.0;

  double criterion(double n) const { return n * std::log(squares / n) + parameters * std::log(n); }
  double deviation(double n) const { return n > parameters ? std::sqrt(squares / (n - parameters)) : 0.0; }
};

Fit about_level(const std::vector<TimedValue>& series, double level) {
  Fit fit;
  for (const TimedValue& one : series) fit.squares += std::pow(one.value.value - level, 2);
  return fit;
}

Fit about_line(const std::vector<TimedValue>& series, const Trend& trend) {
  Fit fit{0.0, 2.0};
  for (const TimedValue& one : series)
    fit.squares += std::pow(one.value.value - trend.at(one.time_s).value, 2);
  return fit;
}

/// Two levels and the place of the step between them.
Fit about_step(const std::vector<TimedValue>& series, const Trend& trend, const ChangePoint& step) {
  const double n = static_cast<double>(series.size());
  const double before =
      trend.level.value - step.step.value * (n - static_cast<double>(step.first_after)) / n;  // their mean is
  Fit fit{0.0, 3.0};                                                                          // the level
  for (std::size_t i = 0; i < series.size(); ++i)
    fit.squares +=
        std::pow(series[i].value.value - before - (i < step.first_after ? 0.0 : step.step.value), 2);
  return fit;
}

}  // namespace

const char* name_of(Behaviour behaviour) {
  switch (behaviour) {
    case Behaviour::steady:
      return "steady";
    case Behaviour::drift:
      return "drift";
    case Behaviour::step:
      return "step";
  }
  return "";
}

StandardSeries standard_series(const std::vector<TimedValue>& series, double false_alarm_rate) {
  StandardSeries result;
  result.trend = trend_of(series);
  const double n = static_cast<double>(series.size());
  const bool drifts = result.trend.significant(0.5 * false_alarm_rate);
  const auto step = change_point(series, 0.5 * false_alarm_rate);
  const Fit line = about_line(series, result.trend);
  Fit fit = about_level(series, result.trend.level.value);
  if (drifts) {
    result.behaviour = Behaviour::drift;
    fit = line;
  }
  if (step) {
    const Fit jump = about_step(series, result.trend, *step);
    if (!drifts || jump.criterion(n) < line.criterion(n)) {
      result.behaviour = Behaviour::step;
      result.step = step;
      fit = jump;
    }
  }
  result.scatter = fit.deviation(n);
  return result;
}

std::optional<StandardSeries> changing(const std::vector<TimedValue>& series, double false_alarm_rate) {
  constexpr double kRounding = 1e-9;  // of the level, over the whole series
  if (series.size() < 3 || !(series.back().time_s > series.front().time_s)) return std::nullopt;
  const StandardSeries found = standard_series(series, false_alarm_rate);
  if (found.behaviour == Behaviour::steady) return std::nullopt;
  const double change = found.step
                            ? found.step->step.value
                            : found.trend.slope_per_s.value * (series.back().time_s - series.front().time_s);
  if (std::abs(change) <= kRounding * std::abs(found.trend.level.value)) return std::nullopt;
  return found;
}

}  // namespace nocturne
