#include "optimizer/optimizer.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <set>
#include <tuple>
#include <utility>

#include "optimizer/emission_problem.hpp"
#include "optimizer/standard_schedule.hpp"
#include "optimizer/strategies.hpp"

namespace nocturne {
namespace {

AskTell::Options engine_options(const Optimizer::Options& options) {
  AskTell::Options result = emission_problem(options.variables, options.targets, options.emitters);
  result.feasible = options.feasible;
  result.cost = options.cost;
  result.initial_design = options.initial_design;
  result.earlier = options.earlier;
  result.seed = options.seed;
  result.make_surrogate = options.make_surrogate;
  result.learned = options.learned;
  result.from_studies_alone = options.from_studies_alone;
  return result;
}

std::string short_text(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.4g", value);
  return text;
}

std::set<std::string> names_of(const std::vector<ModelledOutput>& outputs) {
  std::set<std::string> names;
  for (const auto& output : outputs) names.insert(output.name);
  return names;
}

}  // namespace

struct Optimizer::State {
  explicit State(const Options& made_with)
      : options{made_with},
        outputs{emission_outputs(options.variables, options.targets, options.emitters)},
        engine{with_supplies(engine_options(options))},
        standards{options.standard_every_hours, names_of(outputs), options.standard} {
    for (const Target& target : options.targets) add(target);
  }

  void add(const Target& target) {
    AskTell::Options alone = with_supplies(engine_options(options));
    alone.goals = emission_goals(target, outputs);
    aims.push_back({target});
    if (options.strategy != kDefaultStrategy)
      baselines.push_back(make_strategy(options.strategy, std::move(alone)));
  }

  std::size_t choose_aim() const;
  bool can_make(const Conditions& conditions) const {
    if (!left.empty()) return options.affordable(conditions, left);
    return !options.feasible || options.feasible(conditions);
  }
  AskTell::Options with_supplies(AskTell::Options made) const {
    if (options.affordable)
      made.feasible = [this](const Conditions& conditions) { return can_make(conditions); };
    return made;
  }

  /// One tell, for strategies that begin later.
  struct Told {
    Conditions conditions;
    Outcome outcome;
    std::optional<double> hours;
  };

