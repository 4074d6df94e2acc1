#include "optimizer/inverse_design.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <memory>
#include <numeric>

#include "optimizer/extrapolation.hpp"
#include "optimizer/maximize.hpp"
#include "optimizer/reachability.hpp"
#include "optimizer/sobol.hpp"
#include "optimizer/target_probability.hpp"

namespace nocturne {
namespace {

/// An acquisition, times the probability of success where failures were seen.
class WithSuccess {
 public:
  WithSuccess(const ModelView& model, const Acquisition& acquisition) : acquisition_{acquisition} {
    if (!model.success_output) return;
    success_ = std::make_unique<SuccessProbability>(model.surrogate, *model.success_output);
    both_ = std::make_unique<BothOf>(acquisition, *success_);
  }
  const Acquisition& get() const { return both_ ? *both_ : acquisition_; }

 private:
  const Acquisition& acquisition_;
  std::unique_ptr<SuccessProbability> success_;
  std::unique_ptr<BothOf> both_;
};

bool is_finite(const Interval& interval) {
  return std::isfinite(interval.value) && std::isfinite(interval.low) && std::isfinite(interval.high);
}

/// One request for an inverse design.
class Designer {
 public:
  Designer(const ModelView& model, const DecisionSpace& space, const Feasible& feasible,
           const std::vector<Goal>& goals, const KnownPoints& points, int count, std::uint64_t seed)
      : model_{model}, space_{space}, feasible_{feasible}, goals_{goals}, told_{points.told}, count_{count} {
    options_.candidates = 1024;
    options_.restarts = std::max(24, 2 * count);
    options_.separation = 0.1;
    options_.seed = seed;
    target_ = std::ranges::find(goals_, Goal::Kind::target, &Goal::kind) - goals_.begin();
    if (target_ == std::ssize(goals_)) return;
    Eigen::MatrixXd all(points.told.rows() + points.earlier.rows(), space.dimensions());
    all << points.told, points.earlier;
    extrapolation_.emplace(model_.surrogate, target().output, std::move(all));
  }

  DesignAnswer answer() const {
    const auto meeting = meeting_on_average();
    const auto all = most_probable(meeting);
    DesignAnswer answer;
    std::vector<Maximum> chosen = different(all, {});
    const bool promised = std::exp(chosen.front().value) >= kPromisedProbability;
    const Reachability space = reachability(all);
    answer.reachable_probability = std::max(space.probability(goals_), std::exp(chosen.front().value));
    answer.reachable =
        (promised || told_.rows() > 0) && answer.reachable_probability >= kReachableProbability;
    if (target_ < std::ssize(goals_)) {
      const auto reachable = promised ? std::nullopt : nearest_reachable(all);
      if (reachable) chosen = different(all, {{*reachable, log_probability(goals_, *reachable)}});
      const Eigen::VectorXd nearest =
          reachable ? *reachable : nearest_of(chosen, promised ? kPromisedProbability : 0.0);
      answer.nearest = expected(nearest);
      answer.nearest_probability = std::exp(log_probability(moved(*answer.nearest), nearest));
      if (answer.reachable_probability < kReachableProbability)
        answer.obstacles = obstacles(space, nearest_of(meeting, 0.0));
    }
    for (const auto& one : chosen) answer.candidates.push_back(candidate(one.unit));
    answer.probability = answer.candidates.front().predicted.probability;
    return answer;
  }

 private:
  static constexpr int kScanned = 512;
  static constexpr int kHalvings = 10;

  const Goal& target() const { return goals_[static_cast<std::size_t>(target_)]; }

  /// The wish with its first target elsewhere.
  std::vector<Goal> moved(double value) const {
    std::vector<Goal> goals = goals_;
    goals[static_cast<std::size_t>(target_)].target = value;
    return goals;
  }

  double expected(const Eigen::VectorXd& unit) const {
    const double mean = model_.surrogate.marginals(unit.transpose(), {target().output}).mean(0, 0);
    return from_model(model_.outputs[static_cast<std::size_t>(target().output)].scale, mean);
  }
  double distance(const Eigen::VectorXd& unit) const { return std::abs(expected(unit) - target().target); }

  double log_probability(const std::vector<Goal>& goals, const Eigen::VectorXd& unit) const {
    const Objective objective{model_.outputs, goals};
    const TargetProbability met{model_.surrogate, objective};
    return WithSuccess{model_, met}.get()(unit.transpose()).value(0);
  }

