#include "optimizer/best_points.hpp"

#include <algorithm>
#include <utility>

#include "optimizer/sobol.hpp"

namespace nocturne {

std::vector<Eigen::Index> best_points(const Surrogate& surrogate, const Objective& wish,
                                      const Eigen::MatrixXd& points, std::size_t count) {
  if (points.rows() == 0) return {};
  const PosteriorGradient belief = surrogate.marginals(points, wish.outputs());
  std::vector<std::pair<double, Eigen::Index>> order;
  for (Eigen::Index row = 0; row < points.rows(); ++row) {
    const Objective::Value value = wish(belief.mean.row(row));
    order.emplace_back(-(value.utility + value.allowed), row);
  }
  std::ranges::sort(order);
  order.resize(std::min(order.size(), count));
  std::vector<Eigen::Index> rows;
  for (const auto& [worth, row] : order) rows.push_back(row);
  return rows;
}

Eigen::MatrixXd with_neighbours(const Eigen::MatrixXd& centres, std::uint64_t seed) {
  constexpr Eigen::Index kAround = 12;
  Eigen::MatrixXd result(centres.rows() * (kAround + 1), centres.cols());
  if (centres.rows() == 0) return result;
  const Eigen::MatrixXd offset =
      sobol_normals(static_cast<int>(result.rows()), static_cast<int>(centres.cols()), seed);
  Eigen::Index row = 0;
  for (Eigen::Index centre = 0; centre < centres.rows(); ++centre)
    for (Eigen::Index around = 0; around <= kAround; ++around, ++row)
      result.row(row) =
          centres.row(centre) + (around > 0 ? 0.3 / static_cast<double>(around) : 0.0) * offset.row(row);
  return result;
}

}  // namespace nocturne
