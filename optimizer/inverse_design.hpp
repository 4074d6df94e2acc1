#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "models/surrogate.hpp"
#include "optimizer/decision_space.hpp"
#include "optimizer/objective.hpp"
#include "optimizer/sensitivity.hpp"
#include "optimizer/suggestion.hpp"

namespace nocturne {

/// A wish counts as reachable if with at least this probability some conditions meet it.
constexpr double kReachableProbability = 0.9;
/// Named conditions promise what they meet with at least this probability.
constexpr double kPromisedProbability = 0.5;

/// Conditions for a wish, and how far to trust them.
struct DesignCandidate : Suggestion {
  /// Of one product that is made there: `predicted` is of the mean of many, around which repeats scatter.
  Prediction one_product;
  std::map<std::string, Sensitivity> sensitivity;  ///< of the first target's output, by variable
  /// Half as far again from every experiment as any of them is from the others, in variables weighed by how
  /// the expected output answers to them.
  bool extrapolates = false;
};

/// What stands between a wish and the nearest that can be met.
struct Obstacles {
  std::vector<Bound> bounds;        ///< of variables: beyond them the expected output goes on to the target
  std::vector<std::string> limits;  ///< outputs without whose limits the wish would be reachable
  bool failures = false;            ///< it would be, if no experiment failed
};

/// The answer to "which conditions give this?", without an experiment.
struct DesignAnswer {
  /// By kReachableProbability; before any experiment here, a candidate must promise the wish as well.
  bool reachable = false;
  double reachable_probability = 0.0;  ///< that some conditions meet the wish, whether they are known or not
  double probability = 0.0;            ///< of the best candidate
  /// Different from one another, most probable first; none if nothing is known of a wished output.
  std::vector<DesignCandidate> candidates;
  /// What one of the candidates is expected to give: the value nearest to the first target that it would meet
  /// with kPromisedProbability, or, if none would, the nearest expected at all.
  std::optional<double> nearest;
  double nearest_probability = 0.0;  ///< that a wish for `nearest` is met
  Obstacles obstacles;               ///< of a wish with a target that is not reachable
  int experiments = 0;               ///< that the model was told
  int earlier = 0;  ///< in the studies that it begins with; without any of both its prior speaks alone
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

/// The same of a single product: wider by what repeats of the conditions differ by, as the model has learned
/// it.
Prediction predict_one_product(const ModelView& model, const Objective& objective,
                               const Eigen::VectorXd& unit);

/// Experiments on the unit cube, one per row.
struct KnownPoints {
  Eigen::MatrixXd told;     ///< the search starts from them as well
  Eigen::MatrixXd earlier;  ///< of the studies that the model begins with
};

DesignAnswer inverse_design(const ModelView& model, const DecisionSpace& space, const Feasible& feasible,
                            const std::vector<Goal>& goals, const KnownPoints& points, int count,
                            std::uint64_t seed);

}  // namespace nocturne