  /// Where the expected values meet the wish, or come nearest to it.
  std::vector<Maximum> meeting_on_average() const {
    const Objective objective{model_.outputs, goals_};
    const MeanUtility utility{model_.surrogate, objective};
    return maximize(WithSuccess{model_, utility}.get(), space_, feasible_, told_, options_);
  }

  /// Where the wish is most probably met. The most probable point draws every climb to itself, so the other
  /// ways to the target are started from.
  std::vector<Maximum> most_probable(const std::vector<Maximum>& meeting) const {
    const Objective objective{model_.outputs, goals_};
    const TargetProbability met{model_.surrogate, objective};
    const WithSuccess worth{model_, met};
    Eigen::MatrixXd guesses(told_.rows() + std::ssize(meeting), told_.cols());
    guesses << told_, units(meeting);
    auto maxima = maximize(worth.get(), space_, feasible_, guesses, options_);
    for (const auto& other : meeting)
      maxima.push_back({other.unit, worth.get()(other.unit.transpose()).value(0)});
    std::ranges::stable_sort(maxima, std::greater<>{}, &Maximum::value);
    return maxima;
  }

  Eigen::MatrixXd units(const std::vector<Maximum>& points) const {
    std::vector<Eigen::VectorXd> result;
    for (const auto& point : points) result.push_back(point.unit);
    return rows_of(result, told_.cols());
  }

  Reachability reachability(const std::vector<Maximum>& points) const {
    return {model_.surrogate,      model_.outputs, Objective{model_.outputs, goals_}.outputs(),
            model_.success_output, space_,         feasible_,
            units(points),         options_.seed};
  }

  /// `nearest`: where the expected value is nearest to the target.
  Obstacles obstacles(const Reachability& space, const Eigen::VectorXd& nearest) const {
    Obstacles result;
    if (distance(nearest) > target().tolerance)
      result.bounds = bounds_in_the_way(model_.surrogate, model_.outputs, target().output, space_, nearest,
                                        target().target);
    for (std::size_t i = 0; i < goals_.size(); ++i) {
      if (!goals_[i].at_least && !goals_[i].at_most) continue;
      std::vector<Goal> others = goals_;
      others[i].at_least = others[i].at_most = std::nullopt;
      if (space.probability(others) >= kReachableProbability)
        result.limits.push_back(model_.outputs[static_cast<std::size_t>(goals_[i].output)].name);
    }
    result.failures = model_.success_output && space.probability(goals_, false) >= kReachableProbability;
    return result;
  }

  DesignCandidate candidate(const Eigen::VectorXd& unit) const {
    DesignCandidate result;
    result.conditions = space_.to_conditions(unit);
    const Objective objective{model_.outputs, goals_};
    result.predicted = predict(model_, objective, unit);
    result.one_product = predict_one_product(model_, objective, unit);
    result.reason = "probability of the target";
    if (target_ == std::ssize(goals_)) return result;
    result.sensitivity = sensitivities(model_.surrogate, model_.outputs, target().output, space_, unit);
    result.extrapolates = extrapolation_->is_far(unit);
    return result;
  }

  /// Up to count_ points that differ, `chosen` and then the first of `all`, the most probable first.
  std::vector<Maximum> different(const std::vector<Maximum>& all, std::vector<Maximum> chosen) const {
    for (const auto& one : all) {
      const bool near = std::ranges::any_of(
          chosen, [&](const Maximum& other) { return (other.unit - one.unit).norm() < options_.separation; });
      if (!near && std::ssize(chosen) < count_) chosen.push_back(one);
    }
    std::ranges::stable_sort(chosen, std::greater<>{}, &Maximum::value);
    return chosen;
  }

  Eigen::VectorXd nearest_of(const std::vector<Maximum>& points, double least_probability) const {
    Eigen::VectorXd best = points.front().unit;
    for (const auto& one : points)
      if (std::exp(one.value) >= least_probability && distance(one.unit) < distance(best)) best = one.unit;
    return best;
  }

  /// Of all points that are looked at, the one nearest to the target whose expected value would be reachable
  /// as a target itself.
  std::optional<Eigen::VectorXd> nearest_promise(const std::vector<Maximum>& all) const {
    std::optional<Eigen::VectorXd> best;
    const auto consider = [&](const Eigen::VectorXd& unit) {
      if (best && distance(unit) >= distance(*best)) return;
      if (log_probability(moved(expected(unit)), unit) >= std::log(kPromisedProbability)) best = unit;
    };
    for (const auto& one : all) consider(one.unit);
    const Eigen::MatrixXd scanned = sobol_points(kScanned, space_.dimensions(), options_.seed);
    for (const auto& points : {told_, scanned})
      for (Eigen::Index i = 0; i < points.rows(); ++i) {
        const Eigen::VectorXd unit = space_.snap(points.row(i).transpose());
        if (!feasible_ || feasible_(space_.to_conditions(unit))) consider(unit);
      }
    return best;
  }

