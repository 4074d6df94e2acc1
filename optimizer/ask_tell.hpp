#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "models/study.hpp"
#include "models/surrogate.hpp"
#include "optimizer/decision_space.hpp"
#include "optimizer/inverse_design.hpp"
#include "optimizer/objective.hpp"
#include "optimizer/per_cost.hpp"
#include "optimizer/strategy.hpp"

namespace nocturne {

/// Makes the model; empty = the surrogate library.
using MakeSurrogate = std::function<std::unique_ptr<Surrogate>(const SurrogateOptions&)>;

/// Composite optimisation of any objective over any space by a model of the outputs: the engine behind
/// Optimizer and `propose`.
class AskTell final : public Strategy {
 public:
  struct Options {
    std::vector<Variable> variables;
    std::vector<ModelledOutput> outputs;
    std::vector<Goal> goals;
    /// A goal's tolerance is the spread of its output so far, a tenth of it for a target, and outputs of
    /// which nothing is known are modelled on the scale on which they look normal.
    bool scales_from_data = false;
    /// Every ask weighs the goals anew, so that the asks spread along the Pareto front (ParEGO, Knowles 2006,
    /// doi:10.1109/TEVC.2005.851274).
    bool pareto = false;
    Feasible feasible;
    Cost cost;                   ///< what worth is divided by; empty = all experiments cost the same
    std::vector<Study> earlier;  ///< what is known from elsewhere
    /// Sobol points before the model is asked; empty = default_initial_design().
    std::optional<int> initial_design = std::nullopt;
    std::uint64_t seed = 0;
    MakeSurrogate make_surrogate;
    /// What learned() told of another one with the same variables, outputs and studies; empty = unknown.
    std::vector<double> learned;
    /// Nothing is ever told: what nights of this bench tell is all; see SurrogateOptions.
    bool from_studies_alone = false;
  };

  /// None if something is known of every output that is aimed at, and of one of them how it depends on the
  /// conditions (physics, or earlier studies): a first guess from that is worth more than a random point.
  /// Otherwise two points, and one more per two variables.
  static int default_initial_design(const Options& options);

  /// Throws std::invalid_argument for a space or goals that make no sense.
  explicit AskTell(Options options);
  ~AskTell() override;

  Suggestion ask(const std::vector<Conditions>& pending) const override;
  std::size_t ask_from(const std::vector<Conditions>& pool) const override;

  /// Another wish on the same outputs from now on. Throws std::invalid_argument for goals that make no sense.
  void aim_at(std::vector<Goal> goals);
  /// Which of several wishes the next experiment meets most probably, as far as a coarse look over the space
  /// tells.
  std::size_t likeliest(const std::vector<std::vector<Goal>>& wishes) const;

  void tell(const Conditions& conditions, const std::map<std::string, Estimate>& measured,
            std::optional<double> hours = std::nullopt) override;
  void tell_failure(const Conditions& conditions, double label_standard_error,
                    std::optional<double> hours = std::nullopt) override;

  Prediction predict(const Conditions& conditions) const override;
  /// The same with the probability that other goals are met there.
  Prediction predict(const Conditions& conditions, const std::vector<Goal>& goals) const;
  /// Answers another wish on the same outputs from the model alone. `output` of the target must be modelled.
  DesignAnswer design(const std::vector<Goal>& goals, int count) const;
  /// By how much the best next experiment is expected to improve on what was told, in units of the
  /// objective's utility, whatever it costs.
  double expected_improvement() const;
  /// How probably some allowed conditions meet these goals, whichever they are.
  double reachable_probability(const std::vector<Goal>& goals) const;
  /// What the model learned, and how the outputs drift in their public units, for people.
  std::vector<std::string> describe() const;
  /// What its model found in the studies, so that the next one needs not learn it again; empty once anything
  /// was told, or if the model cannot be recalled.
  std::vector<double> learned() const;
  const DecisionSpace& space() const;
  int told() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace nocturne
