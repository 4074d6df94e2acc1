#include <cmath>

#include "controller/report/plot.hpp"

namespace nocturne {
namespace {

struct GridPlace {
  double x = 0.0, y = 0.0, value = 0.0;
};

GridPlace crossing(const GridPlace& one, const GridPlace& other, double level) {
  const double share = (level - one.value) / (other.value - one.value);
  return {one.x + share * (other.x - one.x), one.y + share * (other.y - one.y), level};
}

/// A triangle is crossed by at most one straight piece.
void cross(const GridPlace& a, const GridPlace& b, const GridPlace& c, double level,
           std::vector<ContourPiece>& pieces) {
  std::vector<GridPlace> crossings;
  const auto side = [&](const GridPlace& one, const GridPlace& other) {
    if ((one.value < level) != (other.value < level)) crossings.push_back(crossing(one, other, level));
  };
  side(a, b);
  side(b, c);
  side(c, a);
  if (crossings.size() == 2)
    pieces.push_back({crossings[0].x, crossings[0].y, crossings[1].x, crossings[1].y});
}

}  // namespace

/// Each cell is four triangles around its middle, so that no saddle is ambiguous.
std::vector<ContourPiece> contour_of(const HeatMap& map, double level) {
  std::vector<ContourPiece> pieces;
  const std::size_t columns = map.x.size();
  const auto at = [&](std::size_t i, std::size_t j) {
    return GridPlace{static_cast<double>(i), static_cast<double>(j), map.value[j * columns + i]};
  };
  for (std::size_t j = 0; j + 1 < map.y.size(); ++j)
    for (std::size_t i = 0; i + 1 < columns; ++i) {
      const GridPlace corner[] = {at(i, j), at(i + 1, j), at(i + 1, j + 1), at(i, j + 1)};
      const double mean = 0.25 * (corner[0].value + corner[1].value + corner[2].value + corner[3].value);
      if (!std::isfinite(mean)) continue;
      const GridPlace middle{corner[0].x + 0.5, corner[0].y + 0.5, mean};
      for (int side = 0; side < 4; ++side) cross(corner[side], corner[(side + 1) % 4], middle, level, pieces);
    }
  return pieces;
}

}  // namespace nocturne
