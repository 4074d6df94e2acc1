#include "controller/thinned_curve.hpp"

#include <algorithm>

namespace nocturne {

ThinnedCurve thinned(const std::vector<double>& x, const std::vector<double>& y, std::size_t most) {
  if (x.size() <= most) return {x, y};
  ThinnedCurve result;
  if (most < 4) return {{x.front(), x.back()}, {y.front(), y.back()}};
  const std::size_t buckets = most / 2;
  const auto keep = [&](std::size_t i) {
    result.x.push_back(x[i]);
    result.y.push_back(y[i]);
  };
  for (std::size_t b = 0; b < buckets; ++b) {
    const std::size_t from = b * x.size() / buckets, to = (b + 1) * x.size() / buckets;
    const auto [low, high] = std::minmax_element(y.begin() + static_cast<std::ptrdiff_t>(from),
                                                 y.begin() + static_cast<std::ptrdiff_t>(to));
    const auto first = static_cast<std::size_t>(std::min(low, high) - y.begin()),
               second = static_cast<std::size_t>(std::max(low, high) - y.begin());
    keep(first);
    if (second != first) keep(second);
  }
  return result;
}

}  // namespace nocturne
