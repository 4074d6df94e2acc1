#pragma once

#include <cstddef>
#include <vector>

namespace nocturne {

/// At most `most` of the points of a curve, its ends and its extremes among them.
struct ThinnedCurve {
  std::vector<double> x, y;
};
ThinnedCurve thinned(const std::vector<double>& x, const std::vector<double>& y, std::size_t most);

}  // namespace nocturne
