#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "models/observation.hpp"
#include "optimizer/suggestion.hpp"

namespace nocturne {

/// How surely a failure was due to its conditions: the standard error of its label, which is -1.
constexpr double kConditionsAtFault = 0.1;
constexpr double kAccident = 2.0;

/// What chooses the next experiment. What is asked depends on the options, the tells in their order and the
/// pending points alone, bit for bit.
class Strategy {
 public:
  virtual ~Strategy() = default;
  /// The next experiment, given that those in `pending` are running and have no result yet. Throws
  /// std::runtime_error if no conditions within the bounds are feasible.
  virtual Suggestion ask(const std::vector<Conditions>& pending) const = 0;
  /// The index of the next experiment in a pool; one that was told comes last. Throws std::invalid_argument
  /// for an empty pool.
  virtual std::size_t ask_from(const std::vector<Conditions>& pool) const = 0;
  /// What an experiment gave, by public name; what was not measured is absent. Unknown names are ignored.
  /// `hours`: when, on any one clock; empty = unknown. Only those with a model of the outputs use it.
  virtual void tell(const Conditions& conditions, const std::map<std::string, Estimate>& measured,
                    std::optional<double> hours = std::nullopt) = 0;
  virtual void tell_failure(const Conditions& conditions, double label_standard_error,
                            std::optional<double> hours = std::nullopt) = 0;
  /// What is expected at `conditions`; nothing by those that have no model of the outputs.
  virtual Prediction predict(const Conditions& /*conditions*/) const { return {}; }
};

}  // namespace nocturne
