#include "optimizer/optimizer.hpp"

#include <algorithm>
#include <cmath>
#include <tuple>
#include <utility>

#include "optimizer/emission_problem.hpp"
#include "optimizer/strategies.hpp"

namespace nocturne {
namespace {

AskTell::Options engine_options(const Optimizer::Options& options) {
  AskTell::Options result = emission_problem(options.variables, options.target, options.emitters);
  result.feasible = options.feasible;
  result.cost = options.cost;
  result.initial_design = options.initial_design;
  result.earlier = options.earlier;
  result.seed = options.seed;
  result.make_surrogate = options.make_surrogate;
  return result;
}

}  // namespace

struct Optimizer::State {
  explicit State(const Options& options)
      : target{options.target},
        outputs{emission_outputs(options.variables, options.target, options.emitters)},
        engine{engine_options(options)} {
    if (options.strategy != kDefaultStrategy)
      baseline = make_strategy(options.strategy, engine_options(options));
  }

  Target target;
  std::vector<ModelledOutput> outputs;
  AskTell engine;
  std::unique_ptr<Strategy> baseline;  ///< what asks instead of the engine, if anything
  std::vector<std::pair<Conditions, Observation>> observed;
};

Optimizer::Optimizer(Options options) : state_{std::make_unique<State>(options)} {}
Optimizer::~Optimizer() = default;
Optimizer::Optimizer(Optimizer&&) noexcept = default;
Optimizer& Optimizer::operator=(Optimizer&&) noexcept = default;

Suggestion Optimizer::ask(const std::vector<Conditions>& pending) {
  return state_->baseline ? state_->baseline->ask(pending) : state_->engine.ask(pending);
}

void Optimizer::tell(const Conditions& conditions, const Outcome& outcome) {
  nocturne::tell(state_->engine, conditions, outcome);
  if (state_->baseline) nocturne::tell(*state_->baseline, conditions, outcome);
  if (const auto* observation = std::get_if<Observation>(&outcome))
    state_->observed.emplace_back(conditions, *observation);
}

std::optional<std::pair<Conditions, Observation>> Optimizer::best() const {
  const Target& target = state_->target;
  std::optional<std::pair<Conditions, Observation>> best;
  std::tuple<bool, bool, double> least;
  for (const auto& told : state_->observed) {
    const auto value = output(told.second, target.output);
    if (!value || !std::isfinite(value->value)) continue;
    const double miss = std::abs(value->value - target.value);
    const bool off = miss > target.tolerance;
    const bool by_width = target.narrowest && !off && told.second.fwhm_meV;
    const std::tuple rank{!keeps_limits(told.second, target), off,
                          by_width ? told.second.fwhm_meV->value : miss};
    if (best && !(rank < least)) continue;
    best = told;
    least = rank;
  }
  return best;
}

Prediction Optimizer::predict(const Conditions& conditions) const {
  return state_->engine.predict(conditions);
}

DesignAnswer Optimizer::design(const Target& target, int count) const {
  return state_->engine.design(emission_goals(target, state_->outputs), count);
}

const Target& Optimizer::target() const { return state_->target; }

std::optional<double> Optimizer::reachable_probability() const {
  const std::size_t enough = state_->engine.space().variables().size() + 2;
  if (state_->baseline || state_->observed.size() < enough) return std::nullopt;
  return state_->engine.reachable_probability();
}

std::vector<std::string> Optimizer::describe() const { return state_->engine.describe(); }

}  // namespace nocturne
