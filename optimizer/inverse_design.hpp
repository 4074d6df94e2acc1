#pragma once

#include <optional>
#include <vector>

#include "models/surrogate.hpp"
#include "optimizer/decision_space.hpp"
#include "optimizer/objective.hpp"
#include "optimizer/suggestion.hpp"

namespace nocturne {

/// The answer to "which conditions give this?", without an experiment.
struct DesignAnswer {
  bool reachable = false;              ///< some conditions are expected to meet the target
  double probability = 0.0;            ///< of the best candidate
  std::vector<Suggestion> candidates;  ///< different from one another, most probable first
  std::optional<double> nearest;       ///< the expected value nearest to the first target
};

/// A fitted model with what is needed to read it.
struct ModelView {
  const Surrogate& surrogate;
  const std::vector<ModelledOutput>& outputs;
  const std::vector<bool>& measured;  ///< per output, whether anything is known of it
  std::optional<int> success_output;  ///< if failures were told
};

/// Predictions of the measured outputs at one point, and the probability that `objective` is met there.
Prediction predict(const ModelView& model, const Objective& objective, const Eigen::VectorXd& unit);

/// `known`: told points, one per row, from which the search starts as well.
DesignAnswer inverse_design(const ModelView& model, const DecisionSpace& space, const Feasible& feasible,
                            const std::vector<Goal>& goals, const Eigen::MatrixXd& known, int count,
                            std::uint64_t seed);

}  // namespace nocturne
