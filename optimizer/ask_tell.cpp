#include "optimizer/ask_tell.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <limits>
#include <ranges>
#include <stdexcept>
#include <utility>

#include "models/surrogate_library.hpp"
#include "optimizer/best_points.hpp"
#include "optimizer/design_point.hpp"
#include "optimizer/expected_improvement.hpp"
#include "optimizer/maximize.hpp"
#include "optimizer/reachability.hpp"
#include "optimizer/sobol.hpp"
#include "optimizer/target_probability.hpp"
#include "optimizer/training_row.hpp"

namespace nocturne {
namespace {

constexpr double kMissing = std::numeric_limits<double>::quiet_NaN();
constexpr Eigen::Index kPoolBlock = 2048;

struct Told {
  Eigen::VectorXd unit;
  std::map<std::string, Estimate> measured;
  double label = 1.0;  ///< +1 success, -1 failure
  double label_error = kConditionsAtFault;
};

// 0 is that of the initial design.
enum Use : std::uint64_t { base_samples = 1, starting_points, offsets, inverse, existence, weights };

int times_measured(const std::vector<Study>& studies, const std::string& output) {
  int times = 0;
  for (const auto& study : studies)
    for (const auto& record : study.records) times += record.measured.contains(output) ? 1 : 0;
  return times;
}

Eigen::MatrixXd rows_of(const std::vector<Eigen::VectorXd>& points, Eigen::Index dimensions) {
  Eigen::MatrixXd rows(std::ssize(points), dimensions);
  for (std::size_t i = 0; i < points.size(); ++i) rows.row(static_cast<Eigen::Index>(i)) = points[i];
  return rows;
}

std::string reason_of(const std::string& what, double value) {
  char text[32];
  std::snprintf(text, sizeof text, " %.3g", value);
  return what + text;
}

}  // namespace

struct AskTell::State {
  explicit State(Options given) : options{std::move(given)}, space{options.variables} {
    SurrogateOptions model;
    model.inputs = space.inputs();
    model.seed = options.seed;
    for (const auto& output : options.outputs) {
      model.outputs.push_back(output.prior);
      model.outputs.back().name = output.name;
    }
    model.outputs.push_back({"success", PriorMean::constant, 1.0, 1.0});
    surrogate_options = std::move(model);
    for (const auto& output : options.outputs)
      known.push_back(has_prior(output) || times_measured(options.earlier, output.name) > 0);
    for (const auto& output : options.outputs)
      adaptive.push_back(output.scale == OutputScale::plain && !has_prior(output));
    measured.assign(options.outputs.size(), false);
    static_cast<void>(objective());  // throws for goals that make no sense
    const int points = options.initial_design ? *options.initial_design : default_initial_design(options);
    initial_design = static_cast<std::size_t>(std::max(points, 0));
  }

  int success_output() const { return static_cast<int>(options.outputs.size()); }
  std::uint64_t seed(Use use, std::size_t index) const {
    return derived_seed(derived_seed(options.seed, use), index);
  }

  std::vector<double> told_values(std::size_t output) const;
  std::vector<Goal> goals() const;
  void choose_scales();
  Objective objective() const { return {options.outputs, goals()}; }
  Objective wish_at(std::size_t index) const;
  bool any_failure() const {
    return std::ranges::any_of(tells, [](const Told& told) { return told.label < 0.0; });
  }
  bool knows(const Objective& wish) const {
    return std::ranges::all_of(wish.outputs(),
                               [&](int i) { return bool{known[static_cast<std::size_t>(i)]}; });
  }
  bool any_value(const Objective& wish) const {
    return std::ranges::any_of(wish.outputs(),
                               [&](int i) { return bool{measured[static_cast<std::size_t>(i)]}; });
  }

  TrainingData data() const;
  const Surrogate& model() const;
  ModelView view() const;
  Eigen::MatrixXd anchors(const Objective& wish, const std::vector<Conditions>& pending) const;
  std::optional<double> reference(const Objective& wish) const;
  Eigen::MatrixXd guesses(const Objective& wish, std::size_t index) const;
  Eigen::MatrixXd told_points() const;
  std::size_t asked(const std::vector<Conditions>& pending) const { return tells.size() + pending.size(); }
  bool is_told(const Eigen::VectorXd& unit) const {
    return std::ranges::any_of(tells, [&](const Told& told) { return told.unit == unit; });
  }

  Eigen::VectorXd design_point(std::size_t index) const {
    return nocturne::design_point(space, options.feasible, options.seed, index);
  }
  Eigen::VectorXd worth_of_reading(const Objective& wish, const Eigen::MatrixXd& units) const;
  std::optional<PerCost> per_cost(const Acquisition& worth, const std::vector<Conditions>& pending) const;
  template <class Choose>
  auto with_acquisition(const Objective& wish, const std::vector<Conditions>& pending,
                        const Choose& choose) const;

