#include "optimizer/per_cost.hpp"

namespace nocturne {
namespace {

double finite_or_none(double log_cost) { return std::isfinite(log_cost) ? log_cost : 0.0; }

}  // namespace

Eigen::VectorXd PerCost::values(const Eigen::MatrixXd& points) const {
  Eigen::VectorXd result = worth_.values(points);
  for (Eigen::Index i = 0; i < points.rows(); ++i) result(i) -= finite_or_none(log_cost(points.row(i)));
  return result;
}

Acquisition::Value PerCost::operator()(const Eigen::MatrixXd& points) const {
  constexpr double kStep = 1e-4;
  Value result = worth_(points);
  for (Eigen::Index i = 0; i < points.rows(); ++i) {
    const Eigen::VectorXd at = points.row(i);
    result.value(i) -= finite_or_none(log_cost(at));
    for (Eigen::Index j = 0; j < at.size(); ++j) {
      if (space_.continuous()(j) == 0.0) continue;
      Eigen::VectorXd below = at, above = at;
      below(j) = std::max(at(j) - kStep, 0.0);
      above(j) = std::min(at(j) + kStep, 1.0);
      const double slope = (log_cost(above) - log_cost(below)) / (above(j) - below(j));
      if (std::isfinite(slope)) result.slope(i, j) -= slope;
    }
  }
  return result;
}

}  // namespace nocturne
