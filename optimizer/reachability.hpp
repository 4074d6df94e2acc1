#pragma once

#include <Eigen/Core>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "models/surrogate.hpp"
#include "optimizer/decision_space.hpp"
#include "optimizer/objective.hpp"

namespace nocturne {

/// How probably some allowed conditions meet a wish, whichever they are, by joint draws of the outputs over
/// the whole space. In a draw a wish is met where one of the looked-at points meets it, or where two of them
/// with the same integers and choices keep its limits and lie on either side of its target: the outputs are
/// continuous in between.
class Reachability {
 public:
  /// Points and draws; 1 / kDraws is the smallest probability that it can tell from zero.
  static constexpr int kPoints = 192;
  static constexpr int kDraws = 1024;

  /// The points are spread over the space and its faces, with its corners where these are few, and `others`
  /// (one per row). `outputs`: those of any wish that will be asked about. `success_output`: if failures
  /// were told. Throws std::runtime_error if no allowed conditions are found.
  Reachability(const Surrogate& surrogate, const std::vector<ModelledOutput>& outputs,
               std::vector<int> used_outputs, std::optional<int> success_output, const DecisionSpace& space,
               const Feasible& feasible, const Eigen::MatrixXd& others, std::uint64_t seed);

  /// `with_failures`: conditions at which the experiment fails meet nothing.
  double probability(const std::vector<Goal>& goals, bool with_failures = true) const;

 private:
  bool met(const std::vector<Goal>& goals, bool with_failures, Eigen::Index draw) const;
  bool keeps_limits(const std::vector<Goal>& goals, Eigen::Index point, Eigen::Index draw) const;
  double drawn(int output, Eigen::Index point, Eigen::Index draw) const;

  const std::vector<ModelledOutput>& outputs_;
  std::vector<int> used_;
  bool has_success_;
  Eigen::Index points_ = 0;
  std::vector<std::size_t> group_;  ///< per point, which integers and choices it has
  std::size_t groups_ = 0;
  std::unique_ptr<JointDraws> draws_;
};

}  // namespace nocturne