  Options options;
  DecisionSpace space;
  SurrogateOptions surrogate_options;
  std::vector<Told> tells;
  std::size_t initial_design = 0;
  std::vector<bool> adaptive;                    ///< per output, whether its scale follows the data
  std::vector<bool> measured;                    ///< per output, whether any tell had a finite value
  std::vector<bool> known;                       ///< measured, or the prior says where it lies
  mutable std::unique_ptr<Surrogate> surrogate;  ///< made when first needed: loading it takes a moment
  mutable bool fitted = false;
};

std::vector<double> AskTell::State::told_values(std::size_t output) const {
  std::vector<double> values;
  for (const auto& told : tells) {
    const auto found = told.measured.find(options.outputs[output].name);
    if (found != told.measured.end() && std::isfinite(found->second.value))
      values.push_back(found->second.value);
  }
  return values;
}

std::vector<Goal> AskTell::State::goals() const {
  std::vector<Goal> result = options.goals;
  if (!options.scales_from_data) return result;
  for (auto& goal : result) {
    if (goal.output < 0 || goal.output >= success_output()) continue;
    const auto values = told_values(static_cast<std::size_t>(goal.output));
    if (!values.empty()) goal.tolerance = tolerance_of(goal, values);
  }
  return result;
}

// The objective of one ask.
Objective AskTell::State::wish_at(std::size_t index) const {
  if (!options.pareto) return objective();
  std::vector<std::vector<double>> values;
  for (std::size_t i = 0; i < options.outputs.size(); ++i) values.push_back(told_values(i));
  return {options.outputs, weighed_anew(goals(), values, seed(weights, index)), Combination::worst};
}

void AskTell::State::choose_scales() {
  if (!options.scales_from_data) return;
  for (std::size_t i = 0; i < options.outputs.size(); ++i)
    if (adaptive[i]) options.outputs[i].scale = likely_scale(told_values(i));
}

// Told experiments first, then the earlier studies', which say nothing of failures.
TrainingData AskTell::State::data() const {
  TrainingData result{Eigen::MatrixXd(0, space.dimensions()), Eigen::MatrixXd(0, success_output() + 1),
                      Eigen::MatrixXd(0, success_output() + 1)};
  const bool label = any_failure();
  for (const auto& told : tells)
    append_row(result, options.outputs, told.unit, told.measured,
               {label ? told.label : kMissing, told.label_error});
  std::vector<int> study(tells.size(), 0);
  for (std::size_t i = 0; i < options.earlier.size(); ++i)
    for (const auto& record : options.earlier[i].records) {
      append_row(result, options.outputs, space.to_unit(record.conditions), record.measured, {kMissing, 0.0});
      study.push_back(options.earlier[i].same_bench ? -1 - static_cast<int>(i) : 1 + static_cast<int>(i));
    }
  result.study = Eigen::Map<const Eigen::VectorXi>{study.data(), std::ssize(study)};
  return result;
}

const Surrogate& AskTell::State::model() const {
  if (!surrogate)
    surrogate = options.make_surrogate ? options.make_surrogate(surrogate_options)
                                       : make_surrogate(surrogate_options);
  if (!fitted) surrogate->fit(data());
  fitted = true;
  return *surrogate;
}

ModelView AskTell::State::view() const {
  ModelView result{model(), options.outputs, known, std::nullopt};
  if (any_failure()) result.success_output = success_output();
  return result;
}

Eigen::MatrixXd AskTell::State::told_points() const {
  std::vector<Eigen::VectorXd> units;
  for (const auto& told : tells) units.push_back(told.unit);
  return rows_of(units, space.dimensions());
}

// The best told points that gave a product, and what is running.
Eigen::MatrixXd AskTell::State::anchors(const Objective& wish, const std::vector<Conditions>& pending) const {
  constexpr std::size_t kAnchors = 12;
  constexpr std::size_t kRunning = 200;  // the last of them; the numbers that draws need have their limit
  std::vector<Eigen::VectorXd> products, units;
  for (const auto& told : tells)
    if (told.label > 0.0) products.push_back(told.unit);
  const Eigen::MatrixXd made = rows_of(products, space.dimensions());
  for (const Eigen::Index row : best_points(*surrogate, wish, made, kAnchors)) units.push_back(made.row(row));
  for (const auto& conditions : pending | std::views::drop(std::max(pending.size(), kRunning) - kRunning))
    units.push_back(space.to_unit(conditions));
  return rows_of(units, space.dimensions());
}

// What the prior expects in the middle of the space, until something is measured.
std::optional<double> AskTell::State::reference(const Objective& wish) const {
  if (any_value(wish)) return std::nullopt;
  const Eigen::VectorXd middle = space.snap(Eigen::VectorXd::Constant(space.dimensions(), 0.5));
  return wish(surrogate->marginals(middle.transpose(), wish.outputs()).mean.row(0)).utility;
}

// The best told points, and points around them.
Eigen::MatrixXd AskTell::State::guesses(const Objective& wish, std::size_t index) const {
  constexpr std::size_t kCentres = 5;
  const Eigen::MatrixXd told = told_points();
  const auto best = best_points(*surrogate, wish, told, kCentres);
  return with_neighbours(told(best, Eigen::all), seed(offsets, index));
}

// By the best utility that was read so far.
Eigen::VectorXd AskTell::State::worth_of_reading(const Objective& wish, const Eigen::MatrixXd& units) const {
  constexpr int kSamples = 128;
  const TrainingData all = data();
  std::optional<double> best;
  for (std::size_t i = 0; i < tells.size(); ++i) {
    Eigen::VectorXd read(std::ssize(wish.outputs()));
    for (std::size_t j = 0; j < wish.outputs().size(); ++j)
      read(static_cast<Eigen::Index>(j)) = all.values(static_cast<Eigen::Index>(i), wish.outputs()[j]);
    if (!read.allFinite()) continue;
    const Objective::Value value = wish(read);
    if (value.allowed > std::log(0.5)) best = std::max(best.value_or(value.utility), value.utility);
  }
  Eigen::VectorXd worth =
      log_measured_improvement(*surrogate, wish, best, units, kSamples, seed(base_samples, tells.size()));
  if (any_failure()) worth += SuccessProbability{*surrogate, success_output()}.values(units);
  return worth;
}

// What worth is divided by, if anything: the way from the last experiment.
std::optional<PerCost> AskTell::State::per_cost(const Acquisition& worth,
                                                const std::vector<Conditions>& pending) const {
  if (!options.cost) return std::nullopt;
  std::optional<Conditions> from;
  if (!tells.empty()) from = space.to_conditions(tells.back().unit);
  if (!pending.empty()) from = pending.back();
  return PerCost{worth, space, options.cost, from};
}

template <class Choose>
auto AskTell::State::with_acquisition(const Objective& wish, const std::vector<Conditions>& pending,
                                      const Choose& choose) const {
  constexpr int kSamples = 64;
  const TargetProbability target{*surrogate, wish};
  const LogExpectedImprovement improvement{*surrogate,      wish,     anchors(wish, pending),
                                           reference(wish), kSamples, seed(base_samples, asked(pending))};
  const Acquisition& worth = knows(wish) ? static_cast<const Acquisition&>(improvement) : target;
  const auto choose_by = [&](const Acquisition& worth_of_success) {
    const std::optional<PerCost> shared = per_cost(worth_of_success, pending);
    return choose(shared ? static_cast<const Acquisition&>(*shared) : worth_of_success);
  };
  if (!any_failure()) return choose_by(worth);
  const SuccessProbability success{*surrogate, success_output()};
  return choose_by(BothOf{worth, success});
}

int AskTell::default_initial_design(const Options& options) {
  const int points = 2 + static_cast<int>(options.variables.size()) / 2;
  const auto knows_how = [&](const Goal& goal) {
    const auto& output = options.outputs.at(static_cast<std::size_t>(goal.output));
    return is_physical(output) || times_measured(options.earlier, output.name) >= points;
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
  MaximizeOptions options;
  options.seed = state_->seed(starting_points, index);
  const auto [best, name] = state_->with_acquisition(wish, pending, [&](const Acquisition& acquisition) {
    const auto maxima =
        maximize(acquisition, state_->space, state_->options.feasible, state_->guesses(wish, index), options);
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

void AskTell::tell(const Conditions& conditions, const std::map<std::string, Estimate>& measured) {
  state_->tells.push_back({state_->space.to_unit(conditions), measured, 1.0, kConditionsAtFault});
  for (std::size_t i = 0; i < state_->options.outputs.size(); ++i) {
    const auto found = measured.find(state_->options.outputs[i].name);
    if (found != measured.end() &&
        std::isfinite(to_model(state_->options.outputs[i].scale, found->second.value)))
      state_->measured[i] = state_->known[i] = true;
  }
  state_->choose_scales();
  state_->fitted = false;
}

void AskTell::tell_failure(const Conditions& conditions, double label_standard_error) {
  state_->tells.push_back({state_->space.to_unit(conditions), {}, -1.0, label_standard_error});
  state_->fitted = false;
}

Prediction AskTell::predict(const Conditions& conditions) const {
  return nocturne::predict(state_->view(), state_->objective(), state_->space.to_unit(conditions));
}

DesignAnswer AskTell::design(const std::vector<Goal>& goals, int count) const {
  DesignAnswer answer =
      inverse_design(state_->view(), state_->space, state_->options.feasible, goals, state_->told_points(),
                     count, state_->seed(inverse, state_->tells.size()));
  answer.experiments = told();
  return answer;
}

double AskTell::reachable_probability() const {
  const Objective wish = state_->objective();
  const ModelView view = state_->view();
  const std::size_t index = state_->tells.size();
  return Reachability{view.surrogate,
                      view.outputs,
                      wish.outputs(),
                      view.success_output,
                      state_->space,
                      state_->options.feasible,
                      state_->guesses(wish, index),
                      state_->seed(existence, index)}
      .probability(state_->goals());
}

std::vector<std::string> AskTell::describe() const { return state_->model().describe(); }
const DecisionSpace& AskTell::space() const { return state_->space; }
int AskTell::told() const { return static_cast<int>(state_->tells.size()); }

}  // namespace nocturne
