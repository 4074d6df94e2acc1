#include "optimizer/ask_tell.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <limits>
#include <stdexcept>
#include <utility>

#include "optimizer/ask_tell_state.hpp"
#include "optimizer/reachability.hpp"
#include "optimizer/sobol.hpp"

namespace nocturne {
namespace {

constexpr Eigen::Index kPoolBlock = 2048;

std::string reason_of(const std::string& what, double value) {
  char text[32];
  std::snprintf(text, sizeof text, " %.3g", value);
  return what + text;
}

}  // namespace

int AskTell::default_initial_design(const Options& options) {
  const int points = 2 + static_cast<int>(options.variables.size()) / 2;
  const auto knows_how = [&](const Goal& goal) {
    const auto& output = options.outputs.at(static_cast<std::size_t>(goal.output));
    return is_physical(output) || State::times_measured(options.earlier, output.name) >= points;
  };
  const auto knows_where = [&](const Goal& goal) {
    const auto& output = options.outputs.at(static_cast<std::size_t>(goal.output));
    return has_prior(output) || knows_how(goal);
  };
  const bool informed =
      std::ranges::any_of(options.goals, knows_how) && std::ranges::all_of(options.goals, knows_where);
  return informed ? 0 : points;
}

AskTell::AskTell(Options options) : state_{std::make_unique<State>(std::move(options))} {}
AskTell::~AskTell() = default;

Suggestion AskTell::ask(const std::vector<Conditions>& pending) const {
  const std::size_t index = state_->asked(pending);
  const Objective wish = state_->wish_at(index);
  if (index < state_->initial_design) {
    const Eigen::VectorXd unit = state_->design_point(index);
    Suggestion first;
    first.conditions = state_->space.to_conditions(unit);
    first.reason = "initial design";
    if (std::ranges::find(state_->known, true) != state_->known.end())
      first.predicted = predict(first.conditions);
    return first;
  }
  static_cast<void>(state_->model());
  const auto [best, name] = state_->with_acquisition(wish, pending, [&](const Acquisition& acquisition) {
    const std::vector<Maximum> maxima = state_->maxima(acquisition, wish, index);
    // Repeating exact conditions teaches least; only a discrete space can run out of others.
    const auto fresh =
        std::ranges::find_if(maxima, [&](const Maximum& m) { return !state_->is_told(m.unit); });
    return std::pair{fresh != maxima.end() ? *fresh : maxima.front(), acquisition.name()};
  });
  Suggestion suggestion;
  suggestion.conditions = state_->space.to_conditions(best.unit);
  suggestion.reason = reason_of(name, best.value);
  suggestion.predicted = nocturne::predict(state_->view(), wish, best.unit);
  return suggestion;
}

std::size_t AskTell::ask_from(const std::vector<Conditions>& pool) const {
  if (pool.empty()) throw std::invalid_argument{"a pool needs at least one point"};
  const std::size_t index = state_->tells.size();
  const auto rows = static_cast<Eigen::Index>(pool.size());
  Eigen::MatrixXd units(rows, state_->space.dimensions());
  for (Eigen::Index i = 0; i < rows; ++i)
    units.row(i) = state_->space.to_unit(pool[static_cast<std::size_t>(i)]);
  Eigen::VectorXd worth(rows);
  if (index < state_->initial_design) {
    worth = -(units.rowwise() - state_->design_point(index).transpose()).rowwise().squaredNorm();
  } else {
    static_cast<void>(state_->model());
    const Objective wish = state_->wish_at(index);
    for (Eigen::Index at = 0; at < rows; at += kPoolBlock) {
      const Eigen::Index count = std::min(kPoolBlock, rows - at);
      worth.segment(at, count) = state_->worth_of_reading(wish, units.middleRows(at, count));
    }
  }
  std::optional<Eigen::Index> best, best_told;
  for (Eigen::Index i = 0; i < rows; ++i) {
    auto& place = state_->is_told(units.row(i).transpose()) ? best_told : best;
    if (!place || worth(i) > worth(*place)) place = i;
  }
  return static_cast<std::size_t>(best ? *best : *best_told);
}

void AskTell::aim_at(std::vector<Goal> goals) {
  static_cast<void>(Objective{state_->options.outputs, goals});  // throws
  state_->options.goals = std::move(goals);
}

std::size_t AskTell::likeliest(const std::vector<std::vector<Goal>>& wishes) const {
  const Surrogate& model = state_->model();
  const Eigen::MatrixXd places = state_->coarse_look();
  Eigen::VectorXd success = Eigen::VectorXd::Zero(places.rows());
  if (state_->any_failure()) success = SuccessProbability{model, state_->success_output()}.values(places);
  std::size_t best = 0;
  double most = -std::numeric_limits<double>::infinity();
  for (std::size_t i = 0; i < wishes.size(); ++i) {
    const Objective wish{state_->options.outputs, wishes[i]};
    const double here = (TargetProbability{model, wish}.values(places) + success).maxCoeff();
    if (!(here > most)) continue;
    most = here;
    best = i;
  }
  return best;
}

void AskTell::tell(const Conditions& conditions, const std::map<std::string, Estimate>& measured,
                   std::optional<double> hours) {
  state_->tells.push_back({state_->space.to_unit(conditions), measured, 1.0, kConditionsAtFault,
                           hours.value_or(State::kMissing)});
  for (std::size_t i = 0; i < state_->options.outputs.size(); ++i) {
    const auto found = measured.find(state_->options.outputs[i].name);
    if (found != measured.end() &&
        std::isfinite(to_model(state_->options.outputs[i].scale, found->second.value)))
      state_->measured[i] = state_->known[i] = true;
  }
  state_->choose_scales();
  state_->fitted = false;
}

void AskTell::tell_failure(const Conditions& conditions, double label_standard_error,
                           std::optional<double> hours) {
  state_->tells.push_back(
      {state_->space.to_unit(conditions), {}, -1.0, label_standard_error, hours.value_or(State::kMissing)});
  state_->fitted = false;
}

Prediction AskTell::predict(const Conditions& conditions) const {
  return nocturne::predict(state_->view(), state_->objective(), state_->space.to_unit(conditions));
}

Prediction AskTell::predict(const Conditions& conditions, const std::vector<Goal>& goals) const {
  const Objective wish{state_->options.outputs, goals};
  return nocturne::predict(state_->view(), wish, state_->space.to_unit(conditions));
}

DesignAnswer AskTell::design(const std::vector<Goal>& goals, int count) const {
  const KnownPoints points{state_->told_points(), state_->earlier_points()};
  DesignAnswer answer = inverse_design(state_->view(), state_->space, state_->options.feasible, goals, points,
                                       count, state_->seed(State::inverse, state_->tells.size()));
  answer.experiments = told();
  answer.earlier = static_cast<int>(points.earlier.rows());
  return answer;
}

double AskTell::expected_improvement() const {
  static_cast<void>(state_->model());
  const Objective wish = state_->objective();
  return std::exp(state_->with_worth(wish, {}, [&](const Acquisition& worth) {
    return state_->maxima(worth, wish, state_->tells.size()).front().value;
  }));
}

double AskTell::reachable_probability(const std::vector<Goal>& goals) const {
  const Objective wish{state_->options.outputs, goals};
  const ModelView view = state_->view();
  const std::size_t index = state_->tells.size();
  return Reachability{view.surrogate,
                      view.outputs,
                      wish.outputs(),
                      view.success_output,
                      state_->space,
                      state_->options.feasible,
                      state_->guesses(wish, index),
                      state_->seed(State::existence, index)}
      .probability(goals);
}

std::vector<double> AskTell::learned() const {
  return state_->tells.empty() ? state_->model().learned() : std::vector<double>{};
}

std::vector<std::string> AskTell::describe() const {
  std::vector<std::string> lines = state_->model().describe();
  for (std::size_t i = 0; i < state_->options.outputs.size(); ++i)
    if (const auto drift = state_->model().drift(static_cast<int>(i)))
      lines.push_back(in_words(state_->options.outputs[i], *drift));
  return lines;
}
const DecisionSpace& AskTell::space() const { return state_->space; }
int AskTell::told() const { return static_cast<int>(state_->tells.size()); }

}  // namespace nocturne
