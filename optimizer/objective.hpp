#pragma once

#include <Eigen/Core>
#include <cstdint>
#include <optional>
#include <vector>

#include "optimizer/modelled_output.hpp"

namespace nocturne {

/// What is wanted of one output, in its public unit.
struct Goal {
  enum class Kind { limits_only, minimize, maximize, target };
  int output = 0;  ///< index into the modelled outputs
  Kind kind = Kind::limits_only;
  double target = 0.0;
  double tolerance = 1.0;  ///< of a target; for the others the change that counts as one
  double weight = 1.0;
  double ideal = 0.0;  ///< the utility beyond which nothing is expected of it, for Combination::worst
  std::optional<double> at_least = std::nullopt, at_most = std::nullopt;
};

/// How goals make one utility: their sum, or what falls shortest of its ideal and a little of the others
/// (augmented Chebyshev: with changing weights every trade-off of a Pareto front is somebody's best).
enum class Combination { sum, worst };

/// The same goals with tolerances where none are known: the spread of a goal's output so far, or its size
/// where it is constant; a tenth of it for a target. `values`: by output, finite; a goal whose output has
/// none stays.
std::vector<Goal> with_tolerances(std::vector<Goal> goals, const std::vector<std::vector<double>>& values);

/// The same goals for one point of the Pareto front: random weights, and the best values so far as ideals.
/// `values`: by output, finite, may be none.
std::vector<Goal> weighed_anew(std::vector<Goal> goals, const std::vector<std::vector<double>>& values,
                               std::uint64_t seed);

/// A wish on several outputs, applied to what the model believes of them (composite optimisation, Astudillo
/// and Frazier 2019, arXiv:1906.01537): one model serves every wish.
class Objective {
 public:
  /// Throws std::invalid_argument: no goal, an output that is not modelled, a tolerance or weight not above
  /// 0.
  Objective(const std::vector<ModelledOutput>& outputs, std::vector<Goal> goals,
            Combination combination = Combination::sum);

  /// The outputs it depends on, ascending: the order of the vectors below.
  const std::vector<int>& outputs() const { return used_; }

  /// The utility of outputs on the model's scale, larger is better: -weight (distance/tolerance)² per target,
  /// -+weight value/tolerance to minimise or maximise. `allowed` is ln of a smooth step over the limits.
  struct Value {
    double utility = 0.0, allowed = 0.0;
    Eigen::VectorXd utility_slope, allowed_slope;
  };
  Value operator()(const Eigen::VectorXd& outputs) const;

  /// ln of the probability that every target is met within its tolerance and every limit is kept, for
  /// independent normal outputs; slopes with respect to their means and standard deviations.
  struct LogProbability {
    double value = 0.0;
    Eigen::VectorXd mean_slope, standard_deviation_slope;
  };
  LogProbability log_probability(const Eigen::VectorXd& mean,
                                 const Eigen::VectorXd& standard_deviation) const;

  /// Utility beyond which improving further is pointless: every target met at half its tolerance. None if
  /// something is minimised or maximised.
  std::optional<double> satisfied() const;

 private:
  struct Bounds {
    double low, high;  ///< on the model's scale
  };
  void add_limit(double excess, double slope, Eigen::Index column, Value& value) const;
  Bounds bounds(const Goal& goal, OutputScale scale) const;
  OutputScale scale_of(const Goal& goal) const {
    return outputs_[static_cast<std::size_t>(goal.output)].scale;
  }
  Eigen::Index column_of(const Goal& goal) const;

  std::vector<ModelledOutput> outputs_;
  std::vector<Goal> goals_;
  Combination combination_;
  std::vector<int> used_;
};

}  // namespace nocturne
