#include "optimizer/objective.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>
#include <stdexcept>
#include <utility>

#include "optimizer/normal.hpp"

namespace nocturne {
namespace {

// A limit is a step as wide as this share of the goal's tolerance, so that gradients see it.
constexpr double kLimitWidth = 0.1;
constexpr double kOthers = 0.05;  // what goals other than the worst still count
constexpr double kInfinity = std::numeric_limits<double>::infinity();

// ln of the logistic function, and its derivative.
double log_logistic(double x) { return x > 0.0 ? -std::log1p(std::exp(-x)) : x - std::log1p(std::exp(x)); }
double log_logistic_slope(double x) { return 1.0 / (1.0 + std::exp(x)); }

// What a goal adds to the utility, and its derivative with respect to the output in its public unit.
struct Share {
  double value = 0.0, slope = 0.0;
};

Share share_of(const Goal& goal, double y) {
  const double distance = (y - goal.target) / goal.tolerance;
  switch (goal.kind) {
    case Goal::Kind::target:
      return {-goal.weight * distance * distance, -goal.weight * 2.0 * distance / goal.tolerance};
    case Goal::Kind::minimize:
      return {-goal.weight * y / goal.tolerance, -goal.weight / goal.tolerance};
    case Goal::Kind::maximize:
      return {goal.weight * y / goal.tolerance, goal.weight / goal.tolerance};
    case Goal::Kind::limits_only:
      return {};
  }
  return {};
}

double tolerance_of(const Goal& goal, const std::vector<double>& values) {
  constexpr double kNearTarget = 0.1;  // share of the spread that counts as off the target
  const Eigen::Map<const Eigen::ArrayXd> all{values.data(), static_cast<Eigen::Index>(values.size())};
  const double spread = std::sqrt((all - all.mean()).square().mean());
  const double size = std::abs(all.mean());
  const double scale = spread > 1e-9 * size && spread > 0.0 ? spread : (size > 0.0 ? size : 1.0);
  return goal.kind == Goal::Kind::target ? kNearTarget * scale : scale;
}

}  // namespace

std::vector<Goal> with_tolerances(std::vector<Goal> goals, const std::vector<std::vector<double>>& values) {
  for (auto& goal : goals) {
    if (goal.output < 0 || goal.output >= std::ssize(values)) continue;  // the objective will say so
    const auto& so_far = values[static_cast<std::size_t>(goal.output)];
    if (!so_far.empty()) goal.tolerance = tolerance_of(goal, so_far);
  }
  return goals;
}

std::vector<Goal> weighed_anew(std::vector<Goal> goals, const std::vector<std::vector<double>>& values,
                               std::uint64_t seed) {
  std::mt19937_64 engine{seed};
  for (auto& goal : goals) {
    const auto& so_far = values.at(static_cast<std::size_t>(goal.output));
    const double weight = goal.weight;
    goal.weight = 1.0;
    for (std::size_t i = 0; i < so_far.size(); ++i) {
      const double utility = share_of(goal, so_far[i]).value;
      goal.ideal = i == 0 ? utility : std::max(goal.ideal, utility);
    }
    goal.weight = weight * -std::log(std::generate_canonical<double, 53>(engine) + 1e-9);
  }
  return goals;
}

Objective::Objective(const std::vector<ModelledOutput>& outputs, std::vector<Goal> goals,
                     Combination combination)
    : outputs_{outputs}, goals_{std::move(goals)}, combination_{combination} {
  if (goals_.empty()) throw std::invalid_argument{"an objective needs a goal"};
  for (const auto& goal : goals_) {
    if (goal.output < 0 || goal.output >= static_cast<int>(outputs_.size()))
      throw std::invalid_argument{"a goal names an output that is not modelled"};
    if (!(goal.tolerance > 0.0) || !(goal.weight > 0.0))
      throw std::invalid_argument{outputs_[static_cast<std::size_t>(goal.output)].name +
                                  ": tolerance and weight must be above zero"};
    used_.push_back(goal.output);
  }
  std::ranges::sort(used_);
  used_.erase(std::unique(used_.begin(), used_.end()), used_.end());
}

Eigen::Index Objective::column_of(const Goal& goal) const {
  return std::ranges::lower_bound(used_, goal.output) - used_.begin();
}

void Objective::add_limit(double excess, double slope, Eigen::Index column, Value& value) const {
  value.allowed += log_logistic(excess);
  value.allowed_slope(column) += log_logistic_slope(excess) * slope;
}

Objective::Value Objective::operator()(const Eigen::VectorXd& outputs) const {
  Value value{0.0, 0.0, Eigen::VectorXd::Zero(outputs.size()), Eigen::VectorXd::Zero(outputs.size())};
  Share worst{kInfinity, 0.0};
  Eigen::Index worst_column = 0;
  for (const auto& goal : goals_) {
    const auto column = column_of(goal);
    const double y = from_model(scale_of(goal), outputs(column));
    const double slope = from_model_slope(scale_of(goal), outputs(column));
    const Share share = share_of(goal, y);
    value.utility += share.value;
    value.utility_slope(column) += share.slope * slope;
    const double short_of_ideal = share.value - goal.weight * goal.ideal;
    if (goal.kind != Goal::Kind::limits_only && short_of_ideal < worst.value) {
      worst = {short_of_ideal, share.slope * slope};
      worst_column = column;
    }
    const double width = kLimitWidth * goal.tolerance;
    if (goal.at_least) add_limit((y - *goal.at_least) / width, slope / width, column, value);
    if (goal.at_most) add_limit((*goal.at_most - y) / width, -slope / width, column, value);
  }
  if (combination_ == Combination::worst && std::isfinite(worst.value)) {
    value.utility = worst.value + kOthers * value.utility;
    value.utility_slope *= kOthers;
    value.utility_slope(worst_column) += worst.slope;
  }
  return value;
}

Objective::Bounds Objective::bounds(const Goal& goal, OutputScale scale) const {
  double low = goal.at_least.value_or(-kInfinity), high = goal.at_most.value_or(kInfinity);
  if (goal.kind == Goal::Kind::target) {
    low = std::max(low, goal.target - goal.tolerance);
    high = std::min(high, goal.target + goal.tolerance);
  }
  if (scale == OutputScale::plain) return {low, high};
  if (high <= 0.0) return {0.0, 0.0};  // neither a wavelength nor a logarithm is ever there
  if (scale == OutputScale::logarithmic)
    return {low > 0.0 ? std::log(low) : -kInfinity, std::isfinite(high) ? std::log(high) : kInfinity};
  return {to_model(scale, high), low > 0.0 ? to_model(scale, low) : kInfinity};
}

Objective::LogProbability Objective::log_probability(const Eigen::VectorXd& mean,
                                                     const Eigen::VectorXd& standard_deviation) const {
  LogProbability result{0.0, Eigen::VectorXd::Zero(mean.size()), Eigen::VectorXd::Zero(mean.size())};
  for (const auto& goal : goals_) {
    const auto [low, high] = bounds(goal, scale_of(goal));
    if (!std::isfinite(low) && !std::isfinite(high)) continue;
    const auto column = column_of(goal);
    if (low >= high) return {-kInfinity, result.mean_slope, result.standard_deviation_slope};
    const LogInterval one = nocturne::log_probability(mean(column), standard_deviation(column), low, high);
    result.value += one.value;
    result.mean_slope(column) += one.mean_slope;
    result.standard_deviation_slope(column) += one.standard_deviation_slope;
  }
  return result;
}

std::optional<double> Objective::satisfied() const {
  double utility = 0.0;
  for (const auto& goal : goals_) {
    if (goal.kind == Goal::Kind::minimize || goal.kind == Goal::Kind::maximize) return std::nullopt;
    if (goal.kind == Goal::Kind::target) utility -= 0.25 * goal.weight;
  }
  return utility;
}

}  // namespace nocturne
