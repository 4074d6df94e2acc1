#include "controller/supervisor/pressure_watch.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

namespace nocturne {
namespace {

constexpr Duration kSteadyAfter = std::chrono::seconds{60};  // three times the lag of a soft syringe
constexpr int kSteadyReadings = 10;
// 1 % of a gauge for 16 bar, its drift over a night, and as much again.
constexpr double kSeen_bar = 0.3;
constexpr double kAlikeFlow = 2.0, kAlike_K = 30.0;
constexpr double kAllowedFactor = 4.0;
constexpr double kStillShare = 0.1;  // of the change that was expected

}  // namespace

void PressureWatch::restart(Instant when, std::map<std::string, double> flows_mL_min) {
  flows_mL_min_ = std::move(flows_mL_min);
  since_ = when;
  sum_bar_ = 0.0;
  readings_ = 0;
}

std::optional<Trip> PressureWatch::judge(Instant when, const std::map<std::string, PumpReading>& pumps,
                                         Temperature zone, double bar) {
  Steady now;
  now.celsius = zone.celsius();
  std::map<std::string, double> flows;
  for (const auto& [stock, pump] : pumps) {
    if (!pump.moving) continue;
    flows[stock] = 60e6 * pump.flow.si();
    now.stocks.insert(stock);
    now.mL_min += flows[stock];
  }
  if (flows.empty() && learned_.empty() && !last_) rest_bar_ = bar;
  if (flows != flows_mL_min_) restart(when, std::move(flows));
  if (when - since_ < kSteadyAfter) return std::nullopt;
  sum_bar_ += bar;
  if (++readings_ != kSteadyReadings || !rest_bar_) return std::nullopt;
  now.bar = sum_bar_ / readings_ - *rest_bar_;
  std::optional<Trip> found = compare(now);
  last_ = now;
  return found;
}

std::optional<Trip> PressureWatch::compare(const Steady& now) {
  return now.stocks.empty() ? compare_rest(now.bar) : compare_flow(now);
}

/// A back-pressure regulator may hold what it closes on, so this is told and nothing more.
std::optional<Trip> PressureWatch::compare_rest(double bar) {
  last_expected_bar_.reset();
  if (!last_ || told_of_rest_ || bar < std::max(kSeen_bar, last_->bar / 2.0)) return std::nullopt;
  told_of_rest_ = true;
  return Trip{
      FailureKind::over_pressure,
      fmt::format("{:.2f} bar remain although nothing flows: a closed outlet, or a gauge that stands still",
                  bar),
      Reaction::warn};
}

const PressureWatch::Steady* PressureWatch::known(const Steady& now) const {
  const auto found = std::ranges::find_if(learned_, [&](const Steady& then) {
    return then.stocks == now.stocks && std::abs(then.celsius - now.celsius) <= kAlike_K &&
           std::abs(std::log(then.mL_min / now.mL_min)) <= std::log(kAlikeFlow);
  });
  return found == learned_.end() ? nullptr : &*found;
}

std::optional<Trip> PressureWatch::compare_flow(const Steady& now) {
  const Steady* then = known(now);
  const std::optional<double> before_bar = last_expected_bar_;
  last_expected_bar_ = then ? std::optional{then->bar * now.mL_min / then->mL_min} : std::nullopt;
  if (!then) {
    if (now.bar >= kSeen_bar) learned_.push_back(now);
    if (now.bar >= kSeen_bar) last_expected_bar_ = now.bar;
    return std::nullopt;
  }
  const double expected_bar = *last_expected_bar_;
  const std::string flow =
      fmt::format("{:.2f} mL/min make {:.2f} bar, earlier {:.2f} bar", now.mL_min, now.bar, expected_bar);
  const double due_bar = before_bar ? std::abs(expected_bar - *before_bar) : 0.0;
  if (due_bar > kSeen_bar && std::abs(now.bar - last_->bar) < kStillShare * due_bar)
    return Trip{FailureKind::instrument_lost, flow + ": the gauge does not follow the flow"};
  if (now.bar < expected_bar / kAllowedFactor && expected_bar > kSeen_bar)
    return Trip{FailureKind::leak, flow + ": a leak, or nothing flows"};
  const bool clogs = now.bar > kAllowedFactor * expected_bar && now.bar > kSeen_bar;
  if (!clogs) told_of_clog_ = false;
  if (!clogs || std::exchange(told_of_clog_, true)) return std::nullopt;
  return Trip{FailureKind::over_pressure, flow + ": something clogs", Reaction::warn};
}

}  // namespace nocturne
