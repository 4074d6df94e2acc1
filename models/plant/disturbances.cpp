#include "models/plant/disturbances.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "models/plant/constants.hpp"

namespace nocturne {
namespace {

constexpr double kFilmStep = 20.0;  // s
constexpr double kDay = 86400.0;    // s

}  // namespace

WindowFilm::WindowFilm(const PlantDisturbances& constants) : constants_{constants} {}

void WindowFilm::advance(double time_s, const std::function<Stream(double)>& stream) {
  if (constants_.fouling_per_umol <= 0.0) return;
  const auto due = static_cast<std::size_t>(std::max(time_s, 0.0) / kFilmStep);
  while (knots_.size() <= due) {
    const Stream now = stream(kFilmStep * static_cast<double>(knots_.size() - 1));
    const double passed_uL = now.flow * kFilmStep;
    const double left = constants_.fouling_per_umol * 1e-3 * now.solid_lead * passed_uL;
    loose_ *= std::exp(-1e-3 * now.solvent_share * passed_uL / constants_.fouling_wash_mL);
    loose_ += (1.0 - constants_.fouling_fixed_share) * left;
    fixed_ += constants_.fouling_fixed_share * left;
    knots_.push_back(loose_ + fixed_);
  }
}

double WindowFilm::absorbance(double time_s) const {
  const auto knot = static_cast<std::size_t>(std::max(time_s, 0.0) / kFilmStep);
  return knots_[std::min(knot, knots_.size() - 1)];
}

Bubbles::Bubbles(const PlantParameters& parameters, std::uint64_t seed, std::uint64_t stream)
    : constants_{parameters.disturbances},
      largest_uL_{std::min(1.5 * constants_.bubble_uL, 3.0 * parameters.geometry.zones.back().volume_uL)},
      seed_{seed},
      stream_{stream} {}

std::vector<Bubbles::Bubble> Bubbles::within(std::uint64_t minute) const {
  RandomSequence random{mixed(seed_, stream_, minute)};
  const double mean_wait = 3600.0 / constants_.bubbles_per_h;
  std::vector<Bubble> all;
  double time = -mean_wait * std::log(random.uniform());
  while (time < kMinute) {
    const double volume = std::min((0.5 + random.uniform()) * constants_.bubble_uL, largest_uL_);
    const double light =
        constants_.bubble_brightness * std::exp(constants_.bubble_brightness_spread * random.normal());
    all.push_back({kMinute * static_cast<double>(minute) + time, volume, light});
    time -= mean_wait * std::log(random.uniform());
  }
  return all;
}

void Bubbles::look(const FlowHistory& flows, double start_s, double exposure_s, Disturbance& seen) const {
  if (constants_.bubbles_per_h <= 0.0 || start_s < 0.0) return;
  const double end_s = start_s + exposure_s, passed = flows.cell_passed_uL(start_s);
  const double flow = flows.cell_flow(start_s);
  double covered = 0.0, light = 0.0;
  for (auto minute = static_cast<std::int64_t>(end_s / kMinute); minute >= 0; --minute) {
    const double latest = std::min(kMinute * static_cast<double>(minute + 1), start_s);
    if (passed - flows.cell_passed_uL(latest) > largest_uL_) break;
    for (const Bubble& one : within(static_cast<std::uint64_t>(minute))) {
      const bool before = one.time_s <= start_s;
      const double rate = before ? flows.cell_flow(one.time_s) : flow;
      if (rate <= 0.0 || one.time_s >= end_s) continue;
      const double remaining = one.volume_uL - (before ? passed - flows.cell_passed_uL(one.time_s) : 0.0);
      if (remaining <= 0.0) continue;
      const double until = flow > 0.0 ? std::max(one.time_s, start_s) + remaining / flow : end_s;
      const double duration = std::min(until, end_s) - std::max(one.time_s, start_s);
      covered += duration;
      light += duration * one.light;
    }
  }
  if (covered <= 0.0) return;
  seen.bubble_share = std::min(covered / exposure_s, 1.0);
  seen.bubble_light = light / covered;
}

Surroundings::Surroundings(const PlantParameters& parameters, std::uint64_t seed, std::uint64_t stream)
    : room_{SlowVariation::wandering(seed, stream, parameters.disturbances.room_light_spread,
                             parameters.disturbances.room_light_time_s)},
      swing_K_{parameters.detector.temperature_swing_K},
      phase_{RandomSequence{mixed(seed, stream, 1)}.uniform()} {}

void Surroundings::look(double time_s, Disturbance& seen) {
  seen.room_light = std::max(1.0 + room_.at(time_s), 0.0);
  seen.detector_warmer_K = swing_K_ * std::sin(2.0 * std::numbers::pi * (time_s / kDay + phase_));
}

}  // namespace nocturne
