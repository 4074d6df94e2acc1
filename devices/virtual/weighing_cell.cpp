#include "devices/virtual/weighing_cell.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <stdexcept>

namespace nocturne {

namespace {

/// One of 2^53 equally spaced numbers in (0, 1], always the same for the same `key` (Steele, Lea, Flood 2014,
/// 10.1145/2660193.2660195).
double scattered(std::uint64_t key) {
  key += 0x9E3779B97F4A7C15u;
  key = (key ^ (key >> 30)) * 0xBF58476D1CE4E5B9u;
  key = (key ^ (key >> 27)) * 0x94D049BB133111EBu;
  key ^= key >> 31;
  return (static_cast<double>(key >> 11) + 1.0) * 0x1p-53;
}

}  // namespace

WeighingCell::WeighingCell(WeighingCellOptions options, Delivered delivered)
    : options_{options},
      delivered_{std::move(delivered)},
      digit_g_{std::pow(10.0, -options.decimals)},
      load_before_g_{options.load_g},
      load_g_{options.load_g} {
  if (options_.decimals < 0 || options_.decimals > 6 || options_.averaged < 1 ||
      options_.equal_for_stable < 1 || options_.interval <= Duration::zero())
    throw std::invalid_argument{"a balance has 0 to 6 decimals, and at least one reading to judge by"};
}

std::int64_t WeighingCell::digits(std::int64_t number) const {
  double sum = 0.0;
  for (int i = 0; i < options_.averaged; ++i) sum += on_pan(shown_at(number - i));
  const double drift = options_.drift_g_per_h * in_seconds(shown_at(number)) / 3600.0;
  const double spread = std::hypot(options_.noise_g, disturbance_g_);
  return std::llround((sum / options_.averaged + drift + spread * noise(number)) / digit_g_);
}

bool WeighingCell::stable(std::int64_t number) const {
  std::int64_t least = digits(number), most = least;
  for (int i = 1; i < options_.equal_for_stable; ++i) {
    const std::int64_t earlier = digits(number - i);
    least = std::min(least, earlier);
    most = std::max(most, earlier);
  }
  return most - least <= 1;
}

void WeighingCell::set_load(double grams, Instant when) {
  load_before_g_ = load_g_;
  load_g_ = grams;
  load_changed_ = when;
}

double WeighingCell::on_pan(Instant when) const {
  const double arrived = delivered_ ? delivered_(when) : 0.0;
  const double fallen =
      options_.drop_g > 0.0 ? std::floor(arrived / options_.drop_g) * options_.drop_g : arrived;
  return (when < load_changed_ ? load_before_g_ : load_g_) + fallen;
}

double WeighingCell::noise(std::int64_t number) const {
  const auto key = 2 * static_cast<std::uint64_t>(number) + options_.seed * 0xD1342543DE82EF95u;
  return std::sqrt(-2.0 * std::log(scattered(key))) * std::cos(2.0 * std::numbers::pi * scattered(key + 1));
}

}  // namespace nocturne
