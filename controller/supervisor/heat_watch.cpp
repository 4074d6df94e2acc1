#include "controller/supervisor/heat_watch.hpp"

#include <fmt/format.h>

#include <cmath>
#include <numeric>

namespace nocturne {
namespace {

constexpr Duration kHeatWindow = std::chrono::seconds{40};
constexpr Duration kJumpsWithin = std::chrono::seconds{30};  // one alone may be a spark
// Dead time, the wall's own heat and a controller whose rates the bench file knows roughly.
constexpr double kHeatSlack_K = 6.0;
constexpr double kHeatSlackShare = 0.4;
constexpr double kJump_K = 5.0;  // beyond twice what full power could do

}  // namespace

std::optional<std::string> HeatWatch::judge(Instant when, const HeaterReading& reading) {
  const double celsius = reading.process.celsius();
  Step step{when, celsius, 0.0, 0.0};
  if (!steps_.empty()) {
    const double elapsed_s = in_seconds(when - steps_.back().when);
    const double in = model_.heating_K_per_s * reading.output * elapsed_s;
    const double out = model_.loss_K_per_s(reading.process) * elapsed_s;
    step.gained_K = in - out;
    step.moved_K = in + std::abs(out);
  }
  const std::optional<std::string> jumped = jump(step);
  steps_.push_back(step);
  while (when - steps_.front().when > kHeatWindow) steps_.pop_front();
  return jumped ? jumped : contradiction();
}

std::optional<std::string> HeatWatch::jump(const Step& now) {
  if (steps_.empty()) return std::nullopt;
  const Step& before = steps_.back();
  const double moved_K = now.celsius - before.celsius;
  const double elapsed_s = in_seconds(now.when - before.when);
  if (std::abs(moved_K) <= kJump_K + 2.0 * model_.heating_K_per_s * elapsed_s) return std::nullopt;
  const bool again = jumped_ && now.when - *jumped_ <= kJumpsWithin;
  jumped_ = now.when;
  steps_.clear();  // what was before says nothing about what comes
  if (!again) return std::nullopt;
  return fmt::format("the temperature jumps, by {:.1f} K within {:.1f} s", moved_K, elapsed_s);
}

std::optional<std::string> HeatWatch::contradiction() const {
  const double moved_K = steps_.back().celsius - steps_.front().celsius;
  double gained_K = 0.0, turned_over_K = 0.0;
  for (auto step = std::next(steps_.begin()); step != steps_.end(); ++step) {
    gained_K += step->gained_K;
    turned_over_K += step->moved_K;
  }
  if (std::abs(moved_K - gained_K) <= kHeatSlack_K + kHeatSlackShare * turned_over_K) return std::nullopt;
  return fmt::format(
      "the temperature moved by {:.1f} K in {:.0f} s, its heating power means {:.1f} K: the sensor or the "
      "heater does not do what it says",
      moved_K, in_seconds(steps_.back().when - steps_.front().when), gained_K);
}

}  // namespace nocturne
