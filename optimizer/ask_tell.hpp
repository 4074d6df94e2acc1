#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "models/surrogate.hpp"
#include "optimizer/decision_space.hpp"
#include "optimizer/inverse_design.hpp"
#include "optimizer/objective.hpp"
#include "optimizer/suggestion.hpp"

namespace nocturne {

/// Makes the model; empty = the surrogate library.
using MakeSurrogate = std::function<std::unique_ptr<Surrogate>(const SurrogateOptions&)>;

/// How surely a failure was due to its conditions: the standard error of its label, which is -1.
constexpr double kConditionsAtFault = 0.1;
constexpr double kAccident = 2.0;

/// Ask-and-tell optimisation of any objective over any space: the engine behind Optimizer and `propose`. What
/// is asked depends on the options, the tells in their order and the pending points alone, bit for bit.
class AskTell {
 public:
  struct Options {
    std::vector<Variable> variables;
    std::vector<ModelledOutput> outputs;
    std::vector<Goal> goals;
    bool tolerances_from_data = false;  ///< a goal's tolerance is the spread of its output so far
    Feasible feasible;
    /// Sobol points before the model is asked; empty = default_initial_design().
    std::optional<int> initial_design = std::nullopt;
    std::uint64_t seed = 0;
    MakeSurrogate make_surrogate;
  };

  /// None if physics (a physical prior mean) knows every output that is aimed at: its first guess is worth
  /// more than a random point. Otherwise two points, and one more per two variables.
  static int default_initial_design(const Options& options);

  /// Throws std::invalid_argument for a space or goals that make no sense.
  explicit AskTell(Options options);
  ~AskTell();

  Suggestion ask(const std::vector<Conditions>& pending) const;
  /// The index of the best of a pool. Throws std::invalid_argument for an empty one.
  std::size_t ask_from(const std::vector<Conditions>& pool) const;

  /// What an experiment gave, by public name; what was not measured is absent. Unknown names are ignored.
  void tell(const Conditions& conditions, const std::map<std::string, Estimate>& measured);
  void tell_failure(const Conditions& conditions, double label_standard_error);

  Prediction predict(const Conditions& conditions) const;
  /// Answers another wish on the same outputs from the model alone. `output` of the target must be modelled.
  DesignAnswer design(const std::vector<Goal>& goals, int count) const;
  /// What the model learned, for people.
  std::vector<std::string> describe() const;
  const DecisionSpace& space() const;
  int told() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace nocturne