  const Options options;
  Supplies left;  ///< while something is asked; empty = enough
  std::vector<Aim> aims;
  std::vector<ModelledOutput> outputs;
  AskTell engine;
  StandardSchedule standards;
  std::vector<std::unique_ptr<Strategy>> baselines;  ///< what asks instead of the engine, if anything
  mutable std::optional<std::size_t> aim;            ///< until something changes
  std::vector<Told> told;
  int observed = 0;  ///< of them gave a product
};

std::size_t Optimizer::State::choose_aim() const {
  std::vector<std::size_t> open;
  std::vector<std::vector<Goal>> wishes;
  for (std::size_t i = 0; i < aims.size(); ++i)
    if (aims[i].is_open()) {
      open.push_back(i);
      wishes.push_back(emission_goals(aims[i].target, outputs));
    }
  if (open.size() < 2 || !baselines.empty()) return open.empty() ? 0 : open.front();
  return open[engine.likeliest(wishes)];
}

Optimizer::Optimizer(Options options) : state_{std::make_unique<State>(options)} {}
Optimizer::~Optimizer() = default;
Optimizer::Optimizer(Optimizer&&) noexcept = default;
Optimizer& Optimizer::operator=(Optimizer&&) noexcept = default;

Suggestion Optimizer::ask(const std::vector<Conditions>& pending, const Supplies& left) {
  if (!state_->options.affordable || left.empty()) return choose(pending);
  state_->left = left;
  std::optional<Suggestion> chosen;
  try {
    chosen = choose(pending);
  } catch (const std::runtime_error&) {  // nothing can be made with what is left
  }
  state_->left.clear();
  return chosen ? *std::move(chosen) : choose(pending);
}

Suggestion Optimizer::choose(const std::vector<Conditions>& pending) {
  if (state_->standards.due(pending) && state_->can_make(*state_->standards.standard())) {
    const Conditions& standard = *state_->standards.standard();
    return {standard, predict(standard), "standard"};
  }
  const std::size_t target = aim();
  if (!state_->baselines.empty()) return state_->baselines[target]->ask(pending);
  if (state_->aims.size() == 1) return state_->engine.ask(pending);
  const Target& wanted = state_->aims[target].target;
  state_->engine.aim_at(emission_goals(wanted, state_->outputs));
  Suggestion suggestion = state_->engine.ask(pending);
  suggestion.reason += ", for " + wanted.output + " " + short_text(wanted.value);
  return suggestion;
}

std::size_t Optimizer::ask_from(const std::vector<Conditions>& pool) {
  const std::size_t target = aim();
  if (!state_->baselines.empty()) return state_->baselines[target]->ask_from(pool);
  if (state_->aims.size() > 1)
    state_->engine.aim_at(emission_goals(state_->aims[target].target, state_->outputs));
  return state_->engine.ask_from(pool);
}

void Optimizer::tell(const Conditions& conditions, const Outcome& outcome, std::optional<double> hours) {
  nocturne::tell(state_->engine, conditions, outcome, hours);
  for (const auto& baseline : state_->baselines) nocturne::tell(*baseline, conditions, outcome, hours);
  state_->standards.tell(conditions, outcome, hours);
  for (Aim& aim : state_->aims) aim.met = aim.met || is_met(aim.target, outcome);
  state_->aim.reset();
  state_->told.push_back({conditions, outcome, hours});
  state_->observed += std::holds_alternative<Observation>(outcome) ? 1 : 0;
}

void Optimizer::add_target(const Target& target) {
  state_->add(target);
  Aim& aim = state_->aims.back();
  for (const auto& [conditions, outcome, hours] : state_->told) {
    aim.met = aim.met || is_met(target, outcome);
    if (!state_->baselines.empty()) nocturne::tell(*state_->baselines.back(), conditions, outcome, hours);
  }
  state_->aim.reset();
}

void Optimizer::want_standard() { state_->standards.want(); }

const std::vector<Aim>& Optimizer::aims() const { return state_->aims; }

std::size_t Optimizer::aim() const {
  if (!state_->aim) state_->aim = state_->choose_aim();
  return *state_->aim;
}

void Optimizer::give_up(std::size_t target) {
  state_->aims.at(target).given_up = true;
  state_->aim.reset();
}

std::optional<std::pair<Conditions, Observation>> Optimizer::best(std::size_t index) const {
  const Target& target = state_->aims.at(index).target;
  std::optional<std::pair<Conditions, Observation>> best;
  std::tuple<bool, bool, double> least;
  for (const auto& [conditions, outcome, hours] : state_->told) {
    const auto* seen = std::get_if<Observation>(&outcome);
    const auto value = seen ? output(*seen, target.output) : std::nullopt;
    if (!value || !std::isfinite(value->value)) continue;
    const double miss = std::abs(value->value - target.value);
    const bool off = miss > target.tolerance;
    const bool by_width = target.narrowest && !off && seen->fwhm_meV;
    const std::tuple rank{!keeps_limits(*seen, target), off, by_width ? seen->fwhm_meV->value : miss};
    if (best && !(rank < least)) continue;
    best = {conditions, *seen};
    least = rank;
  }
  return best;
}

Prediction Optimizer::predict(const Conditions& conditions) const {
  return state_->aims.size() == 1 ? state_->engine.predict(conditions) : predict(conditions, aim());
}

Prediction Optimizer::predict(const Conditions& conditions, std::size_t target) const {
  return state_->engine.predict(conditions, emission_goals(state_->aims.at(target).target, state_->outputs));
}

DesignAnswer Optimizer::design(const Target& target, int count) const {
  return state_->engine.design(emission_goals(target, state_->outputs), count);
}

const std::optional<Conditions>& Optimizer::standard() const { return state_->standards.standard(); }

std::optional<double> Optimizer::reachable_probability() const {
  const auto enough = static_cast<int>(state_->engine.space().variables().size()) + 2;
  if (!state_->baselines.empty() || state_->observed < enough) return std::nullopt;
  return state_->engine.reachable_probability(emission_goals(state_->aims[aim()].target, state_->outputs));
}

std::optional<double> Optimizer::expected_narrowing_meV() const {
  const Aim& next = state_->aims[aim()];
  if (!state_->baselines.empty() || !next.met || !next.target.narrowest) return std::nullopt;
  return kWidthThatCounts_meV * state_->engine.expected_improvement();
}

std::vector<double> Optimizer::learned() const { return state_->engine.learned(); }

std::vector<std::string> Optimizer::describe() const { return state_->engine.describe(); }

}  // namespace nocturne
