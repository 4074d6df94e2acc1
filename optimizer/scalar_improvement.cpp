#include "optimizer/scalar_improvement.hpp"

#include <algorithm>

#include "optimizer/search_region.hpp"

namespace nocturne {
namespace {

AskTell::Options problem_of_loss(const AskTell::Options& options) {
  AskTell::Options result;
  result.variables = options.variables;
  result.outputs = {{"loss", OutputScale::plain, {}}};
  result.goals = {{.output = 0, .kind = Goal::Kind::minimize}};
  result.scales_from_data = true;
  result.feasible = options.feasible;
  result.initial_design = options.initial_design ? *options.initial_design
                                                 : AskTell::default_initial_design(without_priors(options));
  result.seed = options.seed;
  result.make_surrogate = options.make_surrogate;
  return result;
}

}  // namespace

ScalarImprovement::ScalarImprovement(const AskTell::Options& options)
    : problem_{problem_of_loss(options)},
      losses_change_{options.scales_from_data},
      loss_{options},
      engine_{std::make_unique<AskTell>(problem_)} {}

Suggestion ScalarImprovement::ask(const std::vector<Conditions>& pending) const {
  Suggestion suggestion = engine_->ask(pending);
  suggestion.predicted = {};  // of the loss, which nobody measures
  return suggestion;
}

std::size_t ScalarImprovement::ask_from(const std::vector<Conditions>& pool) const {
  return engine_->ask_from(pool);
}

void ScalarImprovement::tell(const Conditions& conditions, const std::map<std::string, Estimate>& measured,
                             std::optional<double>) {
  told_.push_back({conditions, 0.0});
  loss_.add(measured);
  learn();
}

void ScalarImprovement::tell_failure(const Conditions& conditions, double label_standard_error,
                                     std::optional<double>) {
  told_.push_back({conditions, label_standard_error});
  loss_.add({});
  learn();
}

void ScalarImprovement::hand_on(AskTell& engine, std::size_t index, double loss) const {
  const Told& one = told_[index];
  if (one.failure_error > 0.0)
    engine.tell_failure(one.conditions, one.failure_error);
  else if (loss == ScalarLoss::kNone)
    engine.tell(one.conditions, {});
  else
    engine.tell(one.conditions, {{"loss", {loss, 0.0}}});
}

void ScalarImprovement::learn() {
  const std::vector<double> losses = loss_.losses();
  if (!losses_change_) return hand_on(*engine_, told_.size() - 1, losses.back());
  auto engine = std::make_unique<AskTell>(problem_);
  for (std::size_t i = 0; i < told_.size(); ++i) hand_on(*engine, i, losses[i]);
  engine_ = std::move(engine);
}

}  // namespace nocturne