  /// Where the nearest target that would be reachable is met. Halves the gap between one that is not and one
  /// that is.
  std::optional<Eigen::VectorXd> nearest_reachable(const std::vector<Maximum>& all) const {
    auto best = nearest_promise(all);
    if (!best) return best;
    MaximizeOptions options = options_;
    options.candidates = kScanned;
    options.restarts = 8;
    double no = target().target, yes = expected(*best);
    for (int i = 0; i < kHalvings && std::abs(no - yes) > 0.05 * target().tolerance; ++i) {
      const double between = 0.5 * (no + yes);
      const Objective objective{model_.outputs, moved(between)};
      const TargetProbability met{model_.surrogate, objective};
      const WithSuccess worth{model_, met};
      const Maximum top = maximize(worth.get(), space_, feasible_, best->transpose(), options).front();
      const bool reachable = std::exp(top.value) >= kPromisedProbability;
      if (reachable) best = top.unit;
      (reachable ? yes : no) = between;
    }
    return best;
  }

  const ModelView& model_;
  const DecisionSpace& space_;
  const Feasible& feasible_;
  const std::vector<Goal>& goals_;
  const Eigen::MatrixXd& told_;
  std::ptrdiff_t count_;
  std::ptrdiff_t target_;  ///< index of the first target; one past the end = none
  MaximizeOptions options_;
  std::optional<Extrapolation> extrapolation_;  ///< from the first target's output
};

/// Of all outputs at one point.
PosteriorGradient belief_at(const ModelView& model, const Eigen::VectorXd& unit) {
  std::vector<int> all(model.outputs.size());
  std::iota(all.begin(), all.end(), 0);
  return model.surrogate.marginals(unit.transpose(), all);
}

std::map<std::string, Interval> intervals_of(const ModelView& model, const PosteriorGradient& belief) {
  std::map<std::string, Interval> intervals;
  for (std::size_t i = 0; i < model.outputs.size(); ++i) {
    const auto column = static_cast<Eigen::Index>(i);
    const Interval interval =
        from_model(model.outputs[i].scale, belief.mean(0, column), belief.standard_deviation(0, column));
    if (model.known[i] && is_finite(interval)) intervals[model.outputs[i].name] = interval;
  }
  return intervals;
}

double success_at(const ModelView& model, const Eigen::VectorXd& unit) {
  if (!model.success_output) return 1.0;
  return std::exp(SuccessProbability{model.surrogate, *model.success_output}.values(unit.transpose())(0));
}

}  // namespace

Prediction predict(const ModelView& model, const Objective& objective, const Eigen::VectorXd& unit) {
  const TargetProbability target{model.surrogate, objective};
  const double probability = std::exp(WithSuccess{model, target}.get()(unit.transpose()).value(0));
  return {intervals_of(model, belief_at(model, unit)), std::isfinite(probability) ? probability : 0.0,
          success_at(model, unit)};
}

Prediction predict_one_product(const ModelView& model, const Objective& objective,
                               const Eigen::VectorXd& unit) {
  PosteriorGradient belief = belief_at(model, unit);
  for (Eigen::Index output = 0; output < belief.mean.cols(); ++output) {
    const double scatter = model.surrogate.scatter(unit.transpose(), static_cast<int>(output))(0);
    belief.standard_deviation(0, output) = std::hypot(belief.standard_deviation(0, output), scatter);
  }
  const double success = success_at(model, unit);
  const Eigen::VectorXd mean = belief.mean(0, objective.outputs()),
                        deviation = belief.standard_deviation(0, objective.outputs());
  const double probability = success * std::exp(objective.log_probability(mean, deviation).value);
  return {intervals_of(model, belief), std::isfinite(probability) ? probability : 0.0, success};
}

DesignAnswer inverse_design(const ModelView& model, const DecisionSpace& space, const Feasible& feasible,
                            const std::vector<Goal>& goals, const KnownPoints& points, int count,
                            std::uint64_t seed) {
  const Objective objective{model.outputs, goals};
  const bool known = std::ranges::all_of(
      objective.outputs(), [&](int output) { return bool{model.known[static_cast<std::size_t>(output)]}; });
  if (!known || count < 1) return {};
  return Designer{model, space, feasible, goals, points, count, seed}.answer();
}

}  // namespace nocturne
