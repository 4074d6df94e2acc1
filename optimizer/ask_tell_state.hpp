#pragma once

#include <Eigen/Core>
#include <algorithm>
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "optimizer/ask_tell.hpp"
#include "optimizer/design_point.hpp"
#include "optimizer/expected_improvement.hpp"
#include "optimizer/maximize.hpp"
#include "optimizer/sobol.hpp"
#include "optimizer/target_probability.hpp"

namespace nocturne {

/// What an AskTell was told, and the model of it.
struct AskTell::State {
  static constexpr double kMissing = std::numeric_limits<double>::quiet_NaN();
  struct Told {
    Eigen::VectorXd unit;
    std::map<std::string, Estimate> measured;
    double label = 1.0;  ///< +1 success, -1 failure
    double label_error = kConditionsAtFault;
    double hours = kMissing;
  };
  // 0 is that of the initial design.
  enum Use : std::uint64_t { base_samples = 1, starting_points, offsets, inverse, existence, weights, looks };

  explicit State(Options given);

  static int times_measured(const std::vector<Study>& studies, const std::string& output);
  int success_output() const { return static_cast<int>(options.outputs.size()); }
  std::uint64_t seed(Use use, std::size_t index) const {
    return derived_seed(derived_seed(options.seed, use), index);
  }

  std::vector<double> told_values(std::size_t output) const;
  std::vector<std::vector<double>> told_values() const;
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
  Eigen::MatrixXd earlier_points() const;
  Eigen::MatrixXd coarse_look() const;
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
  auto with_worth(const Objective& wish, const std::vector<Conditions>& pending, const Choose& choose) const;
  template <class Choose>
  auto with_acquisition(const Objective& wish, const std::vector<Conditions>& pending,
                        const Choose& choose) const;
  std::vector<Maximum> maxima(const Acquisition& acquisition, const Objective& wish, std::size_t index) const;

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

template <class Choose>
auto AskTell::State::with_worth(const Objective& wish, const std::vector<Conditions>& pending,
                                const Choose& choose) const {
  constexpr int kSamples = 64;
  const TargetProbability target{*surrogate, wish};
  const LogExpectedImprovement improvement{*surrogate,      wish,     anchors(wish, pending),
                                           reference(wish), kSamples, seed(base_samples, asked(pending))};
  const Acquisition& worth = knows(wish) ? static_cast<const Acquisition&>(improvement) : target;
  if (!any_failure()) return choose(worth);
  const SuccessProbability success{*surrogate, success_output()};
  return choose(BothOf{worth, success});
}

template <class Choose>
auto AskTell::State::with_acquisition(const Objective& wish, const std::vector<Conditions>& pending,
                                      const Choose& choose) const {
  return with_worth(wish, pending, [&](const Acquisition& worth) {
    const std::optional<PerCost> shared = per_cost(worth, pending);
    return choose(shared ? static_cast<const Acquisition&>(*shared) : worth);
  });
}

}  // namespace nocturne
