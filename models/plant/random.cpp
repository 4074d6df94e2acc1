#include "models/plant/random.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <numbers>

namespace nocturne {
namespace {

constexpr std::uint64_t kGolden = 0x9e3779b97f4a7c15ULL;

std::uint64_t scrambled(std::uint64_t word) {
  word = (word ^ (word >> 30)) * 0xbf58476d1ce4e5b9ULL;
  word = (word ^ (word >> 27)) * 0x94d049bb133111ebULL;
  return word ^ (word >> 31);
}

}  // namespace

std::uint64_t mixed(std::uint64_t seed, std::uint64_t stream, std::uint64_t index) {
  return scrambled(scrambled(scrambled(seed + kGolden) ^ (stream * kGolden)) + index);
}

std::uint64_t bits_of(double value) { return std::bit_cast<std::uint64_t>(value); }

double RandomSequence::uniform() {
  state_ += kGolden;
  return (static_cast<double>(scrambled(state_) >> 11) + 0.5) * 0x1.0p-53;
}

double RandomSequence::normal() {
  if (has_spare_) {
    has_spare_ = false;
    return spare_;
  }
  const double radius = std::sqrt(-2.0 * std::log(uniform()));
  const double angle = 2.0 * std::numbers::pi * uniform();
  spare_ = radius * std::sin(angle);
  has_spare_ = true;
  return radius * std::cos(angle);
}

SlowVariation::SlowVariation(std::uint64_t seed, double spacing_s, double persistence, double step, double first)
    : steps_{seed}, spacing_s_{spacing_s}, persistence_{persistence}, step_{step}, knots_{first} {}

SlowVariation SlowVariation::wandering(std::uint64_t seed, std::uint64_t stream, double deviation, double correlation_s) {
  constexpr double kKnotsPerCorrelation = 4.0;
  const double persistence = std::exp(-1.0 / kKnotsPerCorrelation);
  const std::uint64_t own = mixed(seed, stream, 0);
  const double first = deviation * RandomSequence{mixed(own, stream, 1)}.normal();
  return SlowVariation{own, correlation_s / kKnotsPerCorrelation, persistence,
               deviation * std::sqrt(1.0 - persistence * persistence), first};
}

SlowVariation SlowVariation::walking(std::uint64_t seed, std::uint64_t stream, double deviation) {
  constexpr double kSpacing = 60.0;  // s
  return SlowVariation{mixed(seed, stream, 0), kSpacing, 1.0, deviation * std::sqrt(kSpacing / 3600.0), 0.0};
}

double SlowVariation::at(double time_s) {
  const double position = std::max(time_s, 0.0) / spacing_s_;
  const auto knot = static_cast<std::size_t>(position);
  while (knots_.size() < knot + 2) knots_.push_back(persistence_ * knots_.back() + step_ * steps_.normal());
  const double within = position - static_cast<double>(knot);
  return knots_[knot] + within * (knots_[knot + 1] - knots_[knot]);
}

}  // namespace nocturne
