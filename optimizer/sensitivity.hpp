#pragma once

#include <Eigen/Core>
#include <map>
#include <string>
#include <vector>

#include "models/surrogate.hpp"
#include "optimizer/decision_space.hpp"
#include "optimizer/modelled_output.hpp"

namespace nocturne {

/// How an expected output answers to a small step of one variable, by the slope there.
struct Sensitivity {
  bool relative = false;  ///< the step is 1 % of the variable's value; otherwise 1 in its own unit
  double change = 0.0;    ///< of the output for a step up, in its public unit
};

/// By variable; those that are whole numbers or choices, and those that cannot vary, are left out. Steps are
/// absolute for temperatures and where the bounds reach zero.
std::map<std::string, Sensitivity> sensitivities(const Surrogate& surrogate,
                                                 const std::vector<ModelledOutput>& outputs, int output,
                                                 const DecisionSpace& space, const Eigen::VectorXd& unit);

/// A bound of a variable.
struct Bound {
  std::string variable;
  double value = 0.0;
  bool upper = false;
  friend bool operator==(const Bound&, const Bound&) = default;
};

/// The bounds on which a point lies and beyond which the expected output goes on towards `towards`, in the
/// order of the variables.
std::vector<Bound> bounds_in_the_way(const Surrogate& surrogate, const std::vector<ModelledOutput>& outputs,
                                     int output, const DecisionSpace& space, const Eigen::VectorXd& unit,
                                     double towards);

}  // namespace nocturne
