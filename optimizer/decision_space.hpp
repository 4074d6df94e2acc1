#pragma once

#include <Eigen/Core>
#include <functional>
#include <vector>

#include "models/observation.hpp"
#include "models/surrogate.hpp"
#include "models/variable.hpp"

namespace nocturne {

/// Whether conditions can be realised at all (the flow plan). Empty = everything.
using Feasible = std::function<bool(const Conditions&)>;

/// Points of the unit cube as the rows of a matrix.
Eigen::MatrixXd rows_of(const std::vector<Eigen::VectorXd>& points, Eigen::Index dimensions);

/// The variables of a problem and their image, the unit cube: one dimension per real or integer variable, one
/// per choice of a categorical one (1 for the chosen), none for a variable whose bounds coincide.
class DecisionSpace {
 public:
  /// Throws std::invalid_argument: no variable, a name twice, low > high, a bound that is not finite, a
  /// logarithmic scale that reaches zero, a categorical variable without choices.
  explicit DecisionSpace(std::vector<Variable> variables);

  const std::vector<Variable>& variables() const { return variables_; }
  int dimensions() const { return dimensions_; }
  /// Per dimension, what a surrogate needs to know of it.
  std::vector<InputScale> inputs() const;
  /// 1 for dimensions in which small steps make sense, 0 for those of integers and choices.
  const Eigen::VectorXd& continuous() const { return continuous_; }

  /// Throws std::invalid_argument if a variable is missing. Values outside the bounds land outside the cube.
  Eigen::VectorXd to_unit(const Conditions& conditions) const;
  /// The nearest allowed conditions: within the bounds, integers whole, the largest choice taken.
  Conditions to_conditions(const Eigen::VectorXd& unit) const;
  /// The image of the nearest allowed conditions.
  Eigen::VectorXd snap(const Eigen::VectorXd& unit) const;

 private:
  std::vector<Variable> variables_;
  int dimensions_ = 0;
  Eigen::VectorXd continuous_;
};

}  // namespace nocturne
