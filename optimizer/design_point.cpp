#include "optimizer/design_point.hpp"

#include <optional>
#include <stdexcept>

#include "optimizer/sobol.hpp"

namespace nocturne {

Eigen::VectorXd design_point(const DecisionSpace& space, const Feasible& feasible, std::uint64_t seed,
                             std::size_t index, const std::function<bool(const Eigen::VectorXd&)>& visited) {
  std::optional<Eigen::VectorXd> repeated;
  for (int tried = 64; tried <= 65536; tried *= 8) {
    const Eigen::MatrixXd points =
        sobol_points(tried, space.dimensions(), derived_seed(derived_seed(seed, 0), 0));
    std::size_t seen = 0;
    for (Eigen::Index i = 0; i < points.rows(); ++i) {
      const Eigen::VectorXd unit = space.snap(points.row(i));
      if (feasible && !feasible(space.to_conditions(unit))) continue;
      if (seen++ < index) continue;
      if (!visited || !visited(unit)) return unit;
      if (!repeated) repeated = unit;
    }
  }
  if (repeated) return *repeated;
  throw std::runtime_error{"no conditions within the bounds can be realised"};
}

}  // namespace nocturne
