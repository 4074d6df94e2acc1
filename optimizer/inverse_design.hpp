#pragma once

#include <optional>
#include <vector>

#include "models/surrogate.hpp"
#include "optimizer/decision_space.hpp"
#include "optimizer/objective.hpp"
#include "optimizer/suggestion.hpp"

namespace nocturne {

/// A wish counts as reachable if its best conditions meet it with at least this probability.
constexpr double kReachableProbability = 0.5;

/// The answer to "which conditions give this?", without an experiment.
struct DesignAnswer {
  bool reachable = false;              ///< `probability` is at least kReachableProbability
  double probability = 0.0;            ///< of the best candidate
  std::vector<Suggestion> candidates;  ///< different from one another, most probable first; none if nothing
                                       ///< is known of a wished output
  /// What one of the candidates is expected to give: the value nearest to the first target that would itself
  /// be reachable, or, if none would, the nearest expected at all.
  std::optional<double> nearest;
  double nearest_probability = 0.0;  ///< that a wish for `nearest` is met
  int experiments = 0;               ///< that the model was told; 0 = its prior speaks alone
};

/// A fitted model with what is needed to read it.
struct ModelView {
  const Surrogate& surrogate;
  const std::vector<ModelledOutput>& outputs;
  const std::vector<bool>& known;     ///< per output, whether anything is known of it
  std::optional<int> success_output;  ///< if failures were told
};

/// Predictions of the known outputs at one point, and the probability that `objective` is met there.
Prediction predict(const ModelView& model, const Objective& objective, const Eigen::VectorXd& unit);

/// `told`: told points, one per row, from which the search starts as well.
DesignAnswer inverse_design(const ModelView& model, const DecisionSpace& space, const Feasible& feasible,
                            const std::vector<Goal>& goals, const Eigen::MatrixXd& told, int count,
                            std::uint64_t seed);

}  // namespace nocturne
