#include "optimizer/reachability.hpp"

#include <algorithm>
#include <limits>
#include <map>
#include <stdexcept>
#include <utility>

#include "optimizer/sobol.hpp"

namespace nocturne {
namespace {

constexpr int kMostCornerDimensions = 6;
constexpr double kStretch = 1.3;  // of the Sobol points about the middle: what leaves the cube lies on a face

/// Corners, then Sobol points of which a good part lies on the faces: extremes are mostly found there.
Eigen::MatrixXd spread_points(int dimensions, std::uint64_t seed) {
  const int corners = dimensions <= kMostCornerDimensions ? 1 << dimensions : 0;
  Eigen::MatrixXd points(corners + Reachability::kPoints, dimensions);
  for (int i = 0; i < corners; ++i)
    for (int j = 0; j < dimensions; ++j) points(i, j) = (i >> j) & 1;
  const Eigen::MatrixXd sobol = sobol_points(Reachability::kPoints, dimensions, seed);
  points.bottomRows(Reachability::kPoints) =
      (0.5 + kStretch * (sobol.array() - 0.5)).cwiseMax(0.0).cwiseMin(1.0).matrix();
  return points;
}

std::vector<Eigen::MatrixXd> base_samples(Eigen::Index anchors, std::size_t outputs, std::uint64_t seed) {
  std::vector<Eigen::MatrixXd> result;
  for (std::size_t i = 0; i < outputs; ++i)
    result.push_back(sobol_normals(Reachability::kDraws, static_cast<int>(anchors) + 1, derived_seed(seed, i))
                         .transpose());
  return result;
}

}  // namespace

Reachability::Reachability(const Surrogate& surrogate, const std::vector<ModelledOutput>& outputs,
                           std::vector<int> used_outputs, std::optional<int> success_output,
                           const DecisionSpace& space, const Feasible& feasible,
                           const Eigen::MatrixXd& others, std::uint64_t seed)
    : outputs_{outputs}, used_{std::move(used_outputs)}, has_success_{success_output.has_value()} {
  if (success_output) used_.push_back(*success_output);
  const Eigen::MatrixXd spread = spread_points(space.dimensions(), seed);
  std::vector<Eigen::VectorXd> allowed;
  std::map<std::vector<double>, std::size_t> groups;
  for (const Eigen::MatrixXd* from : {&spread, &others})
    for (Eigen::Index i = 0; i < from->rows(); ++i) {
      const Eigen::VectorXd unit = space.snap(from->row(i).transpose());
      if (feasible && !feasible(space.to_conditions(unit))) continue;
      std::vector<double> discrete;
      for (Eigen::Index j = 0; j < unit.size(); ++j)
        if (space.continuous()(j) == 0.0) discrete.push_back(unit(j));
      group_.push_back(groups.emplace(std::move(discrete), groups.size()).first->second);
      allowed.push_back(unit);
    }
  if (allowed.empty()) throw std::runtime_error{"no conditions within the bounds can be realised"};
  groups_ = groups.size();
  points_ = std::ssize(allowed);
  draws_ = surrogate.joint_draws(rows_of(allowed, space.dimensions()), used_,
                                 base_samples(points_, used_.size(), derived_seed(seed, 1)));
}

double Reachability::drawn(int output, Eigen::Index point, Eigen::Index draw) const {
  const auto column = static_cast<std::size_t>(std::ranges::find(used_, output) - used_.begin());
  return from_model(outputs_[static_cast<std::size_t>(output)].scale,
                    draws_->at_anchors(column)(point, draw));
}

bool Reachability::keeps_limits(const std::vector<Goal>& goals, Eigen::Index point, Eigen::Index draw) const {
  return std::ranges::all_of(goals, [&](const Goal& goal) {
    if (!goal.at_least && !goal.at_most) return true;
    const double value = drawn(goal.output, point, draw);
    return (!goal.at_least || value >= *goal.at_least) && (!goal.at_most || value <= *goal.at_most);
  });
}

bool Reachability::met(const std::vector<Goal>& goals, bool with_failures, Eigen::Index draw) const {
  std::vector<const Goal*> targets;
  for (const Goal& goal : goals)
    if (goal.kind == Goal::Kind::target) targets.push_back(&goal);
  std::vector<std::pair<bool, bool>> sides(groups_);  // per group: a point not above, one not below
  for (Eigen::Index i = 0; i < points_; ++i) {
    if (with_failures && has_success_ && draws_->at_anchors(used_.size() - 1)(i, draw) <= 0.0) continue;
    if (!keeps_limits(goals, i, draw)) continue;
    const bool all = std::ranges::all_of(targets, [&](const Goal* goal) {
      return std::abs(drawn(goal->output, i, draw) - goal->target) <= goal->tolerance;
    });
    if (all) return true;
    if (targets.size() > 1) continue;
    auto& [below, above] = sides[group_[static_cast<std::size_t>(i)]];
    (drawn(targets[0]->output, i, draw) < targets[0]->target ? below : above) = true;
    if (below && above) return true;
  }
  return false;
}

double Reachability::probability(const std::vector<Goal>& goals, bool with_failures) const {
  int count = 0;
  for (Eigen::Index draw = 0; draw < kDraws; ++draw) count += met(goals, with_failures, draw) ? 1 : 0;
  return static_cast<double>(count) / kDraws;
}

}  // namespace nocturne
