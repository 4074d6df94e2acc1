#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "models/observation.hpp"
#include "models/variable.hpp"
#include "optimizer/ask_tell.hpp"

namespace nocturne {

/// How one target of a campaign stands.
struct Aim {
  Target target;
  bool met = false;  ///< by the measurement of an experiment
  bool given_up = false;
  /// Whether experiments may still be spent on it.
  bool is_open() const { return !given_up && (!met || target.narrowest); }
};

/// Ask-and-tell optimisation of an emitter towards one target or several, by one model. Same options and same
/// tells, same asks, bit for bit; an ask depends on what was told and on what is pending, never on when or
/// how often it was asked.
class Optimizer {
 public:
  using Feasible = nocturne::Feasible;
  struct Options {
    std::vector<Variable> variables;
    std::vector<Target> targets;  ///< one or more
    Feasible feasible;            ///< empty = everything
    /// Whether an experiment is feasible, and can be made with what is left; empty = always.
    std::function<bool(const Conditions&, const Supplies&)> affordable;
    Cost cost;  ///< of the way to an experiment; empty = all the same
    /// Sobol points before the model is asked; empty = as AskTell::default_initial_design() has it.
    std::optional<int> initial_design = std::nullopt;
    /// Sizing curves that may be the product's, the likeliest first; empty = nothing is known before any
    /// data.
    std::vector<SizingCurve> emitters;
    std::vector<Study> earlier;  ///< what is known from elsewhere
    std::uint64_t seed = 0;
    MakeSurrogate make_surrogate;        ///< empty = the surrogate library
    std::vector<double> learned;         ///< what learned() told before, on the same studies; empty = unknown
    bool from_studies_alone = false;     ///< nothing is ever told; see AskTell::Options
    std::string strategy = "composite";  ///< what asks, by its name in strategy_names()
    /// The standard that is asked for before all else; empty = the first product becomes it.
    std::optional<Conditions> standard = std::nullopt;
    /// How often the standard is asked for again, see StandardSchedule; empty = never.
    std::optional<double> standard_every_hours = std::nullopt;
  };

  /// Throws std::invalid_argument: no variable, bounds that make no sense, a target that is no output.
  explicit Optimizer(Options options);
  ~Optimizer();
  Optimizer(Optimizer&&) noexcept;
  Optimizer& operator=(Optimizer&&) noexcept;

  /// The next experiment, given that those in `pending` are running and have no result yet; one that can be
  /// made with what is `left` (empty = with anything), if there is one. Throws std::runtime_error if no
  /// conditions within the bounds are feasible.
  Suggestion ask(const std::vector<Conditions>& pending = {}, const Supplies& left = {});
  /// The index of the next experiment in a pool of those that can be made; one that was told comes last.
  /// Throws std::invalid_argument for an empty pool.
  std::size_t ask_from(const std::vector<Conditions>& pool);
  /// `hours`: when it was measured, on one clock and never before the last tell's; empty = unknown.
  void tell(const Conditions& conditions, const Outcome& outcome, std::optional<double> hours = std::nullopt);
  /// What is asked for again and again to see drift: the conditions of the first product.
  const std::optional<Conditions>& standard() const;

  /// The targets in their order.
  const std::vector<Aim>& aims() const;
  /// The open target that the next ask is for: of several the one that the model can meet most probably. The
  /// first one if none is open.
  std::size_t aim() const;
  void give_up(std::size_t target);
  /// One more target after all others; it is met already if an experiment told so far meets it. Throws
  /// std::invalid_argument for a target whose output this optimizer does not model.
  void add_target(const Target& target);
  /// The standard is the next ask, if there is one.
  void want_standard();

  /// The told experiment that is closest to a target by its measurement, if any, or of those within
  /// tolerance the narrowest where that is wanted; those within the target's limits come first.
  std::optional<std::pair<Conditions, Observation>> best(std::size_t target = 0) const;
  /// What the model expects at `conditions`, before any data by its prior alone, with the probability of the
  /// target that the next ask is for.
  Prediction predict(const Conditions& conditions) const;
  /// Likewise, with the probability of any of the targets.
  Prediction predict(const Conditions& conditions, std::size_t target) const;
  /// Up to `count` different conditions for any target, best first, without an experiment. Throws
  /// std::invalid_argument for a target whose output this optimizer does not model.
  DesignAnswer design(const Target& target, int count) const;
  /// How probably some allowed conditions meet the target that the next ask is for. Nothing before as many
  /// experiments gave a product as there are variables, and two more, and with other strategies than the
  /// default one, which ask without this model.
  std::optional<double> reachable_probability() const;
  /// How much narrower a line the best next experiment is expected to give, where the target that is next is
  /// met already and the narrowest is wanted; nothing with other strategies than the default one.
  std::optional<double> expected_narrowing_meV() const;
  /// What the model found in the earlier studies, before anything was told; see AskTell::learned().
  std::vector<double> learned() const;
  /// What the model learned, one line per parameter with its unit, for people.
  std::vector<std::string> describe() const;

 private:
  Suggestion choose(const std::vector<Conditions>& pending);
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace nocturne
