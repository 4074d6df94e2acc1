#include "optimizer/inverse_design.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <memory>

#include "optimizer/maximize.hpp"
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

double value_at(const ModelView& model, int output, const Eigen::VectorXd& unit) {
  const double mean = model.surrogate.marginals(unit.transpose(), {output}).mean(0, 0);
  return from_model(model.outputs[static_cast<std::size_t>(output)].scale, mean);
}

bool likely_to_work(const ModelView& model, const Eigen::VectorXd& unit) {
  if (!model.success_output) return true;
  return SuccessProbability{model.surrogate, *model.success_output}(unit.transpose()).value(0) >
         std::log(0.5);
}

}  // namespace

Prediction predict(const ModelView& model, const Objective& objective, const Eigen::VectorXd& unit) {
  std::vector<int> all(model.outputs.size());
  for (std::size_t i = 0; i < all.size(); ++i) all[i] = static_cast<int>(i);
  const PosteriorGradient belief = model.surrogate.marginals(unit.transpose(), all);
  Prediction prediction;
  for (std::size_t i = 0; i < all.size(); ++i) {
    const auto column = static_cast<Eigen::Index>(i);
    if (model.measured[i])
      prediction.outputs[model.outputs[i].name] =
          from_model(model.outputs[i].scale, belief.mean(0, column), belief.standard_deviation(0, column));
  }
  const TargetProbability target{model.surrogate, objective};
  prediction.probability = std::exp(WithSuccess{model, target}.get()(unit.transpose()).value(0));
  return prediction;
}

DesignAnswer inverse_design(const ModelView& model, const DecisionSpace& space, const Feasible& feasible,
                            const std::vector<Goal>& goals, const Eigen::MatrixXd& known, int count,
                            std::uint64_t seed) {
  const Objective objective{model.outputs, goals};
  MaximizeOptions options;
  options.candidates = 1024;
  options.restarts = std::max(24, 2 * count);
  options.separation = 0.1;
  options.seed = seed;
  const MeanUtility utility{model.surrogate, objective};
  const auto nearest = maximize(WithSuccess{model, utility}.get(), space, feasible, known, options);
  Eigen::MatrixXd guesses(known.rows() + static_cast<Eigen::Index>(nearest.size()), known.cols());
  guesses.topRows(known.rows()) = known;
  for (std::size_t i = 0; i < nearest.size(); ++i)
    guesses.row(known.rows() + static_cast<Eigen::Index>(i)) = nearest[i].unit;

  const TargetProbability target{model.surrogate, objective};
  const WithSuccess worth{model, target};
  auto maxima = maximize(worth.get(), space, feasible, guesses, options);
  // The most probable point draws every climb to itself; the other ways to the target are where the means
  // meet it.
  for (const auto& other : nearest)
    maxima.push_back({other.unit, worth.get()(other.unit.transpose()).value(0)});
  std::ranges::stable_sort(maxima, std::greater<>{}, &Maximum::value);
  DesignAnswer answer;
  std::vector<Eigen::VectorXd> chosen;
  for (const auto& maximum : maxima) {
    const bool near = std::ranges::any_of(
        chosen, [&](const auto& other) { return (other - maximum.unit).norm() < options.separation; });
    if (near || static_cast<int>(chosen.size()) == count) continue;
    chosen.push_back(maximum.unit);
    answer.candidates.push_back({space.to_conditions(maximum.unit), predict(model, objective, maximum.unit),
                                 "probability of the target"});
  }
  answer.probability = answer.candidates.empty() ? 0.0 : answer.candidates.front().predicted.probability;

  const auto first = std::ranges::find(goals, Goal::Kind::target, &Goal::kind);
  if (first == goals.end()) return answer;
  for (const auto& maximum : nearest) {
    const double value = value_at(model, first->output, maximum.unit);
    const bool closer =
        !answer.nearest || std::abs(value - first->target) < std::abs(*answer.nearest - first->target);
    if (closer && likely_to_work(model, maximum.unit)) answer.nearest = value;
  }
  answer.reachable = answer.nearest && std::abs(*answer.nearest - first->target) <= first->tolerance;
  return answer;
}

}  // namespace nocturne
