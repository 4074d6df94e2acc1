#pragma once

#include <cmath>
#include <functional>
#include <optional>

#include "models/observation.hpp"
#include "optimizer/acquisition.hpp"
#include "optimizer/decision_space.hpp"

namespace nocturne {

/// What an experiment at `to` costs when the last one was at `from`, above 0, in any one unit; not a number
/// where `to` cannot be realised.
using Cost = std::function<double(const std::optional<Conditions>& from, const Conditions& to)>;

/// Worth per cost of the way there: expected improvement per unit cost (Snoek et al. 2012,
/// arXiv:1206.2944). Slopes of the cost by finite differences; it is cheap.
class PerCost final : public Acquisition {
 public:
  PerCost(const Acquisition& worth, const DecisionSpace& space, const Cost& cost,
          std::optional<Conditions> from)
      : worth_{worth}, space_{space}, cost_{cost}, from_{std::move(from)} {}

  Value operator()(const Eigen::MatrixXd& points) const override;
  Eigen::VectorXd values(const Eigen::MatrixXd& points) const override;
  std::string name() const override { return worth_.name() + " per cost"; }

 private:
  double log_cost(const Eigen::VectorXd& unit) const {
    return std::log(cost_(from_, space_.to_conditions(unit)));
  }

  const Acquisition& worth_;
  const DecisionSpace& space_;
  const Cost& cost_;
  std::optional<Conditions> from_;
};

}  // namespace nocturne
