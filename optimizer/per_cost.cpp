#include "optimizer/per_cost.hpp"

namespace nocturne {

Eigen::VectorXd PerCost::values(const Eigen::MatrixXd& points) const {
  Eigen::VectorXd result = worth_.values(points);
  for (Eigen::Index i = 0; i < points.rows(); ++i) result(i) -= log_cost(points.row(i));
  return result;
}

Acquisition::Value PerCost::operator()(const Eigen::MatrixXd& points) const {
  constexpr double kStep = 1e-4;
  Value result = worth_(points);
  for (Eigen::Index i = 0; i < points.rows(); ++i) {
    const Eigen::VectorXd at = points.row(i);
    result.value(i) -= log_cost(at);
    for (Eigen::Index j = 0; j < at.size(); ++j) {
      if (space_.continuous()(j) == 0.0) continue;
      Eigen::VectorXd below = at, above = at;
      below(j) = std::max(at(j) - kStep, 0.0);
      above(j) = std::min(at(j) + kStep, 1.0);
      result.slope(i, j) -= (log_cost(above) - log_cost(below)) / (above(j) - below(j));
    }
  }
  return result;
}

}  // namespace nocturne
