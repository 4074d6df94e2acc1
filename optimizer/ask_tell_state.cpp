#include "optimizer/ask_tell_state.hpp"

#include <cmath>
#include <ranges>
#include <stdexcept>
#include <utility>

#include "models/surrogate_library.hpp"
#include "optimizer/best_points.hpp"
#include "optimizer/training_row.hpp"

namespace nocturne {

AskTell::State::State(Options given) : options{std::move(given)}, space{options.variables} {
  SurrogateOptions model;
  model.inputs = space.inputs();
  model.seed = options.seed;
  model.from_studies_alone = options.from_studies_alone;
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

int AskTell::State::times_measured(const std::vector<Study>& studies, const std::string& output) {
  int times = 0;
  for (const auto& study : studies)
    for (const auto& record : study.records) times += record.measured.contains(output) ? 1 : 0;
  return times;
}

std::vector<double> AskTell::State::told_values(std::size_t output) const {
  std::vector<double> values;
  for (const auto& told : tells) {
    const auto found = told.measured.find(options.outputs[output].name);
    if (found != told.measured.end() && std::isfinite(found->second.value))
      values.push_back(found->second.value);
  }
  return values;
}

std::vector<std::vector<double>> AskTell::State::told_values() const {
  std::vector<std::vector<double>> values;
  for (std::size_t i = 0; i < options.outputs.size(); ++i) values.push_back(told_values(i));
  return values;
}

std::vector<Goal> AskTell::State::goals() const {
  return options.scales_from_data ? with_tolerances(options.goals, told_values()) : options.goals;
}

// The objective of one ask.
Objective AskTell::State::wish_at(std::size_t index) const {
  if (!options.pareto) return objective();
  return {options.outputs, weighed_anew(goals(), told_values(), seed(weights, index)), Combination::worst};
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
  result.hours = Eigen::VectorXd::Constant(std::ssize(study), kMissing);
  for (std::size_t i = 0; i < tells.size(); ++i) result.hours(static_cast<Eigen::Index>(i)) = tells[i].hours;
  return result;
}

const Surrogate& AskTell::State::model() const {
  if (!surrogate)
    surrogate = options.make_surrogate ? options.make_surrogate(surrogate_options)
                                       : make_surrogate(surrogate_options);
  const bool is_recalled = !options.learned.empty() && tells.empty();
  if (!fitted) is_recalled ? surrogate->recall(data(), options.learned) : surrogate->fit(data());
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

Eigen::MatrixXd AskTell::State::earlier_points() const {
  std::vector<Eigen::VectorXd> units;
  for (const auto& study : options.earlier)
    for (const auto& record : study.records) units.push_back(space.to_unit(record.conditions));
  return rows_of(units, space.dimensions());
}

// Allowed points all over the space.
Eigen::MatrixXd AskTell::State::coarse_look() const {
  constexpr int kLooks = 512;
  const Eigen::MatrixXd points = sobol_points(kLooks, space.dimensions(), seed(looks, tells.size()));
  std::vector<Eigen::VectorXd> allowed;
  for (Eigen::Index i = 0; i < points.rows(); ++i) {
    const Eigen::VectorXd unit = space.snap(points.row(i).transpose());
    if (!options.feasible || options.feasible(space.to_conditions(unit))) allowed.push_back(unit);
  }
  if (allowed.empty()) throw std::runtime_error{"no conditions within the bounds can be realised"};
  return rows_of(allowed, space.dimensions());
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

std::vector<Maximum> AskTell::State::maxima(const Acquisition& acquisition, const Objective& wish,
                                            std::size_t index) const {
  MaximizeOptions how;
  how.seed = seed(starting_points, index);
  return maximize(acquisition, space, options.feasible, guesses(wish, index), how);
}

}  // namespace nocturne
