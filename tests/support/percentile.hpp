#pragma once

#include <algorithm>
#include <cmath>
#include <vector>

namespace nocturne::test {

/// The value below which `share` of them lie, by nearest rank; NaN of none.
inline double percentile(std::vector<double> values, double share) {
  if (values.empty()) return NAN;
  std::ranges::sort(values);
  return values[static_cast<std::size_t>(share * static_cast<double>(values.size() - 1) + 0.5)];
}

}  // namespace nocturne::test
