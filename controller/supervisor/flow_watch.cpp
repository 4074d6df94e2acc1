#include "controller/supervisor/flow_watch.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

namespace nocturne {
namespace {

// A drop at either end (50 µL), a tube that leans on the vessel, counters that are two seconds old, noise.
constexpr double kScaleSlack_g = 0.3;
constexpr double kSoftest_s = 20.0;  // time constant of a syringe with air in it behind a narrow tube
constexpr double kEvaporation_g_per_s = 0.5 / 3600.0;  // of a covered vessel
constexpr double kUpwardDrift_g_per_s = 0.1 / 3600.0;
// Of the tube, lines to the junction and the way to the waste included, which the bench file does not tell.
constexpr double kDryTubes = 1.5;
constexpr double kProofOfFull_g = 0.3;
constexpr Duration kCalmAgain = std::chrono::seconds{60};
constexpr Duration kLongestBlindness = std::chrono::minutes{5};

double spread(const FlowWatchSettings& settings, double DensityRange::*bound) {
  double least = 1e9, most = 0.0;
  for (const auto& [stock, liquid] : settings.liquids) {
    least = std::min(least, liquid.*bound);
    most = std::max(most, liquid.*bound);
  }
  return settings.liquids.empty() ? 0.0 : most - least;
}

}  // namespace

FlowWatchSettings flow_watch_settings(const Recipe& recipe, const BenchDescription& bench) {
  const ReactorGeometry& reactor = bench.reactor;
  FlowWatchSettings settings;
  for (const Stock& stock : recipe.stocks) settings.liquids[stock.name] = density_range(stock);
  for (const FeedDescription& feed : bench.feeds) settings.lines[feed.stock] = feed.line_volume;
  settings.diluent = recipe.diluent;
  settings.tube = reactor.mixer_volume + reactor.heated_volume + reactor.cooled_volume + reactor.cell_volume;
  return settings;
}

/// What leaves the tube is what was mixed a tube's volume before, and may be heavier or lighter.
FlowWatch::FlowWatch(FlowWatchSettings settings)
    : settings_{std::move(settings)},
      slack_least_g_{kScaleSlack_g +
                     in_milliliters(settings_.tube) * spread(settings_, &DensityRange::least_g_per_mL)},
      slack_most_g_{kScaleSlack_g +
                    in_milliliters(settings_.tube) * spread(settings_, &DensityRange::most_g_per_mL)} {}

void FlowWatch::pump(const std::map<std::string, PumpReading>& pumps, double elapsed_s) {
  const double followed = 1.0 - std::exp(-elapsed_s / kSoftest_s);
  for (Way* way : {&reaction_, &diluent_}) {
    way->least_lagging += followed * (way->least - way->least_lagging);
    way->most_lagging += followed * (way->most - way->most_lagging);
  }
  for (const auto& [stock, reading] : pumps) {
    Way& way = stock == settings_.diluent ? diluent_ : reaction_;
    const auto known = settings_.liquids.find(stock);
    const DensityRange liquid = known == settings_.liquids.end() ? DensityRange{} : known->second;
    const double counted_mL = in_milliliters(reading.delivered);
    double& before_mL = counted_mL_.try_emplace(stock, counted_mL).first->second;
    const double mL = std::max(counted_mL - before_mL, 0.0);
    const auto line = settings_.lines.find(stock);
    const double line_mL = line == settings_.lines.end() ? 0.0 : in_milliliters(line->second);
    const double beyond_line_mL = std::clamp(counted_mL - line_mL, 0.0, mL);
    before_mL = counted_mL;
    way.most += liquid.most_g_per_mL * mL;
    if (way.full) way.least += liquid.least_g_per_mL * beyond_line_mL;
    way.pumped_mL += mL;
  }
}

/// A tube that was dry lets nothing arrive before it is full.
void FlowWatch::fill(Way& way, const Way& other) {
  const double at_most_g = arrived_g_ - other.most_lagging, at_least_g = arrived_g_ - other.most;
  const bool flowed = way.pumped_mL > 0.0;
  way.unexplained_g = flowed ? std::min(way.unexplained_g, at_most_g) : at_most_g;
  const bool shows = flowed && at_least_g - way.unexplained_g > kProofOfFull_g;
  way.full = way.full || shows || way.pumped_mL > kDryTubes * in_milliliters(settings_.tube);
}

FlowWatch::Sums FlowWatch::sums(Instant when, double grams) const {
  Sums now{when, grams, 0.0, 0.0, 0.0, 0.0};
  for (const Way* way : {&reaction_, &diluent_}) {
    now.least_low += way->least_lagging;
    now.least_high += way->least;
    now.most_low += way->most_lagging;
    now.most_high += way->most;
  }
  const double time_s = in_seconds(when);
  now.least_low -= kEvaporation_g_per_s * time_s;
  now.least_high -= kEvaporation_g_per_s * time_s;
  now.most_low += kUpwardDrift_g_per_s * time_s;
  now.most_high += kUpwardDrift_g_per_s * time_s;
  return now;
}

void FlowWatch::begin(const Sums& now) { last_ = fullest_ = emptiest_ = now; }

std::optional<Trip> FlowWatch::disturbed(Instant when, const std::map<std::string, PumpReading>& pumps,
                                         const std::string& why) {
  const bool flows = std::ranges::any_of(pumps, [](const auto& pump) { return pump.second.moving; });
  if (!last_disturbed_) flowed_blindly_ = {};
  if (last_disturbed_ && flows) flowed_blindly_ += when - *last_disturbed_;
  const bool known = std::exchange(last_disturbed_, when).has_value();
  if (flowed_blindly_ > kLongestBlindness)
    return Trip{FailureKind::instrument_lost,
                fmt::format("{}: for {:.0f} s nothing can be told of what arrives", why,
                            in_seconds(flowed_blindly_))};
  if (known) return std::nullopt;
  return Trip{FailureKind::instrument_lost, why + ": what arrives is counted anew", Reaction::warn};
}

std::optional<Trip> FlowWatch::miss(Instant when, const std::map<std::string, PumpReading>& pumps,
                                    const std::string& why) {
  last_.reset();
  return disturbed(when, pumps, why);
}

std::optional<Trip> FlowWatch::judge(Instant when, const std::map<std::string, PumpReading>& pumps,
                                     double grams) {
  pump(pumps, last_ ? in_seconds(when - last_->when) : 0.0);
  const Sums now = sums(when, grams);
  if (!last_) {
    begin(now);
    return std::nullopt;
  }
  const double gained_g = grams - last_->grams;
  const double evaporated_g = kEvaporation_g_per_s * in_seconds(when - last_->when);
  if (gained_g > now.most_high - last_->most_low + slack_most_g_ ||
      gained_g < -kScaleSlack_g - evaporated_g) {
    begin(now);
    return disturbed(when, pumps, fmt::format("the weight changed by {:+.1f} g at once", gained_g));
  }
  arrived_g_ += gained_g;
  last_ = now;
  if (last_disturbed_ && when - *last_disturbed_ > kCalmAgain) last_disturbed_.reset();
  fill(reaction_, diluent_);
  fill(diluent_, reaction_);
  return contradiction(now);
}

std::optional<Trip> FlowWatch::contradiction(const Sums& now) {
  const auto lacking = [](const Sums& at) { return at.least_high - at.grams; };
  const auto surplus = [](const Sums& at) { return at.grams - at.most_low; };
  if (lacking(now) < lacking(*fullest_)) fullest_ = now;
  if (surplus(now) < surplus(*emptiest_)) emptiest_ = now;
  const double must_g = now.least_low - fullest_->least_high, did_g = now.grams - fullest_->grams;
  if (must_g - did_g > slack_least_g_)
    return Trip{
        FailureKind::leak,
        fmt::format("of at least {:.2f} g pumped in {:.0f} s {:.2f} g arrived: a leak, a syringe that "
                    "slips or is empty, or an outlet that leads elsewhere",
                    must_g, in_seconds(now.when - fullest_->when), did_g)};
  const double may_g = now.most_high - emptiest_->most_low, came_g = now.grams - emptiest_->grams;
  if (came_g - may_g > slack_most_g_)
    return Trip{FailureKind::leak,
                fmt::format("{:.2f} g arrived in {:.0f} s, at most {:.2f} g were pumped: a pump or a siphon "
                            "that runs by itself",
                            came_g, in_seconds(now.when - emptiest_->when), std::max(may_g, 0.0))};
  return std::nullopt;
}

}  // namespace nocturne
